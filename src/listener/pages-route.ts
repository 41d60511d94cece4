/** What merchants and their browsers open: launch page, standing link, redirect; also what monitors and WeChat read. */
import type { IncomingMessage } from 'node:http';
import { toWxopError } from '../sentences/wxop-error.ts';
import { type Lang } from '../sentences/text.ts';
import { referenceOf, storedFailure } from '../credentials/open-codes.ts';
import { hasExpired, type Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { createFairShares, sharesOf } from './http/fair-shares.ts';
import { healthReply, type Health } from './health.ts';
import type { Visitor } from './http/client-addresses.ts';
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
import { html, plain, type Reply } from './http/reply.ts';
import { verificationFile } from './verification-files.ts';
import { createStandingLink, type StandingLink } from './standing-link.ts';
import type { AttemptRecord, OfferedCode } from '../store/store.ts';
import type { RequestTarget } from './http/request-target.ts';

/** How long the result page waits for the exchange before it says "received". */
const RESULT_WAIT = 3_000;
/** Unproven codes of one attempt that are exchanged in ten minutes; of one address, as of a standing link. */
const PER_ATTEMPT = 20;
/** Proxies that are named in a warning, each once: a stranger may play one. */
const MOST_PROXIES = 8;
/** What a code can look like: what else is in a redirect is not kept, and not sent to WeChat. */
const CODE = /^[\w@.~+/=-]{1,512}$/;

export interface PagesRouteOptions {
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
  visitorOf: (request: IncomingMessage) => Visitor;
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
export type PagesRoute = (request: IncomingMessage, target: RequestTarget) => Promise<Reply | undefined>;

export function createPagesRoute(options: PagesRouteOptions): PagesRoute {
  const {
    keeper,
    attempts,
    now,
    elapsed,
    sleep,
    onActivity,
    health,
    settle,
    verificationFiles = () => ({}),
    standingUrl,
  } = options;
  const standingLink =
    standingUrl && createStandingLink({ attempts, now, elapsed, isSecure: () => standingUrl().startsWith('https:') });
  const unproven = createFairShares(elapsed);
  const told = new Set<string>();

  /** Where a visitor comes from; undefined where a proxy hides that. */
  function addressOf(request: IncomingMessage): string | undefined {
    const { address, hiddenBy } = options.visitorOf(request);
    if (hiddenBy !== undefined && !told.has(hiddenBy) && told.size < MOST_PROXIES) {
      told.add(hiddenBy);
      onActivity({ type: 'unknown-visitors', proxy: hiddenBy });
    }
    return address;
  }

  async function admit(link: StandingLink, request: IncomingMessage, lang: Lang): Promise<Reply> {
    const address = addressOf(request);
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

  /**
   * What a redirect brings proves nothing until WeChat has taken its code: what WeChat refuses uses nothing up, and how
   * many are tried is bounded. Beyond the bound nobody is turned away: the signed event finishes what is genuine.
   */
  async function result(request: IncomingMessage, query: URLSearchParams, lang: Lang): Promise<Page> {
    const id = query.get('attempt') ?? '';
    const code = query.get('auth_code') ?? '';
    if (!CODE.test(code)) return incompletePage(lang);
    const before = await attempts.read(id);
    if (!before) return unknownPage(lang);
    let giveBack = (): void => undefined;
    if (before.appId === undefined && !(await attempts.find(before, code))) {
      const isSigned = before.codes.some(({ event }) => event);
      if (hasExpired(before, now())) return isSigned ? receivedPage(lang) : expiredPage(lang);
      const share = unproven.take([...sharesOf(addressOf(request)), { of: `attempt ${id}`, most: PER_ATTEMPT }]);
      if ('wait' in share) return receivedPage(lang);
      ({ giveBack } = share);
    }
    const offered = await attempts.offer(id, { code });
    if (offered === 'over') return usedPage(lang);
    if (offered === 'later') {
      giveBack();
      return receivedPage(lang);
    }
    await Promise.race([settle(id), sleep(RESULT_WAIT)]).catch(() => undefined);
    const after = await attempts.read(id);
    const own = after && (await attempts.find(after, code));
    if (own?.state === 'used') giveBack();
    return after ? outcome(after, own, lang) : unknownPage(lang);
  }

  async function outcome(attempt: AttemptRecord, own: OfferedCode | undefined, lang: Lang): Promise<Page> {
    if (attempt.appId !== undefined) return authorizedPage(lang, await keeper.account(attempt.appId));
    const isOpen = own?.code !== undefined && !(attempt.failure && !storedFailure(attempt).retryable);
    return own === undefined || isOpen ? receivedPage(lang) : failedPage(lang, referenceOf(own));
  }

  return async (request, { path, query }) => {
    const lang = pageLang(request.headers['accept-language'] ?? '');
    if (path === '/healthz') return healthReply(await health(), query.get('max-ticket-age'));
    if (path === '/authorize/callback') return html(await result(request, query, lang));
    if (path === '/authorize' && standingLink) return admit(standingLink, request, lang);
    const attemptId = /^\/authorize\/([^/]+)$/.exec(path)?.[1];
    if (attemptId) return html(await launch(attemptId, request.headers['user-agent'] ?? '', lang));
    const file = verificationFile(path, verificationFiles);
    return file && { status: 200, type: 'text/plain; charset=utf-8', body: file };
  };
}
