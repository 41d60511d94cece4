/** `wxop accounts show`: everything stored about one account. */
import { defineCommand, parameter } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { accountTable, plainFields } from '../../protocol/account-record.ts';
import { EXCLUSIVE_SETS, permissionNames } from '../../protocol/permissions.ts';
import { formatDuration } from '../../sentences/format-duration.ts';
import { iso } from '../../sentences/iso-time.ts';
import { timeOn } from '../../sentences/local-time.ts';
import { en, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import { inColumns } from '../../terminal/columns.ts';
import { lastUse } from '../account-view.ts';
import { ACCOUNT } from '../flags.ts';
import { resolveAccount } from '../resolve-account.ts';
import { historyLines, historyOf } from './account-history.ts';
import { listedAccount } from './account-rows.ts';

export const command = defineCommand({
  arguments: { account: ACCOUNT },
  flags: { history: parameter('--history', text('what changed, and when', '显示变更历史')) },
  examples: ['wxop accounts show wx0123456789abcdef', 'wxop accounts show 春风茶馆 --history'],
  risk: 'reads',
  output: 'document',
  run: async (context, { account: name, history: withHistory }) => {
    const { terminal, lang } = context;
    const appId = await resolveAccount(context, name);
    const account = await (await context.keeper()).account(appId);
    const store = await context.store();
    const token = (await store.read(`token/${appId}`))?.value;
    const history = withHistory && historyOf(await store.history(`account/${appId}`));
    const document = {
      ...listedAccount(account, token),
      ...plainFields(account),
      userName: account.userName,
      hasRefreshToken: Boolean(account.refreshToken),
      lastEventAt: account.lastEvent ? iso(account.lastEvent.createTime * 1000) : null,
      attempts: await attemptsOf(context, appId),
      ...(history && { history }),
    };
    if (terminal.json) return terminal.printJson(document);
    const ttl = token === undefined ? 0 : token.expiresAt - context.now();
    const timeOf = timeOn(terminal.out, context.now());
    const rows: [Text, Hole | readonly Hole[]][] = [
      ...accountTable(account, timeOf),
      [text('access token', 'access_token'), ttl > 0 ? validFor(ttl) : '-'],
      [text('refresh token', 'refresh_token'), account.refreshToken ? text('stored', '已保存') : text('none', '无')],
      [text('last use', '最近使用'), lastUse(document, context.now())],
      [text('permission sets', '权限集'), account.funcInfo.length > 0 ? grantedSets(account.funcInfo) : '-'],
    ];
    terminal.print(...inColumns(rows, { lang, ...terminal.out }));
    if (history) terminal.print('', ...historyLines(history, timeOf));
  },
});

const validFor = (left: number): Text =>
  text(en`valid for another ${formatDuration(left)}`, zh`还可用 ${formatDuration(left)}`);

/** Marks those that can be granted to one component only. */
const grantedSets = (funcInfo: readonly number[]): Text[] =>
  permissionNames(funcInfo).map((name, index) =>
    EXCLUSIVE_SETS.includes(funcInfo[index] ?? 0) ? text(en`${name} exclusive`, zh`${name} 互斥`) : name,
  );

interface AttemptJson {
  createdAt: string;
  state: 'authorized' | 'failed' | 'open';
}

/** The authorization attempts of this account that are still stored, newest first. */
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
