/** A client that is attached to the listener of its team: it takes what it asked for, and comes again after every break. */
import { WebSocket } from 'ws';
import { brokerFailure } from '../broker/broker-client.ts';
import { inOneLine } from '../sentences/printable.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { isError, toWxopError, WxopError } from '../sentences/wxop-error.ts';
import { networkFailure } from '../wechat-api/network-failure.ts';
import {
  CLOSED,
  MOST_FROM_LISTENER,
  readListenerWord,
  SILENCE,
  type AttachedEntry,
  type ClientWord,
  type Hello,
} from './attach-words.ts';
import type { ClientPosition } from './client-position.ts';

/** Milliseconds: an attempt to connect, and the pauses between two. */
const CONNECT_DEADLINE = 10_000;
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 30_000];
/** Milliseconds after which a connection counts as one that worked. */
const WORKED = 10_000;
const MOST_REFUSAL = 16 * 1024;

/** What is told of the connection. */
export type ConnectionActivity =
  { type: 'attached'; since?: number } | { type: 'away'; error: WxopError; pause: number };

export interface AttachClientOptions {
  /** `https://wx.example.com/attach` */
  url: string;
  key: string;
  hello: Pick<Hello, 'name' | 'filters' | 'responds' | 'opened'>;
  /** Instead of the position: everything of so many milliseconds before. */
  ago?: number;
  position: ClientPosition;
  /** Hands an entry to the services; `settled` resolves once they have it, `answer` with the first one's. */
  hand: (entry: AttachedEntry) => { settled: Promise<void>; answer: Promise<string | undefined> };
  onActivity: (activity: ConnectionActivity) => void;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  elapsed: () => number;
  random: () => number;
  signal: AbortSignal;
}

/** Runs until the signal. Rejects where it makes no sense to come again: a key that is refused, a listener that has no door. */
export async function attach(options: AttachClientOptions): Promise<void> {
  const { position, signal, elapsed } = options;
  let { ago } = options;
  let pause = FIRST_PAUSE;
  let hasWorked = false;
  let say: ((word: ClientWord) => void) | undefined;
  let done: string[] = [];

  function acknowledge(id: string): void {
    if (done.push(id) > 1) return;
    setImmediate(() => {
      const ids = done;
      done = [];
      for (let at = 0; at < ids.length; at += 200) say?.({ type: 'ack', ids: ids.slice(at, at + 200) });
    });
  }

  function take(entry: AttachedEntry): void {
    const { id } = entry;
    if (position.has(id)) return position.isKept(id) ? acknowledge(id) : undefined;
    position.take(id, entry.receivedAt);
    const { settled, answer } = options.hand(entry);
    if (options.hello.responds && entry.kind === 'message') {
      void answer.then((body) => say?.({ type: 'reply', id, ...(body !== undefined && { body }) }));
    }
    void settled
      .then(() => {
        position.keep([id]);
        acknowledge(id);
      })
      .catch((error: unknown) => failed(error));
  }

  let failed: (error: unknown) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (failed = reject));
  broken.catch(() => undefined);

  while (!signal.aborted) {
    const startedAt = elapsed();
    try {
      await Promise.race([broken, connection()]);
    } catch (error) {
      if (signal.aborted) return;
      const failure = toWxopError(error);
      if (!isError(failure, 'NETWORK') || failure.retryable === false || !hasWorked) throw failure;
      if (elapsed() - startedAt > WORKED) pause = FIRST_PAUSE;
      const wait = pause * (0.5 + options.random() / 2);
      options.onActivity({ type: 'away', error: failure, pause: wait });
      await options.sleep(wait, signal).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  /** One connection, until it ends: always with a rejection, unless the signal ended it. */
  function connection(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const socket = new WebSocket(options.url, {
        headers: { authorization: `Bearer ${options.key}` },
        perMessageDeflate: false,
        maxPayload: MOST_FROM_LISTENER,
        handshakeTimeout: CONNECT_DEADLINE,
        followRedirects: false,
      });
      let silence: NodeJS.Timeout | undefined;
      const heard = (): void => {
        clearTimeout(silence);
        silence = setTimeout(() => end(silent(options.url)), SILENCE);
      };
      function end(error?: unknown): void {
        clearTimeout(silence);
        signal.removeEventListener('abort', stop);
        say = undefined;
        // What comes after this is not ours any more.
        socket.removeAllListeners('message');
        if (socket.readyState === WebSocket.OPEN) socket.close(1000);
        setTimeout(() => socket.terminate(), 200).unref();
        if (error === undefined) resolve();
        else reject(error);
      }
      const stop = (): void => end();
      signal.addEventListener('abort', stop, { once: true });
      heard();
      socket.on('ping', heard);
      socket.on('error', (error) => {
        const { host } = new URL(options.url);
        end(
          networkFailure(error, {
            host,
            timedOut: /timed out/.test(error.message),
            deadline: CONNECT_DEADLINE,
            isListener: true,
          }),
        );
      });
      socket.on('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          if ((size += chunk.length) < MOST_REFUSAL) chunks.push(chunk);
        });
        response.on('error', end);
        response.on('end', () =>
          end(refusedWith(options.url, response.statusCode ?? 0, Buffer.concat(chunks).toString())),
        );
      });
      socket.on('close', (code, why) => end(closedWith(options.url, code, inOneLine(why.toString()))));
      socket.on('open', () => {
        say = (word) => socket.send(JSON.stringify(word));
        const from = position.from();
        say({
          type: 'hello',
          ...options.hello,
          ...(ago !== undefined ? { ago } : from !== undefined ? { from } : {}),
        });
      });
      socket.on('message', (data, isBinary) => {
        heard();
        const word = isBinary ? undefined : readListenerWord((data as Buffer).toString('utf8'));
        if (!word) return;
        try {
          if (word.type === 'push') take(word.entry);
          else if (word.type === 'at') position.advance(word.at);
          else {
            const since = position.from();
            if (ago !== undefined || since === undefined) position.begin(word.at - (ago ?? 0));
            ago = undefined;
            hasWorked = true;
            options.onActivity({ type: 'attached', ...(since !== undefined && { since }) });
          }
        } catch (error) {
          failed(error);
        }
      });
    });
  }
}

const broke = (sentence: Text): WxopError =>
  new WxopError('NETWORK', sentence, {
    hint: text('Check that `wxop listen --attach` runs there.', '请确认 `wxop listen --attach` 正在该处运行。'),
  });

const hostOf = (url: string): string => new URL(url).host;

const silent = (url: string): WxopError =>
  broke(text(`Nothing was heard of ${hostOf(url)} for 40 s.`, `${hostOf(url)} 已 40 秒没有响应。`));

function refusedWith(url: string, status: number, body: string): WxopError {
  if (status === 404 || status === 426 || status === 200 || status === 405) return noDoor(url);
  if (status === 502 || status === 503 || status === 504 || status === 429) {
    return broke(text(`${hostOf(url)} is away (HTTP ${status}).`, `${hostOf(url)} 暂不可用（HTTP ${status}）。`));
  }
  const { origin } = new URL(url);
  return brokerFailure(origin.replace(/^ws/, 'http'), body);
}

const noDoor = (url: string): WxopError =>
  new WxopError('NETWORK', text(`Nobody can attach at ${hostOf(url)}.`, `${hostOf(url)} 未开放接入。`), {
    hint: text(
      'Its operator starts the listener with `wxop listen --attach`; a proxy in front must pass WebSockets on /attach.',
      '请其管理员以 `wxop listen --attach` 启动监听服务；前置代理须放行 /attach 的 WebSocket。',
    ),
    retryable: false,
  });

function closedWith(url: string, code: number, why: string): WxopError {
  switch (code) {
    case CLOSED.keyEnded:
      return new WxopError(
        'KEY_REFUSED',
        why === 'expired'
          ? text('This key has expired.', '该密钥已过期。')
          : text('This key was revoked.', '该密钥已被吊销。'),
        {
          hint: text(
            'Ask the operator for another: `wxop serve key add … --scopes events`.',
            '请向管理员索取新密钥：`wxop serve key add … --scopes events`。',
          ),
        },
      );
    case CLOSED.responder:
      return new WxopError('USAGE', text(en`${why} answers the users already.`, zh`${why} 已在回复用户。`), {
        hint: text(
          'Only one attached client can: end it there, or attach without --respond.',
          '同一时间只能有一个：请先在该处停止，或不加 --respond 接入。',
        ),
      });
    case CLOSED.workers:
      return new WxopError(
        'USAGE',
        text('That listener has --workers, and takes no --respond.', '该监听服务使用了 --workers，不支持 --respond。'),
        { hint: text('Attach without --respond.', '请不加 --respond 接入。') },
      );
    case CLOSED.badWord:
      return new WxopError(
        'UNEXPECTED',
        text(`${hostOf(url)} did not understand this wxop.`, `${hostOf(url)} 无法理解本机的 wxop。`),
        { hint: text('Use the same version on both sides.', '请在两端使用相同版本。') },
      );
    default:
      return broke(
        text(`The connection to ${hostOf(url)} ended (${code}).`, `与 ${hostOf(url)} 的连接已断开（${code}）。`),
      );
  }
}
