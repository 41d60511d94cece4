/** Looks at the way to a host step by step: name, proxy, connection, certificate, one GET. Follows no redirect. */
import { lookup } from 'node:dns/promises';
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

export interface Certificate {
  /** The CN of its issuer. */
  issuer: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface ProbeAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  milliseconds: number;
}

export interface Probe {
  /** The proxy that a request to this URL takes, without its credentials. */
  proxyOf(url: string): string | undefined;
  /** All addresses of a name; an address is its own. Throws Unreached, as all of these do. */
  addressesOf(host: string): Promise<string[]>;
  /** Opens a connection and closes it again; the certificate, where there is TLS and it is trusted. */
  reach(url: string): Promise<Certificate | undefined>;
  get(url: string): Promise<ProbeAnswer>;
}

export interface ProbeOptions {
  proxies: Proxies;
  elapsed: () => number;
  /** Milliseconds for each step. */
  deadline: number;
  signal: AbortSignal;
}

const ANSWER_LIMIT = 256 * 1024;
/** Characters of a header that are looked at. */
const HEADER_LIMIT = 200;

export function createProbe({ proxies, elapsed, deadline, signal }: ProbeOptions): Probe {
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

  const addressesOf = (host: string): Promise<string[]> =>
    within('name', undefined, (resolve, reject) => {
      lookup(bare(host), { all: true }).then((found) => resolve(found.map(({ address }) => address)), reject);
      return () => undefined;
    });

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
    const socket = proxy ? await openTunnel(proxy, target) : await openTcp(url.hostname, portOf(url), 'connection');
    if (url.protocol !== 'https:') return socket;
    return within<TLSSocket>('certificate', proxy, (resolve, reject) => {
      const host = bare(url.hostname);
      const secure = connectTls({ socket, ...(isIP(host) === 0 && { servername: host }), host });
      secure.once('secureConnect', () => resolve(secure)).once('error', reject);
      return () => secure.destroy();
    });
  }

  return {
    proxyOf: (url) => {
      const proxy = proxyFor(new URL(url), proxies);
      return proxy && withoutUser(proxy);
    },
    addressesOf,
    reach: async (url) => {
      const socket = await open(new URL(url));
      const certificate = 'getPeerCertificate' in socket ? socket.getPeerCertificate() : undefined;
      socket.destroy();
      if (!certificate) return undefined;
      const { CN, O } = certificate.issuer;
      return { issuer: String(O ?? CN ?? '-'), expiresAt: Date.parse(certificate.valid_to) };
    },
    get: async (written) => {
      const url = new URL(written);
      const startedAt = elapsed();
      const socket = await open(url);
      return within<ProbeAnswer>('answer', proxyFor(url, proxies), (resolve, reject) => {
        const asked = requestHttp({
          createConnection: () => socket,
          path: `${url.pathname}${url.search}`,
          headers: { host: url.host, connection: 'close' },
        });
        asked.once('error', reject).once('response', (response: IncomingMessage) => {
          const chunks: Buffer[] = [];
          let size = 0;
          const done = (): void =>
            resolve({
              status: response.statusCode ?? 0,
              headers: headersOf(response),
              body: Buffer.concat(chunks),
              milliseconds: elapsed() - startedAt,
            });
          response.on('data', (chunk: Buffer) => {
            if ((size += chunk.length) <= ANSWER_LIMIT) return void chunks.push(chunk);
            done();
            asked.destroy();
          });
          response.once('end', done).once('error', reject);
        });
        asked.end();
        return () => asked.destroy();
      });
    },
  };
}

/** Begins something that resolves or rejects; returns what stops it. */
type Start<Value> = (resolve: (value: Value) => void, reject: (error: unknown) => void) => () => unknown;

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
const withoutUser = ({ protocol, host }: URL): string => `${protocol}//${host}`;

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).slice(0, HEADER_LIMIT)]));

function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors?.length ? codeOf(errors[0]) : 'failed';
}
