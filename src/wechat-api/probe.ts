/** Looks at the way to a host step by step: name, proxy, connection, certificate, one GET. Follows no redirect. */
import { lookup } from 'node:dns/promises';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { proxyFor, type Proxies } from '../runtime/proxies.ts';
import { bare, createWay, withoutUser } from './way.ts';

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
  const { within, open } = createWay({ proxies, deadline, signal });
  const addressesOf = (host: string): Promise<string[]> =>
    within('name', undefined, (resolve, reject) => {
      lookup(bare(host), { all: true }).then((found) => resolve(found.map(({ address }) => address)), reject);
      return () => undefined;
    });

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

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).slice(0, HEADER_LIMIT)]));
