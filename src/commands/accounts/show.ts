/** `wxop accounts show`: everything that is known here of one account. */
import { pad, widest } from '../../terminal/columns.ts';
import { printable } from '../../sentences/printable.ts';
import type { Command } from 'commander';
import type { Context } from '../../cli/context.ts';
import { text, type Text } from '../../sentences/text.ts';
import { registrationName, serviceName, standingOf, statusName } from '../../protocol/account-standing.ts';
import { EXCLUSIVE_SETS } from '../../protocol/permissions.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { historyLines, historyOf } from './account-history.ts';
import { listedAccount, verificationName } from './account-rows.ts';
import { kindName, lastUse, sinceOf } from '../account-view.ts';
import { permissionNames } from '../../protocol/permissions.ts';
import { iso } from '../../sentences/iso-time.ts';
import type { Declaring } from '../../cli/declaring.ts';
import { ABOUT_ACCOUNT, resolveAccount } from '../resolve-account.ts';

export function declareShow(accounts: Command, { say, action, examples }: Declaring): void {
  examples(
    accounts
      .command('show')
      .argument('<appid>', say(ABOUT_ACCOUNT))
      .option('--history', say(text('what changed, and when', '显示变更历史')))
      .description(
        say(text('one account: permission sets in words, token life', '单个帐号：权限集说明、token 剩余时间')),
      )
      .action(action(show)),
    'wxop accounts show wx0123456789abcdef',
    'wxop accounts show 春风茶馆 --history',
  );
}

async function show(context: Context, options: { history?: boolean }, name: string): Promise<void> {
  const { terminal, lang } = context;
  const appId = await resolveAccount(context, name);
  const account = await (await context.keeper()).account(appId);
  const store = await context.store();
  const token = (await store.read(`token/${appId}`))?.value;
  const history = options.history && historyOf(await store.history(`account/${appId}`));
  const document = {
    ...listedAccount(account, token),
    ...standingOf(account),
    userName: account.userName,
    hasRefreshToken: Boolean(account.refreshToken),
    lastEventAt: account.lastEvent ? iso(account.lastEvent.createTime * 1000) : null,
    attempts: await attemptsOf(context, appId),
    ...(history && { history }),
  };
  if (terminal.json) return terminal.printJson(document);
  const ttl = token === undefined ? 0 : token.expiresAt - context.now();
  const optional = (label: Text, value: string | undefined): [Text, string][] =>
    value === undefined ? [] : [[label, value]];
  const worded = (name: Text | undefined): string | undefined => name && terminal.say(name);
  const rows: [Text, string][] = [
    [text('name', '名称'), account.nickName || '-'],
    ...optional(text('alias', '别名'), account.alias),
    [text('appid', 'AppID'), account.appId],
    [text('original id', '原始 ID'), account.userName || '-'],
    [text('kind', '类型'), kindName(account.kind, lang)],
    ...optional(text('type', '帐号类型'), worded(serviceName(account.kind, account))),
    ...optional(text('status', '帐号状态'), worded(statusName(account))),
    ...optional(text('registered', '注册方式'), worded(registrationName(account))),
    [text('verification', '认证'), verificationName(document.verification, lang)],
    [text('principal', '主体'), account.principalName ?? '-'],
    [text('authorized', '授权时间'), sinceOf(account)],
    ...optional(text('revoked', '取消时间'), document.revokedAt),
    ...optional(text('removed', '移除时间'), document.removedAt),
    [text('last event', '最近事件'), document.lastEventAt ?? '-'],
    [text('access token', 'access_token'), ttl > 0 ? terminal.say(formatDuration(ttl)) : '-'],
    [
      text('refresh token', 'refresh_token'),
      terminal.say(account.refreshToken ? text('stored', '已保存') : text('none', '无')),
    ],
    [text('last use', '最近使用'), terminal.say(lastUse(document, context.now()))],
    [text('permission sets', '权限集'), setsInWords(account.funcInfo, context) || '-'],
  ];
  const width = widest(rows.map(([label]) => label[lang]));
  terminal.print(...rows.map(([label, value]) => `${pad(label[lang], width)}  ${printable(value)}`));
  if (history)
    terminal.print('', ...historyLines(history, lang).map((line) => line.replace(/(?<= {2})\S.*/, printable)));
}

/** With a mark on those that only one component at a time can be granted. */
function setsInWords(funcInfo: readonly number[], { lang, terminal }: Context): string {
  const exclusive = terminal.say(text(' exclusive', ' 互斥'));
  return permissionNames(funcInfo, lang)
    .map((name, index) => name + (EXCLUSIVE_SETS.includes(funcInfo[index] ?? 0) ? exclusive : ''))
    .join(', ');
}

interface AttemptJson {
  createdAt: string;
  state: 'authorized' | 'failed' | 'open';
}

/** The authorizations of this account that the store still knows, newest first. */
async function attemptsOf(context: Context, appId: string): Promise<AttemptJson[]> {
  const store = await context.store();
  const found: { createdAt: number; state: AttemptJson['state'] }[] = [];
  for (const id of await store.list('attempt')) {
    const attempt = (await store.read(`attempt/${id}`))?.value;
    if (!attempt) continue;
    const isOurs = attempt.appId === appId || attempt.codes.some(({ event }) => event?.appId === appId);
    const state = attempt.appId === undefined ? (attempt.failure ? 'failed' : 'open') : 'authorized';
    if (isOurs) found.push({ createdAt: attempt.createdAt, state });
  }
  return found
    .sort((one, other) => other.createdAt - one.createdAt)
    .map(({ createdAt, state }) => ({ createdAt: iso(createdAt), state }));
}
