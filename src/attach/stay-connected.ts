/**
 * A connection to the listener of a team that comes again after every break: a WebSocket over the way that all requests
 * take, which notices when the other side is gone, and when this machine has slept.
 */
import { WebSocket } from 'ws';
import type { Proxies } from '../runtime/proxies.ts';
import { inOneLine } from '../sentences/printable.ts';
import { toWxopError, type WxopError } from '../sentences/wxop-error.ts';
import type { CallerScope } from '../store/store.ts';
import { createWay } from '../wechat-api/way.ts';
import { MOST_FROM_LISTENER, readListenerWord, SILENCE, type ClientWord, type ListenerWord } from './attach-words.ts';
import { answeredWith, closedWith, silent, unreachable } from './unreachable.ts';

/** Milliseconds: each step of connecting, and the pauses between two attempts. */
const CONNECT_DEADLINE = 10_000;
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 30_000];
/** Milliseconds after which a connection counts as one that worked. */
const WORKED = 10_000;
const MOST_REFUSAL = 16 * 1024;
/** Milliseconds between two looks at the clock; the jump of it that is a sleep, and what may pass after it. */
const WAKING = { look: 2_000, slept: 8_000, answer: 5_000 };
/** This machine itself is reached without a proxy. */
const OWN = ['localhost', '127.0.0.1', '[::1]'].join(',');

/** Told once for each reason in an outage. */
export type ConnectionAway = { type: 'away'; error: WxopError; pause: number };

/** What a client says over a connection; undefined while there is none. */
export type Speak = (word: ClientWord) => void;

export interface ConnectedOptions {
  /** `https://wx.example.com/attach` */
  url: string;
  key: string;
  /** What it is for. */
  scope: CallerScope;
  proxies: Proxies;
  /** A connection is open: says the first word. */
  begin: (say: Speak) => void;
  /** Where it throws, it was the last word. */
  hear: (word: ListenerWord) => void;
  /** The connection is over. */
  end: () => void;
  onAway: (away: ConnectionAway) => void;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  elapsed: () => number;
  random: () => number;
  signal: AbortSignal;
  /** Milliseconds; for tests. */
  waking?: typeof WAKING;
  silence?: number;
}

/**
 * Runs until the signal. Rejects with what `hear` throws, and where it makes no sense to come again: a key that is
 * refused, a listener that has no door; the first time, wherever there is no connection.
 */
export async function stayConnected(options: ConnectedOptions): Promise<void> {
  const { signal, elapsed, now, silence = SILENCE, waking = WAKING } = options;
  const url = new URL(options.url);
  if (options.scope === 'authorize') url.searchParams.set('for', options.scope);
  const { httpProxy, httpsProxy, noProxy } = options.proxies;
  const way = createWay({
    proxies: { httpProxy, httpsProxy, noProxy: noProxy ? `${noProxy},${OWN}` : OWN },
    deadline: CONNECT_DEADLINE,
    signal,
  });
  let pause = FIRST_PAUSE;
  let hasWorked = false;
  let last: WxopError | undefined;
  let told = '';
  /** This machine slept: what a connection does then, or a pause. */
  let onWake: () => void = () => undefined;

  let lookedAt = now();
  const looking = setInterval(() => {
    const at = now();
    if (Math.abs(at - lookedAt) > waking.slept) onWake();
    lookedAt = at;
  }, waking.look).unref();

  try {
    while (!signal.aborted) {
      const startedAt = elapsed();
      try {
        await connection();
      } catch (error) {
        if (signal.aborted) return;
        if (last) throw last;
        const failure = toWxopError(error);
        if (!mayComeAgain(failure, hasWorked)) throw failure;
        if (elapsed() - startedAt > WORKED) pause = FIRST_PAUSE;
        const wait = pause * (0.5 + options.random() / 2);
        if (failure.message !== told) options.onAway({ type: 'away', error: failure, pause: wait });
        told = failure.message;
        pause = Math.min(pause * 2, LONGEST_PAUSE);
        await pauseFor(wait);
      }
    }
  } finally {
    clearInterval(looking);
  }

  /** Less where this machine slept meanwhile: its timers stood still. */
  async function pauseFor(milliseconds: number): Promise<void> {
    const woken = new AbortController();
    onWake = () => {
      pause = FIRST_PAUSE;
      woken.abort();
    };
    await options.sleep(milliseconds, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
  }

  /** One connection, until it ends: always with a rejection, unless the signal ended it. */
  async function connection(): Promise<void> {
    onWake = () => undefined;
    const opened = await way.open(url).catch((error: unknown) => {
      throw signal.aborted ? error : unreachable(error, url, CONNECT_DEADLINE);
    });
    return new Promise<void>((resolve, reject) => {
      const socket = new WebSocket(url.href.replace(/^http/, 'ws'), {
        headers: { authorization: `Bearer ${options.key}` },
        perMessageDeflate: false,
        maxPayload: MOST_FROM_LISTENER,
        followRedirects: false,
        createConnection: () => opened,
      });
      let timer: NodeJS.Timeout | undefined;
      let hasEnded = false;
      const heard = (patience = silence): void => {
        if (hasEnded) return;
        clearTimeout(timer);
        timer = setTimeout(() => end(silent(url, patience)), patience);
      };
      function end(error?: unknown): void {
        // An old connection says nothing of the next one.
        if (hasEnded) return;
        hasEnded = true;
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        onWake = () => undefined;
        options.end();
        // What comes after this is not ours any more.
        socket.removeAllListeners('message');
        if (socket.readyState === WebSocket.OPEN) socket.close(1000);
        setTimeout(() => socket.terminate(), 200).unref();
        if (error === undefined) resolve();
        else reject(error);
      }
      const stop = (): void => end();
      signal.addEventListener('abort', stop, { once: true });
      // The socket is open already, so that no timeout of the handshake would be set on it.
      heard(CONNECT_DEADLINE);
      socket.on('ping', () => heard());
      socket.on('pong', () => heard());
      socket.on('error', (error) => end(unreachable(error, url, CONNECT_DEADLINE)));
      socket.on('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const done = (): void => {
          const { statusCode: status = 0, headers } = response;
          const body = Buffer.concat(chunks).toString();
          end(answeredWith(url, { status, location: headers.location, contentType: headers['content-type'], body }));
        };
        response.on('data', (chunk: Buffer) => {
          if ((size += chunk.length) < MOST_REFUSAL) chunks.push(chunk);
          else done();
        });
        response.on('error', done).on('end', done);
      });
      socket.on('close', (code, why) => end(closedWith(url, options.scope, code, inOneLine(why.toString()))));
      socket.on('open', () => {
        heard();
        onWake = () => {
          socket.ping();
          heard(waking.answer);
        };
        options.begin((word) => socket.send(JSON.stringify(word)));
      });
      socket.on('message', (data, isBinary) => {
        heard();
        const word = isBinary ? undefined : readListenerWord((data as Buffer).toString('utf8'));
        if (!word) return;
        hasWorked = true;
        told = '';
        try {
          options.hear(word);
        } catch (error) {
          end((last = toWxopError(error)));
        }
      });
    });
  }
}

/** Over its rate, a key only has to wait; what never worked will not work by itself. */
function mayComeAgain({ code, retryable }: WxopError, hasWorked: boolean): boolean {
  return code === 'RATE_LIMITED' || (code === 'NETWORK' && retryable && hasWorked);
}
