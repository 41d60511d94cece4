/** Tokens as they were read from the store within the last second: most requests cost no read. */
import type { Keeper } from '../credentials/keeper.ts';
import { DEFAULT_MIN_TTL } from '../protocol/lifetimes.ts';
import type { TokenRecord } from '../store/store.ts';
import type { Holder } from '../wechat-api/call.ts';

/** Milliseconds. */
const FRESH = 1_000;

export interface TokenMemoOptions {
  keeper: Pick<Keeper, 'token' | 'replace'>;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
}

export interface TokenMemo {
  /** Of an appid, or of `component`. At once for one that was just read; one read for all who ask meanwhile. */
  token(account: string, minTtl?: number): TokenRecord | Promise<TokenRecord>;
  /** A token other than the rejected one. */
  replace(account: string, rejected: string): Promise<TokenRecord>;
}

const holderOf = (account: string): Holder => (account === 'component' ? { component: true } : { account });

export function createTokenMemo({ keeper, now, elapsed }: TokenMemoOptions): TokenMemo {
  const known = new Map<string, { token: TokenRecord; readAt: number }>();
  const flights = new Map<string, Promise<TokenRecord>>();

  const keep = (account: string, token: TokenRecord, readAt: number): TokenRecord => {
    known.set(account, { token, readAt });
    return token;
  };

  return {
    token: (account, minTtl = DEFAULT_MIN_TTL) => {
      const found = known.get(account);
      if (found && elapsed() - found.readAt < FRESH && found.token.expiresAt - now() >= minTtl) return found.token;
      const name = `${account} ${minTtl}`;
      let flight = flights.get(name);
      if (!flight) {
        const readAt = elapsed();
        flight = keeper
          .token(holderOf(account), minTtl)
          .then((token) => keep(account, token, readAt))
          .finally(() => flights.delete(name));
        flights.set(name, flight);
      }
      return flight;
    },
    replace: async (account, rejected) => {
      const readAt = elapsed();
      return keep(account, await keeper.replace(holderOf(account), rejected), readAt);
    },
  };
}
