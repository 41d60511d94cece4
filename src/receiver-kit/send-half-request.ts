/** Requests that no HTTP library would send: broken off in the middle. On a socket of our own, never through a proxy. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface HalfRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Milliseconds to wait for an answer. */
  deadline: number;
  signal?: AbortSignal;
}

/** Sends the head, half of the body, and nothing more; resolves with the whole answer, or undefined when it took too long. */
export function sendHalfRequest(request: HalfRequest): Promise<string | undefined> {
  const { method, url, headers, body, deadline, signal } = request;
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port) || (isTls ? 443 : 80);
  const lines = Object.entries({ host: url.host, 'content-length': String(Buffer.byteLength(body)), ...headers });
  const head = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
  ];
  const half = Buffer.from(body).subarray(0, Math.floor(body.length / 2));
  return new Promise((resolve, reject) => {
    const socket = isTls ? connectTls({ host, port, servername: host }) : connect({ host, port });
    let received = '';
    const timer = setTimeout(() => end(received === '' ? undefined : received), deadline);
    const stop = (): void => end(undefined);
    function end(answer: string | undefined): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      resolve(answer);
    }
    signal?.addEventListener('abort', stop, { once: true });
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      socket.write(half);
    });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      // The status is what counts; a server may keep the connection open after it.
      if (received.includes('\r\n\r\n')) end(received);
    });
    socket.on('close', () => end(received));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (received !== '' || error.code === 'ECONNRESET') end(received);
      else reject(error);
    });
  });
}
