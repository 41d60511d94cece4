/** `wxop listen`: takes in what WeChat pushes until Ctrl-C. */
import { defineCommand, parameter, settingFlag, type Given } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, text, zh } from '../../sentences/text.ts';
import { isError, toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import { startPush } from '../../listener/start-push.ts';
import { watchTickets } from '../../listener/watch-tickets.ts';
import { createActivityPrinter, isAboutProgram } from '../activity-printer.ts';
import { bytesArgument, countArgument, durationArgument } from '../arguments.ts';
import { LISTENER_FLAGS } from '../flags.ts';
import { announceListener } from './announce-listener.ts';
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
};

/** Each has its part of the limits, which would become very small. */
const MOST_WORKERS = 64;

type ListenFlags = Given<object, typeof FLAGS>;

export const command = defineCommand({
  flags: FLAGS,
  examples: [
    'wxop listen --public-url https://wx.example.com',
    'wxop listen --public-url https://wx.example.com --standing-link',
    'wxop listen --until ticket --timeout 11m',
    "wxop listen --forward-to 'http://127.0.0.1:8080/wx/$APPID$/callback'",
    'wxop listen --json | jq -c "select(.type == \\"authorized\\")"',
  ],
  risk: 'writes',
  output: 'lines',
  run: listen,
});

async function listen(context: Context, flags: ListenFlags): Promise<void> {
  const { terminal } = context;
  context.settings.need('componentAppId', 'messageToken', 'encodingAesKey');
  const choice = {
    journal: flags.journal && journalOf(flags),
    standingLink: flags.standingLink,
    workers: flags.workers,
  };
  if (context.runtime.worker) return (await context.listener()).work(choice);
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
  const stopping = new AbortController();
  try {
    await announceListener(context, listener, flags);
    const ends: Promise<unknown>[] = [
      watchTickets(context, {
        // In the store: another listener may be the one that WeChat's pushes come to.
        newest: async () => Math.max(newestTicket ?? 0, (await readTicket())?.receivedAt ?? 0) || undefined,
        startPush: flags.startPush ? () => startPush(context, undefined) : undefined,
        signal: stopping.signal,
      }),
    ];
    if (flags.startPush) ends.push(startPush(context, newestTicket).then(() => new Promise(() => undefined)));
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
    terminal.note(text('Stopped.', '已停止。'));
  }
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

function timedOut({ until, timeout = 0 }: ListenFlags): WxopError {
  const wait = formatDuration(timeout);
  if (!until)
    return new WxopError(
      'TIMEOUT',
      text(en`Stopped after ${wait}, as --timeout says.`, zh`已按 --timeout 在 ${wait}后停止。`),
    );
  return new WxopError('TIMEOUT', text(en`No ${until} within ${wait}.`, zh`${wait}内未等到 ${until}。`), {
    hint: text(
      'Check that WeChat reaches the event URL (console: 授权事件接收URL), and see `wxop ticket start`.',
      '请确认微信可访问控制台中的“授权事件接收URL”，并查看 `wxop ticket start`。',
    ),
  });
}
