/** HTTP around receive: routes, limits, deadlines, graceful stop. Source of the routes: README, "The listener". */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text, WxopError, type Text } from '../errors.ts';
import { hasExpired, storedFailure, type Attempts } from '../platform/attempts.ts';
import { COMPONENT } from '../platform/client.ts';
import type { Keeper } from '../platform/keeper.ts';
import { tokenKey } from '../platform/ladder.ts';
import type { Store } from '../store/store.ts';
import { authorizedPage, launchPage, messagePage, pageLang, placeOf, receivedPage, type Page } from './pages.ts';
import { createReceiver, REJECTIONS, type Keys, type ListenerNews, type Rejection } from './receive.ts';
import { readBody } from './read-body.ts';

/** Milliseconds: the platform itself gives up after five seconds. */
const BODY_DEADLINE = 5_000;
const BODY_LIMIT = 1024 * 1024;
/** How long the result page waits for the exchange before it says "received". */
const RESULT_WAIT = 3_000;
const STOP_DEADLINE = 2_000;
/** Unknown paths told per minute: enough to see that the tunnel works, too few to be flooded. */
const NOT_FOUND_PER_MINUTE = 10;

export interface ListenerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  eventPath: string;
  /** `$APPID$` stands for the authorizer appid. */
  messagePath: string;
  keys: Keys;
  store: Store;
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  tell: (news: ListenerNews) => void;
}

export interface Listener {
  /** Where it is bound. */
  url: string;
  /** Stops accepting, finishes what is under way within two seconds, closes. */
  stop(): Promise<void>;
}

type Reply = { status: number; type: string; body: string; headers?: Record<string, string> };

export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { store, keeper, attempts, now, tell } = options;
  const stopping = new AbortController();
  const background = new Set<Promise<unknown>>();
  const later = (work: () => Promise<unknown>): Promise<unknown> => {
    const running = work().catch(() => undefined);
    background.add(running);
    return running.finally(() => background.delete(running));
  };
  /** Work may start other work: a push that is being stored has its exchange still before it. */
  const drained = async (): Promise<void> => {
    while (background.size > 0) await Promise.all(background);
  };
  const receiver = createReceiver({
    ...options,
    later: (work) => void later(work),
    sleep: (milliseconds) => options.sleep(milliseconds, stopping.signal),
  });
  const messagePattern = pathPattern(options.messagePath);
  let notFound = { since: 0, count: 0 };

  const server = createServer({ connectionsCheckingInterval: 1_000 }, (request, response) => {
    void later(async () => {
      const reply = await route(request).catch((): Reply => plain(500, 'error'));
      send(request, response, reply);
    });
  });
  server.headersTimeout = BODY_DEADLINE;
  server.requestTimeout = BODY_DEADLINE * 2;

  async function route(request: IncomingMessage): Promise<Reply> {
    const target = parseTarget(request.url ?? '/');
    if (!target) return plain(400, 'bad request');
    const { path, query } = target;
    if (path === options.eventPath) return callback(request, 'event', query);
    const message = messagePattern.exec(path);
    if (message) return callback(request, 'message', query, message[1]);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const lang = pageLang(request.headers['accept-language'] ?? '');
    if (isRead && path === '/healthz') return json(200, await health());
    if (isRead && path === '/authorize/callback') return html(await result(query, lang));
    const attemptId = /^\/authorize\/([^/]+)$/.exec(path)?.[1];
    if (isRead && attemptId) return html(await launch(attemptId, request.headers['user-agent'] ?? '', lang));
    tellNotFound(request.method ?? '', path);
    return plain(404, 'not found');
  }

  async function callback(
    request: IncomingMessage,
    kind: 'event' | 'message',
    query: URLSearchParams,
    appId?: string,
  ): Promise<Reply> {
    if (request.method === 'GET' && query.has('echostr')) return answer(receiver.echo(query));
    if (request.method !== 'POST') return reject('wrong-method', { allow: 'POST' });
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') return reject('unsupported-encoding');
    const body = await readBody(request, BODY_LIMIT, BODY_DEADLINE);
    if ('rejection' in body) return reject(body.rejection, { connection: 'close' });
    return answer(await receiver.push({ kind, query, body: body.text, appId }));
  }

  const answer = ({ status, body }: { status: number; body: string }): Reply => plain(status, body);

  function reject(reason: Rejection, headers: Record<string, string> = {}): Reply {
    tell({ type: 'rejected', reason, status: REJECTIONS[reason] });
    return { ...plain(REJECTIONS[reason], reason), headers };
  }

  async function launch(id: string, userAgent: string, lang: 'en' | 'zh'): Promise<Page> {
    const attempt = await attempts.read(id);
    if (!attempt?.links) return messagePage(lang, 404, UNKNOWN.title, UNKNOWN.sentence);
    if (attempt.appId !== undefined) return authorizedPage(lang, await keeper.account(attempt.appId));
    if (hasExpired(attempt, now())) return messagePage(lang, 410, EXPIRED.title, EXPIRED.sentence);
    const minutesLeft = Math.max(1, Math.round((attempt.expiresAt - now()) / 60_000));
    return launchPage({ lang, place: placeOf(userAgent), links: attempt.links, minutesLeft });
  }

  async function result(query: URLSearchParams, lang: 'en' | 'zh'): Promise<Page> {
    const id = query.get('attempt') ?? '';
    const code = query.get('auth_code');
    if (!code) return messagePage(lang, 400, INCOMPLETE.title, INCOMPLETE.sentence);
    const before = await attempts.read(id);
    if (!before) return messagePage(lang, 404, UNKNOWN.title, UNKNOWN.sentence);
    if (hasExpired(before, now()) && before.codes.length === 0) {
      return messagePage(lang, 410, EXPIRED.title, EXPIRED.sentence);
    }
    if ((await attempts.offer(id, { code })) === 'over') return messagePage(lang, 409, USED.title, USED.sentence);
    await Promise.race([later(() => receiver.settle(id)), options.sleep(RESULT_WAIT, stopping.signal)]).catch(
      () => undefined,
    );
    const after = await attempts.read(id);
    if (after?.appId !== undefined) return authorizedPage(lang, await keeper.account(after.appId));
    if (!after?.failure) return receivedPage(lang);
    const failure = storedFailure(after);
    if (failure.retryable) return receivedPage(lang);
    return messagePage(lang, 400, FAILED, failure.text);
  }

  async function health() {
    const ticket = await keeper.readTicket();
    const token = await store.read(tokenKey(COMPONENT));
    return {
      storeId: await store.id(),
      ticketAgeSeconds: ticket?.receivedAt !== undefined ? Math.floor((now() - ticket.receivedAt) / 1000) : null,
      componentTokenTtlSeconds: token ? Math.max(0, Math.floor((token.value.expiresAt - now()) / 1000)) : null,
      accounts: (await store.list('account')).length,
    };
  }

  function tellNotFound(method: string, path: string): void {
    if (now() - notFound.since > 60_000) notFound = { since: now(), count: 0 };
    if (++notFound.count <= NOT_FOUND_PER_MINUTE) tell({ type: 'not-found', method, path });
  }

  await bind(server, options.host, options.port);
  for (const id of await attempts.unsettled()) void later(() => receiver.settle(id));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      stopping.abort();
      // Not the run's own signal: that one is aborted already when Ctrl-C is why we stop.
      const finished = new AbortController();
      const deadline = options.sleep(STOP_DEADLINE, finished.signal).catch(() => undefined);
      await Promise.race([drained(), deadline]);
      finished.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bind(server: ReturnType<typeof createServer>, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, host, port)));
    server.listen(port, host, resolve);
  });
}

function bindError(error: NodeJS.ErrnoException, host: string, port: number): WxopError {
  if (error.code === 'EADDRINUSE') {
    return new WxopError(
      'PORT_TAKEN',
      text(`Port ${port} on ${host} is in use.`, `${host} 的端口 ${port} 已被占用。`),
      {
        cause: error,
        hint: text(
          'Stop what listens there, or choose another with --port (and change the tunnel or proxy too).',
          '请停止占用该端口的程序，或用 --port 另选端口（并同步修改隧道或反向代理）。',
        ),
      },
    );
  }
  return new WxopError(
    'SETTINGS_INVALID',
    text(`Cannot listen on ${host}:${port} (${error.code}).`, `无法监听 ${host}:${port}（${error.code}）。`),
    {
      cause: error,
      hint: text(
        'Use an address of this machine and a port over 1023; let nginx or a tunnel hold 80 and 443.',
        '请使用本机地址和大于 1023 的端口；80 与 443 交由 nginx 或隧道监听。',
      ),
    },
  );
}

/** Path and query of a request line, which may be absolute; a `+` in a code is a plus, not a space. */
function parseTarget(url: string): { path: string; query: URLSearchParams } | undefined {
  // Only an absolute address names a host: `//x/healthz` is a path, and none of ours.
  const target = url.startsWith('/') ? `http://listener${url}` : url;
  if (!URL.canParse(target, 'http://listener')) return undefined;
  const { pathname, search } = new URL(target, 'http://listener');
  return { path: pathname, query: new URLSearchParams(search.replaceAll('+', '%2B')) };
}

function pathPattern(path: string): RegExp {
  const literal = path.split('$APPID$').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('([A-Za-z0-9_-]+)')}$`);
}

const plain = (status: number, body: string): Reply => ({ status, type: 'text/plain; charset=utf-8', body });
const json = (status: number, value: unknown): Reply => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
});
const html = ({ status, html: body, referrerPolicy }: Page): Reply => ({
  status,
  type: 'text/html; charset=utf-8',
  body,
  headers: {
    'referrer-policy': referrerPolicy,
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
});

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Reply): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const UNKNOWN = {
  title: text('Unknown link', '链接无效'),
  sentence: text('This link is not known here. Ask for a new one.', '该链接不存在，请重新获取。'),
} satisfies Record<string, Text>;
const EXPIRED = {
  title: text('Link expired', '链接已过期'),
  sentence: text('This link has expired. Ask for a new one.', '该链接已过期，请重新获取。'),
} satisfies Record<string, Text>;
const USED = {
  title: text('Already used', '链接已使用'),
  sentence: text(
    'This link was already used for an authorization. Ask for a new one.',
    '该链接已完成过授权，请重新获取。',
  ),
} satisfies Record<string, Text>;
const INCOMPLETE = {
  title: text('Something is missing', '参数不完整'),
  sentence: text('The address has no authorization code.', '网址中没有授权码。'),
} satisfies Record<string, Text>;
const FAILED = text('Authorization failed', '授权失败');
