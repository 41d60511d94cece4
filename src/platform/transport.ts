/** Sends one request to the platform: deadline, size limit, proxy, and a retry of what is safe to repeat. */
import { setMaxListeners } from 'node:events';
import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { isError, text, toWxopError, WxopError, type Text } from '../errors.ts';
import { isObject, type Json } from '../json-object.ts';
import type { Endpoint } from '../protocol/endpoints.ts';
import { CALL_DEADLINE } from '../protocol/lifetimes.ts';
import { maskFields, maskQuery } from '../protocol/secret-fields.ts';

/** Calls an endpoint with a token of the right holder (none for endpoints that take none). */
export type Send = <Args, Answer>(endpoint: Endpoint<Args, Answer>, args: Args, token?: string) => Promise<Answer>;

const REQUEST_DEADLINE = 10_000;
const ANSWER_LIMIT = 8 * 1024 * 1024;
const TRIES = 3;
const FIRST_PAUSE = 250;

export interface TransportOptions {
  apiUrl: string;
  proxies: { httpProxy?: string; httpsProxy?: string; noProxy?: string };
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
  /** Milliseconds for all of it. */
  deadline: number;
  /** Bytes that the answer may have. */
  limit: number;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
  /** What the platform refused, where the answer is its document with an errcode. */
  refusal?: WxopError;
}

export interface Transport {
  send: Send;
  /** Sends what it is given and returns what came, unchanged; throws where the answer is not the platform's. */
  sendRaw(request: RawRequest): Promise<RawAnswer>;
  close(): Promise<void>;
}

export function createTransport(options: TransportOptions): Transport {
  const { apiUrl, proxies, now, sleep, signal, trace } = options;
  const host = new URL(apiUrl).host;
  const isProxied = Boolean(proxies.httpProxy ?? proxies.httpsProxy);
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = proxies;
  // One listener for each request under way: in a bulk run that is no leak.
  if (signal) setMaxListeners(0, signal);
  // Never undefined: undici would look into the real environment instead.
  const dispatcher: Dispatcher = isProxied ? new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy }) : new Agent();

  async function exchange(asked: Omit<RawRequest, 'repeatable'>): Promise<RawAnswer> {
    const { method, path, token, contentType, body, deadline, limit } = asked;
    const url = new URL(path, apiUrl);
    trace?.(`→ ${method} ${apiUrl}${maskQuery(path)} ${shown(body ?? '')}`.trimEnd());
    if (token) url.searchParams.set(token.name, token.value);
    // A signal of its own, let go of with the request: thousands of them would otherwise hang on the run's.
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    const timer = setTimeout(stop, deadline);
    signal?.addEventListener('abort', stop);
    try {
      signal?.throwIfAborted();
      const {
        statusCode,
        headers,
        body: coming,
      } = await request(url, {
        method: method,
        dispatcher,
        signal: abort.signal,
        ...(body !== undefined && { body, headers: { 'content-type': contentType ?? 'application/json' } }),
      });
      const bytes = await readLimited(coming, limit);
      trace?.(`← ${statusCode} ${shown(bytes)}`);
      return { status: statusCode, headers, bytes };
    } catch (error) {
      if (signal?.aborted) throw toWxopError(signal.reason);
      throw networkError(error, { host, timedOut: abort.signal.aborted, deadline, isProxied });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  async function once<Args, Answer>(endpoint: Endpoint<Args, Answer>, args: Args, token?: string): Promise<Answer> {
    const { status, bytes } = await exchange({
      method: endpoint.method,
      path: endpoint.path,
      ...(token !== undefined && {
        token: { name: endpoint.tokenOf === 'component' ? 'component_access_token' : 'access_token', value: token },
      }),
      ...(endpoint.method === 'POST' && { body: JSON.stringify(endpoint.write(args)) }),
      deadline: REQUEST_DEADLINE,
      limit: ANSWER_LIMIT,
    });
    const raw = bytes.toString('utf8');
    return endpoint.read(await readDocument(raw, status, endpoint.path, host), raw);
  }

  async function onceRaw(asked: RawRequest): Promise<RawAnswer> {
    const answer = await exchange(asked);
    const raw = /^\s*\{/.test(answer.bytes.subarray(0, 64).toString('latin1')) ? answer.bytes.toString('utf8') : '';
    // Media come as they are; everything else that is no document of the platform came from in between.
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

  /** Again where that is safe; `wrongWith` finds what went wrong in what came back. */
  async function persist<Result>(
    attempt: () => Promise<Result>,
    repeatable: boolean,
    wrongWith: (result: Result) => WxopError | undefined = () => undefined,
  ): Promise<Result> {
    const giveUpAt = now() + CALL_DEADLINE - REQUEST_DEADLINE;
    for (let tried = 1; ; tried++) {
      const ended = await attempt().then(
        (result) => ({ end: () => result, error: wrongWith(result) as unknown }),
        (error: unknown) => ({ end: () => Promise.reject(error), error }),
      );
      const pause = FIRST_PAUSE * 3 ** (tried - 1);
      const isLast = tried === TRIES || now() + pause > giveUpAt;
      if (ended.error === undefined || isLast || !(await mayRepeat(ended.error, repeatable))) return ended.end();
      trace?.(`… ${(ended.error as Error).message} Again in ${pause} ms.`);
      await sleep(pause, signal);
    }
  }

  return {
    send: (endpoint, args, token) => persist(() => once(endpoint, args, token), endpoint.repeatable),
    sendRaw: (asked) =>
      persist(
        () => onceRaw(asked),
        asked.repeatable,
        ({ refusal }) => refusal,
      ),
    close: () => dispatcher.destroy(),
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

/** What was refused is explained by a table that a call that works never loads. */
const loadErrcodes = () => import('../protocol/errcodes.ts');

/** Nothing was processed: the platform said so, or nothing was sent. Otherwise only what may be repeated. */
async function mayRepeat(error: unknown, repeatable: boolean): Promise<boolean> {
  if (!(error instanceof WxopError)) return false;
  if (error.errcode !== undefined) return (await loadErrcodes()).isBusy(error.errcode);
  return isError(error, 'NETWORK') && (repeatable || UNSENT.has(networkCode(error.cause)));
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

/** The platform answers HTTP 200 with JSON, whatever the Content-Type says; anything else came from in between. */
async function readDocument(raw: string, status: number, path: string, host: string): Promise<Json> {
  let document: unknown;
  try {
    document = JSON.parse(raw);
  } catch {
    document = undefined;
  }
  // The platform says no with HTTP 200 and an errcode; a gateway may speak JSON too.
  const isForeign = isObject(document) && status >= 400 && !('errcode' in document);
  if (!isObject(document) || isForeign) {
    const kind = isForeign
      ? text('JSON of its own', '自有格式的 JSON')
      : /^\s*</.test(raw)
        ? text('an HTML page', 'HTML 页面')
        : text('no whole JSON', '不完整的 JSON');
    throw new WxopError(
      'NETWORK',
      text(
        `${host} answered ${kind.en} (HTTP ${status}) instead of the platform's.`,
        `${host} 返回了${kind.zh}（HTTP ${status}），而不是平台的应答。`,
      ),
      {
        hint: text(
          'A proxy or gateway in between answered: try again, then check HTTPS_PROXY and WXOP_API_URL.',
          '应答来自中间的代理或网关：请重试，并检查 HTTPS_PROXY 与 WXOP_API_URL。',
        ),
      },
    );
  }
  const { errcode, errmsg } = document;
  if (errcode !== undefined && Number(errcode) !== 0) {
    throw (await loadErrcodes()).platformError(Number(errcode), typeof errmsg === 'string' ? errmsg : '', path);
  }
  return document;
}

const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function networkCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  const inner = (error as { cause?: unknown; errors?: unknown[] } | undefined) ?? {};
  if (Array.isArray(inner.errors) && inner.errors.length > 0) return networkCode(inner.errors[0]);
  return inner.cause === undefined ? '' : networkCode(inner.cause);
}

interface Circumstances {
  host: string;
  timedOut: boolean;
  deadline: number;
  isProxied: boolean;
}

function networkError(error: unknown, { host, timedOut, deadline, isProxied }: Circumstances): WxopError {
  if (error instanceof WxopError) return error;
  const code = networkCode(error);
  const failure = (why: Text, hint: Text) =>
    new WxopError('NETWORK', text(`Cannot reach ${host}: ${why.en}.`, `无法连接 ${host}：${why.zh}。`), {
      hint,
      cause: error,
    });
  const proxy = text(
    'Check the network, HTTPS_PROXY/NO_PROXY and WXOP_API_URL.',
    '请检查网络、HTTPS_PROXY/NO_PROXY 与 WXOP_API_URL。',
  );
  if (timedOut || /TIMEOUT/.test(code)) {
    const seconds = deadline / 1000;
    return failure(text(`no answer within ${seconds} s`, `${seconds} 秒内没有应答`), proxy);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return failure(
      text('its name cannot be resolved', '域名无法解析'),
      text('Check DNS and WXOP_API_URL.', '请检查 DNS 与 WXOP_API_URL。'),
    );
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|TLS|SSL/.test(code)) {
    return failure(
      text(`its certificate is not trusted (${code})`, `证书不受信任（${code}）`),
      text(
        'A proxy that opens TLS? Put its CA into NODE_EXTRA_CA_CERTS. wxop never switches the check off.',
        '若有解密 TLS 的代理，请将其 CA 写入 NODE_EXTRA_CA_CERTS；wxop 不会关闭证书校验。',
      ),
    );
  }
  const words = CONNECTION_FAILURES[code];
  const reason = code || (error instanceof Error ? error.name : 'unknown');
  const why = words ? text(`${words.en} (${reason})`, `${words.zh}（${reason}）`) : text(reason, reason);
  return failure(
    isProxied ? text(`${why.en}, through the configured proxy`, `${why.zh}，经由所配置的代理`) : why,
    proxy,
  );
}

const CONNECTION_FAILURES: Record<string, Text> = {
  ECONNREFUSED: text('nothing answers there', '无服务应答'),
  ECONNRESET: text('the connection broke off', '连接中断'),
  UND_ERR_SOCKET: text('the connection broke off', '连接中断'),
  EHOSTUNREACH: text('there is no way to it', '网络不可达'),
  ENETUNREACH: text('there is no way to it', '网络不可达'),
};

/** A page of a listener of ours on this machine, never through a proxy; undefined when nobody answers. */
export async function visit(url: string): Promise<string | undefined> {
  const dispatcher = new Agent();
  try {
    const response = await request(url, { dispatcher, signal: AbortSignal.timeout(REQUEST_DEADLINE) });
    return (await readLimited(response.body)).toString('utf8');
  } catch {
    return undefined;
  } finally {
    await dispatcher.destroy();
  }
}

/** Tells an address of the operator's something; resolves with what went wrong. */
export async function notify(
  url: string,
  document: object,
  proxies: TransportOptions['proxies'],
): Promise<string | undefined> {
  // An empty string keeps the client from looking into the environment itself.
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = proxies;
  const dispatcher = new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy });
  try {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
      dispatcher,
      signal: AbortSignal.timeout(REQUEST_DEADLINE),
    });
    await body.dump();
    return statusCode < 300 ? undefined : `HTTP ${statusCode}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no answer';
  } finally {
    await dispatcher.destroy();
  }
}

/** What a target answered; `status` 0: it did not, and `body` says why. */
export interface Posted {
  status: number;
  body: string;
}

export interface PostOptions {
  /** POST unless said otherwise. */
  method?: string;
  headers: Record<string, string>;
  body: string;
  /** Milliseconds for all of it. */
  deadline: number;
  /** A longer answer is cut there. */
  limit: number;
  signal?: AbortSignal;
}

export interface Poster {
  /** Never throws. */
  post(url: string, options: PostOptions): Promise<Posted>;
  close(): Promise<void>;
}

/** Posts to services of the operator's own; through the proxy, but for this machine. Follows no redirect. */
export function createPoster({ httpProxy = '', httpsProxy = '', noProxy = '' }: TransportOptions['proxies']): Poster {
  const own = ['localhost', '127.0.0.1', '[::1]'].join(',');
  const dispatcher: Dispatcher =
    httpProxy || httpsProxy
      ? new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy: noProxy ? `${noProxy},${own}` : own })
      : new Agent();
  return {
    post: async (url, { method = 'POST', headers, body, deadline, limit, signal }) => {
      const late = AbortSignal.timeout(deadline);
      try {
        const response = await request(url, {
          method,
          dispatcher,
          headers,
          body,
          signal: signal ? AbortSignal.any([signal, late]) : late,
        });
        let size = 0;
        const chunks: Buffer[] = [];
        for await (const chunk of response.body as AsyncIterable<Buffer>) {
          chunks.push(chunk);
          if ((size += chunk.length) > limit) break;
        }
        return { status: response.statusCode, body: Buffer.concat(chunks).toString('utf8').slice(0, limit) };
      } catch (error) {
        return { status: 0, body: late.aborted ? 'timeout' : networkCode(error) || 'network' };
      }
    },
    close: () => dispatcher.destroy(),
  };
}
