/** `wxop accounts list`: as a table, for a spreadsheet, or for a script. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { kindName, verificationName } from '../../protocol/account-record.ts';
import { permissionNames } from '../../protocol/permissions.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { localDay } from '../../sentences/local-time.ts';
import { en, listed, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import { printRows, type Rows, type Tone } from '../../terminal/rows.ts';
import { lastUse } from '../account-view.ts';
import { countArgument } from '../arguments.ts';
import { FORMAT } from '../flags.ts';
import { listedAccounts, type AccountRow, type Filters } from './account-rows.ts';

export const command = defineCommand({
  flags: {
    all: parameter('--all', text('include removed accounts', '同时列出已移除的帐号')),
    removed: parameter('--removed', text('only removed accounts', '仅列出已移除的帐号')),
    revoked: parameter('--revoked', text('only accounts that cancelled', '仅列出已取消授权的帐号')),
    kind: parameter('--kind <kind>', text('only this kind', '仅列出该类型'), { choices: ['mp', 'mini'] }),
    missingPermission: parameter(
      '--missing-permission <id>',
      text('only accounts without this permission set, for example 15', '仅列出缺少该权限集的帐号，如 15'),
      { parse: countArgument(1) },
    ),
    name: parameter('--name <text>', text('only accounts with this text in a name', '仅列出名称包含该文字的帐号')),
    format: FORMAT,
  },
  examples: [
    'wxop accounts list',
    'wxop accounts list --missing-permission 15 --kind mp',
    'wxop accounts list --format csv > accounts.csv',
    'wxop accounts list --json | jq -r ".[].appId"',
  ],
  risk: 'reads',
  output: 'document',
  run: async (context, { format, ...filters }) => {
    const { terminal } = context;
    const accounts: AccountRow[] = [];
    for await (const account of listedAccounts(context, filters)) accounts.push(account);
    const isForPrograms = terminal.json || format === 'json' || format === 'csv';
    if (accounts.length === 0 && !isForPrograms) await noteNone(context, filters);
    await printRows(terminal, { ...rowsAt(context.now()), rows: accounts, format });
    if (isForPrograms) return;
    const unreadable = accounts.filter(({ error }) => error !== undefined).length;
    if (unreadable > 0) terminal.warn(someUnreadable(unreadable));
  },
});

const someUnreadable = (accounts: number) =>
  text(
    `${accounts} accounts could not be read; the reason is shown next to each.`,
    `${accounts} 个帐号无法读取，原因见上。`,
  );

const NONE_FITS = text('No account matches.', '没有符合条件的帐号。');
const NONE_YET = text(
  'No accounts here yet. `wxop authorize` adds one; `wxop accounts sync` restores those that authorized before.',
  '本地尚无帐号。`wxop authorize` 新增授权；`wxop accounts sync` 恢复曾经的授权。',
);

async function noteNone({ terminal, store }: Context, filters: Filters): Promise<void> {
  const { removed, revoked, kind, missingPermission, name } = filters;
  const isFiltered = [removed, revoked, kind, missingPermission, name].some((filter) => filter !== undefined);
  terminal.note(isFiltered ? NONE_FITS : ((await (await store()).lookedFor?.()) ?? NONE_YET));
}

/** What scripts get: the day in UTC. */
const day = (time: string): string => time.slice(0, 10);
const dayHere = (time: string): string => localDay(Date.parse(time));

const NAME = { become: 'cut', least: 12 } as const;

/** The pipe has had the columns in this order from the beginning. */
const rowsAt = (now: number): Rows<AccountRow> => ({
  columns: [
    { title: text('appid', 'AppID'), seen: ({ appId }) => appId, isKey: true },
    { title: text('name', '名称'), seen: ({ nickName }) => nickName ?? '-', long: NAME },
    { title: text('alias', '别名'), seen: ({ alias }) => alias ?? '-', long: NAME, spare: 6 },
    { title: text('kind', '类型'), seen: ({ kind }) => kindName(kind), spare: 5 },
    {
      title: text('since', '授权日期'),
      seen: ({ authorizedAt }) => (authorizedAt === null ? '-' : dayHere(authorizedAt)),
      piped: ({ authorizedAt }) => day(authorizedAt ?? '-'),
      spare: 3,
    },
    {
      title: text('state', '状态'),
      seen: (account) => stateOf(account, dayHere),
      piped: (account) => stateOf(account, day),
      tone: toneOf,
    },
    {
      title: text('verification', '认证'),
      seen: ({ verification }) => verificationName(verification),
      spare: 2,
    },
    { title: text('token', '令牌'), seen: (account) => tokenLeft(account, now), spare: 4 },
    { title: text('last use', '最近使用'), seen: (account) => lastUse(account, now), spare: 1 },
    {
      title: text('permission sets', '权限集'),
      seen: ({ error, funcInfo }) => error?.message ?? (funcInfo?.length ? listed(permissionNames(funcInfo)) : '-'),
      long: { become: 'cut', least: 16 },
    },
  ],
  csv: [
    'appId',
    'nickName',
    'alias',
    'kind',
    'verification',
    'principalName',
    'authorizedAt',
    'revokedAt',
    'removedAt',
    'expiresAt',
    'lastUsedAt',
    'funcInfo',
    ['permissionSets', ({ funcInfo }) => listed(permissionNames(funcInfo ?? []), SEMICOLON)],
    'error',
  ],
});

const SEMICOLON = text('; ', '; ');

function tokenLeft({ expiresAt }: AccountRow, now: number): Hole {
  const left = expiresAt === null ? 0 : Date.parse(expiresAt) - now;
  return left > 0 ? formatDuration(left) : '-';
}

function stateOf({ error, removedAt, revokedAt }: AccountRow, dayOf: (time: string) => string): Text {
  if (error) return text('unreadable', '无法读取');
  if (removedAt !== undefined) return text(en`removed ${dayOf(removedAt)}`, zh`已移除 ${dayOf(removedAt)}`);
  if (revokedAt !== undefined) return text(en`revoked ${dayOf(revokedAt)}`, zh`已取消 ${dayOf(revokedAt)}`);
  return text('authorized', '已授权');
}

function toneOf({ error, removedAt, revokedAt }: AccountRow): Tone {
  if (error) return 'failure';
  if (removedAt !== undefined) return 'secondary';
  return revokedAt === undefined ? 'ok' : 'attention';
}
