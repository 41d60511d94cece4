/** Accounts as callers name them: by appid or alias. */
import type { Keeper } from '../credentials/keeper.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import type { TokenRecord } from '../store/store.ts';
import { foldName } from '../sentences/closest-name.ts';

/** Milliseconds that the aliases may be old. */
const FRESH = 10_000;
/** Milliseconds after which they are read again for a name that is not among them. */
const AGAIN = 1_000;
/** To read a hundred thousand takes seconds: at most a tenth of the time goes into it. */
const PATIENCE = 9;

export interface AccountNames {
  /** The appid that is meant; `component` for itself; undefined for what names none. */
  resolve(name: string): string | undefined | Promise<string | undefined>;
}

const isAppId = (name: string): boolean => /^wx[0-9a-f]{16}$/.test(name);

/** What callers may see of an account; `expires_in`: seconds that its stored token still lives, null without one. */
export function publicAccount(
  { refreshToken: _secret, ...account }: AccountRecord,
  token: TokenRecord | undefined,
  now: number,
): object {
  return { ...account, expires_in: token ? Math.max(0, Math.floor((token.expiresAt - now) / 1000)) : null };
}

export function createAccountNames(keeper: Pick<Keeper, 'accounts'>, elapsed: () => number): AccountNames {
  let aliases = { readAt: -Infinity, took: 0, all: new Map<string, string>() };
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const begunAt = elapsed();
    const all = new Map<string, string>();
    for await (const account of keeper.accounts()) {
      if ('error' in account || account.removedAt !== undefined || account.alias === undefined) continue;
      all.set(foldName(account.alias), account.appId);
    }
    const readAt = elapsed();
    aliases = { readAt, took: readAt - begunAt, all };
  }

  return {
    resolve: (name) => {
      if (name === 'component' || isAppId(name)) return name;
      const alias = foldName(name);
      const age = elapsed() - aliases.readAt - PATIENCE * aliases.took;
      const found = aliases.all.get(alias);
      if (found !== undefined ? age < FRESH : age < AGAIN) return found;
      reading ??= read().finally(() => (reading = undefined));
      return reading.then(() => aliases.all.get(alias));
    },
  };
}
