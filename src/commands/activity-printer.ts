/** Prints the activity of a listener, for people and for scripts. */
import type { Context } from '../cli/context.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import type { NoReply } from '../delivery/forwarder.ts';
import type { ListenerActivity } from '../listener/receiver.ts';
import type { Rejection } from '../listener/rejections.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import { isMiniProgramEvent } from '../protocol/mini-program-events.ts';
import { formatDuration } from '../sentences/format-duration.ts';
import { accountJson } from './account-view.ts';
import { inOneLine } from '../sentences/printable.ts';
import { iso } from '../sentences/iso-time.ts';
import { pad, widest } from '../terminal/columns.ts';
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
  'json-push': text(
    'genuine, but JSON: set pushFormat to json (WXOP_PUSH_FORMAT)',
    '推送真实，但为 JSON：请将 pushFormat 设为 json（WXOP_PUSH_FORMAT）',
  ),
  'cloud-push': text(
    "unencrypted, as WeChat's cloud sends it: needs cloudPushes (WXOP_CLOUD_PUSHES)",
    '未加密的云托管推送：须设置 cloudPushes（WXOP_CLOUD_PUSHES）',
  ),
  'cloud-stranger': text(
    'unencrypted, from an address that is not in cloudPushes',
    '未加密，且来源地址不在 cloudPushes 之内',
  ),
  'store-failure': text('could not be stored; WeChat pushes again', '未能保存，微信会重新推送'),
};

const NO_REPLY: Record<NoReply, Text> = {
  'other-form': text('a push as JSON takes no passive reply', '以 JSON 推送的消息不能被动回复'),
  'not-a-reply': text("the target's answer is not a passive reply", '转发目标的应答不是被动回复'),
  'not-opened': text(
    'the target sealed its reply with another token, key or appid',
    '转发目标加密回复所用的消息校验Token、消息加解密Key 或 AppID 不符',
  ),
  late: text('the target replied after WeChat had stopped waiting', '转发目标的回复已超过微信的等待时间'),
  busy: text('the target had too many pushes waiting', '转发目标积压过多，未能及时转发'),
  resting: text('the target failed three times and is paused', '转发目标连续失败，暂停转发'),
};

const OUTCOMES: Record<Extract<ListenerActivity, { type: 'publish-check' }>['outcome'], Text> = {
  replied: text('replied', '已回复'),
  received: text('answered with an empty body, message to follow', '已应答空内容，随后发送消息'),
  sent: text('message sent', '消息已发送'),
  failed: text('message could not be sent', '消息发送失败'),
};

/** Messages that come in one turn of the event loop are written in one piece: a write for each is a third of the work. */
const MOST_AT_ONCE = 256;

/** Prints activity in order; `finished` waits for what is still being looked up. */
export function createActivityPrinter(
  context: Context,
): ((activity: ListenerActivity) => void) & { finished: () => Promise<void> } {
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
    for (const activity of batch) {
      if (terminal.json && activity.type === 'message') {
        if (!terminal.quiet) messages.push(messageJson(activity));
        if (isAboutProgram(activity)) messages.push(...(await miniProgramEventJson(context, activity)));
      } else {
        flushMessages();
        await (
          terminal.json ? printActivityJson(context, activity) : printActivity(context, activity, warnSeldom)
        ).catch(() => undefined);
      }
      if (messages.length === MOST_AT_ONCE) flushMessages();
    }
    flushMessages();
  }

  const show = (activity: ListenerActivity): void => {
    if (activity.type === 'answered')
      return terminal.verbose ? terminal.trace(traceLine(context, activity)) : undefined;
    const isUsual = (activity.type === 'message' && !isAboutProgram(activity)) || activity.type === 'forwarded';
    if (isUsual && terminal.quiet) return;
    waiting.push(activity);
    if (waiting.length > 1) return;
    last = last.then(() => new Promise((done) => setImmediate(done))).then(flush);
  };
  return Object.assign(show, { finished: () => last });
}

type MessageActivity = Extract<ListenerActivity, { type: 'message' }>;

/** What WeChat says of a mini program itself; what is in it is read where one comes. */
export const isAboutProgram = (activity: ListenerActivity): activity is MessageActivity =>
  activity.type === 'message' && isMiniProgramEvent(activity.message);

async function miniProgramEventJson(context: Context, activity: MessageActivity): Promise<object[]> {
  const { eventJson, takenEvent } = await import('./listen/mini-program-events.ts');
  const event = await takenEvent(context, activity);
  return event ? [eventJson(event)] : [];
}

async function messageLine(
  context: Context,
  activity: MessageActivity,
): Promise<[name: 'message' | 'mini-program', about: string]> {
  if (isAboutProgram(activity)) {
    const { eventSentence, takenEvent } = await import('./listen/mini-program-events.ts');
    const event = await takenEvent(context, activity);
    const shown = event && [event.appId, event.nickName, context.terminal.say(eventSentence(event))];
    if (shown) return ['mini-program', shown.filter(Boolean).join('  ')];
  }
  const { msgType, event } = activity.message;
  return ['message', [activity.appId, msgType, event].filter(Boolean).join(' ')];
}

const messageJson = ({ appId, message }: MessageActivity): object => ({
  type: 'message',
  appId,
  msgType: message.msgType,
  ...(message.event && { event: message.event }),
});

/** One line per push with --verbose: time, id, URL, type, account, result, how long, from where. */
function traceLine({ now }: Context, activity: Extract<ListenerActivity, { type: 'answered' }>): string {
  const { id, kind, pushType = '-', appId = '-', status, result, milliseconds, address } = activity;
  const took = `${milliseconds.toFixed(1)} ms`;
  return [iso(now()), `#${id}`, kind, pushType, appId, status, result, took, address].join('  ');
}

async function accountLine(context: Context, account: AccountRecord): Promise<string> {
  const permissions = await changesOf(context, account);
  const { changesInWords } = await import('../credentials/permission-changes.ts');
  return `${account.appId}  ${account.nickName}${permissions ? `  ${context.terminal.say(changesInWords(permissions))}` : ''}`;
}

/** Read after an authorization only: the listener starts without it. */
async function changesOf(context: Context, account: AccountRecord): Promise<PermissionChanges | undefined> {
  const { changesOfAuthorization } = await import('../credentials/permission-changes.ts');
  return changesOfAuthorization(await context.store(), account);
}

async function printActivityJson(context: Context, activity: ListenerActivity): Promise<void> {
  const { terminal } = context;
  switch (activity.type) {
    case 'ticket': {
      const { componentAppId } = context.settings.need('componentAppId');
      return terminal.printJson({ type: 'ticket', componentAppId, receivedAt: iso(activity.receivedAt) });
    }
    case 'authorized':
    case 'updated': {
      const permissions = await changesOf(context, activity.account);
      const account = await accountJson(context, activity.account);
      return terminal.printJson({ type: activity.type, account, ...(permissions && { permissions }) });
    }
    case 'message':
      return terminal.printJson(messageJson(activity));
    case 'rejected': {
      const { reason, status, count, error } = activity;
      terminal.printJson({ type: 'rejected', reason, status, ...(count !== undefined && { count }) });
      if (error) terminal.warn(error.text);
      return;
    }
    case 'publish-check': {
      const { error, ...line } = activity;
      return terminal.printJson({ ...line, ...(error && { error: terminal.say(error.text) }) });
    }
    case 'unauthorized':
    case 'event':
    case 'not-found':
    case 'forwarded':
    case 'forward-failed':
    case 'dead-letter':
    case 'no-reply':
    case 'attached':
    case 'detached':
      return terminal.printJson(activity);
    default:
      warningOf(context, activity);
  }
}

/** Warns of the same thing once a minute: a disk that is full fails every push. */
function createSeldom({ now, terminal }: Context): (warning: Text) => void {
  let since = 0;
  let said = new Set<string>();
  return (warning) => {
    if (Math.abs(now() - since) >= 60_000) [since, said] = [now(), new Set()];
    const line = terminal.say(warning);
    if (said.has(line)) return;
    said.add(line);
    terminal.warn(warning);
  };
}

const NAMES = {
  ticket: text('ticket', 'ticket'),
  authorized: text('authorized', '授权成功'),
  updated: text('updated', '更新授权'),
  unauthorized: text('unauthorized', '取消授权'),
  event: text('event', '事件'),
  message: text('message', '消息'),
  'mini-program': text('mini program', '小程序'),
  rejected: text('rejected', '已拒绝'),
  forwarded: text('forwarded', '已转发'),
  'forward-failed': text('not forwarded', '转发失败'),
  'dead-letter': text('dead letter', '死信'),
  'no-reply': text('no reply', '无回复'),
  'publish-check': text('publish check', '发布检测'),
  'not-found': text('404', '404'),
  attached: text('attached', '已接入'),
  detached: text('detached', '已断开'),
};
const moreOf = (count: number): Text => text(`${count} more, the last:`, `又有 ${count} 次，最近一次：`);
const RESPONDS = text('answers the users', '负责回复用户');
const RECEIVED = text('received', '已接收');

async function printActivity(
  context: Context,
  activity: ListenerActivity,
  warnSeldom: (warning: Text) => void,
): Promise<void> {
  const { terminal } = context;
  const { say } = terminal;
  const width = widest(Object.values(NAMES).map(say));
  const line = (name: keyof typeof NAMES, about: string): void => {
    const time = new Date(context.now()).toTimeString().slice(0, 8);
    terminal.print(`${time}  ${pad(say(NAMES[name]), width)}  ${about}`.trimEnd());
  };
  switch (activity.type) {
    case 'ticket':
      return line('ticket', say(RECEIVED));
    case 'authorized':
    case 'updated':
      return line(activity.type, await accountLine(context, activity.account));
    case 'unauthorized':
      return line('unauthorized', activity.appId);
    case 'event':
      return line('event', say((await import('../protocol/component-events.ts')).eventInWords(activity)));
    case 'message':
      return line(...(await messageLine(context, activity)));
    case 'rejected': {
      line('rejected', rejectionLine(activity, say));
      if (activity.error) warnSeldom(activity.error.text);
      return;
    }
    case 'forwarded':
      return line('forwarded', `${activity.status}  ${activity.target}  ${activity.milliseconds} ms`);
    case 'forward-failed':
    case 'dead-letter':
      return line(activity.type, `${activity.target}  ${activity.reason}  ${activity.id}`);
    case 'no-reply':
      return line('no-reply', `${activity.appId}  ${say(NO_REPLY[activity.reason])}`);
    case 'publish-check': {
      const { appId, asked, outcome, milliseconds, error } = activity;
      line('publish-check', `${appId} ${asked} → ${say(OUTCOMES[outcome])} (${milliseconds} ms)`);
      if (error) terminal.warn(error.text);
      return;
    }
    case 'attached':
    case 'detached': {
      const answers = activity.type === 'attached' && activity.responds ? `  ${say(RESPONDS)}` : '';
      return line(activity.type, `${inOneLine(activity.name)}  (${activity.key})${answers}`);
    }
    case 'not-found':
      return line('not-found', `${activity.method} ${activity.path}`);
    default:
      warningOf(context, activity);
  }
}

function rejectionLine(
  {
    status,
    reason,
    count,
    appId = '',
    address = '',
    milliseconds = 0,
  }: Extract<ListenerActivity, { type: 'rejected' }>,
  say: (sentence: Text) => string,
): string {
  const many = count === undefined ? '' : say(moreOf(count));
  const from = [many, appId, address, `${milliseconds.toFixed(0)} ms`].filter(Boolean).join(' ');
  return `${status}  ${reason}: ${say(REASONS[reason])}  (${from})`;
}

/** Warnings that are no events: on stderr, with --json too. */
export function warningOf({ terminal }: Context, activity: ListenerActivity): void {
  switch (activity.type) {
    case 'clock-skew':
      return terminal.warn(clocksDiffer(activity.seconds));
    case 'future-date':
      return terminal.warn(futureDate(activity));
    case 'exchange-failed':
      return terminal.warn(exchangeFailed(activity));
    case 'other-account':
      return terminal.warn(otherAccount(activity));
    case 'unknown-visitors':
      return terminal.warn(unknownVisitors(activity.proxy));
    case 'misdirected':
      return terminal.warn(misdirected(activity.infoType));
    case 'limited':
      return terminal.warn(overLimits(activity));
    case 'rejected':
      return terminal.warn(rejected(activity));
  }
}

function rejected({ reason, status, count }: Extract<ListenerActivity, { type: 'rejected' }>): Text {
  if (count !== undefined) return rejectedMore(count, reason, status);
  return text(`Rejected a push: ${reason} (${status}).`, `已拒绝推送：${reason}（${status}）。`);
}

const rejectedMore = (count: number, reason: string, status: number): Text =>
  text(`Rejected ${count} more pushes: ${reason} (${status}).`, `又拒绝了 ${count} 次推送：${reason}（${status}）。`);

function clocksDiffer(seconds: number): Text {
  const difference = formatDuration(Math.abs(seconds) * 1000);
  return text(en`This machine's clock and WeChat's differ by ${difference}.`, zh`本机时钟与微信相差 ${difference}。`);
}

function futureDate({ infoType, seconds }: Extract<ListenerActivity, { type: 'future-date' }>): Text {
  const ahead = formatDuration(seconds * 1000);
  return text(
    en`${infoType} carries a date ${ahead} in the future. It counts as made now: check this machine's clock.`,
    zh`${infoType} 的时间比本机时钟晚 ${ahead}，按当前时间计：请检查本机时钟。`,
  );
}

const TRYING_AGAIN = text('Trying again.', '正在重试。');
const NOTHING = text('', '');

function exchangeFailed({ error, again, reference }: Extract<ListenerActivity, { type: 'exchange-failed' }>): Text {
  const next = again ? TRYING_AGAIN : (error.hint ?? NOTHING);
  const number =
    reference === undefined
      ? NOTHING
      : text(` (on the merchant's page: ${reference})`, `（商家页面编号：${reference}）`);
  return text(en`${error.text}${number} ${next}`, zh`${error.text}${number}${next}`);
}

function otherAccount({ appId, insteadOf }: Extract<ListenerActivity, { type: 'other-account' }>): Text {
  const other = insteadOf.appId;
  return insteadOf.why === 'made-for' ? linkOfAnother(appId, other) : twoAccounts(appId, other);
}

const linkOfAnother = (appId: string, other: string): Text =>
  text(
    `${appId} authorized through a link that was made for ${other}. It is stored; the link still waits for ${other}.`,
    `${appId} 通过仅供 ${other} 使用的链接完成了授权。该帐号已保存；链接仍在等待 ${other}。`,
  );
const twoAccounts = (appId: string, other: string): Text =>
  text(
    `One link brought two accounts: first ${other} by a redirect, then ${appId} in WeChat's signed event. Both are stored: check whether you know ${other}.`,
    `同一链接带来了两个帐号：先由跳转带来 ${other}，后由微信签名事件带来 ${appId}。两者均已保存：请核对是否认识 ${other}。`,
  );

const unknownVisitors = (proxy: string): Text =>
  text(
    `Visitors come through ${proxy}, which is not trusted or does not send X-Forwarded-For: the limits of the standing link cannot tell them apart reliably. If it is your proxy, let it send that header and name it with --trust-proxy ${proxy}.`,
    `访客经由 ${proxy} 到达，该地址未被信任或未发送 X-Forwarded-For：长期授权链接的限额无法可靠区分访客。若是您的反向代理，请让它发送该请求头，并用 --trust-proxy ${proxy} 指定。`,
  );

const misdirected = (infoType: string): Text =>
  text(
    `${infoType} was pushed to the message URL, and accepted: correct 授权事件接收URL in the console.`,
    `${infoType} 被推送到了消息网址，已接收：请在控制台更正“授权事件接收URL”。`,
  );

function overLimits({ count, status, address, isProxy }: Extract<ListenerActivity, { type: 'limited' }>): Text {
  const next = isProxy ? nameProxy(address) : NOTHING;
  return text(
    en`Over the limits: ${count} refused, the last one from ${address} with ${status}.${next}`,
    zh`超出限制：已拒绝 ${count} 个请求，最近一次来自 ${address}（${status}）。${next}`,
  );
}

const nameProxy = (address: string): Text =>
  text(
    ` It sends X-Forwarded-For: if it is your proxy, name it with --trust-proxy ${address}.`,
    `该地址带有 X-Forwarded-For：若是您的反向代理，请用 --trust-proxy ${address} 指定。`,
  );
