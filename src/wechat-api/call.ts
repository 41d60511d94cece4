/** Calls an endpoint as a holder; a token that WeChat rejects is replaced once, and the call repeated once. */
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
  /** A token other than `rejected`. If that was replaced already, this costs no exchange. */
  replace(holder: Holder, rejected: string): Promise<TokenRecord>;
}

/** `token`: the holder's, if the caller has just got it. */
export type Call = <Args, Answer>(
  holder: Holder,
  endpoint: Endpoint<Args, Answer>,
  args: Args,
  token?: TokenRecord,
) => Promise<Answer>;

/** The same for one holder. */
export type HolderCall = <Args, Answer>(endpoint: Endpoint<Args, Answer>, args: Args) => Promise<Answer>;

/** Whether WeChat rejected the token itself. The table of its error numbers is loaded only after a refusal. */
export async function isTokenRejection(error: unknown): Promise<boolean> {
  if (!(error instanceof WxopError) || error.errcode === undefined) return false;
  return (await import('../protocol/errcodes/errcodes.ts')).needsNewToken(error.errcode);
}

export function createCall(send: Send, tokens: TokenSource): Call {
  return async (holder, endpoint, args, token) => {
    const { accessToken } = token ?? (await tokens.token(holder));
    try {
      return await send(endpoint, args, accessToken);
    } catch (error) {
      if (!(await isTokenRejection(error))) throw error;
      const replaced = await tokens.replace(holder, accessToken);
      return send(endpoint, args, replaced.accessToken);
    }
  };
}
