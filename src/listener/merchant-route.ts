/** What merchants open, below /authorize: launch page, standing link, redirect. Loaded when the first of them comes. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { toWxopError } from '../sentences/wxop-error.ts';
import { type Lang } from '../sentences/text.ts';
import { referenceOf, storedFailure } from '../credentials/open-codes.ts';
import { hasExpired, type Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { launchUrl } from '../protocol/links.ts';
import { createFairShares, sharesOf, type FairShares } from './http/fair-shares.ts';
import type { Visitor } from './http/client-addresses.ts';
import { browserOf, pageLang } from './pages/browser.ts';
import { launchPage } from './pages/launch-page.ts';
import {
  busyPage,
  expiredPage,
  failedPage,
  incompletePage,
  receivedPage,
  unknownPage,
  usedPage,
  welcomePage,
  type NoticeLook,
} from './pages/notice-pages.ts';
import { LOGO_PATH, type Logo, type Operator, type Page } from './pages/page.ts';
import { authorizedPage } from './pages/result-pages.ts';
import type { ListenerActivity } from './receiver.ts';
import { html, plain, type Reply } from './http/reply.ts';
import { createStandingLink, type StandingLink } from './standing-link.ts';
import type { AttemptRecord, OfferedCode } from '../store/store.ts';
import type { Query, RequestTarget } from './http/request-target.ts';

/** How long the result page waits for the exchange before it says "received". */
const RESULT_WAIT = 3_000;
/** Unproven codes of one attempt that are exchanged in ten minutes; of one address, as of a standing link. */
const PER_ATTEMPT = 20;
/** Proxies that are named in a warning, each once: a stranger may play one. */
const MOST_PROXIES = 8;
/** What a code can look like: what else is in a redirect is not kept, and not sent to WeChat. */
const CODE = /^[\w@.~+/=-]{1,512}$/;
const LANG_COOKIE = 'wxop_lang';
const LANG_KEPT = 365 * 24 * 60 * 60;
/** QR codes that are kept drawn. */
const MOST_CODES = 64;
/** Seconds in which a browser does not ask again. */
const LOGO_KEPT = 3600;

export interface MerchantRouteOptions {
  keeper: Keeper;
  attempts: Attempts;
  now: () => number;
  /** Milliseconds from any moment on; never set back. */
  elapsed: () => number;
  /** What strangers may do, where other processes of ours count with us. */
  sharesFor?: (what: 'links' | 'codes') => FairShares;
  visitorOf: (request: IncomingMessage) => Visitor;
  /** Ends early when the listener stops. */
  sleep: (milliseconds: number) => Promise<void>;
  onActivity: (activity: ListenerActivity) => void;
  /** Exchanges what was offered to an attempt; goes on when nobody waits for it any more. */
  settle: (attemptId: string) => Promise<unknown>;
  /** What the internet reaches this listener by. */
  publicUrl: () => string;
  /** Opens `GET /authorize`: a new attempt for each visitor. */
  hasStandingLink?: boolean;
  /** In whose name the pages are. */
  operator?: Operator;
  /** What tells `/authorize` apart from that of other components. */
  ownQuery?: string;
  /** A QR code as PNG. */
  qrPng: (link: string) => Promise<Buffer>;
}

/** Answers a GET or HEAD; undefined where there is nothing at its path. */
export type MerchantRoute = (request: IncomingMessage, target: RequestTarget) => Promise<Reply | undefined>;

export function createMerchantRoute(options: MerchantRouteOptions): MerchantRoute {
  const { keeper, attempts, now, elapsed, sleep, onActivity, settle, publicUrl, operator = {}, qrPng } = options;
  const { sharesFor = () => createFairShares(elapsed) } = options;
  const isSecure = (): boolean => publicUrl().startsWith('https:');
  const standingLink =
    options.hasStandingLink && createStandingLink({ attempts, now, shares: sharesFor('links'), isSecure });
  const again = standingLink ? `/authorize${options.ownQuery ?? ''}` : undefined;
  const unproven = sharesFor('codes');
  const told = new Set<string>();
  const codes = new Map<string, Buffer>();

  /** Where a visitor comes from; undefined where a proxy hides that. */
  function addressOf(request: IncomingMessage): string | undefined {
    const { address, hiddenBy } = options.visitorOf(request);
    if (hiddenBy !== undefined && !told.has(hiddenBy) && told.size < MOST_PROXIES) {
      told.add(hiddenBy);
      onActivity({ type: 'unknown-visitors', proxy: hiddenBy });
    }
    return address;
  }

  async function admit(
    link: StandingLink,
    request: IncomingMessage,
    look: NoticeLook,
    chosen: string | null,
  ): Promise<Reply> {
    const address = addressOf(request);
    try {
      const admission = await link({ isHead: request.method === 'HEAD', headers: request.headers, address });
      if (admission.to === 'attempt') {
        const location = `/authorize/${admission.id}${isLang(chosen) ? `?lang=${chosen}` : ''}`;
        const headers = { location, 'set-cookie': admission.cookie };
        return { ...plain(302, 'found'), headers };
      }
      if (admission.to === 'nobody') return html(welcomePage(look));
      const later = html(busyPage(look, 429));
      return { ...later, headers: { ...later.headers, 'retry-after': String(admission.seconds) } };
    } catch (thrown) {
      onActivity({ type: 'exchange-failed', error: toWxopError(thrown), again: false });
      return html(busyPage(look, 503));
    }
  }

  const done = async ({ id, returnTo }: AttemptRecord, appId: string, look: NoticeLook): Promise<Page> => {
    const onward = onwardTo(returnTo, { result: 'authorized', appid: appId });
    return authorizedPage({ ...look, address: `/authorize/${id}`, onward }, await keeper.account(appId));
  };

  /** A code costs more than the rest of its page: whoever reloads one gets the same. */
  async function codeOf(url: string): Promise<Buffer> {
    const code = codes.get(url) ?? (await qrPng(url));
    const [oldest = ''] = codes.keys();
    if (codes.size >= MOST_CODES) codes.delete(oldest);
    codes.set(url, code);
    return code;
  }

  async function launch(id: string, userAgent: string, look: NoticeLook): Promise<Page> {
    const attempt = await attempts.read(id);
    if (!attempt?.links) return unknownPage(look);
    if (attempt.appId !== undefined) return done(attempt, attempt.appId, look);
    if (hasExpired(attempt, now())) return expiredPage(ending(look, attempt, 'expired'));
    const url = launchUrl(publicUrl(), id);
    const browser = browserOf(userAgent);
    const secondsLeft = Math.ceil((attempt.expiresAt - now()) / 1000);
    const code = browser === 'wechat' ? undefined : await codeOf(url);
    return launchPage({ ...look, browser, links: attempt.links, url, code, secondsLeft, bizAppId: attempt.bizAppId });
  }

  /**
   * What a redirect brings proves nothing until WeChat has taken its code: what WeChat refuses uses nothing up, and how
   * many are tried is bounded. Beyond the bound nobody is turned away: the signed event finishes what is genuine.
   */
  async function result(request: IncomingMessage, query: Query, look: NoticeLook): Promise<Page> {
    const id = query.get('attempt') ?? '';
    const code = query.get('auth_code') ?? '';
    if (!CODE.test(code)) return incompletePage(look);
    const before = await attempts.read(id);
    if (!before) return unknownPage(look);
    let giveBack = (): void => undefined;
    if (before.appId === undefined && !(await attempts.find(before, code))) {
      const isSigned = before.codes.some(({ event }) => event);
      if (hasExpired(before, now()))
        return isSigned ? receivedPage(look) : expiredPage(ending(look, before, 'expired'));
      const share = await unproven.take([...sharesOf(addressOf(request)), { of: `attempt ${id}`, most: PER_ATTEMPT }]);
      if ('wait' in share) return receivedPage(look);
      ({ giveBack } = share);
    }
    const offered = await attempts.offer(id, { code });
    if (offered === 'over') return usedPage(ending(look, before, 'used'));
    if (offered === 'later') {
      giveBack();
      return receivedPage(look);
    }
    await Promise.race([settle(id), sleep(RESULT_WAIT)]).catch(() => undefined);
    const after = await attempts.read(id);
    const own = after && (await attempts.find(after, code));
    if (own?.state === 'used') giveBack();
    return after ? outcome(after, own, look) : unknownPage(look);
  }

  async function outcome(attempt: AttemptRecord, own: OfferedCode | undefined, look: NoticeLook): Promise<Page> {
    if (attempt.appId !== undefined) return done(attempt, attempt.appId, look);
    const isOpen = own?.code !== undefined && !(attempt.failure && !storedFailure(attempt).retryable);
    if (own === undefined || isOpen) return receivedPage(look);
    const reference = referenceOf(own);
    return failedPage(ending(look, attempt, 'failed', { reference }), reference);
  }

  /** The redirect comes without the choice that a visitor made on the launch page: a cookie keeps it. */
  function remembering(chosen: string | null, reply: Reply): Reply {
    if (!isLang(chosen)) return reply;
    const secure = isSecure() ? '; Secure' : '';
    const cookie = `${LANG_COOKIE}=${chosen}; Path=/authorize; Max-Age=${LANG_KEPT}; HttpOnly; SameSite=Lax${secure}`;
    return { ...reply, headers: { ...reply.headers, 'set-cookie': cookie } };
  }

  return async (request, { path, query }) => {
    const chosen = query.get('lang');
    const look = { lang: langOf(request.headers, chosen), operator, again };
    if (path === '/authorize/callback') return html(await result(request, query, look));
    if (path === '/authorize') return standingLink ? admit(standingLink, request, look, chosen) : undefined;
    if (path === LOGO_PATH) return operator.logo && logoReply(operator.logo);
    const attemptId = /^\/authorize\/([^/]+)$/.exec(path)?.[1];
    if (!attemptId) return undefined;
    return remembering(chosen, html(await launch(attemptId, request.headers['user-agent'] ?? '', look)));
  };
}

/** The operator's own page with how it went; what a query can hold, and nothing that opens anything. */
function onwardTo(returnTo: string | undefined, outcome: Record<string, string>): string | undefined {
  if (returnTo === undefined) return undefined;
  const url = new URL(returnTo);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return url.href;
}

const ending = (
  look: NoticeLook,
  { returnTo }: AttemptRecord,
  result: 'expired' | 'used' | 'failed',
  more: Record<string, string> = {},
): NoticeLook => ({ ...look, onward: onwardTo(returnTo, { result, ...more }) });

const isLang = (asked: string | null | undefined): asked is Lang => asked === 'zh' || asked === 'en';

/** What the visitor chose now or before, or else what the browser prefers. */
function langOf(headers: IncomingHttpHeaders, chosen: string | null): Lang {
  const before = new RegExp(`(?:^|;\\s*)${LANG_COOKIE}=(zh|en)(?:;|$)`).exec(headers.cookie ?? '')?.[1];
  return [chosen, before].find(isLang) ?? pageLang(headers['accept-language'] ?? '');
}

/** Opened by itself, an image is no page of ours. */
const logoReply = ({ type, bytes }: Logo): Reply => ({
  status: 200,
  type,
  body: bytes,
  maxAge: LOGO_KEPT,
  headers: { 'content-security-policy': "default-src 'none'; sandbox" },
});
