/** Replies, and how they are written. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Page } from '../pages/page.ts';

export interface Reply {
  status: number;
  type: string;
  body: string | Buffer;
  headers?: Record<string, string>;
  /** Seconds that a browser may keep it; not at all where it is left out. */
  maxAge?: number;
}

const TEXT = 'text/plain; charset=utf-8';

export const plain = (status: number, body: string, headers?: Record<string, string>): Reply => ({
  status,
  type: TEXT,
  body,
  headers,
});

export const json = (status: number, value: unknown): Reply => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
});

export const html = ({ status, html: body, referrerPolicy, allows }: Page): Reply => ({
  status,
  type: 'text/html; charset=utf-8',
  body,
  headers: {
    'referrer-policy': referrerPolicy,
    'content-security-policy': [
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      ...allows,
    ].join('; '),
  },
});

export function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const { status, type, body, headers, maxAge } = reply;
  // Names and values in one array: Node writes that without copying it.
  const lines = ['content-type', type, 'content-length', String(Buffer.byteLength(body))];
  lines.push('cache-control', maxAge === undefined ? 'no-store' : `max-age=${maxAge}`);
  lines.push('x-content-type-options', 'nosniff');
  for (const name in headers) lines.push(name, headers[name] ?? '');
  response.writeHead(status, lines);
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Milliseconds that the other side of a connection may stay after its last answer. */
const LINGER = 1_000;

/** The last answer on a connection that is no longer Node's: nobody else would ever close it. */
export function sendLast(socket: Duplex, reply: string): void {
  if (!socket.writable) return void socket.destroy();
  socket.on('error', () => socket.destroy());
  // What is still sent is thrown away: unread, it would make the answer a reset.
  socket.resume().end(reply);
  setTimeout(() => socket.destroy(), LINGER).unref();
}

/** An answer to bytes that are no request. */
export const rawReply = (status: number, reason: string): string =>
  `HTTP/1.1 ${status} ${reason}\r\nContent-Type: ${TEXT}\r\nContent-Length: ${reason.length}\r\nConnection: close\r\n\r\n${reason}`;
