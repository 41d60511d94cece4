/**
 * `/api/…`: makes the call that the caller asked for, with the token that the caller does not see. Bodies go through as they
 * come, both ways; only documents, which may say that the token was rejected or hold one, are looked at first.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Limits } from '../listener/http/limits.ts';
import type { Metrics } from '../listener/http/metrics.ts';
import type { Reply } from '../listener/http/reply.ts';
import { needsNewToken } from '../protocol/errcodes/errcodes.ts';
import { asObject } from '../runtime/json-object.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import type { TokenRecord } from '../store/store.ts';
import type { HttpClient, HttpRequest } from '../wechat-api/http-client.ts';
import { isUnsent, networkFailure } from '../wechat-api/network-failure.ts';
import { queryWith, withoutTokens, type BrokeredCall } from './api-call.ts';
import type { Caller, Keyring, KeyFault } from './keyring.ts';
import {
  answerLost,
  bodyBrokenOff,
  bodyTooLarge,
  busy,
  keyRefused,
  methodRefused,
  refusalFor,
  sendAgain,
  type Refusal,
} from './refusals.ts';
import { BrokenOff, readUpload, TooLarge, type Upload } from './read-upload.ts';
import type { TokenMemo } from './token-memo.ts';

/** A document is held as a whole, to be looked at; WeChat's are far smaller. */
const DOCUMENT_LIMIT = 8 * 1024 * 1024;
/** Whatever it is said to be, so small an answer is looked at. */
const SMALL = 64 * 1024;
/** Milliseconds until the head of WeChat's answer, once the request is complete. */
const ANSWER_DEADLINE = 60_000;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

export interface ApiRouteOptions {
  apiUrl: string;
  client: HttpClient;
  tokens: TokenMemo;
  keyring: Keyring;
  limits: Limits;
  metrics: Metrics;
  /** Bytes that a body may have. */
  maxUpload: number;
}

export interface ApiRequest {
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
  call: BrokeredCall;
  /** As it was written, without the question mark. */
  search: string;
}

/** Undefined where the answer has gone out as a stream. */
export type ApiRoute = (asked: ApiRequest) => Promise<Reply | Refusal | undefined>;

type Answer = Awaited<ReturnType<HttpClient['request']>>;

export function createApiRoute(options: ApiRouteOptions): ApiRoute {
  const { apiUrl, client, tokens, keyring, limits, metrics, maxUpload } = options;
  const { host } = new URL(apiUrl);
  metrics.describe('wxop_broker_replaced_total', 'Tokens that WeChat rejected in a call, and that were replaced');

  const isDocument = ({ headers }: Answer): boolean =>
    /^(?:$|text\/|[^;]*(?:json|xml|javascript))/i.test(String(headers['content-type'] ?? '')) ||
    Number(headers['content-length'] ?? Infinity) <= SMALL;

  async function readDocument({ body }: Answer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > DOCUMENT_LIMIT) throw new Error('document too large');
      chunks.push(chunk);
    }
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  }

  /** One request to WeChat, with this token. */
  async function send(
    { request, call, search }: ApiRequest,
    body: Upload,
    accessToken: string,
    abort: AbortController,
  ) {
    const { method = '', headers } = request;
    const { 'content-type': type, 'content-length': length } = headers;
    const sent = body.stream ?? (body.whole?.length ? body.whole : undefined);
    const asked: HttpRequest = {
      method,
      headers: {
        ...(type !== undefined && { 'content-type': type }),
        ...(body.stream && length !== undefined && { 'content-length': length }),
      },
      ...(sent && { body: sent }),
      signal: abort.signal,
    };
    const timer = body.stream ? undefined : setTimeout(() => abort.abort(), ANSWER_DEADLINE);
    try {
      const answer = await client.request(
        `${apiUrl}${call.path}?${queryWith(search, call.tokenName, accessToken)}`,
        asked,
      );
      return { answer, document: isDocument(answer) ? await readDocument(answer) : undefined };
    } finally {
      clearTimeout(timer);
    }
  }

  async function tokenOf(whose: string): Promise<TokenRecord | Refusal> {
    try {
      return await tokens.token(whose);
    } catch (error) {
      return refusalFor(toWxopError(error));
    }
  }

  /** The call, and once more with another token where WeChat rejects the first. */
  async function exchange(
    asked: ApiRequest,
    body: Upload,
    abort: AbortController,
  ): Promise<Reply | Refusal | undefined> {
    const { call, response } = asked;
    const whose = call.holder === 'component' ? 'component' : call.account;
    const token = await tokenOf(whose);
    if ('error' in token) return token;
    const { accessToken } = token;
    const sent = [accessToken];
    let { answer, document } = await send(asked, body, accessToken, abort);
    if (document && isRejected(document)) {
      metrics.count('wxop_broker_replaced_total');
      const replaced = await tokens.replace(whose, accessToken);
      if (body.stream) return sendAgain();
      sent.push(replaced.accessToken);
      ({ answer, document } = await send(asked, body, replaced.accessToken, abort));
    }
    const { statusCode: status } = answer;
    if (document) {
      const type = String(answer.headers['content-type'] ?? 'application/octet-stream');
      return { status, type, body: shown(document, sent), headers: passed(answer, ['content-disposition']) };
    }
    response.writeHead(status, {
      ...passed(answer, ['content-type', 'content-length', 'content-disposition']),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    await pipeline(answer.body, response);
    return undefined;
  }

  function failed(error: unknown, { method }: IncomingMessage, isLate: boolean): Refusal {
    if (isCausedBy(TooLarge, error)) return bodyTooLarge(maxUpload);
    if (isCausedBy(BrokenOff, error)) return bodyBrokenOff();
    const failure = networkFailure(error, { host, timedOut: isLate, deadline: ANSWER_DEADLINE });
    const isHarmless = failure.code !== 'NETWORK' || isUnsent(error) || method === 'GET';
    return isHarmless ? refusalFor(failure) : answerLost(failure);
  }

  return async (asked) => {
    const { request, response, caller } = asked;
    const { method = '', headers } = request;
    if (!METHODS.includes(method)) return methodRefused(METHODS.join(', '));
    if (Number(headers['content-length'] ?? 0) > maxUpload) return bodyTooLarge(maxUpload);
    if ('expect' in headers) response.writeContinue();
    const abort = new AbortController();
    let fault: KeyFault | undefined;
    const release = keyring.whileValid(caller, (found) => {
      fault = found;
      abort.abort();
      if (response.headersSent) response.destroy();
    });
    // The caller has gone: WeChat need not finish.
    const gone = (): void => abort.abort();
    response.once('close', gone);
    let body: Upload | undefined;
    try {
      body = await readUpload(request, { limits, maxUpload, signal: abort.signal });
      return body ? await exchange(asked, body, abort) : busy();
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      return fault ? keyRefused(fault) : failed(error, request, abort.signal.aborted);
    } finally {
      response.off('close', gone);
      release();
      body?.release();
    }
  };
}

function isCausedBy(kind: typeof TooLarge, error: unknown): boolean {
  return error instanceof kind || (error instanceof Error && error.cause instanceof kind);
}

function isRejected(document: Buffer): boolean {
  if (document.length > SMALL || !document.subarray(0, SMALL).includes('"errcode"')) return false;
  try {
    return needsNewToken(Number(asObject(JSON.parse(document.toString('utf8'))).errcode));
  } catch {
    return false;
  }
}

/** What is no text goes through byte for byte. */
function shown(document: Buffer, sent: readonly string[]): string | Buffer {
  const text = document.toString('utf8');
  const clean = withoutTokens(text, sent);
  return clean === text ? document : clean;
}

const passed = ({ headers }: Answer, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]] as const] : [])),
  );
