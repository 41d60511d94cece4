/**
 * The only writer of credentials: the ticket, the tokens, and the accounts with their refresh tokens.
 * Every write is compare-and-set; what cannot be had again is on disk before anything from the same answer is used.
 */
import { standingOf } from '../protocol/account-standing.ts';
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { text, type Text } from '../sentences/text.ts';
import { type ErrorCode } from '../sentences/error-codes.ts';
import {
  authorizerToken,
  componentToken,
  getAuthorizerInfo,
  getAuthorizerList,
  LIST_PAGE,
  queryAuth,
  startPushTicket,
  type AccountDescription,
  type ListedAccount,
  type TokenAnswer,
} from '../protocol/calls/endpoints.ts';
import { TICKET_LIFE } from '../protocol/lifetimes.ts';
import type { AccountRecord, Lock, Store, TicketRecord, TokenRecord } from '../store/store.ts';
import { createExternalTokens } from './external-tokens.ts';
import { COMPONENT, createCall, type Call, type Holder } from '../wechat-api/call.ts';
import { createTokenCache, tokenKey, type TokenCache } from './token-cache.ts';
import { createAccountRemoval, type AccountRemoval } from './account-removal.ts';
import { createAccountImport, type AccountImport } from './account-import.ts';
import type { Send } from '../wechat-api/transport.ts';
import { createCompareAndSet } from './compare-and-set.ts';

/** The CreateTime of a ticket that was set by hand: it replaces any, and any pushed one replaces it. */
export const BY_HAND = 0;

export interface KeeperOptions {
  store: Store;
  send: Send;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  componentAppId: string;
  /** Throws SETTINGS_MISSING when there is none: only calls to the platform need it. */
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

/** An account whose record cannot be read: it does not stop the others. */
export interface Unreadable {
  appId: string;
  error: WxopError;
}

export interface Keeper extends Pick<TokenCache, 'token' | 'replace'>, AccountImport, AccountRemoval {
  /** Calls an endpoint with the holder's token. */
  call: Call;
  /** The newest ticket, or undefined; expired ones too. */
  readTicket(): Promise<TicketRecord | undefined>;
  /** The newest ticket; throws NO_TICKET or TICKET_EXPIRED. */
  validTicket(): Promise<TicketRecord>;
  /** Keeps a ticket unless it is older than the one there is; says whether it was kept. */
  keepTicket(ticket: TicketRecord): Promise<boolean>;
  /** Asks the platform to push tickets; says what it answered. */
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
  /** Reads an account again from the platform, refresh token too; gives what was stored before. */
  restore(
    appId: string,
    known?: Restoring,
  ): Promise<{ account: AccountRecord; changed: boolean; before: AccountRecord | undefined }>;
  /** Marks an account as revoked; an event older than what is known of the account changes nothing. */
  revoke(appId: string, event?: AccountEvent): Promise<boolean>;
  /** One that is marked as removed or revoked, too. Throws NO_ACCOUNT. */
  account(appId: string): Promise<AccountRecord>;
  /** All accounts, revoked and removed ones too, sorted by appid; instead of one that cannot be read, why. */
  accounts(): AsyncGenerator<AccountRecord | Unreadable>;
  /** Gives an account another name to call it by, or takes it away. Throws NO_ACCOUNT. */
  giveAlias(appId: string, alias: string | undefined): Promise<AccountRecord>;
  /** Every account that the platform lists, page by page. */
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

  const toToken = ({ accessToken, expiresIn }: TokenAnswer): TokenRecord => {
    const obtainedAt = now();
    return { accessToken, obtainedAt, expiresAt: obtainedAt + expiresIn * 1000 };
  };

  /** Asks again for a while when the store is away: what the platform has just given is not let go at the first hiccup. */
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
    const { ticket } = await validTicket();
    return toToken(await send(componentToken, { appId: componentAppId, secret: options.secret(), ticket }));
  }

  async function validTicket(): Promise<TicketRecord> {
    const ticket = await readTicket();
    const hint = text(
      'Start `wxop listen` and wait for the next push (10 minutes at most), or hand one over: `wxop ticket set`.',
      '请启动 `wxop listen` 并等待下次推送（最多 10 分钟），或用 `wxop ticket set` 导入。',
    );
    if (!ticket) {
      const where = (await store.lookedFor?.()) ?? hint;
      throw new WxopError('NO_TICKET', text('No ticket has arrived yet.', '尚未收到 ticket。'), { hint: where });
    }
    const { receivedAt = now() } = ticket;
    if (receivedAt + TICKET_LIFE > now()) return ticket;
    const hours = Math.floor((now() - receivedAt) / 3_600_000);
    throw new WxopError(
      'TICKET_EXPIRED',
      text(
        `The newest ticket is ${hours} hours old; it worked for 12.`,
        `最新 ticket 已有 ${hours} 小时，有效期为 12 小时。`,
      ),
      { hint },
    );
  }

  async function readTicket(): Promise<TicketRecord | undefined> {
    const found = await store.read('ticket');
    learn(found?.value.ticket);
    return found?.value;
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
      // Stale after a re-authorization that this store missed: the platform may still know the current one.
      // Where it cannot be asked, that is the failure: nobody needs to authorize again because of an outage.
      const current = await readRefreshToken(appId, known, lock);
      if (current === undefined) throw error;
      await lock.renew();
      return refresh(current);
    }
  }

  /**
   * The account's refresh token from the platform, or undefined if that is `known` or none; info first, then the list.
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
          ...blank(answer.appId),
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
    return { account: named ?? account ?? blank(answer.appId), wasAuthorized };
  }

  /** Adds name and kind. They can be had again at any time, so failing to get them fails nothing. */
  async function describe(appId: string): Promise<AccountRecord | undefined> {
    try {
      return (await restore(appId)).account;
    } catch (error) {
      const reason = error instanceof WxopError ? error.text : text(String(error), String(error));
      warn(text(`The name of ${appId} could not be read: ${reason.en}`, `无法读取 ${appId} 的名称：${reason.zh}`));
      return undefined;
    }
  }

  async function restore(appId: string, { authTime = 0, refreshToken: listed, event, bringBack }: Restoring = {}) {
    const before = (await store.read(`account/${appId}`))?.value;
    const info = await call(COMPONENT, getAuthorizerInfo, { appId: componentAppId, accountAppId: appId });
    learn(info.refreshToken);
    let changed = false;
    const account = await update(`account/${appId}`, (old) => {
      const base = old ?? { ...blank(appId), authorizedAt: authTime ? authTime * 1000 : now() };
      // An exchange that ran meanwhile brought a newer one than the platform's answer.
      const isOvertaken = old?.refreshToken !== before?.refreshToken;
      const refreshToken = (isOvertaken ? undefined : info.refreshToken) ?? base.refreshToken ?? listed;
      const newer = event && { authorizedAt: now(), lastEvent: event };
      const marks = { revokedAt: undefined, ...(bringBack && { removedAt: undefined }) };
      // So did an event: what it says of the authorization is newer, be it that there is none any more.
      const retold = toldSince(old, before);
      const funcInfo = info.funcInfo.length > 0 ? info.funcInfo : base.funcInfo;
      const value = { ...base, refreshToken, ...aboutOf(info), funcInfo, ...marks, ...retold, ...newer };
      changed =
        old?.refreshToken !== refreshToken ||
        old?.revokedAt !== value.revokedAt ||
        (bringBack === true && old?.removedAt !== undefined) ||
        !old;
      return changed || JSON.stringify({ ...old, ...marks, ...retold }) !== JSON.stringify(value) ? value : undefined;
    });
    return { account: account ?? blank(appId), changed, before };
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

  async function account(appId: string): Promise<AccountRecord> {
    const found = await store.read(`account/${appId}`);
    if (!found) {
      if (!store.tokenOwner && (await isLeftOver(appId))) throw leftOver('NO_ACCOUNT', appId);
      throw new WxopError('NO_ACCOUNT', text(`No authorized account ${appId} here.`, `本地没有已授权帐号 ${appId}。`), {
        hint:
          (await store.lookedFor?.()) ??
          text(
            'See `wxop accounts list`. If it authorized this platform before: `wxop accounts sync`; otherwise `wxop authorize`.',
            '请查看 `wxop accounts list`。若曾授权过：`wxop accounts sync`；否则：`wxop authorize`。',
          ),
      });
    }
    learn(found.value.refreshToken);
    return found.value;
  }

  async function* accounts() {
    const appIds = await store.list('account');
    for (let at = 0; at < appIds.length; at += READ_AT_ONCE) {
      const found = await Promise.all(appIds.slice(at, at + READ_AT_ONCE).map(readable));
      for (const one of found) if (one) yield one;
    }
  }

  async function readable(appId: string): Promise<AccountRecord | Unreadable | undefined> {
    try {
      const record = await store.read(`account/${appId}`);
      learn(record?.value.refreshToken);
      if (record) return record.value;
      return (await isLeftOver(appId)) ? { appId, error: leftOver('RECORD_DAMAGED', appId) } : undefined;
    } catch (error) {
      if (error instanceof WxopError && error.concerns === 'record') return { appId, error };
      throw error;
    }
  }

  /** Its name is there, and no version of it: every one was damaged and put aside. */
  const isLeftOver = async (appId: string): Promise<boolean> => (await store.list('account')).includes(appId);

  async function liveAccount(appId: string): Promise<AccountRecord> {
    const found = await account(appId);
    if (found.removedAt !== undefined) throw removed(found, found.removedAt);
    if (found.revokedAt === undefined) return found;
    const day = new Date(found.revokedAt).toISOString().slice(0, 10);
    const name = found.nickName ? `${appId} (${found.nickName})` : appId;
    throw new WxopError(
      'REVOKED',
      text(`${name} cancelled its authorization (${day}).`, `${name} 已取消授权（${day}）。`),
      {
        hint: text(
          'Let the merchant authorize again: `wxop authorize`. If it already did elsewhere: `wxop accounts sync`.',
          '请让商家重新授权：`wxop authorize`；若已在别处重新授权：`wxop accounts sync`。',
        ),
      },
    );
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
    readTicket,
    validTicket,
    keepTicket: async (ticket) => {
      learn(ticket.ticket);
      let kept = true;
      await update('ticket', (old) => {
        kept = !old || ticket.createTime === BY_HAND || ticket.createTime >= old.createTime;
        return kept ? ticket : undefined;
      });
      return kept;
    },
    startPush: () => send(startPushTicket, { appId: componentAppId, secret: options.secret() }),
    authorize,
    restore,
    revoke,
    account,
    accounts,
    giveAlias: async (appId, alias) =>
      (await update(`account/${appId}`, (old) => (old && old.alias !== alias ? { ...old, alias } : undefined))) ??
      account(appId),
    listed: listPages,
  };
}

const noRefreshToken = (appId: string): WxopError =>
  new WxopError(
    'PLATFORM_REFUSED',
    text(`The platform has no refresh token for ${appId}.`, `平台没有 ${appId} 的 refresh_token。`),
    { hint: text('Let the merchant authorize again: `wxop authorize`.', '请让商家重新授权：`wxop authorize`。') },
  );

function removed({ appId, nickName }: AccountRecord, removedAt: number): WxopError {
  const name = nickName ? `${appId} (${nickName})` : appId;
  const day = new Date(removedAt).toISOString().slice(0, 10);
  return new WxopError('NO_ACCOUNT', text(`${name} was removed here (${day}).`, `${name} 已在本地移除（${day}）。`), {
    hint: text(
      `Its records are still there: \`wxop accounts sync ${appId}\` brings it back, and so does a new authorization.`,
      `其记录仍在：\`wxop accounts sync ${appId}\` 或重新授权即可恢复。`,
    ),
  });
}

const leftOver = (code: ErrorCode, appId: string): WxopError =>
  new WxopError(
    code,
    text(`Nothing that can be read is left of the record of ${appId}.`, `${appId} 的记录已无可读内容。`),
    {
      hint: text(
        `Get it back from the platform: \`wxop accounts sync ${appId}\`.`,
        `可从平台恢复：\`wxop accounts sync ${appId}\`。`,
      ),
    },
  );

/** What the platform says of an account, as it is stored: what it left out stays as it was. */
function aboutOf(described: AccountDescription) {
  const { nickName, userName, kind, principalName, verifyType } = described;
  return {
    nickName,
    userName,
    kind,
    ...(principalName && { principalName }),
    ...(verifyType !== undefined && { verifyType }),
    ...standingOf(described),
  };
}

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

/** Records that are read at once where all are asked for. */
const READ_AT_ONCE = 32;

/** Seconds by which the platform's clock and ours may differ before an order of events is doubted. */
const CLOCK_SLACK = 5;

function blank(appId: string): AccountRecord {
  return { appId, nickName: '', userName: '', funcInfo: [], authorizedAt: 0 };
}
