/** `wxop accounts list`: who authorized, as a table, for a spreadsheet, or for a script. */
import { columnsWithRoom, cut, table } from '../../terminal/columns.ts';
import { Option, type Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text } from '../../sentences/text.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { kindName, lastUse, sinceOfJson } from '../account-view.ts';
import { permissionNames } from '../../protocol/permissions.ts';
import { listedAccounts, verificationName, type Filters, type AccountRow } from './account-rows.ts';
import { count } from '../arguments.ts';
import { csvLines } from './csv.ts';
import type { Declaring } from '../../cli/declaring.ts';

interface Options extends Filters {
  format?: 'table' | 'json' | 'csv' | 'tsv';
}

export function declareList(accounts: Command, { say, action, examples }: Declaring): void {
  examples(
    accounts
      .command('list')
      .option('--all', say(text('those that were removed, too', '同时列出已移除的帐号')))
      .option('--removed', say(text('only those that were removed', '仅列出已移除的帐号')))
      .option('--revoked', say(text('only those that cancelled', '仅列出已取消授权的帐号')))
      .addOption(new Option('--kind <kind>', say(text('only this kind', '仅列出该类型'))).choices(['mp', 'mini']))
      .option(
        '--missing-permission <id>',
        say(text('only those without this permission set: 15', '仅列出缺少该权限集的帐号：15')),
        count(1),
      )
      .option('--name <text>', say(text('only those with this in a name', '仅列出名称包含该文字的帐号')))
      .addOption(new Option('--format <format>', say(text('how', '输出格式'))).choices(['table', 'json', 'csv', 'tsv']))
      .description(say(text('those that are authorized, or cancelled it', '已授权与已取消授权的帐号')))
      .action(action(list)),
    'wxop accounts list',
    'wxop accounts list --missing-permission 15 --kind mp',
    'wxop accounts list --format csv > accounts.csv',
    'wxop accounts list --json | jq -r ".[].appId"',
  );
}

async function list(context: Context, { format, ...filters }: Options): Promise<void> {
  const { terminal } = context;
  const accounts: AccountRow[] = [];
  for await (const account of listedAccounts(context, filters)) accounts.push(account);
  if (terminal.json || format === 'json') return terminal.printJson(accounts);
  if (format === 'csv')
    return terminal.print(
      ...csvLines(
        HEADER,
        accounts.map((account) => csvRow(context, account)),
      ),
    );
  if (accounts.length === 0) await tellNone(context, filters);
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
  // What says nothing goes first.
  const blank = [ALIAS, ...SPARE].filter((column) => rows.every((row) => row[column] === '-'));
  const kept = columnsWithRoom([titles, ...rows], room, { spare: [...blank, ...SPARE], least: SETS_ROOM });
  const those = (cells: string[]): string[] => kept.map((column) => cells[column] ?? '');
  terminal.print(...table(those(titles), rows.map(those), stream));
  const unread = accounts.filter(({ error }) => error !== undefined).length;
  if (unread > 0) {
    terminal.warn(
      text(`${unread} accounts could not be read; why stands beside them.`, `${unread} 个帐号无法读取，原因见上。`),
    );
  }
}

async function tellNone({ terminal, store }: Context, filters: Filters): Promise<void> {
  const { removed, revoked, kind, missingPermission, name } = filters;
  const isFiltered = [removed, revoked, kind, missingPermission, name].some((filter) => filter !== undefined);
  const lookedFor = isFiltered ? undefined : await (await store()).lookedFor?.();
  terminal.note(
    terminal.say(
      isFiltered
        ? text('No account fits.', '没有符合条件的帐号。')
        : (lookedFor ??
            text(
              'No accounts here yet. `wxop authorize` adds one; `wxop accounts sync` restores those that authorized before.',
              '本地尚无帐号。`wxop authorize` 新增授权；`wxop accounts sync` 恢复曾经的授权。',
            )),
    ),
  );
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
/** Which of them a narrow terminal does without, the first one first: last use, verification, since, token, kind. */
const SPARE = [8, 6, 4, 7, 3];
const ALIAS = 2;
/** In columns of the terminal: what a name gets at least, and what the permission sets are content with. */
const NAME_ROOM = 12;
const SETS_ROOM = 16;

const day = (time: string | undefined): string => (time ?? '').slice(0, 10);

function tableRow(context: Context, account: AccountRow): string[] {
  const { terminal, lang, now } = context;
  const { removedAt, revokedAt, error, expiresAt } = account;
  const left = expiresAt === null ? 0 : Date.parse(expiresAt) - now();
  const state = error
    ? text('unreadable', '无法读取')
    : removedAt !== undefined
      ? text(`removed ${day(removedAt)}`, `已移除 ${day(removedAt)}`)
      : revokedAt === undefined
        ? text('authorized', '已授权')
        : text(`revoked ${day(revokedAt)}`, `已取消 ${day(revokedAt)}`);
  return [
    account.appId,
    account.nickName ?? '-',
    account.alias ?? '-',
    kindName(account.kind ?? undefined, lang),
    sinceOfJson(account).slice(0, 10),
    terminal.say(state),
    verificationName(account.verification, lang),
    left > 0 ? terminal.say(formatDuration(left)) : '-',
    terminal.say(lastUse(account, now())),
    error?.message ?? (permissionNames(account.funcInfo ?? [], lang).join(', ') || '-'),
  ];
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

function csvRow({ lang }: Context, account: AccountRow): string[] {
  const { funcInfo, error } = account;
  const plain = ['appId', 'nickName', 'alias', 'kind', 'verification', 'principalName'] as const;
  const times = ['authorizedAt', 'revokedAt', 'removedAt', 'expiresAt', 'lastUsedAt'] as const;
  return [
    ...[...plain, ...times].map((key) => account[key] ?? ''),
    (funcInfo ?? []).join(' '),
    permissionNames(funcInfo ?? [], lang).join('; '),
    error?.message ?? '',
  ];
}
