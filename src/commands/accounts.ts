/** `wxop accounts`: who authorized this platform. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { text, type Text } from '../errors.ts';
import type { AccountRecord } from '../store/store.ts';
import { accountJson, kindName, permissionNames, sinceOf } from './account-view.ts';
import { historyLines, historyOf } from './account-history.ts';
import { agreesInProduction, YES_IN_PRODUCTION } from './agree.ts';
import { declareAlias } from './accounts-alias.ts';
import { declareExport } from './accounts-export.ts';
import { declareImport } from './accounts-import.ts';
import { declareRemove } from './accounts-remove.ts';
import { iso, spoken } from './arguments.ts';
import { addBulkFlags, type BulkFlags } from './bulk-flags.ts';
import type { Declaring } from './declaring.ts';
import { ACCOUNT, whichAccount } from './which-account.ts';

export function declare(program: Command, declaring: Declaring): void {
  const { say, action, examples } = declaring;
  const accounts = program
    .command('accounts')
    .description(say(text('the accounts that authorized this platform', '已授权给本平台的帐号')));
  examples(accounts, 'wxop accounts list');
  examples(
    accounts
      .command('list')
      .option('--all', say(text('those that were removed, too', '同时列出已移除的帐号')))
      .option('--removed', say(text('only those that were removed', '仅列出已移除的帐号')))
      .description(say(text('those that are authorized, or cancelled it', '已授权与已取消授权的帐号')))
      .action(action(list)),
    'wxop accounts list',
    'wxop accounts list --json | jq -r ".[].appId"',
  );
  examples(
    accounts
      .command('show')
      .argument('<appid>', say(ACCOUNT))
      .option('--history', say(text('what changed, and when', '显示变更历史')))
      .description(
        say(text('one account: permission sets in words, token life', '单个帐号：权限集说明、token 剩余时间')),
      )
      .action(action(show)),
    'wxop accounts show wx0123456789abcdef',
    'wxop accounts show wx0123456789abcdef --history',
  );
  examples(
    addBulkFlags(
      accounts
        .command('sync')
        .argument(
          '[appid...]',
          say(text('only these; removed ones are brought back', '仅同步这些帐号；已移除的会恢复')),
        ),
      say,
    )
      .option('--yes', say(YES_IN_PRODUCTION))
      .description(
        say(
          text('restores everything from the platform, refresh tokens too', '从平台恢复全部帐号，包括 refresh_token'),
        ),
      )
      .action(action(sync)),
    'wxop accounts sync',
    'wxop accounts sync wx0123456789abcdef',
  );
  declareAlias(accounts, declaring);
  declareExport(accounts, declaring);
  declareImport(accounts, declaring);
  declareRemove(accounts, declaring);
}

async function list(context: Context, options: { all?: boolean; removed?: boolean }): Promise<void> {
  const { terminal, lang } = context;
  const accounts: AccountRecord[] = [];
  for await (const account of (await context.keeper()).accounts()) {
    if ('error' in account) throw account.error;
    const isRemoved = account.removedAt !== undefined;
    if (isRemoved ? options.all || options.removed : !options.removed) accounts.push(account);
  }
  if (terminal.json) {
    const documents = [];
    for (const account of accounts) documents.push(await accountJson(context, account));
    return terminal.printJson(documents);
  }
  if (accounts.length === 0) {
    terminal.note(
      terminal.say(
        text(
          'No accounts here yet. `wxop authorize` adds one; `wxop accounts sync` restores those that authorized before.',
          '本地尚无帐号。`wxop authorize` 新增授权；`wxop accounts sync` 恢复曾经的授权。',
        ),
      ),
    );
  }
  const { table } = await context.columns();
  const header = [
    text('appid', 'AppID'),
    text('name', '名称'),
    text('kind', '类型'),
    text('since', '授权日期'),
    text('state', '状态'),
  ];
  const day = (time: number): string => iso(time).slice(0, 10);
  const state = ({ revokedAt, removedAt }: AccountRecord): string => {
    if (removedAt !== undefined) return terminal.say(text(`removed ${day(removedAt)}`, `已移除 ${day(removedAt)}`));
    return revokedAt === undefined
      ? terminal.say(text('authorized', '已授权'))
      : terminal.say(text(`revoked ${day(revokedAt)}`, `已取消 ${day(revokedAt)}`));
  };
  const rows = accounts.map((account) => [
    account.appId,
    account.nickName || '-',
    kindName(account.kind, lang),
    sinceOf(account).slice(0, 10),
    state(account),
  ]);
  terminal.print(...table(header.map(terminal.say), rows, terminal.out));
}

async function show(context: Context, options: { history?: boolean }, name: string): Promise<void> {
  const { terminal, lang } = context;
  const appId = await whichAccount(context, name);
  const account = await (await context.keeper()).account(appId);
  const history = options.history && historyOf(await (await context.store()).history(`account/${appId}`));
  const document = {
    ...(await accountJson(context, account)),
    userName: account.userName,
    ...(history && { history }),
  };
  if (terminal.json) return terminal.printJson(document);
  const ttl = document.expiresAt === null ? 0 : Date.parse(document.expiresAt) - context.now();
  const rows: [Text, string][] = [
    [text('name', '名称'), account.nickName || '-'],
    [text('appid', 'AppID'), account.appId],
    [text('original id', '原始 ID'), account.userName || '-'],
    ...(account.alias === undefined ? [] : [[text('alias', '别名'), account.alias] as [Text, string]]),
    [text('kind', '类型'), kindName(account.kind, lang)],
    [text('authorized', '授权时间'), sinceOf(account)],
    ...(account.revokedAt === undefined
      ? []
      : [[text('revoked', '取消时间'), iso(account.revokedAt)] as [Text, string]]),
    ...(account.removedAt === undefined
      ? []
      : [[text('removed', '移除时间'), iso(account.removedAt)] as [Text, string]]),
    [text('access token', 'access_token'), ttl > 0 ? spoken(ttl) : '-'],
    [
      text('refresh token', 'refresh_token'),
      terminal.say(account.refreshToken ? text('stored', '已保存') : text('none', '无')),
    ],
    [text('permission sets', '权限集'), permissionNames(account.funcInfo, lang).join(', ') || '-'],
  ];
  const { pad, printable, widest } = await context.columns();
  const width = widest(rows.map(([label]) => label[lang]));
  terminal.print(...rows.map(([label, value]) => `${pad(label[lang], width)}  ${printable(value)}`));
  if (history) terminal.print('', ...historyLines(history, lang).map((line) => line.replace(/\S.*/, printable)));
}

async function sync(context: Context, flags: BulkFlags & { yes?: boolean }, names: string[]): Promise<void> {
  const question = text(
    'Replace what is stored of the accounts by what the platform says?',
    '用平台返回的内容更新本地帐号？',
  );
  if (!(await agreesInProduction(context, flags, question))) return;
  const { syncAll, syncNamed } = await import('./accounts-sync.ts');
  const appIds: string[] = [];
  for (const name of names) appIds.push(await whichAccount(context, name));
  return appIds.length > 0 ? syncNamed(context, flags, appIds) : syncAll(context, flags);
}
