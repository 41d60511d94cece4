/** What `wxop accounts list` knows of an account, and what it is looked for by. */
import type { Context } from '../../cli/context.ts';
import { text, type Lang, type Text } from '../../sentences/text.ts';
import { type ErrorCode } from '../../sentences/error-codes.ts';
import type { Unreadable } from '../../credentials/keeper.ts';
import type { AccountRecord, TokenRecord } from '../../store/store.ts';
import { accountJsonOf, type AccountJson } from '../account-view.ts';
import { iso } from '../../sentences/iso-time.ts';
import { foldName } from '../../sentences/closest-name.ts';

export type Verification = 'verified' | 'unverified' | 'weibo' | 'qualified';

/** The keys that `accounts list` and `show` have beyond those of an account elsewhere. */
export interface AccountRow extends AccountJson {
  /** Absent, as the others, where nothing tells: the platform was not asked yet. */
  verification?: Verification;
  principalName?: string;
  /** When its access token was fetched last: one serves for up to two hours. */
  lastUsedAt?: string;
  /** Why nothing else is known. */
  error?: { code: ErrorCode; message: string };
}

export interface Filters {
  all?: boolean;
  removed?: boolean;
  revoked?: boolean;
  kind?: 'mp' | 'mini';
  missingPermission?: number;
  name?: string;
}

/** verify_type_info.id: 1 and 2 are old verifications by microblogs, 3 to 5 qualified without a verified name. */
export function verificationOf({ verifyType }: AccountRecord): Verification | undefined {
  if (verifyType === undefined) return undefined;
  if (verifyType === 0) return 'verified';
  if (verifyType === 1 || verifyType === 2) return 'weibo';
  return verifyType >= 3 && verifyType <= 5 ? 'qualified' : 'unverified';
}

const VERIFICATIONS: Record<Verification, Text> = {
  verified: text('verified', '已认证'),
  unverified: text('not verified', '未认证'),
  weibo: text('by Weibo', '微博认证'),
  qualified: text('name not verified', '资质已认证，名称未认证'),
};

export const verificationName = (verification: Verification | undefined, lang: Lang): string =>
  verification === undefined ? '-' : VERIFICATIONS[verification][lang];

const READ_AT_ONCE = 32;

/** Those that pass the filters, sorted by appid, each with what its token tells. One that cannot be read says why. */
export async function* listedAccounts(context: Context, filters: Filters): AsyncGenerator<AccountRow> {
  const store = await context.store();
  const row = async (account: AccountRecord | Unreadable): Promise<AccountRow> => {
    if ('error' in account) return unreadable(account, context.lang);
    try {
      const token = await store.read(`token/${account.appId}`);
      return listedAccount(account, token?.value);
    } catch (thrown) {
      const error = { code: 'STORE_UNREADABLE', text: text(String(thrown), String(thrown)), ...(thrown as object) };
      if (!/^(?:RECORD_|STORE_UNREADABLE)/.test(error.code)) throw thrown;
      return {
        ...listedAccount(account, undefined),
        error: { code: error.code as ErrorCode, message: error.text[context.lang] },
      };
    }
  };
  let chunk: (AccountRecord | Unreadable)[] = [];
  for await (const account of (await context.keeper()).accounts()) {
    if (!passes(account, filters)) continue;
    chunk.push(account);
    if (chunk.length < READ_AT_ONCE) continue;
    yield* await Promise.all(chunk.map(row));
    chunk = [];
  }
  yield* await Promise.all(chunk.map(row));
}

export function listedAccount(account: AccountRecord, token: TokenRecord | undefined): AccountRow {
  return {
    ...accountJsonOf(account, token),
    ...(account.verifyType !== undefined && { verification: verificationOf(account) }),
    ...(account.principalName && { principalName: account.principalName }),
    // Where another program owns the accounts, nothing tells.
    ...(token && account.authorizedAt > 0 && { lastUsedAt: iso(token.obtainedAt) }),
  };
}

function unreadable({ appId, error }: Unreadable, lang: Lang): AccountRow {
  const blank = { appId, nickName: '', userName: '', funcInfo: [], authorizedAt: 0 };
  return { ...listedAccount(blank, undefined), error: { code: error.code, message: error.text[lang] } };
}

/** One that cannot be read passes only where nothing is asked of it. */
function passes(account: AccountRecord | Unreadable, filters: Filters): boolean {
  const { all, removed, revoked, kind, missingPermission, name } = filters;
  if ('error' in account) return !removed && !revoked && !kind && missingPermission === undefined && name === undefined;
  const isRemoved = account.removedAt !== undefined;
  if (isRemoved ? !all && !removed : removed) return false;
  if (revoked && account.revokedAt === undefined) return false;
  if (kind && account.kind !== kind) return false;
  if (missingPermission !== undefined && account.funcInfo.includes(missingPermission)) return false;
  if (name === undefined) return true;
  const { nickName, alias = '', principalName = '', userName, appId } = account;
  return [nickName, alias, principalName, userName, appId].some((known) => foldName(known).includes(foldName(name)));
}
