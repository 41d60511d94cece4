/** `wxop accounts list`: as a table, for a spreadsheet, or for a script. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { kindName, verificationName } from '../../protocol/account-record.ts';
import { permissionNames } from '../../protocol/permissions.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { inLang, listed, text, type Hole } from '../../sentences/text.ts';
import { columnsWithRoom, cut, table } from '../../terminal/columns.ts';
import { lastUse } from '../account-view.ts';
import { countArgument } from '../arguments.ts';
import { listedAccounts, type AccountRow, type Filters } from './account-rows.ts';
import { csvLines } from './csv.ts';

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
    format: parameter('--format <format>', text('output format', '输出格式'), {
      choices: ['table', 'json', 'csv', 'tsv'],
    }),
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
    if (terminal.json || format === 'json') return terminal.printJson(accounts);
    if (format === 'csv') {
      const rows = accounts.map((account) => csvRow(context, account));
      return terminal.print(...csvLines(HEADER, rows));
    }
    if (accounts.length === 0) await noteNone(context, filters);
    printTable(context, accounts, format);
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

/** A named format looks the same in a pipe as on a terminal. */
function printTable(context: Context, accounts: readonly AccountRow[], format: 'table' | 'tsv' | undefined): void {
  const { terminal } = context;
  const stream =
    format === 'table' && !terminal.out.isTTY
      ? { isTTY: true, columns: Infinity }
      : { ...terminal.out, ...(format === 'tsv' && { isTTY: false }) };
  const titles = TITLES.map(terminal.say);
  const room = stream.isTTY ? stream.columns : Infinity;
  const names = Math.max(NAME_ROOM, Math.floor(room / 6));
  const rows = accounts.map((account) => {
    const [appId = '', name = '', alias = '', ...others] = tableRow(context, account);
    return [appId, cut(name, names), cut(alias, names), ...others];
  });
  // Columns without a single value go first.
  const blank = [ALIAS, ...SPARE].filter((column) => rows.every((row) => row[column] === '-'));
  const kept = columnsWithRoom([titles, ...rows], room, { spare: [...blank, ...SPARE], least: SETS_ROOM });
  const those = (cells: string[]): string[] => kept.map((column) => cells[column] ?? '');
  terminal.print(...table(those(titles), rows.map(those), stream));
}

const TITLES = [
  text('appid', 'AppID'),
  text('name', '名称'),
  text('alias', '别名'),
  text('kind', '类型'),
  text('since', '授权日期'),
  text('state', '状态'),
  text('verification', '认证'),
  text('token', 'token'),
  text('last use', '最近使用'),
  text('permission sets', '权限集'),
];
/** Dropped on a narrow terminal, in this order: last use, verification, since, token, kind. */
const SPARE = [8, 6, 4, 7, 3];
const ALIAS = 2;
/** Terminal columns: the least that a name and the permission sets get. */
const NAME_ROOM = 12;
const SETS_ROOM = 16;

const day = (time: string): string => time.slice(0, 10);

function tableRow({ lang, now }: Context, account: AccountRow): string[] {
  const { appId, nickName, alias, kind, authorizedAt, expiresAt, verification, funcInfo, error } = account;
  const left = expiresAt === null ? 0 : Date.parse(expiresAt) - now();
  const sets = funcInfo?.length ? listed(permissionNames(funcInfo)) : '-';
  const cells: Hole[] = [
    appId,
    nickName ?? '-',
    alias ?? '-',
    kindName(kind),
    day(authorizedAt ?? '-'),
    stateOf(account),
    verificationName(verification),
    left > 0 ? formatDuration(left) : '-',
    lastUse(account, now()),
    error?.message ?? sets,
  ];
  return cells.map((cell) => inLang(cell, lang));
}

function stateOf({ error, removedAt, revokedAt }: AccountRow) {
  if (error) return text('unreadable', '无法读取');
  if (removedAt !== undefined) return text(`removed ${day(removedAt)}`, `已移除 ${day(removedAt)}`);
  if (revokedAt !== undefined) return text(`revoked ${day(revokedAt)}`, `已取消 ${day(revokedAt)}`);
  return text('authorized', '已授权');
}

const HEADER = [
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
  'permissionSets',
  'error',
];

const SEMICOLON = text('; ', '; ');

function csvRow({ terminal }: Context, account: AccountRow): string[] {
  const { funcInfo, error } = account;
  const plain = ['appId', 'nickName', 'alias', 'kind', 'verification', 'principalName'] as const;
  const times = ['authorizedAt', 'revokedAt', 'removedAt', 'expiresAt', 'lastUsedAt'] as const;
  return [
    ...[...plain, ...times].map((key) => account[key] ?? ''),
    (funcInfo ?? []).join(' '),
    terminal.say(listed(permissionNames(funcInfo ?? []), SEMICOLON)),
    error?.message ?? '',
  ];
}
