/** What `wxop accounts list` shows of an account, and the filters it takes. */
import { pMapIterable } from 'p-map';
import type { Context } from '../../cli/context.ts';
import type { Unreadable } from '../../credentials/account-reader.ts';
import { foldName } from '../../sentences/closest-name.ts';
import type { ErrorCode } from '../../sentences/error-codes.ts';
import { iso } from '../../sentences/iso-time.ts';
import type { Text } from '../../sentences/text.ts';
import { toWxopError, type WxopError } from '../../sentences/wxop-error.ts';
import { blankAccount, verificationOf, type AccountRecord, type Verification } from '../../protocol/account-record.ts';
import type { TokenRecord } from '../../store/store.ts';
import { accountJsonOf, type AccountJson } from '../account-view.ts';

/** The keys that only `accounts list` and `accounts show` have. */
export interface AccountRow extends AccountJson {
  /** Absent, like the next two, where it is unknown: WeChat was not asked yet. */
  verification?: Verification;
  principalName?: string;
  /** When its access token was last fetched; a token serves for up to two hours. */
  lastUsedAt?: string;
  /** Why it could not be read. */
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

const READ_AT_ONCE = 32;

/** Those that pass the filters, sorted by appid, each with its token's expiry. One that cannot be read says why. */
export async function* listedAccounts(context: Context, filters: Filters): AsyncGenerator<AccountRow> {
  const store = await context.store();
  const { say } = context.terminal;
  const row = async (account: AccountRecord | Unreadable): Promise<AccountRow> => {
    if ('error' in account) return withError(blankAccount(account.appId), account.error, say);
    try {
      const token = await store.read(`token/${account.appId}`);
      return listedAccount(account, token?.value);
    } catch (thrown) {
      const error = toWxopError(thrown);
      if (error.concerns !== 'record') throw thrown;
      return withError(account, error, say);
    }
  };
  const passing = async function* (): AsyncGenerator<AccountRecord | Unreadable> {
    for await (const account of (await context.keeper()).accounts()) if (passes(account, filters)) yield account;
  };
  yield* pMapIterable(passing(), row, { concurrency: READ_AT_ONCE });
}

export function listedAccount(account: AccountRecord, token: TokenRecord | undefined): AccountRow {
  return {
    ...accountJsonOf(account, token),
    ...(account.verifyType !== undefined && { verification: verificationOf(account.verifyType) }),
    ...(account.principalName && { principalName: account.principalName }),
    // In another program's store both times are unknown.
    ...(token && account.authorizedAt > 0 && { lastUsedAt: iso(token.obtainedAt) }),
  };
}

const withError = (account: AccountRecord, { code, text: why }: WxopError, say: (sentence: Text) => string) => ({
  ...listedAccount(account, undefined),
  error: { code, message: say(why) },
});

/** One that cannot be read passes only without filters. */
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
