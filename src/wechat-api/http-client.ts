/** The HTTP client for everything that wxop sends: undici, with proxies and a deadline for every wait. */
import type { Readable } from 'node:stream';
import type { buildConnector } from 'undici';
import { Agent, EnvHttpProxyAgent, Pool, type Dispatcher } from 'undici';
import type { Proxies } from '../runtime/proxies.ts';

/** Milliseconds for a connection: name, TCP, the proxy's tunnel and TLS. */
const CONNECT_DEADLINE = 10_000;

export interface HttpRequest {
  method: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | Readable;
  signal: AbortSignal;
}

export interface HttpClient {
  /** Rejects as soon as the signal is aborted, at whatever stage the request is. */
  request(url: string | URL, options: HttpRequest): Promise<Dispatcher.ResponseData>;
  /** Ends all requests and closes all connections. */
  close(): Promise<void>;
}

export function createHttpClient({ httpProxy = '', httpsProxy = '', noProxy = '' }: Proxies): HttpClient {
  const dispatcher =
    httpProxy || httpsProxy
      ? // Never undefined: undici would look into the real environment instead.
        new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy, factory: createPool })
      : new Agent();
  return {
    request: (url, { signal, ...options }) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        // undici lets go of a request only after it has a connection for it.
        const abort = (): void => reject(signal.reason as Error);
        signal.addEventListener('abort', abort, { once: true });
        const { origin, pathname, search } = new URL(url);
        dispatcher
          .request({
            ...options,
            method: options.method,
            origin,
            path: pathname + search,
            signal,
          })
          .then(resolve, reject)
          .finally(() => signal.removeEventListener('abort', abort));
      }),
    close: () => dispatcher.destroy(),
  };
}

/** The connections to one origin, directly or through a proxy. */
function createPool(origin: string | URL, options: object): Pool {
  const { connect } = options as Pool.Options;
  return new Pool(origin, typeof connect === 'function' ? { ...options, connect: boundConnector(connect) } : options);
}

/**
 * A tunnel that breaks off fails the requests that wait for it. undici takes UND_ERR_SOCKET for the end of an earlier
 * connection and connects again, at once and for ever; and it waits for a proxy that is silent as long as it lasts.
 */
function boundConnector(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    let isOver = false;
    const end: buildConnector.Callback = (...[error, socket]) => {
      if (isOver) return void socket?.destroy();
      isOver = true;
      clearTimeout(timer);
      if (!error) return callback(null, socket);
      const { code } = error as NodeJS.ErrnoException;
      callback(code === 'UND_ERR_SOCKET' ? brokenTunnel('ECONNRESET', error) : error, null);
    };
    const timer = setTimeout(() => end(brokenTunnel('ETIMEDOUT'), null), CONNECT_DEADLINE);
    connect(options, end);
  };
}

const brokenTunnel = (code: string, cause?: Error): Error =>
  Object.assign(new Error('no tunnel through the proxy', { cause }), { code });
