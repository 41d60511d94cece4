/** HTTP around the receiver: routes, limits, deadlines, graceful stop. Source of the routes: README, "The listener". */
import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as SocketServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { lazy } from '../runtime/lazy.ts';
import type { Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { Store } from '../store/store.ts';
import { createBackground, STOP_DEADLINE } from './http/background.ts';
import { bind, urlOf } from './http/bind.ts';
import { answerClientErrors } from './http/client-errors.ts';
import { createHealthReader, gaugeHealth } from './health.ts';
import { createLimits, HARD_CONNECTIONS } from './http/limits.ts';
import { messageRoute } from './message-route.ts';
import { createMetricsServer, metricsReply } from './http/metrics-server.ts';
import type { Metrics } from './http/metrics.ts';
import type { OtherForms } from './other-forms.ts';
import type { Outbox } from './outbox.ts';
import { createClientAddresses } from './http/client-addresses.ts';
import { createPushRoute } from './push-route.ts';
import type { Claims, PushKeys, ListenerActivity, Receiver } from './receiver.ts';
import { plain, rawReply, send, type Reply } from './http/reply.ts';
import { namesOneHost, parseRequestTarget, type RequestTarget } from './http/request-target.ts';
import { createPagesRoute } from './pages-route.ts';
import type { FairShares } from './http/fair-shares.ts';
import type { Operator } from './pages/page.ts';

/** How long kept-alive connections may deliver what clients sent before they could know of the stop. */
const STOP_GRACE = 250;
/** Milliseconds: WeChat gives up after five seconds. */
const REQUEST_DEADLINE = 5_000;
const HEADER_BYTES = 16 * 1024;
/** Unknown paths reported per minute: enough to see that the tunnel works, too few to flood the log. */
const NOT_FOUND_PER_MINUTE = 10;
/** Between two lines about requests that were refused by a limit. */
const LIMITED_PAUSE = 60_000;

export interface ListenerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  eventPath: string;
  /** A path, or a whole URL; `$APPID$` stands for the authorizer appid. */
  messagePath: string;
  keys: PushKeys;
  store: Store;
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  onActivity: (activity: ListenerActivity) => void;
  metrics: Metrics;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` counts; `loopback` for this machine. */
  trustedProxies: readonly string[];
  /** Milliseconds that the head of a request may take, and its body again; five seconds otherwise. */
  requestDeadline?: number;
  /** Strangers reach this listener: `/metrics` is only where `metricsAt` says. */
  isPublic: boolean;
  /** An address of its own for `/metrics`. */
  metricsAt?: { host: string; port: number };
  /** Journals accepted pushes and hands them on. */
  outbox?: Outbox;
  /** Verification files by name, as base64; asked for at each request. */
  verificationFiles?: () => Record<string, string>;
  /** What the internet reaches this listener by. */
  publicUrl: () => string;
  /** Opens `GET /authorize`: a new attempt for each visitor. */
  hasStandingLink?: boolean;
  /** So many processes are this listener together. */
  workers?: number;
  /** What they take, each once. */
  claims?: Claims;
  /** What is taken beside XML. */
  otherForms?: OtherForms;
  /** What strangers may do, all processes together. */
  sharesFor?: (what: 'links' | 'codes') => FairShares;
  /** In whose name the merchants' pages are. */
  operator?: Operator;
  /** Where clients attach, over WebSockets. */
  attach?: { path: string; open(request: IncomingMessage, socket: Duplex, head: Buffer): void; close(): Promise<void> };
  /** A QR code as PNG. */
  qrPng: (link: string) => Promise<Buffer>;
}

export interface Listener {
  /** Where it is bound. */
  url: string;
  /** Where `/metrics` has an address of its own. */
  metricsUrl?: string;
  /** Another process brought an account: `/healthz` counts them again. */
  forgetCount(): void;
  /** Stops accepting, finishes what is under way within eight seconds, closes. */
  stop(): Promise<void>;
}

export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { store, keeper, attempts, now, elapsed, metrics, requestDeadline = REQUEST_DEADLINE } = options;
  const stopping = new AbortController();
  const { read: health, forgetCount } = createHealthReader({ store, keeper, now, elapsed });
  const onActivity = (activity: ListenerActivity): void => {
    if (activity.type === 'authorized' || activity.type === 'updated') forgetCount();
    options.onActivity(activity);
  };
  const sleep = (milliseconds: number): Promise<void> => options.sleep(milliseconds, stopping.signal);
  const { later, drained } = createBackground();
  // Loaded while the first connections come in: the port is open before.
  const receiver = lazy(async (): Promise<Receiver> => {
    const { createReceiver } = await import('./receiver.ts');
    return createReceiver({ ...options, onActivity, later: (work) => void later(work), sleep });
  });
  const settle = (id: string): Promise<unknown> => later(async () => (await receiver()).settle(id));
  const messages = messageRoute(options.messagePath);
  const peers = createClientAddresses(options.trustedProxies);
  const limits = createLimits(peers, options.workers);
  const answerPush = createPushRoute({ ...options, onActivity, receiver, limits, bodyDeadline: requestDeadline });
  const visit = createPagesRoute({
    ...options,
    onActivity,
    sleep,
    health,
    settle,
    visitorOf: (request) => peers.visitorOf(request, options.isPublic),
  });
  let notFound = { since: -Infinity, count: 0 };
  let limited = { toldAt: -Infinity, count: 0 };
  const answers: (() => void)[] = [];

  const server = createServer({ connectionsCheckingInterval: 1_000, maxHeaderSize: HEADER_BYTES });
  server.headersTimeout = requestDeadline;
  server.requestTimeout = requestDeadline * 2;
  // Node's cluster would hand a connection that all workers refuse from one to the next for ever.
  if (options.workers === undefined) server.maxConnections = HARD_CONNECTIONS;
  // Node would silently drop headers over its maximum; ours refuses the request.
  server.maxHeadersCount = 0;
  // A client may half-close after its request and still expects the response.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', limits.opened);
  server.on('request', serve);
  server.on('checkContinue', serve);
  server.on('connect', (_request, socket: Socket) => void socket.end(rawReply(405, 'Method Not Allowed')));
  answerClientErrors(server, limits, metrics);
  const { attach } = options;
  if (attach) {
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const target = parseRequestTarget(request.url ?? '/');
      const isHere = target?.path === attach.path && namesOneHost(request);
      if (isHere && !limits.of(socket).isOver && !stopping.signal.aborted) attach.open(request, socket, head);
      else socket.end(isHere ? rawReply(503, 'Service Unavailable') : rawReply(404, 'Not Found'));
    });
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const address = peers.addressOf(request);
    const refused = limits.begin(request, response, address);
    if (refused !== undefined) tellLimited(request, refused, address);
    const answer = (reply: Reply): void => {
      metrics.count('wxop_requests_total', { status: String(reply.status) });
      // Answers that are ready in one turn of the event loop are written together: waking a sleeping client for each
      // costs more than all the work for its push (bench/listener.mjs).
      answers.push(() => send(request, response, stopping.signal.aborted ? last(reply) : reply));
      if (answers.length === 1) setImmediate(() => answers.splice(0).forEach((write) => write()));
      limits.finish(request.socket, address);
    };
    void later(() =>
      refused === undefined
        ? route(request, response, address).then(answer, () => answer(plain(500, 'error')))
        : Promise.resolve(plain(refused, STATUS_CODES[refused] ?? '', BUSY)).then(answer),
    );
  }

  /** Not async: each layer of promises costs every push. */
  function route(request: IncomingMessage, response: ServerResponse, address: string): Promise<Reply> {
    const target = parseRequestTarget(request.url ?? '/');
    if (!target || !namesOneHost(request)) return Promise.resolve(plain(400, 'bad request'));
    const { path, query } = target;
    if (path === options.eventPath) return answerPush(request, response, { kind: 'event', query, address });
    const appId = messages.match(request.headers.host ?? '', path);
    if (appId !== undefined) return answerPush(request, response, { kind: 'message', query, address, appId });
    return routeOthers(request, target);
  }

  async function routeOthers(request: IncomingMessage, target: RequestTarget): Promise<Reply> {
    const { path } = target;
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && path === '/metrics' && !options.isPublic && peers.isLocal(request)) return metricsReply(metrics);
    const page = isRead ? await visit(request, target) : undefined;
    if (page) return page;
    tellNotFound(request.method ?? '', path);
    return plain(404, 'not found');
  }

  function tellLimited({ socket, headers }: IncomingMessage, status: number, address: string): void {
    metrics.count('wxop_limited_total', { status: String(status) });
    limited.count++;
    if (elapsed() - limited.toldAt < LIMITED_PAUSE) return;
    const isProxy = 'x-forwarded-for' in headers && !peers.isShared(socket.remoteAddress);
    onActivity({ type: 'limited', status, address, count: limited.count, isProxy });
    limited = { toldAt: elapsed(), count: 0 };
  }

  function tellNotFound(method: string, path: string): void {
    if (elapsed() - notFound.since > 60_000) notFound = { since: elapsed(), count: 0 };
    if (++notFound.count <= NOT_FOUND_PER_MINUTE) onActivity({ type: 'not-found', method, path });
  }

  metrics.describe('wxop_requests_total', 'Requests answered, by status');
  metrics.describe('wxop_limited_total', 'Requests refused by a limit before they were looked at, by status');
  gaugeHealth(metrics, health);
  metrics.gauge('wxop_connections', 'Open connections', limits.connections);
  metrics.gauge('wxop_requests_under_way', 'Requests that wait for their answer', limits.underWay);
  metrics.gauge('wxop_body_bytes', 'Memory of request bodies', limits.bodyBytes);

  const metricsServer = options.metricsAt && createMetricsServer(metrics);
  await bind(server, { host: options.host, port: options.port, backlog: HARD_CONNECTIONS }, '--port');
  if (options.metricsAt && metricsServer) {
    await bind(metricsServer, options.metricsAt, '--metrics').catch((error: unknown) => {
      server.close();
      throw error;
    });
  }
  void later(async () => {
    // The caller learns that the port is open before the rest is loaded.
    await new Promise(setImmediate);
    await receiver();
    for (const id of await attempts.unsettled()) void settle(id);
  });

  return {
    url: urlOf(server, options.host),
    forgetCount,
    ...(options.metricsAt &&
      metricsServer && { metricsUrl: `${urlOf(metricsServer, options.metricsAt.host)}/metrics` }),
    stop: async () => {
      // Not the HTTP server's own close: it resets kept-alive connections whose next request is still unread.
      const closed = new Promise<void>((resolve) => SocketServer.prototype.close.call(server, () => resolve()));
      metricsServer?.close();
      metricsServer?.closeAllConnections();
      stopping.abort();
      await attach?.close();
      // Not the run's own signal: after Ctrl-C it is aborted already.
      const finished = new AbortController();
      const pause = (milliseconds: number): Promise<void> =>
        options.sleep(milliseconds, finished.signal).catch(() => undefined);
      const deadline = pause(STOP_DEADLINE);
      await Promise.race([closed, pause(STOP_GRACE)]);
      // Requests that have arrived are read in this turn.
      await new Promise(setImmediate);
      server.closeIdleConnections();
      await Promise.race([drained(), deadline]);
      finished.abort();
      // Finished answers are written in the next turn.
      await new Promise(setImmediate);
      server.closeAllConnections();
      await closed;
      // Ends the timer that checks the time limits.
      server.close();
    },
  };
}

const BUSY = { connection: 'close', 'retry-after': '1' };

/** A proxy that keeps its connections open would go on sending requests to a listener that stops. */
const last = (reply: Reply): Reply => ({ ...reply, headers: { ...reply.headers, connection: 'close' } });
