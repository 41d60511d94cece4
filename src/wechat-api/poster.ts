/** Requests to addresses of the operator's own: targets of forwarding, a listener on this machine, a webhook. */
import type { Proxies } from '../runtime/proxies.ts';
import { createHttpClient } from './http-client.ts';
import { networkCode } from './network-failure.ts';

const DEADLINE = 10_000;
const ANSWER_LIMIT = 1024 * 1024;

/** What a target answered; with `status` 0 it did not, and `body` says why. */
export interface Posted {
  status: number;
  body: string;
}

export interface PostOptions {
  /** POST unless said otherwise. */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for all of it. */
  deadline: number;
  /** A longer answer is cut there. */
  limit: number;
  signal?: AbortSignal;
}

export interface Poster {
  /** Never throws. */
  post(url: string, options: PostOptions): Promise<Posted>;
  close(): Promise<void>;
}

/** Posts to services of the operator's own; through the proxy, but for this machine. Follows no redirect. */
export function createPoster(proxies: Proxies): Poster {
  const own = ['localhost', '127.0.0.1', '[::1]'].join(',');
  const client = createHttpClient({ ...proxies, noProxy: proxies.noProxy ? `${proxies.noProxy},${own}` : own });
  return {
    post: async (url, { method = 'POST', headers, body, deadline, limit, signal }) => {
      const late = AbortSignal.timeout(deadline);
      try {
        const response = await client.request(url, {
          method,
          ...(headers && { headers }),
          ...(body !== undefined && { body }),
          signal: signal ? AbortSignal.any([signal, late]) : late,
        });
        let size = 0;
        const chunks: Buffer[] = [];
        for await (const chunk of response.body as AsyncIterable<Buffer>) {
          chunks.push(chunk);
          if ((size += chunk.length) > limit) break;
        }
        return { status: response.statusCode, body: Buffer.concat(chunks).toString('utf8').slice(0, limit) };
      } catch (error) {
        return { status: 0, body: late.aborted ? 'timeout' : networkCode(error) || 'network' };
      }
    },
    close: () => client.close(),
  };
}

/** A page of a listener of ours on this machine, never through a proxy; undefined when nobody answers. */
export async function visit(url: string): Promise<string | undefined> {
  const { status, body } = await once({}, url, { method: 'GET' });
  return status === 0 ? undefined : body;
}

/** Posts a document to an address of the operator's; resolves with what went wrong. */
export async function notify(url: string, document: object, proxies: Proxies): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json' };
  const { status, body } = await once(proxies, url, { headers, body: JSON.stringify(document) });
  if (status === 0) return body;
  return status < 300 ? undefined : `HTTP ${status}`;
}

async function once(proxies: Proxies, url: string, options: Partial<PostOptions>): Promise<Posted> {
  const poster = createPoster(proxies);
  try {
    return await poster.post(url, { deadline: DEADLINE, limit: ANSWER_LIMIT, ...options });
  } finally {
    await poster.close();
  }
}
