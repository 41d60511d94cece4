/** `GET /token/<account>`: a token in the form in which WeChat answers for one. */
import type { Keeper } from '../credentials/keeper.ts';
import { json, type Reply } from '../listener/http/reply.ts';
import { DEFAULT_MIN_TTL, LONGEST_MIN_TTL } from '../protocol/lifetimes.ts';
import type { TokenRecord } from '../store/store.ts';
import { minRefused, tokenTooShort, type Refusal } from './refusals.ts';

/** Milliseconds that a token is handed out without asking the store whether there is another. */
const FRESH = 1_000;

export interface TokenRouteOptions {
  keeper: Pick<Keeper, 'token'>;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
}

/** `account`: an appid, or `component`. At once for one that was just asked for. */
export type TokenRoute = (account: string, query: URLSearchParams) => Reply | Refusal | Promise<Reply | Refusal>;

export function createTokenRoute({ keeper, now, elapsed }: TokenRouteOptions): TokenRoute {
  const known = new Map<string, { token: TokenRecord; readAt: number }>();
  const flights = new Map<string, Promise<TokenRecord>>();

  const reply = ({ accessToken, expiresAt }: TokenRecord, min: number): Reply | Refusal => {
    const left = expiresAt - now();
    if (left < min) return tokenTooShort(left, min);
    return json(200, { access_token: accessToken, expires_in: Math.floor(left / 1000) });
  };

  function read(account: string, min: number): Promise<TokenRecord> {
    const name = `${account} ${min}`;
    let flight = flights.get(name);
    if (!flight) {
      const readAt = elapsed();
      flight = keeper
        .token(account === 'component' ? { component: true } : { account }, min)
        .then((token) => {
          known.set(account, { token, readAt });
          return token;
        })
        .finally(() => flights.delete(name));
      flights.set(name, flight);
    }
    return flight;
  }

  return (account, query) => {
    const written = query.get('min');
    if (written !== null && !/^\d{1,5}$/.test(written)) return minRefused(LONGEST_MIN_TTL / 1000);
    const min = written === null ? DEFAULT_MIN_TTL : Number(written) * 1000;
    if (min > LONGEST_MIN_TTL) return minRefused(LONGEST_MIN_TTL / 1000);
    const found = known.get(account);
    if (found && elapsed() - found.readAt < FRESH && found.token.expiresAt - now() >= min)
      return reply(found.token, min);
    return read(account, min).then((token) => reply(token, min));
  };
}
