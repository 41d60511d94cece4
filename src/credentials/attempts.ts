/**
 * Attempts: one authorization each, from link to stored account. Redirect, event and paste are doors to the same
 * record, so it does not matter which of them comes first, or to which process: the code is exchanged once.
 */
import { isError, toWxopError, WxopError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import { createPreAuthCode } from '../protocol/calls/endpoints.ts';
import type { AuthType } from '../protocol/links.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import type { AttemptRecord, OfferedCode, Store } from '../store/store.ts';
import { COMPONENT } from '../wechat-api/call.ts';
import {
  failureAsKept,
  insteadOfWhich,
  isSpent,
  openCodes,
  otherAccount,
  referenceOf,
  spent,
  storedFailure,
  withoutNoise,
  withState,
  type InsteadOf,
} from './open-codes.ts';
import { createCompareAndSet } from './compare-and-set.ts';
import type { Keeper } from './keeper.ts';
import { LEASE } from './token-cache.ts';

/** Digests need node:crypto, which takes milliseconds to load: a listener opens its port first. */
const links = () => import('../protocol/links.ts');

/** Codes of an attempt that wait for their exchange and that no signed event brought. */
const MOST_WAITING = 4;
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

/** `later`: too many unsigned codes wait already. */
export type Offered = 'new' | 'known' | 'over' | 'later' | 'unknown';

/** Hears what became of each code that is exchanged. */
export interface SettlingObserver {
  /** `insteadOf`: the attempt was made for that account, or had brought that one before. */
  onStored?(stored: { account: AccountRecord; wasAuthorized: boolean; insteadOf?: InsteadOf }): void;
  /** `reference` names the code without telling it: the merchant's page shows the same. */
  onFailed?(error: WxopError, reference?: string): void;
}

export interface Attempts {
  /** Makes a pre-auth code and the attempt that it belongs to. */
  create(options: {
    authType: AuthType;
    bizAppId?: string;
    permissionSets?: readonly number[];
    returnTo?: string;
    /** Digest of the key of who asked for it. */
    caller?: string;
  }): Promise<AttemptRecord>;
  read(id: string): Promise<AttemptRecord | undefined>;
  /** Forgets an attempt that was only a trial; one that a code was offered to stays. */
  discard(id: string): Promise<void>;
  /** A code among those of an attempt. */
  find(attempt: AttemptRecord, code: string): Promise<OfferedCode | undefined>;
  /** Why the newest exchange failed, as the error that it was. */
  failureOf(attempt: AttemptRecord): WxopError | undefined;
  /** Keeps a code before anybody is answered; says whether there is anything left to settle. */
  offer(id: string, offer: Offer): Promise<Offered>;
  /** Exchanges what was offered, once. Throws what the exchange threw; the attempt keeps that too. */
  settle(id: string, observer?: SettlingObserver): Promise<Settlement>;
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

  async function offer(id: string, { code, event }: Offer): Promise<Offered> {
    if (!isAttemptId(id)) return 'unknown';
    const digest = (await links()).digestOf(code);
    let result: Offered = 'unknown';
    await change(id, (old) => {
      const known = old.codes.find((offered) => offered.digest === digest);
      const isOver = old.appId !== undefined && (!event || event.appId === old.appId);
      result = known ? 'known' : isOver ? 'over' : 'new';
      if (known && event && !known.event) {
        // A refused one is open again: the event names the account.
        const reopened = known.state === 'refused' && !isOver && { code };
        const codes = old.codes.map((offered) => (offered === known ? { ...offered, ...reopened, event } : offered));
        return { ...old, codes, ...(reopened && { failure: undefined }) };
      }
      if (result !== 'new') return undefined;
      const { kept, waiting } = withoutNoise(old);
      if (!event && waiting >= MOST_WAITING) {
        result = 'later';
        return undefined;
      }
      return { ...old, codes: [...kept, { digest, code, event, state: 'new' }], failure: undefined };
    });
    return result;
  }

  const settled = async (appId: string): Promise<Settlement> => ({
    account: await keeper.account(appId),
    isNew: false,
    wasAuthorized: true,
  });

  async function settle(id: string, observer: SettlingObserver = {}): Promise<Settlement> {
    const report = (error: unknown): never => {
      observer.onFailed?.(toWxopError(error));
      throw error;
    };
    const lock = await store
      .lock(`attempt-${id}`, { lease: LEASE * 2, signal: options.signal })
      .catch((error: unknown) => report(error));
    try {
      const outcome = await settleAll(id, observer).catch((error: unknown) => report(error));
      if ('failure' in outcome) throw outcome.failure;
      return outcome;
    } finally {
      await lock.release();
    }
  }

  async function settleAll(id: string, observer: SettlingObserver): Promise<Settlement | { failure: WxopError }> {
    const tried = new Set<string>();
    let failure: WxopError | undefined;
    let done: Settlement | undefined;
    for (;;) {
      const attempt = await read(id);
      if (!attempt) throw new WxopError('UNEXPECTED', text(`There is no attempt ${id}.`, `没有授权尝试 ${id}。`));
      const open = openCodes(attempt).find(({ digest, state }) => !tried.has(digest + state));
      if (!open?.code) {
        // Perhaps our lease ended meanwhile, and another process was faster.
        if (attempt.appId !== undefined && !failure?.retryable) return done ?? (await settled(attempt.appId));
        return { failure: failure ?? storedFailure(attempt) };
      }
      tried.add(open.digest + open.state);
      try {
        // What was said of another code is no verdict on this one.
        const refusal = isSpent(failure) ? failure : undefined;
        const stored = open.state === 'refused' ? await heal(open, refusal) : await exchange(open, open.code);
        const { appId } = stored.account;
        const insteadOf = insteadOfWhich(attempt, appId);
        if (insteadOf?.why === 'made-for') {
          // Its code works once, so it is stored; but it is not what the link was made for.
          failure = otherAccount(appId, insteadOf.appId);
          await keepUse(id, open, { failure: failureAsKept(failure) });
        } else {
          done = { ...stored, isNew: true };
          failure = undefined;
          await keepUse(id, open, { appId, failure: undefined });
        }
        observer.onStored?.({ ...stored, ...(insteadOf && { insteadOf }) });
      } catch (error) {
        const failed = toWxopError(error);
        // Used meanwhile by a process that was faster: its success is ours.
        if (!(await keepFailure(id, open, failed))) continue;
        failure = failed;
        observer.onFailed?.(failure, referenceOf(open));
      }
    }
  }

  /** An attempt that is over needs no unsigned code any more. */
  const keepUse = (id: string, used: OfferedCode, outcome: Pick<AttemptRecord, 'appId' | 'failure'>) =>
    change(id, (old) => {
      const { codes, ...rest } = withState(old, used, 'used');
      const isOver = outcome.appId !== undefined;
      const kept = codes.map((offered) => (isOver && !offered.event ? { ...offered, code: undefined } : offered));
      return { ...rest, codes: kept, ...outcome };
    });

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

  /** Success ends an attempt: no failure comes after it. False when the code was used meanwhile. */
  async function keepFailure(id: string, { digest, state }: OfferedCode, error: WxopError): Promise<boolean> {
    let isKept = true;
    await change(id, (old) => {
      const offered = old.codes.find((candidate) => candidate.digest === digest);
      isKept = offered?.state !== 'used';
      if (!isKept) return undefined;
      const failure = old.appId === undefined ? failureAsKept(error) : undefined;
      if (!isSpent(error) || !offered) return { ...old, failure };
      // Who dies over the healing leaves a code behind that is not to be exchanged again.
      const canHeal = state === 'new' && offered.event !== undefined;
      return canHeal
        ? withState(old, offered, 'refused', offered.code)
        : { ...withState(old, offered, 'refused'), failure };
    });
    return isKept;
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
  async function open(
    id: string,
    life: number,
    made: Pick<AttemptRecord, 'links' | 'bizAppId' | 'returnTo' | 'caller'> = {},
  ): Promise<AttemptRecord> {
    const attempt: AttemptRecord = { id, createdAt: now(), expiresAt: now() + life, ...made, codes: [] };
    try {
      return (await store.write(`attempt/${id}`, attempt, 0, { durable: true })).value;
    } catch (error) {
      if (!isError(error, 'STORE_CONFLICT')) throw error;
      return (
        (await change(id, (old) => (made.links ? { ...old, ...made, expiresAt: attempt.expiresAt } : undefined))) ??
        attempt
      );
    }
  }

  return {
    read,
    discard: async (id) => {
      if ((await read(id))?.codes.length === 0) await store.remove(`attempt/${id}`);
    },
    find: async ({ codes }, code) => {
      const digest = (await links()).digestOf(code);
      return codes.find((offered) => offered.digest === digest);
    },
    failureOf: (attempt) => (attempt.failure ? storedFailure(attempt) : undefined),
    offer,
    settle,
    create: async ({ authType, bizAppId, permissionSets, returnTo, caller }) => {
      const { preAuthCode, expiresIn } = await keeper.call(COMPONENT, createPreAuthCode, { appId: componentAppId });
      const { attemptIdOf, mobileLink, pcLink, redirectUrl } = await links();
      const id = attemptIdOf(preAuthCode);
      const link = {
        componentAppId,
        preAuthCode,
        redirectUrl: redirectUrl(options.publicUrl(), id),
        authType,
        bizAppId,
        permissionSets,
      };
      await forgetOldAttempts(id);
      return open(id, expiresIn * 1000, {
        links: { pcUrl: pcLink(options.mpUrl, link), mobileUrl: mobileLink(options.openUrl, link) },
        bizAppId,
        ...(returnTo !== undefined && { returnTo }),
        ...(caller !== undefined && { caller }),
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
        if (!attempt || attempt.createdAt < now() - CODE_LIFE) continue;
        if (openCodes(attempt).length > 0) found.push(id);
      }
      return found;
    },
  };
}

const isAttemptId = (id: string): boolean => /^[0-9a-f]{20}$/.test(id);
