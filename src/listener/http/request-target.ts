/** The request line: which route, with which query. Source of the forms: RFC 9112, section 3.2. */

import type { IncomingMessage } from 'node:http';

export interface RequestTarget {
  /** As it was sent, neither decoded nor resolved: each route has exactly one spelling. */
  path: string;
  query: URLSearchParams;
}

/** Signed or decisive parameters. If one appeared twice, two parsers could disagree about it. */
const SINGLE = ['timestamp', 'nonce', 'msg_signature', 'signature', 'echostr'];

/** Path and query of a request line, which may be absolute; undefined for what is neither (`*`, `host:port`). */
export function parseRequestTarget(url: string): RequestTarget | undefined {
  const path = url.startsWith('/') ? url : /^https?:\/\/[^/?#]+(\/.*)$/i.exec(url)?.[1];
  if (path === undefined || path.includes('#')) return undefined;
  const at = path.indexOf('?');
  if (at < 0) return { path, query: new URLSearchParams() };
  // A `+` in a code is a plus, not a space.
  const search = path.slice(at + 1);
  const query = new URLSearchParams(search.includes('+') ? search.replaceAll('+', '%2B') : search);
  return { path: path.slice(0, at), query };
}

/** Whether a parameter that must be unique appears twice. */
export const isAmbiguous = (query: URLSearchParams): boolean =>
  SINGLE.some((name) => query.has(name) && query.getAll(name).length > 1);

/** False if a proxy and we could disagree about the host. */
export function namesOneHost({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts <= 1;
}
