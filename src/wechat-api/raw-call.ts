/** Sends a request as it was written, as a holder; a token that WeChat rejects is replaced once. */
import { isChanging } from '../protocol/calls/api-paths.ts';
import { text } from '../sentences/text.ts';
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { isTokenRejection, type Holder, type TokenSource } from './call.ts';
import { isUnsent } from './network-failure.ts';
import type { RawAnswer, RawRequest } from './transport.ts';

export interface Signed {
  holder: Holder;
  /** The query parameter that carries the token. */
  tokenName: string;
}

/** Without `signed` the call carries no token. */
export type RawCall = (request: RawRequest, signed?: Signed) => Promise<RawAnswer>;

type SendRaw = (request: RawRequest) => Promise<RawAnswer>;

export function createRawCall(sendRaw: SendRaw, tokens: TokenSource): RawCall {
  const send = tellingOfLoss(sendRaw);
  return async (request, signed) => {
    if (!signed) return send(request);
    const { holder, tokenName: name } = signed;
    const { accessToken } = await tokens.token(holder);
    const answer = await send({ ...request, token: { name, value: accessToken } });
    if (!(await isTokenRejection(answer.refusal))) return answer;
    const replaced = await tokens.replace(holder, accessToken);
    return send({ ...request, token: { name, value: replaced.accessToken } });
  };
}

/** Without its answer nobody knows whether a changing call had its effect: the error says so. */
export const tellingOfLoss =
  (sendRaw: SendRaw): SendRaw =>
  (request) => {
    const [path = ''] = request.path.split('?');
    const answer = sendRaw(request);
    return isChanging(request.method, path) ? answer.catch(tellOfLoss) : answer;
  };

function tellOfLoss(error: unknown): never {
  if (!isError(error, 'NETWORK') || error.cause === undefined || isUnsent(error.cause)) throw error;
  throw new WxopError('NETWORK', error.text, { cause: error.cause, hint: MAY_BE_DONE, retryable: false });
}

const MAY_BE_DONE = text(
  'The call may have taken effect all the same: look before you send it again.',
  '该调用可能已经生效：重发之前请先查看。',
);
