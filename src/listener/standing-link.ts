/**
 * The standing link: one address to hand to merchants, a new attempt for each visitor.
 * Each attempt takes a pre-auth code from WeChat, so nobody may start many: not a stranger, not a reload,
 * not a program that looks at links before people do.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { hasExpired, type Attempts } from '../credentials/attempts.ts';
import { sharesOf, WINDOW, type FairShares } from './http/fair-shares.ts';

const COOKIE = 'wxop_attempt';
/** Programs that open links to describe them, or to find them. Cubot makes phones. */
const PROGRAMS =
  /(?<!\bcu)bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|telegram|slack|discord|embedly|curl|wget|python|go-http|java\/|okhttp|headless|monitor|uptime/i;

export interface Visit {
  isHead: boolean;
  headers: IncomingHttpHeaders;
  /** Undefined where a proxy hides it: then only the bound for all counts. */
  address: string | undefined;
}

export type Admission =
  /** To the launch page of this attempt, which `cookie` remembers. */
  | { to: 'attempt'; id: string; cookie: string }
  /** Nobody is there who could authorize: shown a page, given no attempt. */
  | { to: 'nobody' }
  | { to: 'later'; seconds: number };

export interface StandingLinkOptions {
  attempts: Pick<Attempts, 'create' | 'read'>;
  now: () => number;
  shares: FairShares;
  /** The public URL is https: the cookie goes no other way. */
  isSecure: () => boolean;
}

/** Admits a visitor; throws what making an attempt throws. */
export type StandingLink = (visit: Visit) => Promise<Admission>;

export function createStandingLink({ attempts, now, shares, isSecure }: StandingLinkOptions): StandingLink {
  async function running(cookies: string | undefined): Promise<string | undefined> {
    const id = new RegExp(`(?:^|;\\s*)${COOKIE}=([0-9a-f]{20})(?:;|$)`).exec(cookies ?? '')?.[1];
    const attempt = id === undefined ? undefined : await attempts.read(id);
    return attempt?.links && attempt.appId === undefined && !hasExpired(attempt, now()) ? id : undefined;
  }

  return async ({ isHead, headers, address }) => {
    const purpose = `${String(headers['sec-purpose'] ?? '')} ${String(headers.purpose ?? '')}`;
    const userAgent = headers['user-agent'] ?? '';
    if (isHead || userAgent === '' || PROGRAMS.test(userAgent) || /prefetch|preview|prerender/i.test(purpose)) {
      return { to: 'nobody' };
    }
    const known = await running(headers.cookie);
    if (known !== undefined) return { to: 'attempt', id: known, cookie: cookieOf(known) };
    // Counted before it is made: those who come meanwhile are not let in for free.
    const share = await shares.take(sharesOf(address));
    if ('wait' in share) return { to: 'later', seconds: Math.ceil(share.wait / 1000) };
    const { id } = await attempts.create({ authType: 'all' });
    return { to: 'attempt', id, cookie: cookieOf(id) };
  };

  function cookieOf(id: string): string {
    const secure = isSecure() ? '; Secure' : '';
    return `${COOKIE}=${id}; Path=/authorize; Max-Age=${WINDOW / 1000}; HttpOnly; SameSite=Lax${secure}`;
  }
}
