/** HTTP around the broker: who asks, for what, how often; limits, deadlines, graceful stop. */
import {
  createServer as createPlainServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Server as SocketServer, type Socket } from 'node:net';
import type { Text } from '../sentences/text.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { createBackground, STOP_DEADLINE } from '../listener/http/background.ts';
import { bind, urlOf } from '../listener/http/bind.ts';
import { createClientAddresses } from '../listener/http/client-addresses.ts';
import { answerClientErrors } from '../listener/http/client-errors.ts';
import { createLimits, HARD_CONNECTIONS } from '../listener/http/limits.ts';
import { createMetricsServer, metricsReply } from '../listener/http/metrics-server.ts';
import type { Metrics } from '../listener/http/metrics.ts';
import { plain, rawReply, send, sendLast, type Reply } from '../listener/http/reply.ts';
import { namesOneHost, parseRequestTarget } from '../listener/http/request-target.ts';
import type { Store } from '../store/store.ts';
import type { HttpClient } from '../wechat-api/http-client.ts';
import { createApiRoute } from './api-route.ts';
import type { AuditLog } from './audit-log.ts';
import { createCallerRoutes, type Said, type RequestUse } from './caller-routes.ts';
import { createKeyring } from './keyring.ts';
import { refusalFor, refusalReply } from './refusals.ts';
import { readTlsPair, watchTlsPair, type TlsPaths } from './tls-files.ts';
import { createTokenMemo } from './token-memo.ts';
import { createTokenRoute } from './token-route.ts';
import { createUsage } from './usage.ts';

/** Milliseconds: for the head of a request, and for all of it with a large body. */
const HEAD_DEADLINE = 5_000;
const REQUEST_DEADLINE = 5 * 60_000;
const HEADER_BYTES = 16 * 1024;

export interface BrokerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  tls?: TlsPaths;
  componentAppId: string;
  store: Store;
  keeper: Pick<Keeper, 'token' | 'replace' | 'account' | 'accounts'>;
  log: AuditLog;
  metrics: Metrics;
  /** An address of its own for `/metrics`. */
  metricsAt?: { host: string; port: number };
  /** Proxies whose `X-Forwarded-For` counts. */
  trustedProxies: readonly string[];
  /** What `/healthz` answers; gets `max-ticket-age`. */
  health: (maxTicketAge: string | null) => Promise<Reply>;
  /** Opens `/api`. */
  api?: { apiUrl: string; client: HttpClient; maxUpload: number };
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  redact: (line: string) => string;
  warn: (sentence: Text) => void;
  /** The log could not be written. */
  onTrouble: (error: unknown) => void;
}

export interface Broker {
  /** Where it is bound. */
  url: string;
  metricsUrl?: string;
  /** Stops accepting, finishes what is under way within eight seconds, closes. */
  stop(): Promise<void>;
}

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { store, keeper, componentAppId, metrics, now, elapsed, tls } = options;
  const keyring = createKeyring({ store, componentAppId, now, elapsed });
  const usage = createUsage({ ...options, store });
  const peers = createClientAddresses(options.trustedProxies);
  const limits = createLimits(peers);
  const { later, drained } = createBackground();
  const tokens = createTokenMemo({ keeper, now, elapsed });
  const answerCaller = createCallerRoutes({
    keyring,
    store,
    keeper,
    componentAppId,
    tokenRoute: createTokenRoute(tokens, now),
    apiRoute: options.api && createApiRoute({ ...options.api, tokens, keyring, limits, metrics }),
    now,
    elapsed,
  });
  let isStopping = false;
  const answers: (() => void)[] = [];

  const settings = { connectionsCheckingInterval: 1_000, maxHeaderSize: HEADER_BYTES };
  const server: Server = tls ? createTlsServer({ ...settings, ...readTlsPair(tls) }) : createPlainServer(settings);
  server.headersTimeout = HEAD_DEADLINE;
  server.requestTimeout = REQUEST_DEADLINE;
  server.maxConnections = HARD_CONNECTIONS;
  server.maxHeadersCount = 0;
  // A client may half-close after its request and still expects the response.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on(tls ? 'secureConnection' : 'connection', limits.opened);
  server.on('request', serve);
  server.on('checkContinue', serve);
  server.on('connect', (_request, socket: Socket) => sendLast(socket, rawReply(405, 'Method Not Allowed')));
  answerClientErrors(server, limits, metrics);

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const address = peers.addressOf(request);
    const refused = limits.begin(request, response, address);
    const use: RequestUse = { key: '', address, method: request.method ?? '', path: '' };
    if (refused !== undefined) {
      const reply = plain(refused, STATUS_CODES[refused] ?? '', { connection: 'close', 'retry-after': '1' });
      return finish(request, response, use, reply);
    }
    let said: Said | Promise<Said>;
    try {
      said = route(request, response, use);
    } catch (error) {
      said = refusalFor(toWxopError(error));
    }
    if (!(said instanceof Promise)) return finish(request, response, use, said);
    void later(() =>
      said
        .catch((error: unknown) => refusalFor(toWxopError(error)))
        .then((done) => finish(request, response, use, done)),
    );
  }

  function finish(request: IncomingMessage, response: ServerResponse, use: RequestUse, said: Said): void {
    const reply = said && 'error' in said ? refusalReply(said, options.redact) : said;
    const status = reply?.status ?? response.statusCode;
    limits.finish(request.socket, use.address);
    metrics.count('wxop_broker_requests_total', { key: use.key, status: String(status) });
    if (use.path !== '') usage.note({ at: now(), ...use, status });
    if (!reply || response.destroyed) return;
    // What is left of a body that nobody wanted would be taken for the next request.
    const isUnread = hasBody(request) && !request.complete;
    const headers = isStopping || isUnread ? { ...reply.headers, connection: 'close' } : reply.headers;
    // As in the listener: answers that are ready in one turn of the event loop are written together.
    answers.push(() => send(request, response, { ...reply, headers }));
    if (answers.length === 1) setImmediate(() => answers.splice(0).forEach((write) => write()));
  }

  function route(request: IncomingMessage, response: ServerResponse, use: RequestUse): Said | Promise<Said> {
    const target = parseRequestTarget(request.url ?? '/');
    if (!target || !namesOneHost(request)) return plain(400, 'bad request');
    const { path, query } = target;
    if (path === '/healthz') return options.health(query.get('max-ticket-age'));
    if (path === '/metrics' && peers.isLocal(request)) return metricsReply(metrics);
    use.path = path;
    return answerCaller({ request, response, target, use });
  }

  metrics.describe('wxop_broker_requests_total', 'Requests answered, by key and status');
  metrics.gauge('wxop_connections', 'Open connections', limits.connections);
  metrics.gauge('wxop_requests_under_way', 'Requests that wait for their answer', limits.underWay);
  metrics.gauge('wxop_body_bytes', 'Memory of request bodies', limits.bodyBytes);

  const { metricsAt } = options;
  const metricsServer = metricsAt && createMetricsServer(metrics);
  await bind(server, { host: options.host, port: options.port, backlog: HARD_CONNECTIONS }, '--address');
  if (metricsAt && metricsServer) {
    await bind(metricsServer, metricsAt, '--metrics').catch((error: unknown) => {
      server.close();
      throw error;
    });
  }
  const unwatch = tls
    ? watchTlsPair(tls, (pair) => (server as ReturnType<typeof createTlsServer>).setSecureContext(pair), options.warn)
    : (): void => undefined;

  const origin = urlOf(server, options.host);
  return {
    url: tls ? origin.replace('http:', 'https:') : origin,
    ...(metricsAt && metricsServer && { metricsUrl: `${urlOf(metricsServer, metricsAt.host)}/metrics` }),
    stop: async () => {
      isStopping = true;
      unwatch();
      metricsServer?.close();
      metricsServer?.closeAllConnections();
      // Not the HTTP server's own close: it resets kept-alive connections whose next request is still unread.
      const closed = new Promise<void>((resolve) => SocketServer.prototype.close.call(server, () => resolve()));
      const finished = new AbortController();
      const deadline = options.sleep(STOP_DEADLINE, finished.signal).catch(() => undefined);
      await new Promise(setImmediate);
      server.closeIdleConnections();
      await Promise.race([drained(), deadline]);
      finished.abort();
      // Finished answers are written in the next turn.
      await new Promise(setImmediate);
      server.closeAllConnections();
      await closed;
      server.close();
      keyring.close();
      await usage.close();
    },
  };
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;
