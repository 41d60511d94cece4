/** `wxop listen`: takes in what WeChat pushes until Ctrl-C. */
import { Option, type Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { isError, WxopError } from '../../sentences/wxop-error.ts';
import { text } from '../../sentences/text.ts';
import type { Sync } from '../../delivery/line-files.ts';
import type { Listener } from '../../listener/start-listener.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { bytes, duration } from '../arguments.ts';
import { listenerOptions } from '../flags.ts';
import { startPush } from '../../listener/start-push.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { createActivityPrinter } from '../activity-printer.ts';
import { watchTickets } from '../../listener/watch-tickets.ts';

interface ListenOptions {
  until?: 'ticket' | 'authorized';
  timeout?: number;
  startPush: boolean;
  journal: boolean;
  journalSync: Sync;
  journalKeep?: number;
  journalSize?: number;
  standingLink?: boolean;
}

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const listen = program
    .command('listen')
    .description(
      say(
        text(
          'takes in tickets, authorization events and messages until Ctrl-C',
          '接收 ticket、授权事件与消息，直到 Ctrl-C',
        ),
      ),
    );
  examples(
    listenerOptions(listen, say)
      .addOption(
        new Option('--until <news>', say(text('end after the first of these', '收到首个后结束'))).choices([
          'ticket',
          'authorized',
        ]),
      )
      .option(
        '--metrics <port>',
        say(text('/metrics on [HOST:]PORT (WXOP_METRICS)', '/metrics 的独立端口（WXOP_METRICS）')),
      )
      .option(
        '--on-overdue <call>',
        say(
          text(
            'command or URL to call when the ticket is overdue (WXOP_ON_OVERDUE)',
            'ticket 逾期时的命令或网址（WXOP_ON_OVERDUE）',
          ),
        ),
      )
      .option('--timeout <duration>', say(text('end after so long', '最长运行时间')), duration)
      .option('--no-start-push', say(text('do not ask WeChat to start pushing tickets', '不请求微信启动 ticket 推送')))
      .option(
        '--no-journal',
        say(text('keep no journal: nothing is retried after a restart', '不记录日志：重启后不再重试转发')),
      )
      .addOption(
        new Option(
          '--journal-sync <when>',
          say(text('to disk every 200 ms, or before each answer', '每 200 毫秒落盘，或每次应答前落盘')),
        )
          .choices(['interval', 'always'])
          .default('interval'),
      )
      .option(
        '--journal-keep <duration>',
        say(text('entries stay so long (default 168h)', '日志保留时间（默认 168h）')),
        duration,
      )
      .option(
        '--journal-size <size>',
        say(text('all take at most (default 1GiB; Redis 128MiB)', '日志总大小上限（默认 1GiB；Redis 128MiB）')),
        bytes,
      )
      .option(
        '--standing-link',
        say(text('serve /authorize: a new attempt for each visitor', '开放 /authorize：为每位访客新建授权')),
      )
      .action(action(run)),
    'wxop listen --public-url https://wx.example.com',
    'wxop listen --public-url https://wx.example.com --standing-link',
    'wxop listen --until ticket --timeout 11m',
    "wxop listen --forward-to 'http://127.0.0.1:8080/wx/$APPID$/callback'",
    'wxop listen --json | jq -c "select(.type == \\"authorized\\")"',
  );
}

async function run(context: Context, options: ListenOptions): Promise<void> {
  const { terminal } = context;
  context.settings.need('componentAppId', 'messageToken', 'encodingAesKey');
  await (await context.store()).proveWritable();
  let reached: () => void = () => undefined;
  const untilReached = new Promise<void>((resolve) => (reached = resolve));
  const { readTicket } = await context.keeper();
  let newestTicket = (await readTicket())?.receivedAt;
  const show = createActivityPrinter(context);
  const listener = await (
    await context.listener()
  ).listen(
    (news) => {
      if (news.type === 'ticket') newestTicket = news.receivedAt;
      show(news);
      const isUpdate = news.type === 'updated' && options.until === 'authorized';
      if (news.type === options.until || isUpdate) reached();
    },
    { journal: options.journal && journalOf(options), standingLink: options.standingLink },
  );
  const stopping = new AbortController();
  try {
    announce(context, listener, options);
    await announceForwarding(context);
    const ends: Promise<unknown>[] = [
      watchTickets(context, {
        // In the store: another listener may be the one that WeChat's pushes come to.
        newest: async () => Math.max(newestTicket ?? 0, (await readTicket())?.receivedAt ?? 0) || undefined,
        startPush: options.startPush ? () => startPush(context, undefined) : undefined,
        signal: stopping.signal,
      }),
    ];
    if (options.startPush) ends.push(startPush(context, newestTicket).then(() => new Promise(() => undefined)));
    if (options.until) ends.push(untilReached);
    if (options.timeout !== undefined) {
      ends.push(context.sleep(options.timeout).then(() => Promise.reject(timedOut(options))));
    }
    await Promise.race(ends);
  } catch (error) {
    // Being stopped is how a listener ends, not how it fails.
    if (!isError(error, 'CANCELLED')) throw error;
  } finally {
    stopping.abort();
    await listener.stop();
    await show.finished();
    terminal.note(terminal.say(text('Stopped.', '已停止。')));
  }
}

const journalOf = ({ journalSync, journalKeep, journalSize }: ListenOptions) => ({
  sync: journalSync,
  retention: {
    ...(journalKeep !== undefined && { age: journalKeep }),
    ...(journalSize !== undefined && { bytes: journalSize }),
  },
});

function timedOut({ until, timeout = 0 }: ListenOptions): WxopError {
  const what = until ?? 'event';
  const { en, zh } = formatDuration(timeout);
  return new WxopError('TIMEOUT', text(`No ${what} within ${en}.`, `${zh}内未等到 ${what}。`), {
    hint: text(
      'Check that WeChat reaches the event URL (console: 授权事件接收URL), and see `wxop ticket start`.',
      '请确认微信可访问控制台中的「授权事件接收URL」，并查看 `wxop ticket start`。',
    ),
  });
}

/** The URLs of this listener as the outside sees them. */
function publicUrls(context: Context) {
  const publicUrl = context.publicUrl();
  const messagePath = context.settings.get('messagePath');
  return {
    eventUrl: publicUrl + context.settings.get('eventPath'),
    messageUrl: messagePath.startsWith('/') ? publicUrl + messagePath : messagePath,
    redirectUrl: `${publicUrl}/authorize/callback`,
  };
}

function announce(context: Context, listener: Listener, { standingLink }: ListenOptions): void {
  const { terminal } = context;
  const urls = { ...publicUrls(context), ...(standingLink && { standingUrl: `${context.publicUrl()}/authorize` }) };
  const { url, metricsUrl } = listener;
  if (terminal.json) return terminal.printJson({ type: 'listening', url, ...urls, ...(metricsUrl && { metricsUrl }) });
  terminal.note(
    `${terminal.say(text('Listening on', '正在监听'))} ${url}`,
    `  授权事件接收URL  ${urls.eventUrl}`,
    `  消息与事件接收URL ${urls.messageUrl}`,
    ...(urls.standingUrl ? [`  ${terminal.say(text('standing link', '长期授权链接'))}  ${urls.standingUrl}`] : []),
    ...(metricsUrl ? [`  ${terminal.say(text('metrics', '监控指标'))}  ${metricsUrl}`] : []),
  );
  if (!context.settings.get('messagePath').includes('$APPID$')) {
    terminal.warn(
      text(
        'The message path has no $APPID$: whose a message is cannot be told. Put it into --message-path and into 消息与事件接收URL.',
        '消息路径不含 $APPID$，无法区分消息属于哪个帐号。请在 --message-path 与控制台「消息与事件接收URL」中加入。',
      ),
    );
  }
  if (context.settings.find('publicUrl') === undefined) {
    terminal.warn(
      text(
        `No public URL is set, so links point to ${context.publicUrl()}: only this machine can open them. Use --public-url.`,
        `未设置公网地址，链接指向 ${context.publicUrl()}，仅本机可打开。请使用 --public-url。`,
      ),
    );
  }
}

/** Where pushes go on to; and that this profile's tokens are somebody else's now, where that is so. */
async function announceForwarding(context: Context): Promise<void> {
  const { terminal, settings } = context;
  const targets = await (await context.listener()).targets();
  if (targets.length === 0) return;
  const events = settings.get('forwardEvents');
  if (terminal.json) {
    terminal.printJson({
      type: 'forwarding',
      targets: targets.map(({ name, format }) => ({ url: name, format })),
      events,
    });
  } else {
    for (const { name, format } of targets) {
      terminal.note(`${terminal.say(text('Forwarding to', '转发到'))} ${name} (${format})`);
    }
  }
  if (events !== 'handover') return;
  terminal.warn(
    text(
      'Codes and tokens are handed over to the target: this listener neither exchanges nor refreshes for this component.',
      '授权码与令牌已交由转发目标管理：本监听服务不再为该平台换取或刷新令牌。',
    ),
  );
  if (!settings.originOf('forwardEvents')?.startsWith('--')) return;
  terminal.warn(
    text(
      'Other wxop commands do not see this flag and would still exchange and refresh: set WXOP_FORWARD_EVENTS=handover for them too.',
      '其他 wxop 命令看不到该选项，仍会换取与刷新：请同时为其设置 WXOP_FORWARD_EVENTS=handover。',
    ),
  );
}
