/** The way to a host: proxy, connection, certificate; where it ends is said by the step. */
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { portOf, proxyFor, type Proxies } from '../runtime/proxies.ts';

/** The step at which the way ended, and what the system called it. */
export class Unreached extends Error {
  readonly stage: 'name' | 'proxy' | 'connection' | 'certificate' | 'answer';
  readonly code: string;
  /** The proxy on the way, without its credentials. */
  readonly proxy?: string;
  constructor(stage: Unreached['stage'], code: string, proxy?: string) {
    super(`${stage}: ${code}`);
    this.stage = stage;
    this.code = code;
    this.proxy = proxy;
  }
}

/** The code of Unreached where the proxy is none of HTTP. */
export const NOT_HTTP = 'not-http';

export interface WayOptions {
  proxies: Proxies;
  /** Milliseconds for each step. */
  deadline: number;
  signal: AbortSignal;
}

/** Begins something that resolves or rejects; returns what stops it. */
export type Start<Value> = (resolve: (value: Value) => void, reject: (error: unknown) => void) => () => unknown;

export interface Way {
  /** A step: `start` begins it. Throws Unreached where it fails or is too slow, as all of these do. */
  within<Value>(stage: Unreached['stage'], proxy: URL | undefined, start: Start<Value>): Promise<Value>;
  /** A connection, through the proxy that the URL takes, and with TLS where it is https. */
  open(url: URL): Promise<Socket | TLSSocket>;
}

export function createWay({ proxies, deadline, signal }: WayOptions): Way {
  /** Resolves within the deadline; otherwise ETIMEDOUT, and `stop` is called. */
  function within<Value>(stage: Unreached['stage'], proxy: URL | undefined, start: Start<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', interrupt);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error instanceof Unreached ? error : new Unreached(stage, codeOf(error), proxy && withoutUser(proxy)));
      };
      const stop = start((value) => {
        end();
        resolve(value);
      }, fail);
      const interrupt = (): void => {
        stop();
        end();
        reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
      };
      const timer = setTimeout(() => {
        stop();
        fail({ code: 'ETIMEDOUT' });
      }, deadline);
      signal.addEventListener('abort', interrupt, { once: true });
    });
  }

  const openTcp = (host: string, port: number, stage: 'connection' | 'proxy', proxy?: URL): Promise<Socket> =>
    within(stage, proxy, (resolve, reject) => {
      const socket = connect({ host: bare(host), port });
      socket.once('connect', () => resolve(socket)).once('error', reject);
      return () => socket.destroy();
    });

  /** A tunnel through the proxy. */
  const openTunnel = (proxy: URL, target: string): Promise<Socket> =>
    within('proxy', proxy, (resolve, reject) => {
      const { username, password } = proxy;
      const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
      const asked: ClientRequest = (proxy.protocol === 'https:' ? requestHttps : requestHttp)({
        host: bare(proxy.hostname),
        port: portOf(proxy),
        method: 'CONNECT',
        path: target,
        agent: false,
        headers: { host: target, ...(username && { 'proxy-authorization': `Basic ${login}` }) },
      });
      asked.once('connect', ({ statusCode }: IncomingMessage, socket: Socket) => {
        if (statusCode === 200) return resolve(socket);
        socket.destroy();
        reject({ code: `HTTP ${statusCode}` });
      });
      asked.once('response', ({ statusCode }) => reject({ code: `HTTP ${statusCode}` })).once('error', reject);
      asked.end();
      return () => asked.destroy();
    });

  async function open(url: URL): Promise<Socket | TLSSocket> {
    const proxy = proxyFor(url, proxies);
    const target = `${url.hostname}:${portOf(url)}`;
    if (proxy && !/^https?:$/.test(proxy.protocol)) throw new Unreached('proxy', NOT_HTTP, withoutUser(proxy));
    const socket = proxy ? await openTunnel(proxy, target) : await openTcp(url.hostname, portOf(url), 'connection');
    if (url.protocol !== 'https:') return socket;
    return within<TLSSocket>('certificate', proxy, (resolve, reject) => {
      const host = bare(url.hostname);
      const secure = connectTls({ socket, ...(isIP(host) === 0 && { servername: host }), host });
      secure.once('secureConnect', () => resolve(secure)).once('error', reject);
      return () => secure.destroy();
    });
  }

  return { within, open };
}

export const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
export const withoutUser = ({ protocol, host }: URL): string => `${protocol}//${host}`;

function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors?.length ? codeOf(errors[0]) : 'failed';
}
