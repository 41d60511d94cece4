/** Sends one request to WeChat: deadline, size limit, proxy, and a retry of what is safe to repeat. */
import { setMaxListeners } from 'node:events';
import { isError, toWxopError, WxopError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import { UNCLEAR_ERRCODES, type AfterLoss } from '../protocol/calls/after-loss.ts';
import { tokenNameIn, type Endpoint } from '../protocol/calls/endpoints.ts';
import { CALL_DEADLINE } from '../protocol/lifetimes.ts';
import { maskFields, maskQuery } from '../protocol/secret-fields.ts';
import { proxyFor, type Proxies } from '../runtime/proxies.ts';
import { createHttpClient } from './http-client.ts';
import { readDocument } from './read-answer.ts';
import { isUnsent, networkFailure } from './network-failure.ts';

/** Calls an endpoint with a token of the right holder (none for endpoints that take none). */
export type Send = <Args, Answer>(endpoint: Endpoint<Args, Answer>, args: Args, token?: string) => Promise<Answer>;

const REQUEST_DEADLINE = 10_000;
const ANSWER_LIMIT = 8 * 1024 * 1024;
const TRIES = 3;
const FIRST_PAUSE = 250;
const RATE_PAUSE = 500;

/** A broker on the way: it adds the tokens, and `token` names whose it is to be. */
export interface ViaBroker {
  key: string;
  /** What the broker refused with. */
  failure: (status: number, body: string) => WxopError;
}

export interface TransportOptions {
  /** With a path before those of WeChat, where a broker is called. */
  apiUrl: string;
  broker?: ViaBroker;
  proxies: Proxies;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  signal?: AbortSignal;
  /** Told every request and answer, secrets masked by field name. */
  trace?: (line: string) => void;
}

/** One request as a person wrote it. */
export interface RawRequest {
  method: string;
  /** With its query, but without the token. */
  path: string;
  token?: { name: string; value: string };
  /** Both or none. */
  contentType?: string;
  body?: string | Uint8Array;
  /** True when the same request may be sent again although its first answer was lost. */
  repeatable: boolean;
  /** Milliseconds for all of it, further tries included. */
  deadline: number;
  /** Bytes that the answer may have. */
  limit: number;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
  /** What WeChat refused, where the answer is its document with an errcode. */
  refusal?: WxopError;
}

export interface Transport {
  send: Send;
  /** Sends what it is given and returns what came, unchanged; throws where the answer is not WeChat's. */
  sendRaw(request: RawRequest): Promise<RawAnswer>;
  close(): Promise<void>;
}

export function createTransport(options: TransportOptions): Transport {
  const { apiUrl, broker, proxies, now, sleep, signal, trace } = options;
  const host = new URL(apiUrl).host;
  const proxy = proxyFor(new URL(apiUrl), proxies)?.host;
  // One listener for each request under way: many in a bulk run, and no leak.
  if (signal) setMaxListeners(0, signal);
  const client = createHttpClient(proxies);

  /** `until`: when the deadline is over, by `now`. */
  async function exchange(asked: Omit<RawRequest, 'repeatable'>, until: number): Promise<RawAnswer> {
    const { method, path, token, contentType, body, deadline, limit } = asked;
    const url = new URL(apiUrl + path);
    trace?.(`→ ${method} ${apiUrl}${maskQuery(path)} ${shown(body ?? '')}`.trimEnd());
    if (token && !broker) url.searchParams.set(token.name, token.value);
    const headers = {
      ...(body !== undefined && { 'content-type': contentType ?? 'application/json' }),
      ...(broker && { authorization: `Bearer ${broker.key}`, ...(token && { 'x-account': token.value }) }),
    };
    // A signal of its own, dropped with the request: otherwise thousands of listeners stay on the run's signal.
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    const timer = setTimeout(stop, until - now());
    signal?.addEventListener('abort', stop);
    try {
      signal?.throwIfAborted();
      const {
        statusCode,
        headers: answered,
        body: coming,
      } = await client.request(url, {
        method,
        signal: abort.signal,
        headers,
        ...(body !== undefined && { body }),
      });
      const bytes = await readLimited(coming, limit);
      trace?.(`← ${statusCode} ${shown(bytes)}`);
      if (broker && statusCode >= 400) throw broker.failure(statusCode, bytes.toString('utf8'));
      return { status: statusCode, headers: answered, bytes };
    } catch (error) {
      if (signal?.aborted) throw toWxopError(signal.reason);
      throw networkFailure(error, {
        host,
        timedOut: abort.signal.aborted,
        deadline,
        proxy,
        isBroker: broker !== undefined,
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  async function once<Args, Answer>(endpoint: Endpoint<Args, Answer>, args: Args, token?: string): Promise<Answer> {
    const deadline = endpoint.deadline ?? REQUEST_DEADLINE;
    const query = endpoint.query ? `?${new URLSearchParams(endpoint.query(args)).toString()}` : '';
    const { status, bytes } = await exchange(
      {
        method: endpoint.method,
        path: endpoint.path + query,
        ...(token !== undefined && {
          token: { name: tokenNameIn(endpoint), value: token },
        }),
        ...(endpoint.method === 'POST' && { body: JSON.stringify(endpoint.write(args)) }),
        deadline,
        limit: ANSWER_LIMIT,
      },
      now() + deadline,
    );
    const raw = bytes.toString('utf8');
    return endpoint.read(await readDocument(raw, status, endpoint.path, host), raw);
  }

  async function onceRaw(asked: RawRequest, until: number): Promise<RawAnswer> {
    const answer = await exchange(asked, until);
    const raw = /^\s*\{/.test(answer.bytes.subarray(0, 64).toString('latin1')) ? answer.bytes.toString('utf8') : '';
    // Media come as they are; anything else that is no document of WeChat came from a proxy or gateway.
    if (raw === '' && answer.status < 300) return answer;
    try {
      await readDocument(raw || answer.bytes.toString('utf8'), answer.status, asked.path.replace(/\?.*/, ''), host);
      return answer;
    } catch (error) {
      if (error instanceof WxopError && error.errcode !== undefined) return { ...answer, refusal: error };
      if (answer.status < 300) return answer;
      throw error;
    }
  }

  /** Sends again if that is safe; `wrongWith` finds the failure in an answer. */
  async function persist<Result>(
    attempt: () => Promise<Result>,
    asked: Repetition,
    giveUpAt: number,
    wrongWith: (result: Result) => WxopError | undefined = () => undefined,
  ): Promise<Result> {
    for (let tried = 1; ; tried++) {
      const ended = await attempt().then(
        (result) => ({ end: () => result, error: wrongWith(result) as unknown }),
        (error: unknown) => ({ end: () => Promise.reject(error), error }),
      );
      // Over a broker's rate one only has to wait.
      const isTooFast = isError(ended.error, 'RATE_LIMITED');
      const pause = isTooFast ? RATE_PAUSE : FIRST_PAUSE * 3 ** (tried - 1);
      const isLast = (tried === TRIES && !isTooFast) || now() + pause > giveUpAt;
      if (ended.error === undefined || isLast || !(await mayRepeat(ended.error, asked))) return ended.end();
      trace?.(`… ${(ended.error as Error).message} Again in ${pause} ms.`);
      await sleep(pause, signal);
    }
  }

  return {
    send: (endpoint, args, token) =>
      persist(() => once(endpoint, args, token), endpoint, now() + CALL_DEADLINE - REQUEST_DEADLINE),
    sendRaw: (asked) => {
      const until = now() + asked.deadline;
      return persist(
        () => onceRaw(asked, until),
        asked,
        until,
        ({ refusal }) => refusal,
      );
    },
    close: () => client.close(),
  };
}

/** What a trace shows of a body. */
function shown(body: string | Uint8Array): string {
  if (typeof body === 'string') return maskFields(body);
  const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return content.includes(0) || content.length > ANSWER_LIMIT
    ? `(${content.length} bytes)`
    : maskFields(content.toString('utf8'));
}

/** What an endpoint, or a request as it was written, says about sending it again. */
interface Repetition {
  repeatable: boolean;
  afterLoss?: AfterLoss;
}

/** Safe if nothing was processed, because WeChat said so or nothing was sent; otherwise only if the call is repeatable. */
async function mayRepeat(error: unknown, { repeatable, afterLoss }: Repetition): Promise<boolean> {
  if (!(error instanceof WxopError)) return false;
  // A broker counted the request, and did nothing with it.
  if (error.code === 'RATE_LIMITED') return true;
  const { errcode } = error;
  if (errcode !== undefined && afterLoss !== undefined && UNCLEAR_ERRCODES.includes(errcode)) return false;
  if (errcode !== undefined) return (await import('../protocol/errcodes/errcodes.ts')).isBusy(errcode);
  return isError(error, 'NETWORK') && (repeatable || isUnsent(error.cause));
}

async function readLimited(body: AsyncIterable<Buffer>, limit = ANSWER_LIMIT): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) {
      const most = `${limit / 1024 / 1024} MiB`;
      throw new WxopError('NETWORK', text(`The answer is larger than ${most}.`, `应答超过 ${most}。`), {
        hint: text('Check HTTPS_PROXY and WXOP_API_URL.', '请检查 HTTPS_PROXY 与 WXOP_API_URL。'),
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
