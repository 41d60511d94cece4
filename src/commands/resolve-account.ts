/** The account that a person means: by its appid, or by any other name that tells it apart. */
import { printable } from '../sentences/printable.ts';
import type { Context } from '../cli/context.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { AccountRecord } from '../store/store.ts';
import { closest, foldName } from '../sentences/closest-name.ts';

/** What help says of an argument that names an account. */
export const ABOUT_ACCOUNT = text(
  'the account: its appid, alias, gh_… or a part of its name',
  '帐号：AppID、别名、原始 ID gh_… 或名称的一部分',
);

const APPID = /^wx[0-9a-f]{16}$/;

/**
 * The appid. An appid is taken as it is; alias, original id, nickname or a part of it are looked up among the stored
 * accounts. Throws USAGE where several fit, NO_ACCOUNT where none does.
 */
export async function resolveAccount(context: Context, name: string): Promise<string> {
  // A cached token is read without a look at the other ten thousand accounts.
  if (APPID.test(name)) return name;
  return findAccount(context, name);
}

const SHOWN = 10;

type Named = Pick<AccountRecord, 'appId' | 'nickName' | 'userName' | 'alias' | 'removedAt'>;

/** Throws USAGE where several fit, NO_ACCOUNT where none does. */
export async function findAccount(context: Context, given: string): Promise<string> {
  const name = foldName(given);
  if (name === '') {
    throw new WxopError('USAGE', text('The name of the account is empty.', '帐号名称为空。'), {
      hint: text('See `wxop accounts list`.', '请查看 `wxop accounts list`。'),
    });
  }
  const known: Named[] = [];
  for await (const account of (await context.keeper()).accounts()) {
    known.push('error' in account ? { appId: account.appId, nickName: '', userName: '' } : account);
  }
  const fitting = matchingAccounts(known, given);
  const [found] = fitting;
  if (found && fitting.length === 1) return found.appId;
  throw found ? ambiguous(given, fitting) : unknown(given, known);
}

/** Those that fit in the most exact way that any does. A removed account is there for its exact names only. */
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

function ambiguous(given: string, fitting: readonly Named[]): WxopError {
  const listed = fitting.slice(0, SHOWN).map(({ appId, nickName, alias }) => {
    const names = [alias, printable(nickName)].filter(Boolean).join(' ');
    return `${appId} (${names || '-'})`;
  });
  const more = fitting.length - listed.length;
  const named = printable(given);
  return new WxopError(
    'USAGE',
    text(
      `${named} fits ${fitting.length} accounts: ${listed.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
      `${named} 对应 ${fitting.length} 个帐号：${listed.join('、')}${more > 0 ? ` 等另外 ${more} 个` : ''}。`,
    ),
    {
      hint: text(
        'Name more of it, or the appid; `wxop accounts alias` gives one a short name of its own.',
        '请输入更完整的名称或 AppID；可用 `wxop accounts alias` 设置别名。',
      ),
    },
  );
}

function unknown(given: string, known: readonly Named[]): WxopError {
  const here = known.filter(({ removedAt }) => removedAt === undefined);
  const near = closest(
    given,
    here.flatMap(({ appId, nickName, userName, alias }) => [appId, nickName, userName, alias ?? '']),
  );
  const named = printable(given);
  const [meantEn, meantZh] = near ? [`Did you mean ${printable(near)}? `, `是否想用 ${printable(near)}？`] : ['', ''];
  return new WxopError('NO_ACCOUNT', text(`No account here is called ${named}.`, `本地没有名为 ${named} 的帐号。`), {
    hint: text(
      `${meantEn}An account is named by appid, alias, gh_… or a part of its name: \`wxop accounts list\`.`,
      `${meantZh}可用 AppID、别名、gh_… 或名称的一部分指定帐号：\`wxop accounts list\`。`,
    ),
  });
}
