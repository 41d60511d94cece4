/** HTTP around receive: routes, limits, deadlines, graceful stop. Source of the routes: README, "The listener". */
import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { toWxopError } from '../errors.ts';
import { hasExpired, storedFailure, type Attempts } from '../platform/attempts.ts';
import { COMPONENT } from '../platform/client.ts';
import type { Keeper } from '../platform/keeper.ts';
import { tokenKey } from '../platform/ladder.ts';
import type { Store } from '../store/store.ts';
import { bind } from './bind.ts';
import { createLimits, HARD_CONNECTIONS } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { authorizedPage, launchPage, pageLang, placeOf, receivedPage, type Page } from './pages.ts';
import { messageRoute } from './message-route.ts';
import {
  busyPage,
  expiredPage,
  failedPage,
  incompletePage,
  unknownPage,
  usedPage,
  welcomePage,
} from './notice-pages.ts';
import type { Outbox } from './outbox.ts';
import { createPeers } from './peers.ts';
import type { Answer, Keys, ListenerNews, Receiver } from './receive.ts';
import { REJECTIONS } from './rejections.ts';
import { readBody } from './read-body.ts';
import { html, json, plain, rawReply, send, type Reply } from './reply.ts';
import { rootFile } from './root-files.ts';
import { createStandingLink, type StandingLink } from './standing-link.ts';
import { isAmbiguous, parseTarget } from './target.ts';

/** Milliseconds: the platform itself gives up after five seconds. */
const BODY_DEADLINE = 5_000;
const BODY_LIMIT = 1024 * 1024;
/** How long the result page waits for the exchange before it says "received". */
const RESULT_WAIT = 3_000;
/** Less than the ten seconds that a container gets; a second signal ends the process at once. */
const STOP_DEADLINE = 8_000;
const HEADER_BYTES = 16 * 1024;
/** How long a connection whose bytes make no sense may go on sending after its answer. */
const LINGER = 1_000;
/** Unknown paths told per minute: enough to see that the tunnel works, too few to be flooded. */
const NOT_FOUND_PER_MINUTE = 10;

export interface ListenerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  eventPath: string;
  /** A path, or a whole URL; `$APPID$` stands for the authorizer appid. */
  messagePath: string;
  keys: Keys;
  store: Store;
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  tell: (news: ListenerNews) => void;
  metrics: Metrics;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` counts; `loopback` for this machine. */
  trustedProxies: readonly string[];
  /** Strangers reach this listener: `/metrics` is only where `metricsAt` says. */
  isPublic: boolean;
  /** An address of its own for `/metrics`. */
  metricsAt?: { host: string; port: number };
  /** Journals accepted pushes and hands them on. */
  outbox?: Outbox;
  /** Verification files by name, as base64; asked for at each request. */
  rootFiles?: () => Record<string, string>;
  /** Where `GET /authorize` is reached from outside; without it, there is none. */
  standingUrl?: () => string;
}

export interface Listener {
  /** Where it is bound. */
  url: string;
  /** Stops accepting, finishes what is under way within eight seconds, closes. */
  stop(): Promise<void>;
}

export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { store, keeper, attempts, now, tell, metrics } = options;
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
  // Loaded while the first connections come in: the port is open before.
  let made: Promise<Receiver> | undefined;
  const receiver = (): Promise<Receiver> =>
    (made ??= import('./receive.ts').then(({ createReceiver }) =>
      createReceiver({
        ...options,
        later: (work) => void later(work),
        sleep: (milliseconds) => options.sleep(milliseconds, stopping.signal),
      }),
    ));
  const messages = messageRoute(options.messagePath);
  const peers = createPeers(options.trustedProxies);
  const limits = createLimits(peers);
  const { standingUrl } = options;
  const standingLink =
    standingUrl && createStandingLink({ attempts, now, isSecure: () => standingUrl().startsWith('https:') });
  let notFound = { since: 0, count: 0 };
  let requests = 0;
  const answers: (() => void)[] = [];

  const server = createServer({ connectionsCheckingInterval: 1_000, maxHeaderSize: HEADER_BYTES });
  server.headersTimeout = BODY_DEADLINE;
  server.requestTimeout = BODY_DEADLINE * 2;
  server.maxConnections = HARD_CONNECTIONS;
  // All of them, so that none is overlooked; how many there may be is a limit of ours.
  server.maxHeadersCount = 0;
  // Whoever closes his half after the request still wants the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', limits.opened);
  server.on('request', serve);
  server.on('checkContinue', serve);
  server.on('connect', (_request, socket: Socket) => void socket.end(rawReply(405, 'Method Not Allowed')));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const connection = limits.of(socket);
    if (connection.isBroken) return;
    connection.isBroken = true;
    const { last } = connection;
    const answer = (): void => {
      const status = CLIENT_ERRORS[error.code ?? ''] ?? 400;
      metrics.count('wxop_requests_total', { status: String(status) });
      if (!socket.writable) return void socket.destroy();
      socket.end(rawReply(status, STATUS_CODES[status] ?? ''));
      setTimeout(() => socket.destroy(), LINGER).unref();
    };
    connection.giveUp?.();
    if (last && !last.writableFinished) last.once('finish', answer);
    else answer();
  });

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const address = peers.addressOf(request);
    const refused = limits.begin(request, response, address);
    void later(async () => {
      const reply =
        refused === undefined
          ? await route(request, response, address).catch((): Reply => plain(500, 'error'))
          : plain(refused, STATUS_CODES[refused] ?? '', { connection: 'close', 'retry-after': '1' });
      metrics.count('wxop_requests_total', { status: String(reply.status) });
      // What is ready in one turn of the event loop is written in one go: each answer on its own wakes a sleeping
      // client up, and that costs more than all that was done for it (bench/listener.mjs).
      answers.push(() => send(request, response, stopping.signal.aborted ? last(reply) : reply));
      if (answers.length === 1) setImmediate(() => answers.splice(0).forEach((write) => write()));
    }).finally(() => limits.finish(request.socket, address));
  }

  async function route(request: IncomingMessage, response: ServerResponse, address: string): Promise<Reply> {
    const target = parseTarget(request.url ?? '/');
    if (!target) return plain(400, 'bad request');
    const { path, query } = target;
    if (path === options.eventPath) return callback(request, response, { kind: 'event', query, address });
    const appId = messages.match(request.headers.host ?? '', path);
    if (appId !== undefined) return callback(request, response, { kind: 'message', query, address, appId });
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && path === '/metrics' && !options.isPublic && peers.isLocal(request)) return metricsPage();
    const page = isRead ? await visit(request, path, query, address) : undefined;
    if (page) return page;
    tellNotFound(request.method ?? '', path);
    return plain(404, 'not found');
  }

  async function visit(
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
    address: string,
  ): Promise<Reply | undefined> {
    const lang = pageLang(request.headers['accept-language'] ?? '');
    if (path === '/healthz') return json(200, await health());
    if (path === '/authorize/callback') return html(await result(query, lang));
    if (path === '/authorize' && standingLink) return admit(standingLink, request, address, lang);
    const attemptId = /^\/authorize\/([^/]+)$/.exec(path)?.[1];
    if (attemptId) return html(await launch(attemptId, request.headers['user-agent'] ?? '', lang));
    const file = rootFile(path, options.rootFiles ?? (() => ({})));
    return file && { status: 200, type: 'text/plain; charset=utf-8', body: file };
  }

  /** Answers a push and says in metrics and log line how that went. */
  async function callback(request: IncomingMessage, response: ServerResponse, push: Callback): Promise<Reply> {
    const startedAt = performance.now();
    const { kind, address, appId } = push;
    const reply = await answerTo(request, response, push);
    const milliseconds = performance.now() - startedAt;
    const { status, rejection, headers } = reply;
    const result = rejection?.reason ?? (status === 200 ? 'accepted' : 'busy');
    metrics.count('wxop_pushes_total', { type: kind, result });
    metrics.observe('wxop_push_seconds', { type: kind }, milliseconds / 1000);
    const about = { id: String(++requests), kind, ...(appId !== undefined && { appId }), address, milliseconds };
    if (rejection) tell({ type: 'rejected', ...rejection, status, ...about });
    tell({ type: 'answered', result, status, ...about });
    return plain(status, reply.body, headers);
  }

  async function answerTo(
    request: IncomingMessage,
    response: ServerResponse,
    { kind, query, appId }: Callback,
  ): Promise<Answer & { headers?: Record<string, string> }> {
    const { method, headers } = request;
    const isContinued = 'expect' in headers;
    const reject = (reason: keyof typeof REJECTIONS, more?: Record<string, string>) => ({
      status: REJECTIONS[reason],
      body: reason,
      rejection: { reason },
      // The body that was announced stays away: what comes next on this connection could be either.
      headers: { ...more, ...(isContinued && { connection: 'close' }) },
    });
    if (method === 'GET' && query.has('echostr'))
      return isAmbiguous(query) ? reject('malformed') : (await receiver()).echo(query);
    if (method !== 'POST') return reject('wrong-method', { allow: 'POST' });
    const isEncoded = (headers['content-encoding'] ?? 'identity') !== 'identity';
    if (isEncoded || (headers['transfer-encoding'] ?? 'chunked') !== 'chunked') return reject('unsupported-encoding');
    if (isAmbiguous(query)) return reject('malformed');
    if (isContinued) {
      if (Number(headers['content-length'] ?? 0) > BODY_LIMIT) return reject('too-large');
      response.writeContinue();
    }
    const body = await readBody(request, limits, BODY_LIMIT, BODY_DEADLINE);
    if ('text' in body) {
      const rawQuery = request.url?.split(/\?(.*)/s)[1] ?? '';
      return (await receiver()).push({
        kind,
        query,
        rawQuery,
        contentType: headers['content-type'],
        body: body.text,
        appId,
      });
    }
    if (body.rejection === 'busy')
      return { status: 503, body: 'busy', headers: { connection: 'close', 'retry-after': '1' } };
    return reject(body.rejection, { connection: 'close' });
  }

  const metricsPage = async (): Promise<Reply> => ({
    ...plain(200, await metrics.text()),
    type: 'text/plain; version=0.0.4; charset=utf-8',
  });

  async function admit(
    link: StandingLink,
    request: IncomingMessage,
    address: string,
    lang: 'en' | 'zh',
  ): Promise<Reply> {
    try {
      const admission = await link({ isHead: request.method === 'HEAD', headers: request.headers, address });
      if (admission.to === 'attempt') {
        const headers = { location: `/authorize/${admission.id}`, 'set-cookie': admission.cookie };
        return { ...plain(302, 'found'), headers };
      }
      if (admission.to === 'nobody') return html(welcomePage(lang));
      const busy = html(busyPage(lang, 429));
      return { ...busy, headers: { ...busy.headers, 'retry-after': String(admission.seconds) } };
    } catch (thrown) {
      tell({ type: 'exchange-failed', error: toWxopError(thrown), again: false });
      return html(busyPage(lang, 503));
    }
  }

  async function launch(id: string, userAgent: string, lang: 'en' | 'zh'): Promise<Page> {
    const attempt = await attempts.read(id);
    if (!attempt?.links) return unknownPage(lang);
    if (attempt.appId !== undefined) return authorizedPage(lang, await keeper.account(attempt.appId));
    if (hasExpired(attempt, now())) return expiredPage(lang);
    const minutesLeft = Math.max(1, Math.round((attempt.expiresAt - now()) / 60_000));
    return launchPage({ lang, place: placeOf(userAgent), links: attempt.links, minutesLeft });
  }

  async function result(query: URLSearchParams, lang: 'en' | 'zh'): Promise<Page> {
    const id = query.get('attempt') ?? '';
    const code = query.get('auth_code');
    if (!code) return incompletePage(lang);
    const before = await attempts.read(id);
    if (!before) return unknownPage(lang);
    if (hasExpired(before, now()) && before.codes.length === 0) {
      return expiredPage(lang);
    }
    if ((await attempts.offer(id, { code })) === 'over') return usedPage(lang);
    await Promise.race([
      later(async () => (await receiver()).settle(id)),
      options.sleep(RESULT_WAIT, stopping.signal),
    ]).catch(() => undefined);
    const after = await attempts.read(id);
    if (after?.appId !== undefined) return authorizedPage(lang, await keeper.account(after.appId));
    if (!after?.failure) return receivedPage(lang);
    const failure = storedFailure(after);
    if (failure.retryable) return receivedPage(lang);
    return failedPage(lang, failure.text);
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

  describe(metrics);
  metrics.gauge(
    'wxop_ticket_age_seconds',
    'Age of the newest ticket',
    async () => (await health()).ticketAgeSeconds ?? undefined,
  );
  metrics.gauge(
    'wxop_component_token_ttl_seconds',
    'Time that the component access token still lives',
    async () => (await health()).componentTokenTtlSeconds ?? undefined,
  );
  metrics.gauge('wxop_accounts', 'Authorized accounts in the store', async () => (await health()).accounts);
  metrics.gauge('wxop_connections', 'Open connections', limits.connections);
  metrics.gauge('wxop_requests_under_way', 'Requests that wait for their answer', limits.underWay);
  metrics.gauge('wxop_body_bytes', 'Memory of request bodies', limits.bodyBytes);

  const metricsServer =
    options.metricsAt &&
    createServer((request, response) => {
      const isAsked = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD');
      void (isAsked ? metricsPage() : Promise.resolve(plain(404, 'not found')))
        .catch(() => plain(500, 'error'))
        .then((reply) => send(request, response, reply));
    });
  if (options.metricsAt && metricsServer) await bind(metricsServer, options.metricsAt.host, options.metricsAt.port);
  await bind(server, options.host, options.port).catch((error: unknown) => {
    metricsServer?.close();
    throw error;
  });
  void later(async () => {
    // Whoever waits for the listener hears that the port is open before the rest is loaded.
    await new Promise(setImmediate);
    await receiver();
    for (const id of await attempts.unsettled()) void later(async () => (await receiver()).settle(id));
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      metricsServer?.close();
      metricsServer?.closeAllConnections();
      stopping.abort();
      // Not the run's own signal: that one is aborted already when Ctrl-C is why we stop.
      const finished = new AbortController();
      const deadline = options.sleep(STOP_DEADLINE, finished.signal).catch(() => undefined);
      await Promise.race([drained(), deadline]);
      finished.abort();
      // What was finished is written in the next turn.
      await new Promise(setImmediate);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A proxy that keeps its connections would go on bringing requests to a listener that stops. */
const last = (reply: Reply): Reply => ({ ...reply, headers: { ...reply.headers, connection: 'close' } });

interface Callback {
  kind: 'event' | 'message';
  query: URLSearchParams;
  address: string;
  appId?: string;
}

/** What Node calls a request that it could not read, and what that is to the client. */
const CLIENT_ERRORS: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function describe({ describe: say }: Metrics): void {
  say('wxop_pushes_total', 'Pushes answered, by URL and result');
  say('wxop_push_seconds', 'Time from the head of a push to its answer');
  say('wxop_requests_total', 'Requests answered, by status');
}
