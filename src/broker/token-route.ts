/** `GET /token/<account>`: a token in the form in which WeChat answers for one. */
import type { Query } from '../listener/http/request-target.ts';
import { json, type Reply } from '../listener/http/reply.ts';
import { DEFAULT_MIN_TTL, LONGEST_MIN_TTL } from '../protocol/lifetimes.ts';
import type { TokenRecord } from '../store/store.ts';
import { minRefused, tokenTooShort, type Refusal } from './refusals.ts';
import type { TokenMemo } from './token-memo.ts';

/** `account`: an appid, or `component`. */
export type TokenRoute = (account: string, query: Query) => Reply | Refusal | Promise<Reply | Refusal>;

export function createTokenRoute(tokens: TokenMemo, now: () => number): TokenRoute {
  const reply = ({ accessToken, expiresAt }: TokenRecord, min: number): Reply | Refusal => {
    const left = expiresAt - now();
    if (left < min) return tokenTooShort(left, min);
    return json(200, { access_token: accessToken, expires_in: Math.floor(left / 1000) });
  };

  return (account, query) => {
    const written = query.get('min');
    if (written !== null && !/^\d{1,5}$/.test(written)) return minRefused(LONGEST_MIN_TTL / 1000);
    const min = written === null ? DEFAULT_MIN_TTL : Number(written) * 1000;
    if (min > LONGEST_MIN_TTL) return minRefused(LONGEST_MIN_TTL / 1000);
    const found = tokens.token(account, min);
    return found instanceof Promise ? found.then((token) => reply(token, min)) : reply(found, min);
  };
}
