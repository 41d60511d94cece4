/**
 * Attempts: one authorization each, from link to stored account. Redirect, event and paste are doors to the same
 * record, so it does not matter which of them comes first, or to which process: the code is exchanged once.
 */
import { ERROR_CODES } from '../sentences/error-codes.ts';
import { isError, toWxopError, WxopError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import { createPreAuthCode } from '../protocol/calls/endpoints.ts';
import type { AuthType } from '../protocol/links.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import type { AttemptRecord, OfferedCode, Store } from '../store/store.ts';
import { COMPONENT } from '../wechat-api/call.ts';
import { createCompareAndSet } from './compare-and-set.ts';
import type { Keeper } from './keeper.ts';
import { LEASE } from './token-cache.ts';

/** Digests need node:crypto, which takes milliseconds to load: a listener opens its port first. */
const links = () => import('../protocol/links.ts');

/** Codes from the redirect are not signed: more than this many per attempt are noise. */
const MOST_CODES = 4;
const FORGET_AFTER = 7 * 24 * 60 * 60 * 1000;
const TIDY_FROM = 100;
/** Attempts that are looked at for each new one: more than one, so that they become fewer; few, for who waits. */
const TIDY_MOST = 16;
/** Milliseconds that an authorization code works (every real log shows an hour). */
const CODE_LIFE = 60 * 60 * 1000;

export interface AttemptsOptions {
  store: Store;
  keeper: Keeper;
  now: () => number;
  componentAppId: string;
  publicUrl: () => string;
  mpUrl: string;
  openUrl: string;
  signal?: AbortSignal;
}

/** What a door brings. `event` is there when it was the signed event. */
export interface Offer {
  code: string;
  event?: OfferedCode['event'];
}

export interface Settlement {
  account: AccountRecord;
  /** False when it was already exchanged before. */
  isNew: boolean;
  wasAuthorized: boolean;
}

export interface Attempts {
  /** Makes a pre-auth code and the attempt that it belongs to. */
  create(options: { authType: AuthType; bizAppId?: string }): Promise<AttemptRecord>;
  read(id: string): Promise<AttemptRecord | undefined>;
  /** Forgets an attempt that was only a trial; one that a code was offered to stays. */
  discard(id: string): Promise<void>;
  /** Why the newest exchange failed, as the error that it was. */
  failureOf(attempt: AttemptRecord): WxopError | undefined;
  /** Keeps a code before anybody is answered; says whether there is anything left to settle. */
  offer(id: string, offer: Offer): Promise<'new' | 'known' | 'over' | 'unknown'>;
  /** Exchanges what was offered, once. Throws what the exchange threw; the attempt keeps that too. */
  settle(id: string): Promise<Settlement>;
  /** The attempt that an event belongs to, made if it is not ours. */
  ofEvent(preAuthCode: string | undefined, code: string): Promise<string>;
  /** Attempts with a code that nobody has exchanged yet: a listener died between answer and exchange. */
  unsettled(): Promise<string[]>;
}

export const hasExpired = (attempt: AttemptRecord, now: number): boolean => attempt.expiresAt <= now;

export function createAttempts(options: AttemptsOptions): Attempts {
  const { store, keeper, now, componentAppId } = options;
  const update = createCompareAndSet(store);

  const read = async (id: string): Promise<AttemptRecord | undefined> =>
    isAttemptId(id) ? (await store.read(`attempt/${id}`))?.value : undefined;

  /** Changes an attempt that is there; never makes one. */
  const change = (id: string, make: (old: AttemptRecord) => AttemptRecord | undefined) =>
    update(`attempt/${id}`, (old) => old && make(old));

  async function offer(id: string, { code, event }: Offer): Promise<'new' | 'known' | 'over' | 'unknown'> {
    if (!isAttemptId(id)) return 'unknown';
    const digest = (await links()).digestOf(code);
    let result: 'new' | 'known' | 'over' | 'unknown' = 'unknown';
    await change(id, (old) => {
      const known = old.codes.find((offered) => offered.digest === digest);
      result = known ? 'known' : old.appId !== undefined ? 'over' : 'new';
      if (known && event && !known.event) {
        // A refused one is open again: the event names the account.
        const reopened = known.state === 'refused' && old.appId === undefined && { code };
        const codes = old.codes.map((offered) => (offered === known ? { ...offered, ...reopened, event } : offered));
        return { ...old, codes, ...(reopened && { failure: undefined }) };
      }
      if (result !== 'new') return undefined;
      if (!event && old.codes.length >= MOST_CODES) {
        result = 'over';
        return undefined;
      }
      return { ...old, codes: [...old.codes, { digest, code, event, state: 'new' }], failure: undefined };
    });
    return result;
  }

  const settled = async (appId: string): Promise<Settlement> => ({
    account: await keeper.account(appId),
    isNew: false,
    wasAuthorized: true,
  });

  async function settle(id: string): Promise<Settlement> {
    const lock = await store.lock(`attempt-${id}`, { lease: LEASE * 2, signal: options.signal });
    const tried = new Set<string>();
    let failure: WxopError | undefined;
    try {
      for (;;) {
        const attempt = await read(id);
        if (!attempt) throw new WxopError('UNEXPECTED', text(`There is no attempt ${id}.`, `没有授权尝试 ${id}。`));
        // Perhaps our lease ended meanwhile, and another process was faster.
        if (attempt.appId !== undefined) return await settled(attempt.appId);
        const open = attempt.codes.find(({ code, digest, state }) => code && !tried.has(digest + state));
        if (!open?.code) throw failure ?? storedFailure(attempt);
        tried.add(open.digest + open.state);
        // What was said of another code is no verdict on this one.
        const refusal = isSpent(failure) ? failure : undefined;
        try {
          const done = open.state === 'refused' ? await heal(open, refusal) : await exchange(open, open.code);
          await change(id, (old) => ({
            ...withState(old, open, 'used'),
            appId: done.account.appId,
            failure: undefined,
          }));
          return { ...done, isNew: true };
        } catch (error) {
          failure = toWxopError(error);
          await keepFailure(id, open, failure);
        }
      }
    } finally {
      await lock.release();
    }
  }

  const exchange = (offered: OfferedCode, code: string) =>
    keeper.authorize(code, offered.event && { createTime: offered.event.createTime, digest: offered.digest });

  /** The first exchange may have died with its answer. The event names the account: WeChat still knows it. */
  async function heal({ event, digest }: OfferedCode, refusal = spent()) {
    if (!event) throw refusal;
    const { account } = await keeper
      .restore(event.appId, { event: { createTime: event.createTime, digest } })
      .catch((reading: unknown) => {
        // An outage says nothing about the code: it is looked at again.
        const { errcode, retryable } = toWxopError(reading);
        throw errcode !== undefined && !retryable ? refusal : reading;
      });
    if (account.refreshToken === undefined) throw refusal;
    return { account, wasAuthorized: event.updated };
  }

  /** Success ends an attempt: no failure comes after it. */
  function keepFailure(id: string, { digest, state }: OfferedCode, error: WxopError): Promise<unknown> {
    const { code, text: sentence, hint, errcode } = error;
    const failure = { code, text: sentence, hint, errcode };
    return change(id, (old) => {
      if (old.appId !== undefined) return undefined;
      const offered = old.codes.find((candidate) => candidate.digest === digest);
      if (!isSpent(error) || !offered) return { ...old, failure };
      // Who dies over the healing leaves a code behind that is not to be exchanged again.
      const canHeal = state === 'new' && offered.event !== undefined;
      return canHeal
        ? withState(old, offered, 'refused', offered.code)
        : { ...withState(old, offered, 'refused'), failure };
    });
  }

  /** Looks at those whose ids come after the new one's: ids are digests, so each gets its turn. */
  async function forgetOldAttempts(newest: string): Promise<void> {
    const ids = await store.list('attempt');
    if (ids.length < TIDY_FROM) return;
    const next = [...ids.filter((id) => id > newest), ...ids];
    for (const id of next.slice(0, TIDY_MOST)) {
      const attempt = await read(id);
      if (attempt && attempt.expiresAt < now() - FORGET_AFTER) await store.remove(`attempt/${id}`);
    }
  }

  /** Makes the record, or adds the links to one that a very quick event has made. */
  async function open(id: string, life: number, links?: AttemptRecord['links']): Promise<AttemptRecord> {
    const attempt: AttemptRecord = { id, createdAt: now(), expiresAt: now() + life, links, codes: [] };
    try {
      return (await store.write(`attempt/${id}`, attempt, 0, { durable: true })).value;
    } catch (error) {
      if (!isError(error, 'STORE_CONFLICT')) throw error;
      return (
        (await change(id, (old) => (links ? { ...old, links, expiresAt: attempt.expiresAt } : undefined))) ?? attempt
      );
    }
  }

  return {
    read,
    discard: async (id) => {
      if ((await read(id))?.codes.length === 0) await store.remove(`attempt/${id}`);
    },
    failureOf: (attempt) => (attempt.failure ? storedFailure(attempt) : undefined),
    offer,
    settle,
    create: async ({ authType, bizAppId }) => {
      const { preAuthCode, expiresIn } = await keeper.call(COMPONENT, createPreAuthCode, { appId: componentAppId });
      const { attemptIdOf, mobileLink, pcLink, redirectUrl } = await links();
      const id = attemptIdOf(preAuthCode);
      const link = {
        componentAppId,
        preAuthCode,
        redirectUrl: redirectUrl(options.publicUrl(), id),
        authType,
        bizAppId,
      };
      await forgetOldAttempts(id);
      return open(id, expiresIn * 1000, {
        pcUrl: pcLink(options.mpUrl, link),
        mobileUrl: mobileLink(options.openUrl, link),
      });
    },
    ofEvent: async (preAuthCode, code) => {
      const id = (await links()).attemptIdOf(preAuthCode ?? code);
      if (!(await read(id))) await open(id, CODE_LIFE);
      return id;
    },
    unsettled: async () => {
      const found: string[] = [];
      for (const id of await store.list('attempt')) {
        const attempt = await read(id);
        if (!attempt || attempt.appId !== undefined || attempt.createdAt < now() - CODE_LIFE) continue;
        if (attempt.codes.some(({ code }) => code !== undefined)) found.push(id);
      }
      return found;
    },
  };
}

const isAttemptId = (id: string): boolean => /^[0-9a-f]{20}$/.test(id);

/** WeChat will never take this code again. */
const isSpent = (error: unknown): boolean =>
  isError(error, 'PLATFORM_REFUSED', 61009) || isError(error, 'PLATFORM_REFUSED', 61010);

const spent = (): WxopError =>
  new WxopError(
    'PLATFORM_REFUSED',
    text('The code was used before, and its answer was lost.', '授权码已被使用，且其结果已丢失。'),
    {
      hint: text('Start again with `wxop authorize`.', '请重新运行 `wxop authorize`。'),
      errcode: 61010,
    },
  );

function withState(
  attempt: AttemptRecord,
  { digest }: OfferedCode,
  state: OfferedCode['state'],
  code?: string,
): AttemptRecord {
  const codes = attempt.codes.map((offered) => (offered.digest === digest ? { ...offered, code, state } : offered));
  return { ...attempt, codes };
}

/** The failure that an attempt keeps, as the error that it was. */
export function storedFailure({ failure }: AttemptRecord): WxopError {
  if (!failure) return new WxopError('UNEXPECTED', text('Nothing to exchange yet.', '尚无可换取的授权码。'));
  const { code, text: sentence, hint, errcode } = failure;
  return new WxopError(code in ERROR_CODES ? code : 'UNEXPECTED', sentence, { hint, errcode });
}
