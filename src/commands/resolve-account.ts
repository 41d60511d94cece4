/** The account that a person means: by its appid, or by any other name that identifies it. */
import type { Context } from '../cli/context.ts';
import { closestName, foldName } from '../sentences/closest-name.ts';
import { en, firstOf, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { AccountRecord } from '../protocol/account-record.ts';

/** The help of an argument that names an account. */
export const ABOUT_ACCOUNT = text(
  'the account: its appid, alias, gh_… or a part of its name',
  '帐号：AppID、别名、原始 ID gh_… 或名称的一部分',
);

const APPID = /^wx[0-9a-f]{16}$/;

/** How many matching accounts an error lists. */
const SHOWN = 10;

type Named = Pick<AccountRecord, 'appId' | 'nickName' | 'userName' | 'alias' | 'removedAt'>;

/**
 * The appid. An appid is returned as it is; alias, original id, nickname or a part of it are looked up among the stored
 * accounts. Throws USAGE where several match, NO_ACCOUNT where none does.
 */
export async function resolveAccount(context: Context, given: string): Promise<string> {
  // Reading one cached token must not read the other ten thousand accounts.
  if (APPID.test(given)) return given;
  if (foldName(given) === '') throw emptyName();
  const known: Named[] = [];
  for await (const account of (await context.keeper()).accounts()) {
    known.push('error' in account ? { appId: account.appId, nickName: '', userName: '' } : account);
  }
  const matching = matchingAccounts(known, given);
  const [found] = matching;
  if (found && matching.length === 1) return found.appId;
  throw found ? ambiguousName(given, matching) : unknownName(given, known);
}

/** Those that match in the most exact way that any does. A removed account is found by its exact names only. */
export function matchingAccounts<Account extends Named>(accounts: readonly Account[], given: string): Account[] {
  const name = foldName(given);
  const here = accounts.filter(({ removedAt }) => removedAt === undefined);
  const ways: ((account: Account) => boolean)[] = [
    ({ appId }) => appId === given,
    ({ alias }) => alias !== undefined && foldName(alias) === name,
    ({ userName }) => userName === given,
    ({ nickName }) => nickName === given,
    ({ nickName }) => foldName(nickName) === name,
  ];
  for (const fits of ways) {
    const found = here.filter(fits);
    if (found.length > 0) return found;
  }
  const partly = here.filter(({ nickName }) => foldName(nickName).includes(name));
  if (partly.length > 0) return partly;
  const removed = accounts.filter(({ removedAt }) => removedAt !== undefined);
  for (const fits of ways) {
    const found = removed.filter(fits);
    if (found.length > 0) return found;
  }
  return [];
}

const emptyName = (): WxopError =>
  new WxopError('USAGE', text('The name of the account is empty.', '帐号名称为空。'), {
    hint: text('See `wxop accounts list`.', '请查看 `wxop accounts list`。'),
  });

function ambiguousName(given: string, matching: readonly Named[]): WxopError {
  const described = matching.map(({ appId, nickName, alias }) => {
    const names = [alias, nickName].filter(Boolean).join(' ');
    return `${appId} (${names || '-'})`;
  });
  const shown = firstOf(described, SHOWN);
  return new WxopError(
    'USAGE',
    text(
      en`${given} matches ${matching.length} accounts: ${shown}.`,
      zh`${given} 对应 ${matching.length} 个帐号：${shown}。`,
    ),
    {
      hint: text(
        'Type more of the name, or the appid; `wxop accounts alias` gives an account a short name.',
        '请输入更完整的名称或 AppID；可用 `wxop accounts alias` 设置别名。',
      ),
    },
  );
}

function unknownName(given: string, known: readonly Named[]): WxopError {
  const here = known.filter(({ removedAt }) => removedAt === undefined);
  const names = here.flatMap(({ appId, nickName, userName, alias }) => [appId, nickName, userName, alias ?? '']);
  const near = closestName(given, names) ?? '';
  const guess = near ? text(en`Did you mean ${near}? `, zh`是否想用 ${near}？`) : '';
  return new WxopError(
    'NO_ACCOUNT',
    text(en`No account here is called ${given}.`, zh`本地没有名为 ${given} 的帐号。`),
    {
      hint: text(
        en`${guess}Use an appid, alias, gh_… or a part of the name: \`wxop accounts list\`.`,
        zh`${guess}可用 AppID、别名、gh_… 或名称的一部分指定帐号：\`wxop accounts list\`。`,
      ),
    },
  );
}
