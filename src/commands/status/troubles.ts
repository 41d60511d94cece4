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
const SHOWN = 3;

/** Empty when all is well. */
export const troubles = (status: Status): Trouble[] => [
  ...ticketTroubles(status),
  ...listenerTroubles(status),
  ...pushTroubles(status),
  ...accountTroubles(status),
  ...forwardingTroubles(status),
];

function ticketTroubles({ ticket, listener, at }: Status): Trouble[] {
  const trouble = (code: ErrorCode, sentence: Text): Trouble[] => [
    { part: 'ticket', code, sentence, next: listener.state === 'running' ? WHY_NO_PUSH : LISTEN },
  ];
  if (!ticket) return trouble('NO_TICKET', text('No ticket has arrived yet.', '尚未收到 ticket。'));
  if (ticket.receivedAt === undefined) return [];
  const age = at - ticket.receivedAt;
  const ago = formatDuration(age);
  const came = text(en`The newest ticket came ${ago} ago`, zh`最新的 ticket 是 ${ago}前收到的`);
  if (age >= TICKET_LIFE) return trouble('TICKET_EXPIRED', text(en`${came}; it has expired.`, zh`${came}，已过期。`));
  if (age >= TICKET_OVERDUE) {
    return trouble(
      'TICKET_OVERDUE',
      text(en`${came}; one is due every ten minutes.`, zh`${came}；正常情况下每十分钟一次。`),
    );
  }
  return [];
}

const LISTEN = text(
  'Run `wxop listen` here or where your listener belongs, and see `wxop doctor`.',
  '请在本机或监听所在的机器运行 `wxop listen`，并查看 `wxop doctor`。',
);
const WHY_NO_PUSH = text(
  '`wxop ticket start` asks WeChat to push; `wxop doctor --only public,pushes` shows why none arrives.',
  '`wxop ticket start` 请求微信推送；`wxop doctor --only public,pushes` 可查出收不到的原因。',
);

function listenerTroubles({ listener: { state, url } }: Status): Trouble[] {
  if (state !== 'other') return [];
  return [
    {
      part: 'listener',
      code: 'PORT_TAKEN',
      sentence: text(
        `Another program, or a listener of another store, answers at ${url}.`,
        `${url} 上应答的是其他程序，或使用另一存储的监听。`,
      ),
      next: text('Stop it, or choose another port: WXOP_PORT.', '请停止它，或改用其他端口：WXOP_PORT。'),
    },
  ];
}

/** Rejections older than the newest genuine push are strangers' or over. */
function pushTroubles({ pushes: { newest, rejections }, ticket }: Status): Trouble[] {
  const genuine = Math.max(newest?.receivedAt ?? 0, ticket?.receivedAt ?? 0);
  const since = rejections.filter(({ at, reason }) => at > genuine && KEYS.has(reason));
  if (since.length === 0) return [];
  const reasons = listed([...new Set(since.map(({ reason }) => reason))]);
  return [
    {
      part: 'pushes',
      code: 'PUSH_INVALID',
      sentence: text(
        en`Since the last genuine push, ${since.length} were rejected: ${reasons}.`,
        zh`自最近一次有效推送以来，已拒绝 ${since.length} 次：${reasons}。`,
      ),
      next: text(
        'Compare 消息校验Token and 消息加解密Key with the console: `wxop doctor --only pushes`.',
        '请与控制台核对消息校验Token与消息加解密Key：`wxop doctor --only pushes`。',
      ),
    },
  ];
}

const KEYS = new Set<string>(['bad-signature', 'bad-padding', 'foreign-receiver']);

function accountTroubles({ accounts: { unreadable, withoutRefreshToken } }: Status): Trouble[] {
  const [first] = unreadable;
  return [
    ...(first
      ? [
          {
            part: 'accounts' as const,
            code: first.error.code,
            sentence: text(
              en`${unreadable.length} account records cannot be read: ${shortList(unreadable.map(({ appId }) => appId))}.`,
              zh`${unreadable.length} 个帐号的记录无法读取：${shortList(unreadable.map(({ appId }) => appId))}。`,
            ),
            next: first.error.hint ?? SYNC,
          },
        ]
      : []),
    ...(withoutRefreshToken.length > 0
      ? [
          {
            part: 'accounts' as const,
            code: 'NO_ACCOUNT' as const,
            sentence: text(
              en`${withoutRefreshToken.length} accounts have no refresh token: ${shortList(withoutRefreshToken)}.`,
              zh`${withoutRefreshToken.length} 个帐号没有 refresh_token：${shortList(withoutRefreshToken)}。`,
            ),
            next: SYNC,
          },
        ]
      : []),
  ];
}

const SYNC = text(
  '`wxop accounts sync` reads them from WeChat; where that does not help: `wxop authorize`.',
  '`wxop accounts sync` 从微信重新读取；若仍无效：`wxop authorize`。',
);

function shortList(appIds: readonly string[]): Text {
  const shown = appIds.slice(0, SHOWN).join(' ');
  const more = appIds.length - SHOWN;
  return more > 0 ? text(`${shown} and ${more} more`, `${shown} 等`) : text(shown, shown);
}

function forwardingTroubles({ forwarding, at }: Status): Trouble[] {
  if (!forwarding) return [];
  const { waiting, waitingSince, dead } = forwarding;
  const trouble = (sentence: Text, next: Text): Trouble => ({ part: 'forwarding', code: 'NETWORK', sentence, next });
  return [
    ...(waitingSince !== undefined && at - waitingSince > BEHIND
      ? [
          trouble(
            text(
              en`${waiting} pushes wait to be forwarded, the oldest for ${formatDuration(at - waitingSince)}.`,
              zh`${waiting} 条推送等待转发，最早的已等待 ${formatDuration(at - waitingSince)}。`,
            ),
            text('See what your service answers: `wxop events list`.', '请查看您的服务如何应答：`wxop events list`。'),
          ),
        ]
      : []),
    ...(dead > 0
      ? [
          trouble(
            text(`${dead} pushes were given up.`, `${dead} 条推送已放弃转发。`),
            text('Send them again: `wxop events replay --dead`.', '重新发送：`wxop events replay --dead`。'),
          ),
        ]
      : []),
  ];
}
