/** The request line: which route, with which query. Source of the forms: RFC 9112, section 3.2. */

import type { IncomingMessage } from 'node:http';

export interface RequestTarget {
  /** As it was sent, neither decoded nor resolved: each route has exactly one spelling. */
  path: string;
  query: Query;
}

/** The parameters of a query, as URLSearchParams reads them. */
export type Query = Pick<URLSearchParams, 'get' | 'getAll' | 'has'>;

/** Signed or decisive parameters. If one appeared twice, two parsers could disagree about it. */
const SINGLE = ['timestamp', 'nonce', 'msg_signature', 'signature', 'echostr'];

/** Path and query of a request line, which may be absolute; undefined for what is neither (`*`, `host:port`). */
export function parseRequestTarget(url: string): RequestTarget | undefined {
  const path = url.startsWith('/') ? url : /^https?:\/\/[^/?#]+(\/.*)$/i.exec(url)?.[1];
  if (path === undefined || path.includes('#')) return undefined;
  const at = path.indexOf('?');
  return at < 0
    ? { path, query: new URLSearchParams() }
    : { path: path.slice(0, at), query: readQuery(path.slice(at + 1)) };
}

/** What WeChat sends: names with values, nothing in them to decode. */
const PLAIN = /^(?:[\w.~-]+=[\w.~*-]*(?:&|$))+$/;

/** A `+` in a code is a plus, not a space. */
export const readQuery = (search: string): Query =>
  PLAIN.test(search)
    ? plainQuery(search)
    : new URLSearchParams(search.includes('+') ? search.replaceAll('+', '%2B') : search);

/** Looks each parameter up where it stands: taking all of them apart costs more than checking the signature. */
function plainQuery(search: string): Query {
  const written = `&${search}`;
  const valueFrom = (from: number): string => {
    const end = written.indexOf('&', from);
    return end < 0 ? written.slice(from) : written.slice(from, end);
  };
  const getAll = (name: string): string[] => {
    const [values, start] = [[] as string[], `&${name}=`];
    for (let at = written.indexOf(start); at >= 0; at = written.indexOf(start, at + 1)) {
      values.push(valueFrom(at + start.length));
    }
    return values;
  };
  const get = (name: string): string | null => {
    const start = `&${name}=`;
    const at = written.indexOf(start);
    return at < 0 ? null : valueFrom(at + start.length);
  };
  return { get, getAll, has: (name) => get(name) !== null };
}

/** Whether a parameter that must be unique appears twice. */
export const isAmbiguous = (query: Query): boolean => SINGLE.some((name) => query.getAll(name).length > 1);

/** False if a proxy and we could disagree about the host. */
export function namesOneHost({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts <= 1;
}
