/** A machine without secrets has its team's listener make a link to authorize, and waits for what becomes of it. */
import type { PermissionChanges } from '../credentials/permission-changes.ts';
import { readAccount, type AccountRecord } from '../protocol/account-record.ts';
import { proxiesOf } from '../runtime/proxies.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { text } from '../sentences/text.ts';
import { toWxopError, WxopError } from '../sentences/wxop-error.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { Authorize, ListenerWord, MadeLink, SentError } from './attach-words.ts';
import { doorOf } from './door-of.ts';
import { stayConnected, type ConnectedOptions, type ConnectionAway } from './stay-connected.ts';

const POLL = 200;
/** Milliseconds after the end of a link within which the listener says what became of it. */
const LAST_WORD = 90_000;

export interface LinkRequest {
  /** Address of the team's listener. */
  via: string;
  wishes: Omit<Authorize, 'type'>;
  /** Waits for the merchant. */
  wait: boolean;
  /** When to give up, at the latest. */
  until?: number;
  /** The same as long as there is no ticket. */
  ticketUntil: number;
  show: (link: MadeLink) => Promise<void>;
}

export type LinkActivity =
  /** The listener waits for a ticket. */
  | { type: 'no-ticket' }
  /** Called again and again while the merchant is waited for. */
  | { type: 'waiting' }
  /** There is a connection again. */
  | { type: 'back' }
  | ConnectionAway;

export type LinkEnd =
  /** `expiresAt`: of its token. */
  | { type: 'authorized'; account: AccountRecord; expiresAt?: number; permissions?: PermissionChanges }
  | { type: 'nobody'; failure?: WxopError }
  | { type: 'no-ticket' }
  /** The listener was too slow. */
  | { type: 'no-link' }
  /** Its time is over, and the listener could not be asked what became of it. */
  | { type: 'lost'; error: WxopError }
  /** Not waited for. */
  | { type: 'made' };

export interface RequestLinkOptions extends LinkRequest, Pick<ConnectedOptions, 'elapsed' | 'random' | 'sleep'> {
  runtime: Runtime;
  settings: Settings;
  onActivity: (activity: LinkActivity) => void;
}

export async function requestLink(options: RequestLinkOptions): Promise<LinkEnd> {
  const { runtime, settings, wishes, wait, until = Infinity, onActivity } = options;
  const { brokerKey: key } = settings.need('brokerKey');
  const { now, signal } = runtime;
  const url = doorOf(options.via);
  const over = new AbortController();
  let end: LinkEnd | undefined;
  let failed: WxopError | undefined;
  let showing: Promise<void> | undefined;
  let isShown = false;
  let link: MadeLink | undefined;
  let failure: WxopError | undefined;
  let away: WxopError | undefined;
  let hasTicket = true;
  /** Milliseconds that were waited since the link ended; not by the clock, which goes on while this machine sleeps. */
  let overdue = 0;

  function finish(how: LinkEnd): void {
    end ??= how;
    over.abort();
  }

  function hear(word: ListenerWord): void {
    switch (word.type) {
      case 'link':
        hasTicket = true;
        if (link) onActivity({ type: 'back' });
        else {
          link = word.link;
          expiresAt = now() + link.left;
          showing = show(link);
        }
        away = undefined;
        return;
      case 'no-ticket':
        hasTicket = false;
        return;
      case 'waiting':
        failure = errorOf(word.failure);
        return;
      case 'authorized':
        return finish(authorized(word, now()));
      case 'over':
        return finish({ type: 'nobody', failure: errorOf(word.failure) });
      case 'refused':
        throw errorOf(word.error) ?? notUnderstood();
    }
  }

  async function show(made: MadeLink): Promise<void> {
    try {
      await options.show(made);
      isShown = true;
      if (!wait) finish({ type: 'made' });
    } catch (error) {
      failed = toWxopError(error);
      over.abort();
    }
  }

  let expiresAt = Infinity;
  async function watchClock(): Promise<void> {
    while (!over.signal.aborted) {
      const at = now();
      if (!link && !hasTicket && at >= options.ticketUntil) return finish({ type: 'no-ticket' });
      if (at >= until)
        return finish(link ? { type: 'nobody', failure } : { type: hasTicket ? 'no-link' : 'no-ticket' });
      if (at >= expiresAt && (overdue += POLL) > LAST_WORD)
        return finish(away ? { type: 'lost', error: away } : { type: 'nobody', failure });
      if (isShown) onActivity({ type: 'waiting' });
      else if (!hasTicket) onActivity({ type: 'no-ticket' });
      await options.sleep(POLL, over.signal);
    }
  }

  const clock = watchClock().catch(() => undefined);
  try {
    await stayConnected({
      ...options,
      url,
      key,
      now,
      scope: 'authorize',
      proxies: proxiesOf(runtime.environment),
      signal: AbortSignal.any([signal, over.signal]),
      begin: (say) => say(link ? { type: 'watch', attempt: link.id } : { type: 'authorize', ...wishes }),
      hear,
      end: () => undefined,
      onAway: (gone) => {
        away = gone.error;
        onActivity(gone);
      },
    });
  } finally {
    over.abort();
    await clock;
  }
  await showing;
  if (failed) throw failed;
  if (end) return end;
  // It was stopped from outside: says so.
  await options.sleep(0);
  throw notUnderstood();
}

function authorized({ account, permissions }: Extract<ListenerWord, { type: 'authorized' }>, now: number): LinkEnd {
  const { expires_in: seconds, ...about } = account;
  const read = readAccount(about);
  if (!read) throw notUnderstood();
  const expiresAt = typeof seconds === 'number' ? now + seconds * 1000 : undefined;
  return { type: 'authorized', account: read, expiresAt, permissions };
}

const errorOf = (sent: SentError | undefined): WxopError | undefined =>
  sent && new WxopError(sent.code, sent.text, sent);

const notUnderstood = (): WxopError =>
  new WxopError('UNEXPECTED', text('The listener said what is not understood.', '无法理解监听服务的应答。'), {
    hint: text('Use the same version on both sides.', '请在两端使用相同版本。'),
  });
