/** `wxop listen`: takes in what WeChat pushes until Ctrl-C. */
import { defineCommand, parameter, settingFlag, type Given } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import type { ListenChoice, ListenerServices } from '../../cli/listener-services.ts';
import { text } from '../../sentences/text.ts';
import { isError, toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import { startPush } from '../../listener/start-push.ts';
import { watchTickets } from '../../listener/watch-tickets.ts';
import { createActivityPrinter, isAboutProgram } from '../activity-printer.ts';
import { bytesArgument, countArgument, durationArgument, namesArgument } from '../arguments.ts';
import { LISTENER_FLAGS } from '../flags.ts';
import { announceListener } from './announce-listener.ts';
import { timedOut } from './timed-out.ts';
import type { Sharing } from './keep-receiving.ts';
import type { EventDesk, MessageActivity } from './mini-program-events.ts';

const FLAGS = {
  ...LISTENER_FLAGS,
  until: parameter('--until <activity>', text('stop after the first of these', '收到首个后结束'), {
    choices: ['ticket', 'authorized'],
  }),
  metrics: settingFlag('metrics'),
  onOverdue: settingFlag('onOverdue'),
  onResult: settingFlag('onResult'),
  timeout: parameter('--timeout <duration>', text('stop after this long', '最长运行时间'), { parse: durationArgument }),
  startPush: parameter(
    '--no-start-push',
    text('do not ask WeChat to start pushing tickets', '不请求微信启动 ticket 推送'),
  ),
  journal: parameter(
    '--no-journal',
    text('keep no journal: nothing is retried after a restart', '不记录日志：重启后不再重试转发'),
  ),
  journalSync: parameter(
    '--journal-sync <when>',
    text('write to disk every 200 ms, or before each answer', '每 200 毫秒落盘，或每次应答前落盘'),
    { choices: ['interval', 'always'], fallback: 'interval' },
  ),
  journalKeep: parameter('--journal-keep <duration>', text('how long entries are kept', '日志保留时间'), {
    parse: durationArgument,
    byDefault: '168h',
  }),
  journalSize: parameter('--journal-size <size>', text('maximum size of the journal', '日志总大小上限'), {
    parse: bytesArgument,
    byDefault: text('1GiB; on Redis 128MiB', '1GiB；Redis 为 128MiB'),
  }),
  standingLink: parameter(
    '--standing-link',
    text('serve /authorize: a new attempt for each visitor', '开放 /authorize：为每位访客新建授权'),
  ),
  workers: parameter('--workers <n>', text('processes that share the port', '共用端口的进程数'), {
    parse: countArgument(1),
    fallback: 1,
  }),
  profiles: parameter(
    '--profiles <names>',
    text('receive for several profiles on one port', '以一个端口为多个配置接收'),
    {
      parse: namesArgument,
    },
  ),
  allProfiles: parameter('--all-profiles', text('receive for every profile', '为所有配置接收')),
};

/** Of attaching to another listener. */
const VIA_FLAGS = {
  attach: parameter(
    '--attach',
    text('let others attach: keys with the scope events', '允许他人接入：凭带 events 权限的密钥'),
  ),
  via: parameter('--via <url>', text("attach to the team's listener there instead", '改为接入该处的团队监听服务')),
  as: parameter('--as <name>', text('with --via: what this machine is called', '与 --via 同用：本机的名称'), {
    byDefault: text('its host name', '主机名'),
  }),
  since: parameter('--since <duration>', text('with --via: from so long ago on', '与 --via 同用：从多久之前开始'), {
    parse: durationArgument,
    byDefault: text('where it stopped', '上次停止处'),
  }),
  respond: parameter(
    '--respond',
    text('with --via: --forward-to answers the users', '与 --via 同用：由 --forward-to 回复用户'),
  ),
};

/** Each has its part of the limits, which would become very small. */
const MOST_WORKERS = 64;

const ALL_FLAGS = { ...FLAGS, ...VIA_FLAGS };

type ListenFlags = Given<object, typeof ALL_FLAGS>;

export const command = defineCommand({
  flags: ALL_FLAGS,
  examples: [
    'wxop listen --public-url https://wx.example.com',
    'wxop listen --public-url https://wx.example.com --standing-link',
    'wxop listen --until ticket --timeout 11m',
    "wxop listen --forward-to 'http://127.0.0.1:8080/wx/$APPID$/callback'",
    'wxop listen --via https://wx.example.com --forward-to http://localhost:3000',
    'wxop listen --profiles shop,school',
    'wxop listen --json | jq -c "select(.type == \\"authorized\\")"',
  ],
  risk: 'writes',
  output: 'lines',
  run: listen,
});

const NOT_READ_AGAIN = text(
  'SIGHUP: settings are read at the start; restart for new ones. With --profiles or --all-profiles they are read again.',
  'SIGHUP：设置仅在启动时读取，更改后请重启；使用 --profiles 或 --all-profiles 时可重新读取。',
);

async function listen(context: Context, flags: ListenFlags): Promise<void> {
  if (flags.profiles === undefined && !flags.allProfiles) {
    if (flags.via === undefined) context.runtime.onHangup?.(() => context.terminal.note(NOT_READ_AGAIN));
    return receive(context, flags);
  }
  if (flags.workers > MOST_WORKERS) throw tooManyWorkers();
  const { listenProfiles } = await import('./listen-profiles.ts');
  const run = () => listenProfiles(context, flags, (own, sharing) => receive(own, flags, sharing));
  return context.runtime.worker ? (await context.listener()).workOn(run) : run();
}

async function receive(context: Context, flags: ListenFlags, sharing?: Sharing): Promise<void> {
  const { terminal } = context;
  if (flags.via !== undefined)
    return (await import('./listen-via.ts')).listenVia(context, { ...flags, via: flags.via });
  expectVia(flags);
  context.settings.need('componentAppId', 'messageToken', 'encodingAesKey');
  const choice = {
    journal: flags.journal && journalOf(flags),
    standingLink: flags.standingLink,
    workers: flags.workers,
    attach: flags.attach,
    shared: sharing?.part,
  };
  if (context.runtime.worker) {
    const services = await context.listener();
    return sharing ? workAmongOthers(context, services, choice, sharing) : services.work(choice);
  }
  if (flags.workers > MOST_WORKERS) throw tooManyWorkers();
  await (await context.store()).proveWritable();
  let reached: () => void = () => undefined;
  const untilReached = new Promise<void>((resolve) => (reached = resolve));
  const { readTicket } = await context.keeper();
  let newestTicket = (await readTicket())?.receivedAt;
  const show = createActivityPrinter(context);
  let desk: EventDesk | undefined;
  let taken: Promise<unknown> = Promise.resolve();
  const take = (activity: MessageActivity): void => {
    taken = taken
      .then(async () => {
        desk ??= (await import('./mini-program-events.ts')).createEventDesk(context);
        await desk.take(activity);
      })
      .catch((error: unknown) => terminal.warn(toWxopError(error).text));
  };
  const services = await context.listener();
  const listener = await services.listen((activity) => {
    if (activity.type === 'ticket') newestTicket = activity.receivedAt;
    show(activity);
    if (isAboutProgram(activity)) take(activity);
    const isUpdate = activity.type === 'updated' && flags.until === 'authorized';
    if (activity.type === flags.until || isUpdate) reached();
  }, choice);
  sharing?.joined();
  const stopping = new AbortController();
  try {
    await announceListener(context, listener, { ...flags, standingQuery: sharing?.query });
    const ends: Promise<unknown>[] = [
      watchTickets(context, {
        // In the store: another listener may be the one that WeChat's pushes come to.
        newest: async () => Math.max(newestTicket ?? 0, (await readTicket())?.receivedAt ?? 0) || undefined,
        startPush: flags.startPush ? () => startPush(context, undefined) : undefined,
        signal: stopping.signal,
      }),
    ];
    if (flags.startPush) ends.push(startPush(context, newestTicket).then(() => new Promise(() => undefined)));
    if (sharing) ends.push(sharing.ended);
    if (flags.until) ends.push(untilReached);
    if (flags.timeout !== undefined) {
      ends.push(context.sleep(flags.timeout).then(() => Promise.reject(timedOut(flags))));
    }
    await Promise.race(ends);
  } catch (error) {
    // Being stopped is how a listener ends, not how it fails.
    if (!isError(error, 'CANCELLED')) throw error;
  } finally {
    stopping.abort();
    await listener.stop();
    await show.finished();
    await taken;
    await desk?.finished();
    if (!sharing) terminal.note(text('Stopped.', '已停止。'));
  }
}

/** The process that started this one does all else. */
async function workAmongOthers(
  { runtime, store }: Context,
  services: ListenerServices,
  choice: ListenChoice,
  { joined, ended }: Sharing,
): Promise<void> {
  await (await store()).proveWritable();
  const listener = await services.listen(() => undefined, choice);
  joined();
  const isStopped = new Promise<void>((done) => {
    if (runtime.signal.aborted) done();
    else runtime.signal.addEventListener('abort', () => done(), { once: true });
  });
  await Promise.race([ended, isStopped]);
  await listener.stop();
}

/** Throws USAGE for a flag that is for --via. */
function expectVia({ as, since, respond }: ListenFlags): void {
  const flag = as !== undefined ? '--as' : since !== undefined ? '--since' : respond ? '--respond' : undefined;
  if (flag === undefined) return;
  throw new WxopError('USAGE', text(`${flag} goes with --via.`, `${flag} 须与 --via 一起使用。`), {
    hint: text(
      'It is about attaching to another listener: --via https://wx.example.com',
      '用于接入其他监听服务：--via https://wx.example.com',
    ),
  });
}

const tooManyWorkers = (): WxopError =>
  new WxopError('USAGE', text(`--workers is at most ${MOST_WORKERS}.`, `--workers 最多为 ${MOST_WORKERS}。`), {
    hint: text('More than there are cores gain nothing.', '超过 CPU 核数没有益处。'),
  });

const journalOf = ({ journalSync, journalKeep, journalSize }: ListenFlags) => ({
  sync: journalSync,
  retention: {
    ...(journalKeep !== undefined && { age: journalKeep }),
    ...(journalSize !== undefined && { bytes: journalSize }),
  },
});
