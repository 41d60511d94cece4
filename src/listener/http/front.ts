/** The HTTP server in front of what answers: connections, limits, deadlines, graceful stop. */
import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as SocketServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { lazy } from '../../runtime/lazy.ts';
import { createBackground, STOP_DEADLINE, type Background } from './background.ts';
import { bind, urlOf } from './bind.ts';
import { createClientAddresses, type ClientAddresses } from './client-addresses.ts';
import { answerClientErrors } from './client-errors.ts';
import { createLimits, HARD_CONNECTIONS, type Limits } from './limits.ts';
import { createMetricsServer, metricsReply } from './metrics-server.ts';
import type { Metrics } from './metrics.ts';
import { plain, rawReply, send, sendLast, type Reply } from './reply.ts';
import { namesOneHost, parseRequestTarget, type RequestTarget } from './request-target.ts';

/** How long kept-alive connections may deliver what clients sent before they could know of the stop. */
const STOP_GRACE = 250;
/** Milliseconds: WeChat gives up after five seconds. */
const REQUEST_DEADLINE = 5_000;
const HEADER_BYTES = 16 * 1024;
/** Unknown paths reported per minute: enough to see that the tunnel works, too few to flood the log. */
const NOT_FOUND_PER_MINUTE = 10;
/** Between two lines about requests that were refused by a limit. */
const LIMITED_PAUSE = 60_000;

export interface FrontOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  onActivity: (activity: FrontActivity) => void;
  metrics: Metrics;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` counts; `loopback` for this machine. */
  trustedProxies: readonly string[];
  /** Milliseconds that the head of a request may take, and its body again; five seconds otherwise. */
  requestDeadline?: number;
  /** Strangers reach this listener: `/metrics` is only where `metricsAt` says. */
  isPublic: boolean;
  /** An address of its own for `/metrics`. */
  metricsAt?: { host: string; port: number };
  /** So many processes are this listener together. */
  workers?: number;
  /** Where clients attach, over WebSockets. */
  attach?: { path: string; open(request: IncomingMessage, socket: Duplex, head: Buffer): void; close(): Promise<void> };
}

export type FrontActivity =
  | { type: 'not-found'; method: string; path: string }
  /** Requests refused by a limit since the last such report; `isProxy`: the peer forwards for others and is not trusted. */
  | { type: 'limited'; status: number; address: string; count: number; isProxy: boolean };

/** A request with what was found out about it. */
export interface Arrived extends RequestTarget {
  request: IncomingMessage;
  response: ServerResponse;
  /** The client's. */
  address: string;
}

export type HttpRoute = (arrived: Arrived) => Promise<Reply>;

export interface Front extends Pick<Background, 'later'> {
  peers: ClientAddresses;
  limits: Limits;
  requestDeadline: number;
  /** What a route answers where there is nothing of its own. */
  otherwise: HttpRoute;
  /** Ends early when the server stops. */
  sleep(milliseconds: number): Promise<void>;
  /** Binds the server, whose requests this answers. */
  open(route: HttpRoute): Promise<Place>;
  /** Stops accepting, finishes what is under way within eight seconds, closes. */
  stop(): Promise<void>;
}

export interface Place {
  /** Where it is bound. */
  url: string;
  /** Where `/metrics` has an address of its own. */
  metricsUrl?: string;
}

export function createFront(options: FrontOptions): Front {
  const { elapsed, metrics, onActivity, metricsAt, requestDeadline = REQUEST_DEADLINE } = options;
  const stopping = new AbortController();
  const { later, drained } = createBackground();
  const peers = createClientAddresses(options.trustedProxies);
  const limits = createLimits(peers, options.workers);
  let route: HttpRoute = otherwise;
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
  server.on('connect', (_request, socket: Socket) => sendLast(socket, rawReply(405, 'Method Not Allowed')));
  answerClientErrors(server, limits, metrics);
  const { attach } = options;
  if (attach) {
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const target = parseRequestTarget(request.url ?? '/');
      const isHere = target?.path === attach.path && namesOneHost(request);
      if (isHere && !limits.of(socket).isOver && !stopping.signal.aborted) attach.open(request, socket, head);
      else sendLast(socket, isHere ? rawReply(503, 'Service Unavailable') : rawReply(404, 'Not Found'));
    });
  }
  const metricsServer = metricsAt && createMetricsServer(metrics);

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
        ? replyTo(request, response, address).then(answer, () => answer(plain(500, 'error')))
        : Promise.resolve(plain(refused, STATUS_CODES[refused] ?? '', BUSY)).then(answer),
    );
  }

  /** Not async: each layer of promises costs every push. */
  function replyTo(request: IncomingMessage, response: ServerResponse, address: string): Promise<Reply> {
    const target = parseRequestTarget(request.url ?? '/');
    if (!target || !namesOneHost(request)) return Promise.resolve(plain(400, 'bad request'));
    const { path, query } = target;
    return route({ request, response, address, path, query });
  }

  function otherwise({ request, path }: Arrived): Promise<Reply> {
    const isMetrics = isRead(request) && path === '/metrics';
    if (isMetrics && !options.isPublic && peers.isLocal(request)) return metricsReply(metrics);
    // A proxy in between took away that it asks for a WebSocket.
    if (path === options.attach?.path) return Promise.resolve(plain(426, 'upgrade to websocket'));
    tellNotFound(request.method ?? '', path);
    return Promise.resolve(plain(404, 'not found'));
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
  metrics.gauge('wxop_connections', 'Open connections', limits.connections);
  metrics.gauge('wxop_requests_under_way', 'Requests that wait for their answer', limits.underWay);
  metrics.gauge('wxop_body_bytes', 'Memory of request bodies', limits.bodyBytes);

  async function stop(): Promise<void> {
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
  }

  return {
    peers,
    limits,
    later,
    requestDeadline,
    otherwise,
    sleep: (milliseconds) => options.sleep(milliseconds, stopping.signal),
    open: async (given) => {
      route = given;
      await bind(server, { host: options.host, port: options.port, backlog: HARD_CONNECTIONS }, '--port');
      if (metricsAt && metricsServer) {
        await bind(metricsServer, metricsAt, '--metrics').catch((error: unknown) => {
          server.close();
          throw error;
        });
      }
      return {
        url: urlOf(server, options.host),
        ...(metricsAt && metricsServer && { metricsUrl: `${urlOf(metricsServer, metricsAt.host)}/metrics` }),
      };
    },
    stop: lazy(stop),
  };
}

export const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

const BUSY = { connection: 'close', 'retry-after': '1' };

/** A proxy that keeps its connections open would go on sending requests to a listener that stops. */
const last = (reply: Reply): Reply => ({ ...reply, headers: { ...reply.headers, connection: 'close' } });
