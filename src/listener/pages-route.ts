/** What merchants and their browsers open: launch page, standing link, redirect; also what monitors and WeChat read. */
import type { IncomingMessage } from 'node:http';
import { toWxopError } from '../sentences/wxop-error.ts';
import { type Lang } from '../sentences/text.ts';
import { hasExpired, storedFailure, type Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { Health } from './health.ts';
import {
  busyPage,
  expiredPage,
  failedPage,
  incompletePage,
  unknownPage,
  usedPage,
  welcomePage,
} from './notice-pages.ts';
import { authorizedPage, launchPage, pageLang, browserOf, receivedPage, type Page } from './pages.ts';
import type { ListenerActivity } from './receiver.ts';
import { html, json, plain, type Reply } from './http/reply.ts';
import { verificationFile } from './verification-files.ts';
import { createStandingLink, type StandingLink } from './standing-link.ts';
import type { RequestTarget } from './http/request-target.ts';

/** How long the result page waits for the exchange before it says "received". */
const RESULT_WAIT = 3_000;

export interface PagesRouteOptions {
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  /** Ends early when the listener stops. */
  sleep: (milliseconds: number) => Promise<void>;
  onActivity: (activity: ListenerActivity) => void;
  health: () => Promise<Health>;
  /** Exchanges what was offered to an attempt; goes on when nobody waits for it any more. */
  settle: (attemptId: string) => Promise<unknown>;
  /** Verification files by name, as base64; asked for at each request. */
  verificationFiles?: () => Record<string, string>;
  /** Where `GET /authorize` is reached from outside; without it, there is none. */
  standingUrl?: () => string;
}

/** Answers a GET or HEAD; undefined where there is nothing at its path. */
export type PagesRoute = (
  request: IncomingMessage,
  target: RequestTarget,
  address: string,
) => Promise<Reply | undefined>;

export function createPagesRoute(options: PagesRouteOptions): PagesRoute {
  const {
    keeper,
    attempts,
    now,
    sleep,
    onActivity,
    health,
    settle,
    verificationFiles = () => ({}),
    standingUrl,
  } = options;
  const standingLink =
    standingUrl && createStandingLink({ attempts, now, isSecure: () => standingUrl().startsWith('https:') });

  async function admit(link: StandingLink, request: IncomingMessage, address: string, lang: Lang): Promise<Reply> {
    try {
      const admission = await link({ isHead: request.method === 'HEAD', headers: request.headers, address });
      if (admission.to === 'attempt') {
        const headers = { location: `/authorize/${admission.id}`, 'set-cookie': admission.cookie };
        return { ...plain(302, 'found'), headers };
      }
      if (admission.to === 'nobody') return html(welcomePage(lang));
      const busy = html(busyPage(lang, 429));
      return { ...busy, headers: { ...busy.headers, 'retry-after': String(admission.seconds) } };
    } catch (thrown) {
      onActivity({ type: 'exchange-failed', error: toWxopError(thrown), again: false });
      return html(busyPage(lang, 503));
    }
  }

  async function launch(id: string, userAgent: string, lang: Lang): Promise<Page> {
    const attempt = await attempts.read(id);
    if (!attempt?.links) return unknownPage(lang);
    if (attempt.appId !== undefined) return authorizedPage(lang, await keeper.account(attempt.appId));
    if (hasExpired(attempt, now())) return expiredPage(lang);
    const minutesLeft = Math.max(1, Math.round((attempt.expiresAt - now()) / 60_000));
    return launchPage({ lang, browser: browserOf(userAgent), links: attempt.links, minutesLeft });
  }

  async function result(query: URLSearchParams, lang: Lang): Promise<Page> {
    const id = query.get('attempt') ?? '';
    const code = query.get('auth_code');
    if (!code) return incompletePage(lang);
    const before = await attempts.read(id);
    if (!before) return unknownPage(lang);
    if (hasExpired(before, now()) && before.codes.length === 0) return expiredPage(lang);
    if ((await attempts.offer(id, { code })) === 'over') return usedPage(lang);
    await Promise.race([settle(id), sleep(RESULT_WAIT)]).catch(() => undefined);
    const after = await attempts.read(id);
    if (after?.appId !== undefined) return authorizedPage(lang, await keeper.account(after.appId));
    if (!after?.failure) return receivedPage(lang);
    const failure = storedFailure(after);
    return failure.retryable ? receivedPage(lang) : failedPage(lang, failure.text);
  }

  return async (request, { path, query }, address) => {
    const lang = pageLang(request.headers['accept-language'] ?? '');
    if (path === '/healthz') return json(200, await health());
    if (path === '/authorize/callback') return html(await result(query, lang));
    if (path === '/authorize' && standingLink) return admit(standingLink, request, address, lang);
    const attemptId = /^\/authorize\/([^/]+)$/.exec(path)?.[1];
    if (attemptId) return html(await launch(attemptId, request.headers['user-agent'] ?? '', lang));
    const file = verificationFile(path, verificationFiles);
    return file && { status: 200, type: 'text/plain; charset=utf-8', body: file };
  };
}
