/** Sends a request as it was written, as a holder; a token that WeChat rejects is replaced once. */
import { isTokenRejection, type Holder, type TokenSource } from './call.ts';
import type { RawAnswer, RawRequest } from './transport.ts';

export interface Signed {
  holder: Holder;
  /** The query parameter that carries the token. */
  tokenName: string;
}

/** Without `signed` the call carries no token. */
export type RawCall = (request: RawRequest, signed?: Signed) => Promise<RawAnswer>;

export function createRawCall(sendRaw: (request: RawRequest) => Promise<RawAnswer>, tokens: TokenSource): RawCall {
  return async (request, signed) => {
    if (!signed) return sendRaw(request);
    const { holder, tokenName: name } = signed;
    const { accessToken } = await tokens.token(holder);
    const answer = await sendRaw({ ...request, token: { name, value: accessToken } });
    if (!(await isTokenRejection(answer.refusal))) return answer;
    const replaced = await tokens.replace(holder, accessToken);
    return sendRaw({ ...request, token: { name, value: replaced.accessToken } });
  };
}
