/**
 * A stored token while it lives, otherwise one exchange for everybody who asks.
 * Callers of one process share a flight; processes and machines share the store's lock and look again under it.
 */
import { isError, type WxopError } from '../sentences/wxop-error.ts';
import { type ErrorCode } from '../sentences/error-codes.ts';
import { CALL_DEADLINE, DEFAULT_MIN_TTL } from '../protocol/lifetimes.ts';
import type { TokenAnswer } from '../protocol/calls/endpoints.ts';
import type { Lock, RecordKey, Store, TokenRecord } from '../store/store.ts';
import type { Holder, TokenSource } from '../wechat-api/call.ts';
import { isAhead } from './credible-time.ts';

/** Milliseconds. A lock lives a little longer than one call; before another call it is renewed. */
export const LEASE = CALL_DEADLINE + 5_000;

/** Failures that say nothing of the token itself. */
const OUT_OF_REACH: ErrorCode[] = ['NETWORK', 'TIMEOUT', 'STORE_UNAVAILABLE'];

export interface TokenCacheOptions {
  store: Store;
  now: () => number;
  learn: (secret: string) => void;
  signal?: AbortSignal;
  /** Gets a new token from WeChat. Runs under the holder's lock; renews it before every further call. */
  exchange: (holder: Holder, lock: Lock) => Promise<TokenRecord>;
}

/** How many new tokens of one holder may be forced in this time: each makes the older ones invalid. */
const MOST_FORCED = 2;
const FORCED_WITHIN = 60_000;

export interface Forced {
  /** The refusal, where so many were forced within the last minute; left out, nothing is refused. */
  tooOften?: (count: number) => WxopError;
}

export interface TokenCache extends TokenSource {
  token(holder: Holder, minTtl?: number): Promise<TokenRecord>;
  /** With `forced`, it was not WeChat who rejected the token: throws its `tooOften`. */
  replace(holder: Holder, rejected: string, forced?: Forced): Promise<TokenRecord>;
}

type TokenKey = Extract<RecordKey, 'component-token' | `token/${string}`>;

/** A token as WeChat has just given it. */
export const tokenRecord = ({ accessToken, expiresIn }: TokenAnswer, now: number): TokenRecord => ({
  accessToken,
  obtainedAt: now,
  expiresAt: now + expiresIn * 1000,
});

export const tokenKey = (holder: Holder): TokenKey =>
  'component' in holder ? 'component-token' : `token/${holder.account}`;

/** What an exchange for this holder writes; first what cannot be had again. */
const recordsOf = (holder: Holder): RecordKey[] =>
  'component' in holder ? [tokenKey(holder)] : [`account/${holder.account}`, tokenKey(holder)];

const lockName = (holder: Holder): string => ('component' in holder ? 'component' : `account-${holder.account}`);

export function createTokenCache({ store, now, learn, signal, exchange }: TokenCacheOptions): TokenCache {
  const flights = new Map<string, Promise<TokenRecord>>();

  async function stored(holder: Holder) {
    const found = await store.read(tokenKey(holder));
    if (found) learn(found.value.accessToken);
    return found;
  }

  async function exchangeOnce(
    holder: Holder,
    isGood: (token: TokenRecord) => boolean,
    forced?: Forced,
  ): Promise<TokenRecord> {
    const lock = await store.lock(lockName(holder), { lease: LEASE, signal });
    try {
      const again = await stored(holder);
      if (again && isGood(again.value)) return again.value;
      const forcedAt = again?.value.forcedAt?.filter((at) => at <= now() && at > now() - FORCED_WITHIN) ?? [];
      if (forced) {
        if (forced.tooOften && forcedAt.length >= MOST_FORCED) throw forced.tooOften(forcedAt.length);
        forcedAt.push(now());
      }
      // What WeChat gives is worth nothing where it cannot be kept.
      await store.proveWritable(...recordsOf(holder));
      const token = { ...(await exchange(holder, lock)), ...(forcedAt.length > 0 && { forcedAt }) };
      learn(token.accessToken);
      try {
        await store.write(tokenKey(holder), token, again?.version ?? 0, { durable: false });
      } catch (error) {
        // Our lease ended and another process wrote: its token is the newer one.
        if (!isError(error, 'STORE_CONFLICT')) throw error;
        return (await stored(holder))?.value ?? token;
      }
      return token;
    } finally {
      await lock.release();
    }
  }

  async function freshToken(
    holder: Holder,
    isGood: (token: TokenRecord) => boolean,
    forced?: Forced,
  ): Promise<TokenRecord> {
    const name = lockName(holder);
    for (;;) {
      const found = await stored(holder);
      if (found && isGood(found.value)) return found.value;
      const joined = flights.get(name);
      if (joined) {
        // Whoever started the flight may want less of a token than this caller: look again.
        await joined;
        continue;
      }
      const flight = exchangeOnce(holder, isGood, forced)
        .catch((error: unknown) => {
          // Our lease ended while we slept: the new holder of the lock has a token by now, or is getting one.
          if (!isError(error, 'STORE_CONFLICT')) throw error;
          return exchangeOnce(holder, isGood, forced);
        })
        .catch(async (error: unknown) => {
          if (!OUT_OF_REACH.some((code) => isError(error, code))) throw error;
          // A process that was kept from running finds its calls broken: another one may have had the token long since.
          const found = await stored(holder).catch(() => undefined);
          if (found && isGood(found.value)) return found.value;
          throw error;
        })
        .finally(() => flights.delete(name));
      flights.set(name, flight);
      return flight;
    }
  }

  return {
    token: (holder, minTtl = DEFAULT_MIN_TTL) => {
      const askedAt = now();
      return freshToken(holder, (token) => livesLongEnough(token, minTtl, now(), askedAt));
    },
    replace: (holder, rejected, forced) =>
      freshToken(holder, (token) => token.accessToken !== rejected && lives(token, now()), forced),
  };
}

/** One obtained in the future was obtained before the clock was set back: nobody knows how long it still lives. */
const lives = ({ obtainedAt, expiresAt }: TokenRecord, now: number): boolean =>
  expiresAt > now && !isAhead(obtainedAt, now);

/**
 * Where WeChat hands out shorter lives than asked for, another exchange would not help:
 * such a token is good for half its life, and for everyone who asked before it came.
 */
function livesLongEnough(token: TokenRecord, minTtl: number, now: number, askedAt: number): boolean {
  const left = token.expiresAt - now;
  if (!lives(token, now)) return false;
  const life = token.expiresAt - token.obtainedAt;
  return token.obtainedAt >= askedAt || left >= (minTtl <= life ? minTtl : life / 2);
}
