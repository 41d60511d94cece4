/** `wxop accounts`: who authorized this platform. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { isError, text, toWxopError, WxopError, type Text } from '../errors.ts';
import type { AccountRecord } from '../store/store.ts';
import { accountJson, kindName, permissionNames, sinceOf } from './account-view.ts';
import { iso, spoken } from './arguments.ts';
import type { Declaring } from './declaring.ts';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  const accounts = program
    .command('accounts')
    .description(say(text('the accounts that authorized this platform', '已授权给本平台的帐号')));
  examples(accounts, 'wxop accounts list');
  examples(
    accounts
      .command('list')
      .description(say(text('all of them, revoked ones too', '全部帐号，包括已取消授权的')))
      .action(action(list)),
    'wxop accounts list',
    'wxop accounts list --json | jq -r ".[].appId"',
  );
  examples(
    accounts
      .command('show')
      .argument('<appid>', say(text("the account's appid", '帐号的 AppID')))
      .description(
        say(text('one account: permission sets in words, token life', '单个帐号：权限集说明、token 剩余时间')),
      )
      .action(action(show)),
    'wxop accounts show wx0123456789abcdef',
  );
  examples(
    accounts
      .command('sync')
      .description(
        say(
          text('restores everything from the platform, refresh tokens too', '从平台恢复全部帐号，包括 refresh_token'),
        ),
      )
      .action(action(sync)),
    'wxop accounts sync',
  );
}

async function list(context: Context): Promise<void> {
  const { terminal, lang } = context;
  const accounts = await (await context.keeper()).accounts();
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
  const state = ({ revokedAt }: AccountRecord): string =>
    revokedAt === undefined
      ? terminal.say(text('authorized', '已授权'))
      : terminal.say(text(`revoked ${iso(revokedAt).slice(0, 10)}`, `已取消 ${iso(revokedAt).slice(0, 10)}`));
  const rows = accounts.map((account) => [
    account.appId,
    account.nickName || '-',
    kindName(account.kind, lang),
    sinceOf(account).slice(0, 10),
    state(account),
  ]);
  terminal.print(...table(header.map(terminal.say), rows, terminal.out));
}

async function show(context: Context, _options: object, appId: string): Promise<void> {
  const { terminal, lang } = context;
  const account = await (await context.keeper()).account(appId);
  const document = { ...(await accountJson(context, account)), userName: account.userName };
  if (terminal.json) return terminal.printJson(document);
  const ttl = document.expiresAt === null ? 0 : Date.parse(document.expiresAt) - context.now();
  const rows: [Text, string][] = [
    [text('name', '名称'), account.nickName || '-'],
    [text('appid', 'AppID'), account.appId],
    [text('original id', '原始 ID'), account.userName || '-'],
    [text('kind', '类型'), kindName(account.kind, lang)],
    [text('authorized', '授权时间'), sinceOf(account)],
    ...(account.revokedAt === undefined
      ? []
      : [[text('revoked', '取消时间'), iso(account.revokedAt)] as [Text, string]]),
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
}

type Verdict = 'restored' | 'unchanged' | 'revoked' | 'no-refresh-token' | 'failed';

const VERDICTS: Record<Verdict, Text> = {
  restored: text('restored', '已恢复'),
  unchanged: text('unchanged', '无变化'),
  revoked: text('revoked', '已取消授权'),
  'no-refresh-token': text(
    'no refresh token at the platform: let it authorize again',
    '平台没有 refresh_token：需重新授权',
  ),
  failed: text('failed', '失败'),
};

interface Synced {
  appId: string;
  nickName: string;
  verdict: Verdict;
  error?: { code: string; message: string; errcode?: number };
}

async function sync(context: Context): Promise<void> {
  const { terminal, lang } = context;
  // Nothing is asked of the platform that could not be kept.
  await (await context.store()).proveWritable();
  const keeper = await context.keeper();
  const known = new Map((await keeper.accounts()).map((account) => [account.appId, account]));
  const results: Synced[] = [];
  const progress = terminal.progress();

  async function one(appId: string, authTime?: number): Promise<Synced> {
    const before = known.get(appId);
    known.delete(appId);
    try {
      const { account, changed } = await keeper.restore(appId, { authTime });
      const verdict = account.refreshToken === undefined ? 'no-refresh-token' : changed ? 'restored' : 'unchanged';
      return { appId, nickName: account.nickName, verdict };
    } catch (thrown) {
      if (context.signal.aborted) throw thrown;
      const nickName = before?.nickName ?? '';
      if (isError(thrown, 'REVOKED')) {
        await keeper.revoke(appId);
        return { appId, nickName, verdict: 'revoked' };
      }
      const { code, text: sentence, errcode } = toWxopError(thrown);
      return { appId, nickName, verdict: 'failed', error: { code, message: sentence[lang], errcode } };
    }
  }

  for await (const { appId, authTime, total } of keeper.listed()) {
    if (terminal.err.isTTY) progress.update(`${results.length + 1}/${total}  ${appId}`);
    results.push(await one(appId, authTime));
  }
  // What the platform did not list is kept, and asked about one by one: only its own word marks it as revoked.
  for (const [appId, { revokedAt }] of known) if (revokedAt === undefined) results.push(await one(appId));
  progress.done();

  if (terminal.json) terminal.printJson(results);
  else {
    const { table } = await context.columns();
    const header = [text('appid', 'AppID'), text('name', '名称'), text('verdict', '结果')].map(terminal.say);
    const rows = results.map(({ appId, nickName, verdict, error }) => [
      appId,
      nickName || '-',
      error?.message ?? VERDICTS[verdict][lang],
    ]);
    terminal.print(...table(header, rows, terminal.out));
    if (results.length === 0)
      terminal.note(terminal.say(text('The platform lists no accounts.', '平台没有任何已授权帐号。')));
  }
  const failed = results.filter(({ verdict }) => verdict === 'failed').length;
  if (failed === 0) return;
  throw new WxopError(
    'PARTLY_FAILED',
    text(`${failed} of ${results.length} accounts failed.`, `${results.length} 个帐号中有 ${failed} 个失败。`),
    { hint: text('Nothing that was stored was lost; run it again.', '已保存的内容均未丢失，请重新运行。') },
  );
}
