/**
 * The only writer of credentials: the ticket, the tokens, and the accounts with their refresh tokens.
 * Every write is compare-and-set; what cannot be had again is on disk before anything from the same answer is used.
 */
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { en, text, type Text, zh } from '../sentences/text.ts';
import {
  authorizerToken,
  componentToken,
  getAuthorizerInfo,
  getAuthorizerList,
  LIST_PAGE,
  queryAuth,
  startPushTicket,
  type ListedAccount,
  type TokenAnswer,
} from '../protocol/calls/endpoints.ts';
import { blankAccount, type AccountRecord } from '../protocol/account-record.ts';
import type { Lock, Store, TokenRecord } from '../store/store.ts';
import { createExternalTokens } from './external-tokens.ts';
import { COMPONENT, createCall, type Call, type Holder } from '../wechat-api/call.ts';
import { createTokenCache, tokenKey, type TokenCache } from './token-cache.ts';
import { createAccountRemoval, type AccountRemoval } from './account-removal.ts';
import { createAccountImport, type AccountImport } from './account-import.ts';
import type { Send } from '../wechat-api/transport.ts';
import { createAccountReader, type AccountReader } from './account-reader.ts';
import { createCompareAndSet } from './compare-and-set.ts';
import { createTickets, type Tickets } from './tickets.ts';

export interface KeeperOptions {
  store: Store;
  send: Send;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  componentAppId: string;
  /** Throws SETTINGS_MISSING when there is none: only calls to WeChat need it. */
  secret: () => string;
  learn: (...secrets: (string | undefined)[]) => void;
  warn: (warning: Text) => void;
  signal?: AbortSignal;
}

/** An event about an account: when it was made (unix seconds), and what tells it from another of that second. */
export interface AccountEvent {
  createTime: number;
  digest: string;
}

/** What is known of an account's authorization: what the list says of it, or the event that told of it. */
export interface Restoring {
  /** Unix seconds. */
  authTime?: number;
  /** Taken where neither the account's own answer nor the store has one. */
  refreshToken?: string;
  event?: AccountEvent;
  /** Takes the mark of `wxop accounts remove` off. */
  bringBack?: boolean;
}

export interface Keeper
  extends
    Pick<TokenCache, 'token' | 'replace'>,
    AccountImport,
    AccountRemoval,
    Tickets,
    Omit<AccountReader, 'liveAccount'> {
  /** Calls an endpoint with the holder's token. */
  call: Call;
  /** Asks WeChat to push tickets; says what it answered. */
  startPush(): Promise<void>;
  /**
   * Exchanges an authorization code for an account; says whether it was already authorized before.
   * `described: false` leaves name and kind for later, for who is in a hurry.
   */
  authorize(
    code: string,
    event?: AccountEvent,
    how?: { described: boolean },
  ): Promise<{ account: AccountRecord; wasAuthorized: boolean }>;
  /** Reads an account again from WeChat, refresh token too; gives what was stored before. */
  restore(
    appId: string,
    known?: Restoring,
  ): Promise<{ account: AccountRecord; changed: boolean; before: AccountRecord | undefined }>;
  /** Marks an account as revoked; an event older than what is known of the account changes nothing. */
  revoke(appId: string, event?: AccountEvent): Promise<boolean>;
  /** Gives an account another name to call it by, or takes it away. Throws NO_ACCOUNT. */
  giveAlias(appId: string, alias: string | undefined): Promise<AccountRecord>;
  /** Every account that WeChat lists, page by page. */
  listed(): AsyncGenerator<ListedAccount & { total: number }>;
}

export function createKeeper(options: KeeperOptions): Keeper {
  const { store, send, now, componentAppId, learn, warn } = options;
  const ladder = store.tokenOwner
    ? createExternalTokens({ ...options, owner: store.tokenOwner })
    : createTokenCache({
        ...options,
        exchange: (holder, lock) =>
          'component' in holder ? exchangeComponent() : exchangeAccount(holder.account, lock),
      });
  const call = createCall(send, ladder);
  const update = createCompareAndSet(store);
  const tickets = createTickets({ store, update, now, learn });
  const reader = createAccountReader({ store, learn });
  const { account, liveAccount } = reader;

  const toToken = ({ accessToken, expiresIn }: TokenAnswer): TokenRecord => {
    const obtainedAt = now();
    return { accessToken, obtainedAt, expiresAt: obtainedAt + expiresIn * 1000 };
  };

  /** Asks again for a while when the store is away: what WeChat has just given is not let go at the first hiccup. */
  async function persist<Value>(store: () => Promise<Value>): Promise<Value> {
    for (let waited = 0; ; waited += STORE_PAUSE) {
      try {
        return await store();
      } catch (error) {
        if (!isError(error, 'STORE_UNAVAILABLE') || waited >= STORE_PATIENCE) throw error;
        await options.sleep(STORE_PAUSE);
      }
    }
  }

  async function exchangeComponent(): Promise<TokenRecord> {
    const { ticket } = await tickets.validTicket();
    return toToken(await send(componentToken, { appId: componentAppId, secret: options.secret(), ticket }));
  }

  async function exchangeAccount(appId: string, lock: Lock): Promise<TokenRecord> {
    const account = await liveAccount(appId);
    // Getting the component's token first may take as long as a call: the lease starts again after it.
    const component = await ladder.token(COMPONENT);
    await lock.renew();
    const refresh = async (refreshToken: string, token?: TokenRecord): Promise<TokenRecord> => {
      const args = { appId: componentAppId, accountAppId: appId, refreshToken };
      const answer = await call(COMPONENT, authorizerToken, args, token);
      learn(answer.refreshToken);
      if (answer.refreshToken && answer.refreshToken !== refreshToken) {
        await replaceRefreshToken(appId, refreshToken, answer.refreshToken);
      }
      return toToken(answer);
    };
    let known = account.refreshToken;
    try {
      known ??= await readRefreshToken(appId, undefined, lock);
      if (known === undefined) throw noRefreshToken(appId);
      return await refresh(known, component);
    } catch (error) {
      if (isError(error, 'REVOKED', 61003)) await revoke(appId);
      if (!isError(error, 'PLATFORM_REFUSED', 61023)) throw error;
      // Stale after a re-authorization that this store missed: WeChat may still know the current one.
      // Where it cannot be asked, that is the failure: nobody needs to authorize again because of an outage.
      const current = await readRefreshToken(appId, known, lock);
      if (current === undefined) throw error;
      await lock.renew();
      return refresh(current);
    }
  }

  /**
   * The account's refresh token from WeChat, or undefined if that is `known` or none; info first, then the list.
   * Throws STORE_CONFLICT when the lock was lost: then the known one was not stale but late, and another exchanged it.
   */
  async function readRefreshToken(appId: string, known: string | undefined, lock: Lock): Promise<string | undefined> {
    await lock.renew();
    const info = await call(COMPONENT, getAuthorizerInfo, { appId: componentAppId, accountAppId: appId });
    let found = info.refreshToken;
    if (!found || found === known) {
      for await (const listed of listPages()) {
        if (listed.appId === appId) found = listed.refreshToken;
        await lock.renew();
      }
    }
    learn(found);
    if (!found || found === known) return undefined;
    await replaceRefreshToken(appId, known, found);
    return found;
  }

  /** Replaces by value: a refresh token that a re-authorization brought meanwhile is left alone. */
  async function replaceRefreshToken(appId: string, old: string | undefined, refreshToken: string): Promise<void> {
    await persist(() =>
      update(`account/${appId}`, (account) =>
        account && account.refreshToken === old ? { ...account, refreshToken } : undefined,
      ),
    );
  }

  async function authorize(code: string, event?: AccountEvent, { described } = { described: true }) {
    learn(code);
    // Whose account it is, only the answer tells.
    await store.proveWritable('account');
    const answer = await call(COMPONENT, queryAuth, { appId: componentAppId, code });
    learn(answer.accessToken, answer.refreshToken);
    let wasAuthorized = false;
    const account = await persist(() =>
      update(`account/${answer.appId}`, (old) => {
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
      }),
    );
    const { accessToken } = answer;
    if (accessToken) {
      // It can be had again: where it cannot be kept now, the authorization is done all the same.
      await update(tokenKey({ account: answer.appId }), () => toToken({ ...answer, accessToken }), false).catch(
        () => undefined,
      );
    }
    const named = described ? await describe(answer.appId) : undefined;
    return { account: named ?? account ?? blankAccount(answer.appId), wasAuthorized };
  }

  /** Adds name and kind. They can be had again at any time, so failing to get them fails nothing. */
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
    const { refreshToken: told, funcInfo: granted, ...about } = info;
    learn(told);
    let changed = false;
    const account = await update(`account/${appId}`, (old) => {
      const base = old ?? { ...blankAccount(appId), authorizedAt: authTime ? authTime * 1000 : now() };
      // An exchange that ran meanwhile brought a newer one than WeChat's answer.
      const isOvertaken = old?.refreshToken !== before?.refreshToken;
      const refreshToken = (isOvertaken ? undefined : told) ?? base.refreshToken ?? listed;
      const newer = event && { authorizedAt: now(), lastEvent: event };
      const marks = { revokedAt: undefined, ...(bringBack && { removedAt: undefined }) };
      // So did an event: what it says of the authorization is newer, be it that there is none any more.
      const retold = toldSince(old, before);
      const funcInfo = granted.length > 0 ? granted : base.funcInfo;
      const value = { ...base, refreshToken, ...about, funcInfo, ...marks, ...retold, ...newer };
      changed =
        old?.refreshToken !== refreshToken ||
        old?.revokedAt !== value.revokedAt ||
        (bringBack === true && old?.removedAt !== undefined) ||
        !old;
      return changed || JSON.stringify({ ...old, ...marks, ...retold }) !== JSON.stringify(value) ? value : undefined;
    });
    return { account: account ?? blankAccount(appId), changed, before };
  }

  async function revoke(appId: string, event?: AccountEvent): Promise<boolean> {
    let marked = false;
    await update(`account/${appId}`, (account) => {
      // Asked again after a conflict: then somebody else may have marked it.
      marked = false;
      if (!account || account.revokedAt !== undefined) return undefined;
      if (event && (!isNews(account, event) || isOver(account, event))) return undefined;
      marked = true;
      return { ...account, revokedAt: now(), ...(event && { lastEvent: event }) };
    });
    return marked;
  }

  /** Each appid once. A page that brings nothing new is the last one, whatever the total says. */
  async function* listPages() {
    const seen = new Set<string>();
    for (let offset = 0; ;) {
      const page = await call(COMPONENT, getAuthorizerList, { appId: componentAppId, offset, count: LIST_PAGE });
      const news = page.accounts.filter(({ appId }) => !seen.has(appId));
      for (const listed of news) {
        seen.add(listed.appId);
        learn(listed.refreshToken);
        yield { ...listed, total: page.total };
      }
      offset += page.accounts.length;
      if (news.length === 0 || (page.accounts.length < LIST_PAGE && offset >= page.total)) return;
    }
  }

  return {
    ...ladder,
    ...createAccountImport({ store, update, learn }),
    ...createAccountRemoval({ store, update, now }),
    // A revoked account's stored token may live on for an hour: it is not handed out.
    token: async (holder: Holder, minTtl?: number) => {
      if ('account' in holder) await liveAccount(holder.account);
      return ladder.token(holder, minTtl);
    },
    call: async (holder, endpoint, args, token) => {
      // Whoever brings the token has just asked for it.
      if ('account' in holder && !token) await liveAccount(holder.account);
      return call(holder, endpoint, args, token);
    },
    ...tickets,
    startPush: () => send(startPushTicket, { appId: componentAppId, secret: options.secret() }),
    authorize,
    restore,
    revoke,
    account,
    accounts: reader.accounts,
    giveAlias: async (appId, alias) =>
      (await update(`account/${appId}`, (old) => (old && old.alias !== alias ? { ...old, alias } : undefined))) ??
      account(appId),
    listed: listPages,
  };
}

const noRefreshToken = (appId: string): WxopError =>
  new WxopError(
    'PLATFORM_REFUSED',
    text(`WeChat has no refresh token for ${appId}.`, `微信没有 ${appId} 的 refresh_token。`),
    { hint: text('Let the merchant authorize again: `wxop authorize`.', '请让商家重新授权：`wxop authorize`。') },
  );

/** What an event or an authorization has said of an account since it was looked at. */
function toldSince(old?: AccountRecord, before?: AccountRecord): Partial<AccountRecord> {
  if (!old || !before) return {};
  const told = ({ authorizedAt, revokedAt, lastEvent }: AccountRecord) =>
    JSON.stringify([authorizedAt, revokedAt, lastEvent]);
  return told(old) === told(before) ? {} : { revokedAt: old.revokedAt, funcInfo: old.funcInfo };
}

/** False for an event that is older than the last one applied, or the same one again. */
export function isNews({ lastEvent }: AccountRecord, { createTime, digest }: AccountEvent): boolean {
  if (!lastEvent || createTime > lastEvent.createTime) return true;
  return createTime === lastEvent.createTime && digest !== lastEvent.digest;
}

/** A redirect can bring an authorization before older events arrive: a cancellation from before it is over. */
function isOver({ authorizedAt }: AccountRecord, { createTime }: AccountEvent): boolean {
  return createTime < Math.floor(authorizedAt / 1000) - CLOCK_SLACK;
}

/** Milliseconds: how long, and how often, what must be stored is tried while the store is away. */
const STORE_PATIENCE = 10_000;
const STORE_PAUSE = 250;

/** Seconds by which WeChat's clock and ours may differ before an order of events is doubted. */
const CLOCK_SLACK = 5;
