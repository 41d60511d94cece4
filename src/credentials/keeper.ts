/**
 * The only writer of credentials: the ticket, the tokens, and the accounts with their refresh tokens.
 * Every write is compare-and-set; what cannot be had again is on disk before anything from the same answer is used.
 */
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { text, type Text } from '../sentences/text.ts';
import {
  authorizerToken,
  componentToken,
  getAuthorizerInfo,
  getAuthorizerList,
  LIST_PAGE,
  startPushTicket,
  type ListedAccount,
} from '../protocol/calls/endpoints.ts';
import type { AccountRecord } from '../protocol/account-record.ts';
import type { Lock, Store, TokenRecord } from '../store/store.ts';
import { createExternalTokens } from './external-tokens.ts';
import { COMPONENT, createCall, type Call, type Holder } from '../wechat-api/call.ts';
import { createTokenCache, tokenRecord, type TokenCache } from './token-cache.ts';
import { createAccountRemoval, type AccountRemoval } from './account-removal.ts';
import { createAccountImport, type AccountImport } from './account-import.ts';
import type { Send } from '../wechat-api/transport.ts';
import { createAccountReader, type AccountReader } from './account-reader.ts';
import { createAccountAuthorization, type AccountAuthorization } from './account-authorization.ts';
import { createCompareAndSet, createPatientUpdate } from './compare-and-set.ts';
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
  /** A broker that hands out the tokens and makes the calls, in which names stand for them. */
  broker?: TokenCache & { nameOf: (holder: Holder) => string };
}

export interface Keeper
  extends
    Pick<TokenCache, 'token' | 'replace'>,
    AccountAuthorization,
    AccountImport,
    AccountRemoval,
    Tickets,
    Omit<AccountReader, 'liveAccount'> {
  /** Calls an endpoint with the holder's token. */
  call: Call;
  /** Asks WeChat to push tickets. Throws what WeChat refuses with. */
  startPush(): Promise<void>;
  /** Sets or removes the account's alias. Throws NO_ACCOUNT. */
  giveAlias(appId: string, alias: string | undefined): Promise<AccountRecord>;
  /** The accounts that WeChat lists, page by page, each once; `total`: how many it says there are. */
  listed(): AsyncGenerator<{ accounts: ListedAccount[]; total: number }>;
}

export function createKeeper(options: KeeperOptions): Keeper {
  const { store, send, now, componentAppId, learn, warn } = options;
  const { broker } = options;
  const tokens: TokenCache = broker
    ? broker
    : store.tokenOwner
      ? createExternalTokens({ ...options, owner: store.tokenOwner })
      : createTokenCache({
          ...options,
          exchange: (holder, lock) =>
            'component' in holder ? exchangeComponent() : exchangeAccount(holder.account, lock),
        });
  const call: Call = broker
    ? (holder, endpoint, args) => send(endpoint, args, broker.nameOf(holder))
    : createCall(send, tokens);
  const update = createCompareAndSet(store);
  const persist = createPatientUpdate(update, options.sleep);
  const tickets = createTickets({ store, update, now, learn });
  const reader = createAccountReader({ store, learn });
  const { account, liveAccount } = reader;
  const authorization = createAccountAuthorization({ store, call, update, persist, now, componentAppId, learn, warn });

  async function exchangeComponent(): Promise<TokenRecord> {
    const { ticket } = await tickets.validTicket();
    const answer = await send(componentToken, { appId: componentAppId, secret: options.secret(), ticket });
    return tokenRecord(answer, now());
  }

  async function exchangeAccount(appId: string, lock: Lock): Promise<TokenRecord> {
    const account = await liveAccount(appId);
    // Getting the component's token may take a whole call: the lease starts again after it.
    const component = await tokens.token(COMPONENT);
    await lock.renew();
    const refresh = async (refreshToken: string, token?: TokenRecord): Promise<TokenRecord> => {
      const args = { appId: componentAppId, accountAppId: appId, refreshToken };
      const answer = await call(COMPONENT, authorizerToken, args, token);
      learn(answer.refreshToken);
      if (answer.refreshToken && answer.refreshToken !== refreshToken) {
        await replaceRefreshToken(appId, refreshToken, answer.refreshToken);
      }
      return tokenRecord(answer, now());
    };
    let known = account.refreshToken;
    try {
      known ??= await recoverRefreshToken(appId, undefined, lock);
      if (known === undefined) throw noRefreshToken(appId);
      return await refresh(known, component);
    } catch (error) {
      if (isError(error, 'REVOKED', 61003)) await authorization.revoke(appId);
      if (!isError(error, 'PLATFORM_REFUSED', 61023)) throw error;
      // Stale after a re-authorization that this store missed: WeChat may still know the current one.
      // If it cannot be asked, fail with that: an outage is no reason to authorize again.
      const current = await recoverRefreshToken(appId, known, lock);
      if (current === undefined) throw error;
      await lock.renew();
      return refresh(current);
    }
  }

  /**
   * Asks WeChat for the account's refresh token, by its info and then by the list, and stores it. Undefined if WeChat has
   * none but `known`. Throws STORE_CONFLICT if the lock was lost: then another process has exchanged `known` already.
   */
  async function recoverRefreshToken(
    appId: string,
    known: string | undefined,
    lock: Lock,
  ): Promise<string | undefined> {
    await lock.renew();
    const info = await call(COMPONENT, getAuthorizerInfo, { appId: componentAppId, accountAppId: appId });
    let found = info.refreshToken;
    if (!found || found === known) {
      for await (const { accounts } of listPages()) {
        found = accounts.find((listed) => listed.appId === appId)?.refreshToken ?? found;
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
    await persist(`account/${appId}`, (account) =>
      account && account.refreshToken === old ? { ...account, refreshToken } : undefined,
    );
  }

  /** A page that brings nothing new is the last one, whatever the total says. */
  async function* listPages() {
    const seen = new Set<string>();
    for (let offset = 0; ;) {
      const page = await call(COMPONENT, getAuthorizerList, { appId: componentAppId, offset, count: LIST_PAGE });
      const unseen = page.accounts.filter(({ appId }) => !seen.has(appId));
      for (const listed of unseen) {
        seen.add(listed.appId);
        learn(listed.refreshToken);
      }
      yield { accounts: unseen, total: page.total };
      offset += page.accounts.length;
      if (unseen.length === 0 || (page.accounts.length < LIST_PAGE && offset >= page.total)) return;
    }
  }

  return {
    ...tokens,
    ...authorization,
    ...createAccountImport({ store, update, learn, now, warn }),
    ...createAccountRemoval({ store, update, now }),
    // The stored token of a revoked account may still work for an hour, but is not handed out.
    token: async (holder: Holder, minTtl?: number) => {
      if ('account' in holder && !broker) await liveAccount(holder.account);
      return tokens.token(holder, minTtl);
    },
    call: async (holder, endpoint, args, token) => {
      // A caller that brings a token has just been given it.
      if ('account' in holder && !token && !broker) await liveAccount(holder.account);
      return call(holder, endpoint, args, token);
    },
    ...tickets,
    startPush: () => send(startPushTicket, { appId: componentAppId, secret: options.secret() }),
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
