/** The screen of `wxop status`, and its document for scripts. */
import { ERROR_CODES } from '../../sentences/error-codes.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { iso } from '../../sentences/iso-time.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { TICKET_LIFE } from '../../protocol/lifetimes.ts';
import { pad, widest, wrap } from '../../terminal/columns.ts';
import type { JournalEntry } from '../../delivery/journal.ts';
import type { Paint } from '../../terminal/terminal.ts';
import type { Status } from './read-status.ts';
import type { StatusPart, Trouble } from './troubles.ts';

interface Line {
  label: Text;
  seen: Text;
  /** What a trouble of this line is marked by. */
  part?: StatusPart;
  /** Neither good nor bad. */
  isNeutral?: boolean;
}

export interface StatusView {
  say: (sentence: Text) => string;
  paint: Paint;
  columns: number;
}

/** The first trouble on top with its next step; then a line for each part, marked where something is wrong. */
export function statusLines(status: Status, found: Trouble[], { say, paint, columns }: StatusView): string[] {
  const lines = linesOf(status).map(({ label, seen, part, isNeutral }) => {
    const isWrong = part !== undefined && found.some((trouble) => trouble.part === part);
    const mark = isWrong ? paint.red('✗') : isNeutral ? paint.dim('·') : paint.green('✓');
    return { mark, label: say(label), seen: say(seen) };
  });
  const width = widest(lines.map(({ label }) => label));
  const indent = ' '.repeat(width + 4);
  return [
    paint.bold(say(heading(status))),
    ...verdict(found, { say, paint, columns }),
    '',
    ...lines.flatMap(({ mark, label, seen }) => {
      const [first = '', ...rest] = wrap(seen, Math.max(20, columns - width - 4));
      return [`${mark} ${pad(label, width)}  ${first}`, ...rest.map((line) => indent + line)];
    }),
  ];
}

function verdict(found: Trouble[], { say, paint, columns }: StatusView): string[] {
  const [first, ...others] = found;
  if (!first) return [paint.green(say(text('All is well.', '一切正常。')))];
  const more = text(`There is more: ${others.length}.`, `另有 ${others.length} 个问题。`);
  return [
    ...wrap(say(first.sentence), columns).map(paint.red),
    ...wrap(`→ ${say(first.next)}`, columns),
    ...(others.length > 0 ? [say(more)] : []),
  ];
}

const heading = ({ componentAppId, profile, isProduction }: Status): Text =>
  isProduction
    ? text(`${componentAppId} (profile ${profile}, PRODUCTION)`, `${componentAppId}（配置 ${profile}，生产环境）`)
    : text(`${componentAppId} (profile ${profile})`, `${componentAppId}（配置 ${profile}）`);

const NONE = text('none', '无');
const ago = (milliseconds: number): Text => {
  const age = formatDuration(milliseconds);
  return text(en`${age} ago`, zh`${age}前`);
};

function linesOf(status: Status): Line[] {
  return [
    { label: text('ticket', 'ticket'), seen: ticketSeen(status), part: 'ticket' },
    {
      label: text('component token', '第三方平台令牌'),
      seen: componentTokenSeen(status),
      isNeutral: !status.componentToken || status.componentToken.expiresAt <= status.at,
    },
    {
      label: text('accounts', '帐号'),
      seen: accountsSeen(status),
      part: 'accounts',
      isNeutral: status.accounts.authorized === 0,
    },
    { label: text('account tokens', '帐号令牌'), seen: tokensSeen(status), isNeutral: status.tokens.valid === 0 },
    {
      label: text('listener', '监听'),
      seen: listenerSeen(status),
      part: 'listener',
      isNeutral: status.listener.state !== 'running',
    },
    { label: text('pushes', '推送'), seen: pushesSeen(status), part: 'pushes', isNeutral: !status.pushes.newest },
    ...(status.forwarding
      ? [{ label: text('forwarding', '转发'), seen: forwardingSeen(status.forwarding), part: 'forwarding' as const }]
      : []),
    { label: text('unfinished runs', '未完成的任务'), seen: runsSeen(status), isNeutral: status.runs.length > 0 },
  ];
}

function ticketSeen({ ticket, at }: Status): Text {
  if (!ticket) return NONE;
  if (ticket.receivedAt === undefined) return text('present, age unknown', '已有，时间未知');
  const left = ticket.receivedAt + TICKET_LIFE - at;
  const came = ago(at - ticket.receivedAt);
  if (left <= 0) return text(en`${came}, expired`, zh`${came}收到，已过期`);
  return text(en`${came}, works for another ${formatDuration(left)}`, zh`${came}收到，还可用 ${formatDuration(left)}`);
}

function componentTokenSeen({ componentToken, at }: Status): Text {
  if (!componentToken || componentToken.expiresAt <= at) {
    return text('none; fetched when it is needed', '无；需要时自动获取');
  }
  const left = formatDuration(componentToken.expiresAt - at);
  return text(en`works for another ${left}`, zh`还可用 ${left}`);
}

function accountsSeen({ accounts: { authorized, cancelled } }: Status): Text {
  const here = text(`${authorized} authorized`, `已授权 ${authorized} 个`);
  if (cancelled.length === 0) return here;
  const names = cancelled
    .toSorted((a, b) => b.revokedAt - a.revokedAt)
    .slice(0, 5)
    .map(({ nickName, appId }) => nickName || appId);
  return text(
    en`${here}, ${cancelled.length} cancelled: ${listed([...names, ...(cancelled.length > 5 ? ['…'] : [])])}`,
    zh`${here}，${cancelled.length} 个已取消：${listed([...names, ...(cancelled.length > 5 ? ['…'] : [])])}`,
  );
}

function tokensSeen({ tokens: { valid, firstEndsAt }, accounts: { authorized }, at }: Status): Text {
  if (authorized === 0) return NONE;
  const counted = text(`${valid} of ${authorized} in store`, `${authorized} 个中有 ${valid} 个在存储中`);
  if (firstEndsAt === undefined) return text(en`${counted}; fetched when needed`, zh`${counted}；需要时自动获取`);
  const first = formatDuration(firstEndsAt - at);
  return text(en`${counted}, the first ends in ${first}`, zh`${counted}，最早的 ${first}后到期`);
}

const LISTENER_STATES: Record<Status['listener']['state'], Text> = {
  running: text('running', '运行中'),
  other: text('something else answers', '应答的不是本监听'),
  none: text('not running on this machine', '未在本机运行'),
};

function listenerSeen({ listener: { url, state, publicUrl } }: Status): Text {
  const here = text(en`${LISTENER_STATES[state]} (${url})`, zh`${LISTENER_STATES[state]}（${url}）`);
  return publicUrl === undefined
    ? text(en`${here}, no public URL`, zh`${here}，未设公网地址`)
    : text(en`${here}, public ${publicUrl}`, zh`${here}，公网地址 ${publicUrl}`);
}

function pushesSeen({ pushes: { newest, rejections }, at }: Status): Text {
  const last = newest ? newestPush(newest, at) : text('none within a day', '一天内没有');
  const rejected = rejections.length;
  if (rejected === 0) return last;
  return text(en`${last}; ${rejected} rejected within a day`, zh`${last}；一天内拒绝 ${rejected} 次`);
}

const newestPush = ({ receivedAt, type, appId }: JournalEntry, at: number): Text =>
  text(en`newest ${ago(at - receivedAt)}: ${type} ${appId}`, zh`最近一次 ${ago(at - receivedAt)}：${type} ${appId}`);

const forwardingSeen = ({ waiting, dead }: NonNullable<Status['forwarding']>): Text =>
  text(`${waiting} waiting, ${dead} given up`, `等待 ${waiting} 条，已放弃 ${dead} 条`);

const RUN_COMMANDS = { refresh: 'wxop token refresh --all', sync: 'wxop accounts sync' };

function runsSeen({ runs, at }: Status): Text {
  if (runs.length === 0) return NONE;
  return listed(
    runs.map(({ name, startedAt, done }) =>
      text(
        en`\`${RUN_COMMANDS[name]}\` of ${ago(at - startedAt)}, ${done} done`,
        zh`\`${RUN_COMMANDS[name]}\`（${ago(at - startedAt)}，已完成 ${done} 个）`,
      ),
    ),
  );
}

/** Times are ISO 8601 in UTC; what is not there is null. */
export function statusJson(status: Status, found: Trouble[], say: (sentence: Text) => string) {
  const { at, ticket, componentToken, accounts, tokens, listener, pushes, forwarding, runs } = status;
  const received = ticket?.receivedAt;
  return {
    ok: found.length === 0,
    at: iso(at),
    profile: status.profile,
    production: status.isProduction,
    componentAppId: status.componentAppId,
    troubles: found.map(({ part, code, sentence, next }) => ({
      part,
      code,
      exitCode: ERROR_CODES[code].exit,
      message: say(sentence),
      hint: say(next),
    })),
    ticket: ticket
      ? {
          receivedAt: received === undefined ? null : iso(received),
          expiresAt: received === undefined ? null : iso(received + TICKET_LIFE),
          ageSeconds: received === undefined ? null : Math.floor((at - received) / 1000),
        }
      : null,
    componentToken: componentToken
      ? { expiresAt: iso(componentToken.expiresAt), ttlSeconds: seconds(componentToken.expiresAt - at) }
      : null,
    accounts: {
      authorized: accounts.authorized,
      cancelled: accounts.cancelled.map(({ appId, nickName, revokedAt }) => ({
        appId,
        nickName,
        revokedAt: iso(revokedAt),
      })),
      withoutRefreshToken: accounts.withoutRefreshToken,
      unreadable: accounts.unreadable.map(({ appId }) => appId),
    },
    tokens: { valid: tokens.valid, firstEndsAt: tokens.firstEndsAt === undefined ? null : iso(tokens.firstEndsAt) },
    listener: { ...listener, publicUrl: listener.publicUrl ?? null },
    pushes: {
      newest: pushes.newest
        ? { receivedAt: iso(pushes.newest.receivedAt), type: pushes.newest.type, appId: pushes.newest.appId }
        : null,
      rejectedWithinADay: pushes.rejections.length,
    },
    forwarding: forwarding
      ? {
          waiting: forwarding.waiting,
          waitingSince: forwarding.waitingSince === undefined ? null : iso(forwarding.waitingSince),
          dead: forwarding.dead,
        }
      : null,
    runs: runs.map(({ name, startedAt, done }) => ({ command: RUN_COMMANDS[name], startedAt: iso(startedAt), done })),
  };
}

const seconds = (milliseconds: number): number => Math.max(0, Math.floor(milliseconds / 1000));
