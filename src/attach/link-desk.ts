/** Where attached clients have links to authorize made, and hear what becomes of them. They see no secret. */
import { createAccountNames, publicAccount } from '../broker/account-names.ts';
import type { Caller } from '../broker/keyring.ts';
import type { RateLimits } from '../broker/rate-limits.ts';
import { accountNotAllowed } from '../broker/refusals.ts';
import { hasExpired, type Attempts } from '../credentials/attempts.ts';
import type { Keeper } from '../credentials/keeper.ts';
import { linkTerms, type LinkSite } from '../credentials/link-terms.ts';
import { changesOfAuthorization } from '../credentials/permission-changes.ts';
import { launchUrl } from '../protocol/links.ts';
import { text } from '../sentences/text.ts';
import { isError, toWxopError, WxopError } from '../sentences/wxop-error.ts';
import type { AttemptRecord, Store } from '../store/store.ts';
import type { Authorize, ClientWord, ListenerWord, SentError } from './attach-words.ts';

/** Milliseconds between two looks. */
const POLL = 250;
/** Of a key: each link takes a pre-auth code from WeChat. */
const LINKS_PER_SECOND = 1;
/** How long a code that came in time may still be exchanged after the end. */
const LAST_EXCHANGE = 60_000;
const NEEDS_TICKET = ['NO_TICKET', 'TICKET_EXPIRED', 'TICKET_INVALID'] as const;

export interface LinkDeskOptions {
  attempts: Pick<Attempts, 'create' | 'read' | 'failureOf'>;
  keeper: Pick<Keeper, 'account' | 'accounts'>;
  store: Store;
  rates: RateLimits;
  place: () => LinkSite;
  now: () => number;
  elapsed: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  redact: (line: string) => string;
}

/** What is done for a client, for the log. */
export interface LinkUse {
  method: 'POST' | 'GET';
  account?: string;
  status: number;
}

export interface LinkClient {
  caller: Caller;
  say: (word: ListenerWord) => void;
  note: (use: LinkUse) => void;
  /** The client is gone. */
  signal: AbortSignal;
}

export interface LinkDesk {
  /** Until the link is used or over, or the client is gone. */
  serve(client: LinkClient, word: Extract<ClientWord, { type: 'authorize' | 'watch' }>): Promise<void>;
}

export function createLinkDesk(options: LinkDeskOptions): LinkDesk {
  const { attempts, keeper, store, rates, place, now, sleep, redact } = options;
  const names = createAccountNames(keeper, options.elapsed);

  async function make({ caller, say, signal }: LinkClient, { bizAppId: named, ...wishes }: Authorize) {
    const bizAppId = await accountFor(caller, named);
    const terms = linkTerms(wishes, place());
    while (rates.take(`${caller.name} links`, LINKS_PER_SECOND) !== undefined) await sleep(POLL, signal);
    for (;;) {
      // Read first: a newer one may come while the request for it is still under way.
      const before = await store.read('ticket');
      try {
        return await attempts.create({ ...terms, bizAppId, caller: caller.key.digest });
      } catch (error) {
        if (!NEEDS_TICKET.some((code) => isError(error, code))) throw error;
        say({ type: 'no-ticket' });
        while ((await store.read('ticket'))?.version === before?.version) await sleep(POLL, signal);
      }
    }
  }

  /** A key for some accounts makes links for these: whoever opens one can authorize no other. */
  async function accountFor(caller: Caller, named: string | undefined): Promise<string | undefined> {
    if (named !== undefined) {
      const appId = await names.resolve(named);
      if (appId === undefined || appId === 'component' || !caller.mayUse(appId))
        throw accountNotAllowed(caller.name, named).error;
      return appId;
    }
    const own = caller.key.accounts.filter((account) => account !== 'component');
    if (own.includes('all')) return undefined;
    if (own.length !== 1) throw whichAccount(caller.name);
    return own[0];
  }

  async function follow({ say, note, signal }: LinkClient, id: string): Promise<void> {
    for (let told = ''; ;) {
      // A store that is away for a moment is asked again.
      const attempt = await attempts.read(id).catch((error: unknown) => {
        if (!toWxopError(error).retryable) throw error;
        return 'away' as const;
      });
      if (signal.aborted) return;
      if (attempt !== 'away') {
        if (attempt?.appId !== undefined) {
          say(await outcome(attempt.appId));
          return note({ method: 'GET', account: attempt.appId, status: 200 });
        }
        const failed = attempt && attempts.failureOf(attempt);
        const failure = failed && { failure: sent(failed) };
        // A code that came in time is exchanged although the pre-auth code has expired meanwhile.
        const isUnderWay = attempt?.codes.some(({ code }) => code !== undefined) ?? false;
        if (!attempt || hasExpired(attempt, now() - (isUnderWay ? LAST_EXCHANGE : 0))) {
          say({ type: 'over', ...failure });
          return note({ method: 'GET', account: attempt?.bizAppId, status: 410 });
        }
        const said = JSON.stringify(failure ?? '');
        if (said !== told) say({ type: 'waiting', ...failure });
        told = said;
      }
      await sleep(POLL, signal);
    }
  }

  async function outcome(appId: string): Promise<ListenerWord> {
    const account = await keeper.account(appId);
    const permissions = await changesOfAuthorization(store, account);
    const token = (await store.read(`token/${appId}`))?.value;
    return { type: 'authorized', account: { ...publicAccount(account, token, now()) }, permissions };
  }

  function sent({ code, text: sentence, hint, errcode, retryable }: WxopError): SentError {
    const clean = ({ en, zh }: typeof sentence) => text(redact(en), redact(zh));
    return { code, text: clean(sentence), hint: hint && clean(hint), errcode, retryable };
  }

  async function attemptFor(client: LinkClient, word: Parameters<LinkDesk['serve']>[1]): Promise<AttemptRecord> {
    if (word.type === 'authorize') return make(client, word);
    const attempt = await attempts.read(word.attempt);
    // Merchants know its id, too.
    if (attempt?.caller !== client.caller.key.digest) throw noSuchLink();
    return attempt;
  }

  return {
    serve: async (client, word) => {
      const { say, note, signal } = client;
      const method = word.type === 'authorize' ? 'POST' : 'GET';
      try {
        const { id, links, expiresAt, returnTo: returnUrl, bizAppId } = await attemptFor(client, word);
        const { mobileUrl = '', pcUrl = '' } = links ?? {};
        const launch = launchUrl(place().publicUrl, id);
        const left = Math.max(0, expiresAt - now());
        say({ type: 'link', link: { id, launchUrl: launch, mobileUrl, pcUrl, left, returnUrl, bizAppId } });
        if (method === 'POST') note({ method, account: bizAppId, status: 201 });
        await follow(client, id);
      } catch (error) {
        if (signal.aborted) return;
        const failure = toWxopError(error);
        note({ method, status: failure.code === 'KEY_NOT_ALLOWED' ? 403 : failure.code === 'USAGE' ? 400 : 503 });
        say({ type: 'refused', error: sent(failure) });
      }
    },
  };
}

const whichAccount = (name: string): WxopError =>
  new WxopError(
    'KEY_NOT_ALLOWED',
    text(`The key ${name} makes links for its own accounts only.`, `密钥 ${name} 仅可为其自身的帐号生成链接。`),
    {
      hint: text(
        'Name one of them with --biz-appid. A link for any account takes a key with `--accounts all`.',
        '请用 --biz-appid 指定其中之一。不限帐号的链接需要 `--accounts all` 的密钥。',
      ),
    },
  );

const noSuchLink = (): WxopError =>
  new WxopError('USAGE', text('The listener knows no such link of this key.', '监听服务中没有该密钥的这个链接。'), {
    hint: text('Run `wxop authorize` again for a new one.', '请重新运行 `wxop authorize` 以获取新链接。'),
  });
