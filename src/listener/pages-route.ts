/** What is read from the listener: the pages of merchants; what monitors ask; the files that WeChat looks for. */
import type { IncomingMessage } from 'node:http';
import { lazy } from '../runtime/lazy.ts';
import { healthReply, type Health } from './health.ts';
import type { Reply } from './http/reply.ts';
import type { RequestTarget } from './http/request-target.ts';
import type { MerchantRouteOptions } from './merchant-route.ts';
import { verificationFile } from './verification-files.ts';

export interface PagesRouteOptions extends MerchantRouteOptions {
  health: () => Promise<Health>;
  /** Verification files by name, as base64; asked for at each request. */
  verificationFiles?: () => Record<string, string>;
}

/** Answers a GET or HEAD; undefined where there is nothing at its path. */
export type PagesRoute = (request: IncomingMessage, target: RequestTarget) => Promise<Reply | undefined>;

export function createPagesRoute(options: PagesRouteOptions): PagesRoute {
  const { health, verificationFiles = () => ({}) } = options;
  const merchants = lazy(async () => (await import('./merchant-route.ts')).createMerchantRoute(options));
  return async (request, target) => {
    const { path, query } = target;
    if (path === '/healthz') return healthReply(await health(), query.get('max-ticket-age'));
    if (/^\/authorize(?:\/|$)/.test(path)) return (await merchants())(request, target);
    const file = verificationFile(path, verificationFiles);
    return file && { status: 200, type: 'text/plain; charset=utf-8', body: file };
  };
}
