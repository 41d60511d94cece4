/** Calls an endpoint as a holder; a token that the platform rejects is replaced once, and the call repeated once. */
import { WxopError } from '../sentences/wxop-error.ts';
import type { Endpoint } from '../protocol/calls/endpoints.ts';
import type { TokenRecord } from '../store/store.ts';
import type { Send } from './transport.ts';

/** Whose token a call needs: the component, or the account with this appid. */
export type Holder = { component: true } | { account: string };

export const COMPONENT: Holder = { component: true };

/** Where tokens come from. */
export interface TokenSource {
  token(holder: Holder): Promise<TokenRecord>;
  /** A token other than `rejected`: a late complaint about one that was already replaced costs nothing. */
  replace(holder: Holder, rejected: string): Promise<TokenRecord>;
}

/** `token`: the holder's, where the caller has just asked for it. */
export type Call = <Args, Answer>(
  holder: Holder,
  endpoint: Endpoint<Args, Answer>,
  args: Args,
  token?: TokenRecord,
) => Promise<Answer>;

/** Rejections that a new token cures: invalid, malformed, expired. Source: 第三方平台 → 返回码说明. */
const TOKEN_REJECTIONS = [40001, 40014, 42001, 42006];

export const isTokenRejection = (error: unknown): boolean =>
  error instanceof WxopError && error.errcode !== undefined && TOKEN_REJECTIONS.includes(error.errcode);

export function createCall(send: Send, tokens: TokenSource): Call {
  return async (holder, endpoint, args, token) => {
    const { accessToken } = token ?? (await tokens.token(holder));
    try {
      return await send(endpoint, args, accessToken);
    } catch (error) {
      if (!isTokenRejection(error)) throw error;
      const replaced = await tokens.replace(holder, accessToken);
      return send(endpoint, args, replaced.accessToken);
    }
  };
}
