/** Where clients come to a listener: who may, what is taken from them, and how long they may be silent. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { createKeyring, isCaller, type Caller } from '../broker/keyring.ts';
import type { AuditLog } from '../broker/audit-log.ts';
import { createRateLimits } from '../broker/rate-limits.ts';
import { keyRefused, refusalFor, refusalReply, scopeMissing, tooFast, type Refusal } from '../broker/refusals.ts';
import { createUsage, type OneUse, type Usage } from '../broker/usage.ts';
import type { Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { LinkSite } from '../credentials/link-terms.ts';
import type { Journal, JournalEntry } from '../delivery/journal.ts';
import type { Metrics } from '../listener/http/metrics.ts';
import { createClientAddresses } from '../listener/http/client-addresses.ts';
import { plain, sendLast, type Reply } from '../listener/http/reply.ts';
import { maskPushFields, openFields, type OpeningKeys } from '../protocol/opened-push.ts';
import { toWxopError } from '../sentences/wxop-error.ts';
import type { CallerScope, Store } from '../store/store.ts';
import { createAttachSession, toWord, type AttachSession } from './attach-session.ts';
import {
  CLOSED,
  HEARTBEAT,
  MOST_FROM_CLIENT,
  MOST_FROM_LISTENER,
  readClientWord,
  SILENCE,
  type ListenerWord,
} from './attach-words.ts';
import { createLinkDesk, type LinkDesk } from './link-desk.ts';
import { createLiveFeed, type LiveFeed } from './live-feed.ts';

const MOST_CLIENTS = 1_000;
const MOST_OF_A_KEY = 250;
/** Bytes on their way to one client: who acknowledges or pings, and never reads, would fill the memory. */
const MOST_UNREAD = 2 * MOST_FROM_LISTENER;
/** Milliseconds within which a client says what it wants. */
const HELLO_DEADLINE = 5_000;
/** Milliseconds that a client gets to take its leave. */
const LEAVE = 500;

export type AttachActivity =
  { type: 'attached'; name: string; key: string; responds: boolean } | { type: 'detached'; name: string; key: string };

export interface AttachDoorOptions {
  componentAppId: string;
  store: Store;
  openingKeys: OpeningKeys;
  journal: Journal;
  keeper: () => Promise<Keeper>;
  attempts: () => Promise<Attempts>;
  /** Who used which key for what. */
  auditLog: () => Promise<AuditLog>;
  /** Where links lead to. */
  place: () => LinkSite;
  /** Proxies whose `X-Forwarded-For` counts. */
  trustedProxies: readonly string[];
  metrics: Metrics;
  /** Several processes are this listener: none knows of a responder of another. */
  isWorker: boolean;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  redact: (line: string) => string;
  onActivity: (activity: AttachActivity) => void;
}

export interface AttachDoor {
  /** A request that asks for a WebSocket. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  publish(entry: JournalEntry): void;
  /** The answer of the attached client that answers users; undefined at once where there is none for this entry. */
  answer(entry: JournalEntry): Promise<string | undefined> | undefined;
  close(): Promise<void>;
}

interface Admitted {
  caller: Caller;
  /** What it comes for: the scope that its key needs. */
  purpose: CallerScope;
  address: string;
}

interface Attached extends Admitted {
  socket: WebSocket;
  gone: AbortController;
  isGreeted: boolean;
  session?: AttachSession;
  heardAt: number;
  waiting: Map<string, (answer: string | undefined) => void>;
}

export function createAttachDoor(options: AttachDoorOptions): AttachDoor {
  const { metrics, elapsed, onActivity } = options;
  const keyring = createKeyring(options);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_FROM_CLIENT, perMessageDeflate: false });
  const clients = new Set<Attached>();
  let feed: LiveFeed | undefined;
  let responder: Attached | undefined;
  let isPumping = false;
  const rates = createRateLimits(elapsed);
  const peers = createClientAddresses(options.trustedProxies);
  let usage: Promise<Usage> | undefined;
  let desk: Promise<LinkDesk> | undefined;
  let beating: NodeJS.Timeout | undefined;
  let isClosed = false;

  metrics.gauge('wxop_attached_clients', 'Attached clients', () => clients.size);
  metrics.describe('wxop_attached_links_total', 'Links to authorize made for attached clients, by key');
  metrics.describe('wxop_attached_pushes_total', 'Pushes sent to attached clients, by key');

  /** Nobody waits for the log, and nobody is refused because it cannot be written. */
  function note(use: Omit<OneUse, 'at'>): void {
    const at = options.now();
    usage ??= options.auditLog().then((log) => createUsage({ ...options, log, onTrouble: () => undefined }));
    void usage.then((one) => one.note({ at, ...use })).catch(() => undefined);
  }

  async function openDesk(): Promise<LinkDesk> {
    try {
      return createLinkDesk({ ...options, rates, keeper: await options.keeper(), attempts: await options.attempts() });
    } catch (error) {
      // The next client asks anew.
      desk = undefined;
      throw error;
    }
  }

  function pumpSoon(): void {
    if (isPumping) return;
    isPumping = true;
    setImmediate(() => {
      isPumping = false;
      for (const { session } of clients) session?.pump();
    });
  }

  function beat(): void {
    for (const client of clients) {
      if (elapsed() - client.heardAt > SILENCE) client.socket.terminate();
      else {
        client.socket.ping();
        client.session?.beat();
      }
    }
  }

  function admitted(socket: WebSocket, found: Admitted): void {
    const gone = new AbortController();
    const { caller } = found;
    const client: Attached = { ...found, socket, gone, isGreeted: false, heardAt: elapsed(), waiting: new Map() };
    clients.add(client);
    beating ??= setInterval(beat, HEARTBEAT).unref();
    const tooLate = setTimeout(() => client.isGreeted || socket.terminate(), HELLO_DEADLINE).unref();
    const forget = keyring.whileValid(caller, (fault) => leave(client, CLOSED.keyEnded, fault));
    const heard = (): void => {
      client.heardAt = elapsed();
      if (socket.bufferedAmount > MOST_UNREAD) socket.terminate();
    };
    socket.on('ping', heard);
    socket.on('pong', heard);
    socket.on('message', (data, isBinary) => {
      heard();
      if (isBinary || !hear(client, (data as Buffer).toString('utf8'))) leave(client, CLOSED.badWord, 'bad word');
    });
    // Its close comes next.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(tooLate);
      gone.abort();
      forget();
      ended(client);
    });
  }

  /** False for what is no word. */
  function hear(client: Attached, said: string): boolean {
    const word = readClientWord(said);
    if (!word) return false;
    const purpose = word.type === 'authorize' || word.type === 'watch' ? 'authorize' : 'events';
    const isFirst = purpose === 'authorize' || word.type === 'hello';
    if (purpose !== client.purpose || isFirst === client.isGreeted) return false;
    if (word.type === 'authorize' || word.type === 'watch') {
      client.isGreeted = true;
      serveLink(client, word).catch(() => leave(client, CLOSED.stopping, ''));
    }
    if (word.type === 'ack') client.session?.acknowledge(word.ids);
    if (word.type === 'reply') client.waiting.get(word.id)?.(word.body);
    if (word.type !== 'hello') return true;
    client.isGreeted = true;
    if (word.responds && options.isWorker) leave(client, CLOSED.workers, '');
    else if (word.responds && responder)
      leave(client, CLOSED.responder, responder.session?.hello.name ?? responder.caller.name);
    else void begin(client, word);
    return true;
  }

  async function serveLink(client: Attached, word: Parameters<LinkDesk['serve']>[1]): Promise<void> {
    const { socket, caller, address, gone } = client;
    const say = (said: ListenerWord): void => {
      if (said.type === 'link' && word.type === 'authorize') {
        metrics.count('wxop_attached_links_total', { key: caller.name });
      }
      socket.send(toWord(said), { binary: false });
    };
    const ofKey = { key: caller.name, address, path: '/attach/authorize' };
    const served = (await (desk ??= openDesk())).serve(
      { caller, say, note: (use) => note({ ...ofKey, ...use }), signal: gone.signal },
      word,
    );
    await served.finally(() => gone.signal.aborted || socket.close(1000));
  }

  async function begin(client: Attached, hello: AttachSession['hello']): Promise<void> {
    const { socket, caller } = client;
    if (hello.responds) responder = client;
    const joined = (feed ??= createLiveFeed({ ...options, onMore: pumpSoon }));
    await joined.ready;
    if (!clients.has(client)) return;
    socket.send(toWord({ type: 'attached', at: options.now() }), { binary: false });
    client.session = createAttachSession({
      ...options,
      hello,
      feed: joined,
      openFields: ({ body, kind }) => {
        const opened = openFields(body, options.openingKeys);
        return opened && (kind === 'event' ? maskPushFields(opened) : opened);
      },
      maySee: ({ kind, appId }) => caller.mayUse(kind === 'event' ? 'component' : appId),
      send: (word) => {
        metrics.count('wxop_attached_pushes_total', { key: caller.name });
        socket.send(word, { binary: false });
      },
    });
    onActivity({ type: 'attached', name: hello.name, key: caller.name, responds: hello.responds });
  }

  function leave({ socket }: Attached, code: number, why: string): void {
    socket.close(code, why.slice(0, 100));
    setTimeout(() => socket.terminate(), LEAVE).unref();
  }

  function ended(client: Attached): void {
    clients.delete(client);
    const { session, caller } = client;
    if (responder === client) responder = undefined;
    for (const done of client.waiting.values()) done(undefined);
    session?.close();
    if (session) onActivity({ type: 'detached', name: session.hello.name, key: caller.name });
    if (clients.size > 0) return;
    feed?.close();
    feed = undefined;
    clearInterval(beating);
    beating = undefined;
  }

  async function refused(
    request: IncomingMessage,
    use: { key: string; address: string },
  ): Promise<Refusal | Reply | Admitted> {
    // Browsers say where a page is from; no page has anything to do here.
    if (request.headers.origin !== undefined) return plain(403, 'no browsers');
    if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') {
      return plain(426, 'upgrade to websocket');
    }
    const { authorization = '' } = request.headers;
    const key = /^bearer /i.test(authorization) ? authorization.slice('bearer '.length).trim() : undefined;
    const found = await keyring.admit(key);
    use.key = found.name ?? '';
    if (!isCaller(found)) return keyRefused(found.fault);
    const wait = rates.take(found.name, found.rate);
    if (wait !== undefined) return tooFast(found.name, found.rate, wait);
    const purpose = /[?&]for=authorize(?:&|$)/.test(request.url ?? '') ? 'authorize' : 'events';
    if (!found.has(purpose)) return scopeMissing(found.name, purpose);
    const ofKey = [...clients].filter(({ caller }) => caller.name === found.name).length;
    if (isClosed || clients.size >= MOST_CLIENTS || ofKey >= MOST_OF_A_KEY) {
      return plain(503, 'too many clients', { 'retry-after': '5' });
    }
    return { caller: found, purpose, address: use.address };
  }

  return {
    open: async (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const use = { key: '', address: peers.addressOf(request), method: request.method ?? '', path: '/attach' };
      const found = await refused(request, use).catch((error: unknown) => refusalFor(toWxopError(error)));
      note({ ...use, status: 'caller' in found ? 101 : found.status });
      if ('caller' in found) return sockets.handleUpgrade(request, socket, head, (opened) => admitted(opened, found));
      sendLast(socket, written('error' in found ? refusalReply(found, options.redact) : found));
    },
    publish: (entry) => feed?.publish(entry),
    answer: (entry) => {
      const client = responder;
      const { session } = client ?? {};
      if (!client || !session || entry.kind !== 'message' || !session.wants(entry)) return undefined;
      if (!session.isPrompt()) return undefined;
      return new Promise<string | undefined>((done) => client.waiting.set(entry.id, done)).finally(() =>
        client.waiting.delete(entry.id),
      );
    },
    close: async () => {
      isClosed = true;
      const all = [...clients];
      for (const client of all) leave(client, CLOSED.stopping, '');
      await Promise.all(
        all.map(
          ({ socket }) =>
            new Promise<void>((done) => (socket.readyState === 3 ? done() : socket.once('close', () => done()))),
        ),
      );
      keyring.close();
      await usage?.then((one) => one.close()).catch(() => undefined);
    },
  };
}

function written({ status, type, body, headers }: Reply): string {
  const lines = {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
    connection: 'close',
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head.join('')}\r\n${body.toString()}`;
}
