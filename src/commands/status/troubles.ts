/** What is wrong in a status, causes before their effects. Pure. */
import type { ErrorCode } from '../../sentences/error-codes.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { TICKET_LIFE, TICKET_OVERDUE } from '../../protocol/lifetimes.ts';
import type { Status } from './read-status.ts';

/** Which line of the screen it is about. */
export type StatusPart = 'ticket' | 'accounts' | 'listener' | 'pushes' | 'forwarding';

export interface Trouble {
  part: StatusPart;
  code: ErrorCode;
  sentence: Text;
  next: Text;
}

/** Milliseconds that forwarding may be behind: a target that restarts is no trouble. */
const BEHIND = 10 * 60 * 1000;
/** Rejected for these, a push of WeChat's does not fit the settings here. */
const KEYS = new Set<string>(['bad-signature', 'bad-padding', 'foreign-receiver']);
const SHOWN = 3;

/** Empty when all is well. */
export function troubles(status: Status): Trouble[] {
  const found: Trouble[] = [];
  const { at, ticket, listener, pushes, accounts, forwarding } = status;

  const add = (part: StatusPart, code: ErrorCode, sentence: Text, next: Text) =>
    found.push({ part, code, sentence, next });

  const late = judgeTicket(ticket, at);
  // Where tickets come, the listener is on another machine, and the port here is nobody's business.
  if (late && listener.state === 'other') add('listener', 'PORT_TAKEN', portTaken(listener.url), ANOTHER_PORT);
  if (late) add('ticket', ...late, listener.state === 'running' ? ASK_FOR_PUSHES : LISTEN);

  // Before the newest genuine push: a stranger's, or mended since.
  const genuine = Math.max(pushes.newest?.receivedAt ?? 0, ticket?.receivedAt ?? 0);
  const rejections = pushes.rejections.filter((one) => one.at > genuine && KEYS.has(one.reason));
  if (rejections.length > 0) add('pushes', 'PUSH_INVALID', rejected(rejections), COMPARE_KEYS);

  const [first] = accounts.unreadable;
  const unreadable = accounts.unreadable.map(({ appId }) => appId);
  if (first) add('accounts', first.error.code, cannotBeRead(unreadable), first.error.hint ?? SYNC);
  const incomplete = accounts.withoutRefreshToken;
  if (incomplete.length > 0) add('accounts', 'NO_ACCOUNT', noRefreshToken(incomplete), SYNC);

  const behind = forwarding?.waitingSince === undefined ? 0 : at - forwarding.waitingSince;
  if (forwarding && behind > BEHIND) add('forwarding', 'NETWORK', waiting(forwarding.waiting, behind), SEE_ANSWERS);
  if (forwarding?.dead) add('forwarding', 'NETWORK', givenUp(forwarding.dead), REPLAY);
  return found;
}

function judgeTicket(ticket: Status['ticket'], at: number): [ErrorCode, Text] | undefined {
  if (!ticket) return ['NO_TICKET', NO_TICKET];
  if (ticket.receivedAt === undefined) return undefined;
  const age = at - ticket.receivedAt;
  if (age >= TICKET_LIFE) return ['TICKET_EXPIRED', ticketExpired(age)];
  return age >= TICKET_OVERDUE ? ['TICKET_OVERDUE', ticketOverdue(age)] : undefined;
}

const NO_TICKET = text('No ticket has arrived yet.', '尚未收到 ticket。');
const ticketExpired = (age: number): Text =>
  text(
    en`The newest ticket came ${formatDuration(age)} ago; it has expired.`,
    zh`最新的 ticket 是 ${formatDuration(age)}前收到的，已过期。`,
  );
const ticketOverdue = (age: number): Text =>
  text(
    en`The newest ticket came ${formatDuration(age)} ago; one is due every ten minutes.`,
    zh`最新的 ticket 是 ${formatDuration(age)}前收到的；正常情况下每十分钟一次。`,
  );
const LISTEN = text(
  'Run `wxop listen` here or where your listener belongs, and see `wxop doctor`.',
  '请在本机或监听所在的机器运行 `wxop listen`，并查看 `wxop doctor`。',
);
const ASK_FOR_PUSHES = text(
  '`wxop ticket start` asks WeChat to push; `wxop doctor --only public,pushes` shows why none arrives.',
  '`wxop ticket start` 请求微信推送；`wxop doctor --only public,pushes` 可查出收不到的原因。',
);

const portTaken = (url: string): Text =>
  text(
    `Another program, or a listener of another store, answers at ${url}.`,
    `${url} 上应答的是其他程序，或使用另一存储的监听。`,
  );
const ANOTHER_PORT = text('Stop it, or choose another port: WXOP_PORT.', '请停止它，或改用其他端口：WXOP_PORT。');

function rejected(rejections: Status['pushes']['rejections']): Text {
  const reasons = listed([...new Set(rejections.map(({ reason }) => reason))]);
  return text(
    en`Since the last genuine push, ${rejections.length} were rejected: ${reasons}.`,
    zh`自最近一次有效推送以来，已拒绝 ${rejections.length} 次：${reasons}。`,
  );
}
const COMPARE_KEYS = text(
  'Compare 消息校验Token and 消息加解密Key with the console: `wxop doctor --only pushes`.',
  '请与控制台核对消息校验Token 与消息加解密Key：`wxop doctor --only pushes`。',
);

const cannotBeRead = (appIds: string[]): Text =>
  text(
    en`${appIds.length} account records cannot be read: ${shortList(appIds)}.`,
    zh`${appIds.length} 个帐号的记录无法读取：${shortList(appIds)}。`,
  );
const noRefreshToken = (appIds: string[]): Text =>
  text(
    en`${appIds.length} accounts have no refresh token: ${shortList(appIds)}.`,
    zh`${appIds.length} 个帐号没有 refresh_token：${shortList(appIds)}。`,
  );
function shortList(appIds: readonly string[]): Text {
  const shown = appIds.slice(0, SHOWN).join(' ');
  const more = appIds.length - SHOWN;
  return more > 0 ? text(`${shown} and ${more} more`, `${shown} 等`) : text(shown, shown);
}
const SYNC = text(
  '`wxop accounts sync` reads them from WeChat; where that does not help: `wxop authorize`.',
  '`wxop accounts sync` 从微信重新读取；若仍无效：`wxop authorize`。',
);

const waiting = (pushes: number, late: number): Text =>
  text(
    en`${pushes} pushes wait to be forwarded, the oldest for ${formatDuration(late)}.`,
    zh`${pushes} 条推送等待转发，最早的已等待 ${formatDuration(late)}。`,
  );
const SEE_ANSWERS = text(
  'See what your service answers: `wxop events list`.',
  '请查看您的服务如何应答：`wxop events list`。',
);
const givenUp = (pushes: number): Text => text(`${pushes} pushes were given up.`, `${pushes} 条推送已放弃转发。`);
const REPLAY = text('Send them again: `wxop events replay --dead`.', '重新发送：`wxop events replay --dead`。');
