/** How an account changes: an authorization, another look at WeChat, a cancellation. */
import { blankAccount, type AccountRecord } from '../protocol/account-record.ts';
import { getAuthorizerInfo, queryAuth } from '../protocol/calls/endpoints.ts';
import { en, text, type Text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Store } from '../store/store.ts';
import { COMPONENT, type Call } from '../wechat-api/call.ts';
import type { CompareAndSet } from './compare-and-set.ts';
import { tokenKey, tokenRecord } from './token-cache.ts';
import { credibleTime, isAhead } from './credible-time.ts';

/** An event about an account: when it was made (unix seconds), and what distinguishes it from another of that second. */
export interface AccountEvent {
  createTime: number;
  digest: string;
}

/** What the list, or an event, says about an authorization. */
export interface Restoring {
  /** Unix seconds. */
  authTime?: number;
  /** Taken where neither the account's own answer nor the store has one. */
  refreshToken?: string;
  event?: AccountEvent;
  /** Clears the mark that `wxop accounts remove` set. */
  bringBack?: boolean;
}

export interface AccountAuthorization {
  /**
   * Exchanges an authorization code for an account; says whether it was already authorized before.
   * `described: false` leaves name and kind for later, for a caller in a hurry.
   */
  authorize(
    code: string,
    event?: AccountEvent,
    how?: { described: boolean },
  ): Promise<{ account: AccountRecord; wasAuthorized: boolean }>;
  /** Reads an account again from WeChat, with its refresh token; `before` is what was stored. */
  restore(
    appId: string,
    known?: Restoring,
  ): Promise<{ account: AccountRecord; changed: boolean; before: AccountRecord | undefined }>;
  /** Marks an account as revoked; an event older than what is known of the account changes nothing. */
  revoke(appId: string, event?: AccountEvent): Promise<boolean>;
}

export interface AccountAuthorizationOptions {
  store: Store;
  call: Call;
  update: CompareAndSet;
  /** For what cannot be fetched again. */
  persist: CompareAndSet;
  now: () => number;
  componentAppId: string;
  learn: (...secrets: (string | undefined)[]) => void;
  warn: (warning: Text) => void;
}

export function createAccountAuthorization(options: AccountAuthorizationOptions): AccountAuthorization {
  const { store, call, update, persist, now, componentAppId, learn, warn } = options;

  async function authorize(code: string, event?: AccountEvent, { described } = { described: true }) {
    // Only the answer says which account it is.
    await store.proveWritable('account');
    const answer = await call(COMPONENT, queryAuth, { appId: componentAppId, code });
    // Only now: anybody can send a code, and whatever is learned is masked everywhere.
    learn(code, answer.accessToken, answer.refreshToken);
    let wasAuthorized = false;
    const account = await persist(`account/${answer.appId}`, (old) => {
      wasAuthorized = old !== undefined && old.revokedAt === undefined;
      return {
        ...blankAccount(answer.appId),
        ...old,
        ...(answer.refreshToken && { refreshToken: answer.refreshToken }),
        funcInfo: answer.funcInfo,
        authorizedAt: now(),
        revokedAt: undefined,
        removedAt: undefined,
        ...(event && { lastEvent: event }),
      };
    });
    const { accessToken } = answer;
    if (accessToken) {
      // A token can be fetched again: failing to store it does not fail the authorization.
      await update(
        tokenKey({ account: answer.appId }),
        () => tokenRecord({ ...answer, accessToken }, now()),
        false,
      ).catch(() => undefined);
    }
    const named = described ? await describe(answer.appId) : undefined;
    return { account: named ?? account ?? blankAccount(answer.appId), wasAuthorized };
  }

  /** Adds name and kind. They can be fetched at any time, so failing here fails nothing. */
  async function describe(appId: string): Promise<AccountRecord | undefined> {
    try {
      return (await restore(appId)).account;
    } catch (error) {
      const reason = error instanceof WxopError ? error.text : String(error);
      warn(text(en`The name of ${appId} could not be read: ${reason}`, zh`无法读取 ${appId} 的名称：${reason}`));
      return undefined;
    }
  }

  async function restore(appId: string, { authTime = 0, refreshToken: listed, event, bringBack }: Restoring = {}) {
    const before = (await store.read(`account/${appId}`))?.value;
    const info = await call(COMPONENT, getAuthorizerInfo, { appId: componentAppId, accountAppId: appId });
    const { refreshToken: answered, funcInfo: granted, ...about } = info;
    learn(answered);
    let changed = false;
    const account = await update(`account/${appId}`, (old) => {
      const base = old ?? { ...blankAccount(appId), authorizedAt: authTime ? authTime * 1000 : now() };
      // If an exchange ran meanwhile, its refresh token is newer than the one in this answer.
      const isOvertaken = old?.refreshToken !== before?.refreshToken;
      const refreshToken = (isOvertaken ? undefined : answered) ?? base.refreshToken ?? listed;
      const newer = event && { authorizedAt: now(), lastEvent: event };
      const marks = { revokedAt: undefined, ...(bringBack && { removedAt: undefined }) };
      // An event may also be newer, even a cancellation.
      const byEvent = changedByEvent(old, before);
      const funcInfo = granted.length > 0 ? granted : base.funcInfo;
      const value = { ...base, refreshToken, ...about, funcInfo, ...marks, ...byEvent, ...newer };
      changed =
        old?.refreshToken !== refreshToken ||
        old?.revokedAt !== value.revokedAt ||
        (bringBack === true && old?.removedAt !== undefined) ||
        !old;
      return changed || JSON.stringify({ ...old, ...marks, ...byEvent }) !== JSON.stringify(value) ? value : undefined;
    });
    return { account: account ?? blankAccount(appId), changed, before };
  }

  async function revoke(appId: string, event?: AccountEvent): Promise<boolean> {
    let marked = false;
    await update(`account/${appId}`, (account) => {
      // Called again after a conflict: another process may have marked it.
      marked = false;
      if (!account || account.revokedAt !== undefined) return undefined;
      if (event && (!isNews(account, event, now()) || isOver(account, event, now()))) return undefined;
      marked = true;
      return { ...account, revokedAt: now(), ...(event && { lastEvent: event }) };
    });
    return marked;
  }

  return { authorize, restore, revoke };
}

/** What an event or an authorization changed after `before` was read. */
function changedByEvent(old?: AccountRecord, before?: AccountRecord): Partial<AccountRecord> {
  if (!old || !before) return {};
  const dates = ({ authorizedAt, revokedAt, lastEvent }: AccountRecord) =>
    JSON.stringify([authorizedAt, revokedAt, lastEvent]);
  return dates(old) === dates(before) ? {} : { revokedAt: old.revokedAt, funcInfo: old.funcInfo };
}

/** False for an event that is older than the last one applied, or the same one again; `now` in milliseconds. */
export function isNews({ lastEvent }: AccountRecord, { createTime, digest }: AccountEvent, now: number): boolean {
  if (!lastEvent || createTime > lastEvent.createTime || isAhead(lastEvent.createTime * 1000, now)) return true;
  return createTime === lastEvent.createTime && digest !== lastEvent.digest;
}

/** A redirect can overtake older events: a cancellation older than that authorization is ignored. */
function isOver({ authorizedAt }: AccountRecord, { createTime }: AccountEvent, now: number): boolean {
  return createTime < Math.floor(credibleTime(authorizedAt, now) / 1000) - CLOCK_SLACK;
}

/** Seconds by which WeChat's clock and ours may differ before an order of events is doubted. */
const CLOCK_SLACK = 5;
