/** What a listener tells, for people and for scripts. */
import { printable } from '../sentences/printable.ts';
import type { Context } from '../cli/context.ts';
import { text, type Text } from '../sentences/text.ts';
import type { NoReply } from '../delivery/forwarder.ts';
import type { ListenerActivity } from '../listener/receiver.ts';
import type { Rejection } from '../listener/rejections.ts';
import type { AccountRecord } from '../store/store.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { accountJson } from './account-view.ts';
import { iso } from '../sentences/iso-time.ts';
import type { PermissionChanges } from '../credentials/permission-changes.ts';

const REASONS: Record<Rejection, Text> = {
  'bad-signature': text('signature does not fit the message token', '签名与消息校验Token 不符'),
  'foreign-receiver': text('made for another component', '接收方是其他第三方平台'),
  'missing-parameters': text('timestamp, nonce or msg_signature is missing', '缺少 timestamp、nonce 或 msg_signature'),
  'bad-padding': text('cannot be decrypted: wrong EncodingAESKey?', '无法解密：消息加解密Key 是否正确？'),
  malformed: text('not the XML of a push for this URL', '不是该网址应接收的推送 XML'),
  'too-large': text('larger than 1 MiB', '超过 1 MiB'),
  'too-slow': text('did not arrive within 5 s', '5 秒内未接收完整'),
  'wrong-method': text('not a POST', '不是 POST'),
  'unsupported-encoding': text('Content-Encoding is not supported', '不支持 Content-Encoding'),
  'store-failure': text('could not be stored; WeChat pushes again', '未能保存，微信会重新推送'),
};

const NO_REPLY: Record<NoReply, Text> = {
  'not-a-reply': text('what the target answered is no passive reply', '转发目标的应答不是被动回复'),
  'not-opened': text(
    'the target sealed its reply with another token, key or appid',
    '转发目标加密回复所用的 Token、Key 或 AppID 不符',
  ),
  late: text('the target replied after WeChat had stopped waiting', '转发目标的回复已超过微信的等待时间'),
  busy: text('the target had too many pushes to be asked in time', '转发目标积压过多，未能及时转发'),
  resting: text('the target failed three times and rests', '转发目标连续失败，暂停转发'),
};

/** Messages that come in one turn of the event loop are written in one piece: a write for each is a third of the work. */
const MOST_AT_ONCE = 256;
const OUTCOMES: Record<Extract<ListenerActivity, { type: 'publish-check' }>['outcome'], Text> = {
  replied: text('replied', '已回复'),
  received: text('answered with nothing, message to follow', '已应答空内容，随后发送消息'),
  sent: text('message sent', '消息已发送'),
  failed: text('message could not be sent', '消息发送失败'),
};

/** Shows what a listener tells, in order; `finished` waits for what is still being looked up. */
export function createActivityPrinter(
  context: Context,
): ((news: ListenerActivity) => void) & { finished: () => Promise<void> } {
  const { terminal } = context;
  const warnSeldom = createSeldom(context);
  let waiting: ListenerActivity[] = [];
  let last: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    let messages: object[] = [];
    const flushMessages = (): void => {
      if (messages.length > 0) terminal.printJson(...messages);
      messages = [];
    };
    for (const news of batch) {
      if (terminal.json && news.type === 'message') messages.push(messageJson(news));
      else {
        flushMessages();
        await (terminal.json ? printNewsJson(context, news) : printNews(context, news, warnSeldom)).catch(
          () => undefined,
        );
      }
      if (messages.length === MOST_AT_ONCE) flushMessages();
    }
    flushMessages();
  }

  const show = (news: ListenerActivity): void => {
    if (news.type === 'answered') return terminal.verbose ? terminal.trace(traceLine(context, news)) : undefined;
    if ((news.type === 'message' || news.type === 'forwarded') && terminal.quiet) return;
    waiting.push(news);
    if (waiting.length > 1) return;
    last = last.then(() => new Promise((done) => setImmediate(done))).then(flush);
  };
  return Object.assign(show, { finished: () => last });
}

const messageJson = ({ appId, message }: Extract<ListenerActivity, { type: 'message' }>): object => ({
  type: 'message',
  appId,
  msgType: message.msgType,
  ...(message.event && { event: message.event }),
});

/** One line per push with --verbose: time, id, URL, type, account, result, how long, from where. */
function traceLine({ now }: Context, news: Extract<ListenerActivity, { type: 'answered' }>): string {
  const { id, kind, pushType = '-', appId = '-', status, result, milliseconds, address } = news;
  const took = `${milliseconds.toFixed(1)} ms`;
  return [iso(now()), `#${id}`, kind, pushType, appId, status, result, took, address].join('  ');
}

const AUTHORIZATIONS = {
  authorized: text('authorized   ', '授权成功  '),
  updated: text('updated      ', '更新授权  '),
};

async function accountLine(context: Context, account: AccountRecord): Promise<string> {
  const permissions = await changesOf(context, account);
  const { changesInWords } = await import('../credentials/permission-changes.ts');
  return `${account.appId}  ${account.nickName}${permissions ? `  ${context.terminal.say(changesInWords(permissions))}` : ''}`;
}

/** Read after an authorization only: the listener starts without it. */
async function changesOf(context: Context, account: AccountRecord): Promise<PermissionChanges | undefined> {
  const { changesOfAuthorization } = await import('../credentials/permission-changes.ts');
  return changesOfAuthorization(context, account);
}

async function printNewsJson(context: Context, news: ListenerActivity): Promise<void> {
  const { terminal } = context;
  switch (news.type) {
    case 'ticket': {
      const { componentAppId } = context.settings.need('componentAppId');
      return terminal.printJson({ type: 'ticket', componentAppId, receivedAt: iso(news.receivedAt) });
    }
    case 'authorized':
    case 'updated': {
      const permissions = await changesOf(context, news.account);
      const account = await accountJson(context, news.account);
      return terminal.printJson({ type: news.type, account, ...(permissions && { permissions }) });
    }
    case 'message':
      return terminal.printJson(messageJson(news));
    case 'rejected':
      terminal.printJson({ type: 'rejected', reason: news.reason, status: news.status });
      if (news.error) terminal.warn(news.error.text);
      return;
    case 'publish-check': {
      const { error, ...line } = news;
      return terminal.printJson({ ...line, ...(error && { error: error.text[context.lang] }) });
    }
    case 'unauthorized':
    case 'event':
    case 'not-found':
    case 'forwarded':
    case 'forward-failed':
    case 'dead-letter':
    case 'no-reply':
      return terminal.printJson(news);
    default:
      warningOf(context, news);
  }
}

/** Warns of the same thing once a minute: a disk that is full fails every push. */
function createSeldom({ now, terminal }: Context): (warning: Text) => void {
  let since = 0;
  let said = new Set<string>();
  return (warning) => {
    if (now() - since >= 60_000) [since, said] = [now(), new Set()];
    if (said.has(warning.en)) return;
    said.add(warning.en);
    terminal.warn(warning);
  };
}

async function printNews(context: Context, news: ListenerActivity, warnSeldom: (warning: Text) => void): Promise<void> {
  const { terminal, lang } = context;
  const line = (name: Text, about: string): void => {
    const time = new Date(context.now()).toTimeString().slice(0, 8);
    terminal.print(`${time}  ${terminal.say(name)}  ${about}`.trimEnd());
  };
  switch (news.type) {
    case 'ticket':
      return line(text('ticket       ', 'ticket    '), terminal.say(text('received', '已接收')));
    case 'authorized':
    case 'updated':
      return line(AUTHORIZATIONS[news.type], printable(await accountLine(context, news.account)));
    case 'unauthorized':
      return line(text('unauthorized ', '取消授权  '), news.appId);
    case 'event':
      return line(text('event        ', '事件      '), printable(news.infoType));
    case 'message': {
      const { msgType, event } = news.message;
      return line(
        text('message      ', '消息      '),
        printable(`${news.appId}  ${[msgType, event].filter(Boolean).join(' ')}`),
      );
    }
    case 'rejected': {
      const { status, reason, appId = '', address = '', milliseconds = 0 } = news;
      const from = [appId, address, `${milliseconds.toFixed(0)} ms`].filter(Boolean).join(' ');
      line(text('rejected     ', '已拒绝    '), `${status}  ${reason}: ${REASONS[reason][lang]}  (${from})`);
      if (news.error) warnSeldom(news.error.text);
      return;
    }
    case 'forwarded':
      return line(text('forwarded    ', '已转发    '), `${news.status}  ${news.target}  ${news.milliseconds} ms`);
    case 'forward-failed':
      return line(text('not forwarded', '转发失败  '), `${news.target}  ${printable(news.reason)}  ${news.id}`);
    case 'dead-letter':
      return line(text('dead letter  ', '死信      '), `${news.target}  ${printable(news.reason)}  ${news.id}`);
    case 'no-reply':
      return line(text('no reply     ', '无回复    '), `${news.appId}  ${terminal.say(NO_REPLY[news.reason])}`);
    case 'publish-check': {
      const { asked, outcome, milliseconds, error } = news;
      const about = `${news.appId}  ${asked} → ${OUTCOMES[outcome][lang]} (${milliseconds} ms)`;
      line(text('publish check', '发布检测  '), printable(about));
      if (error) terminal.warn(error.text);
      return;
    }
    case 'not-found':
      return line(text('404          ', '404       '), printable(`${news.method} ${news.path}`));
    default:
      warningOf(context, news);
  }
}

/** What goes wrong beside the events: on stderr in both forms. */
export function warningOf({ terminal }: Context, news: ListenerActivity): void {
  if (news.type === 'clock-skew') {
    const { en, zh } = formatDuration(Math.abs(news.seconds) * 1000);
    terminal.warn(text(`This machine's clock and WeChat's differ by ${en}.`, `本机时钟与微信相差 ${zh}。`));
  } else if (news.type === 'exchange-failed') {
    const { error, again } = news;
    const more = again ? text(' Trying again.', '正在重试。') : (error.hint ?? text('', ''));
    terminal.warn(text(`${error.text.en} ${more.en}`, `${error.text.zh}${more.zh}`));
  } else if (news.type === 'misdirected') {
    terminal.warn(
      text(
        `${news.infoType} came to the message URL, and was taken: correct 授权事件接收URL in the console.`,
        `${news.infoType} 被推送到了消息网址，已接收：请在控制台更正「授权事件接收URL」。`,
      ),
    );
  } else if (news.type === 'limited') {
    const { count, status, address, isProxy } = news;
    const next = isProxy
      ? text(
          ` It sends X-Forwarded-For: if it is your proxy, name it with --trust-proxy ${address}.`,
          `该地址带有 X-Forwarded-For：若是您的反向代理，请用 --trust-proxy ${address} 指定。`,
        )
      : text('', '');
    terminal.warn(
      text(
        `Over the limits: ${count} refused, the last one from ${address} with ${status}.${next.en}`,
        `超出限制：已拒绝 ${count} 个请求，最近一次来自 ${address}（${status}）。${next.zh}`,
      ),
    );
  } else if (news.type === 'rejected') {
    terminal.warn(
      text(`Rejected a push: ${news.reason} (${news.status}).`, `已拒绝推送：${news.reason}（${news.status}）。`),
    );
  }
}
