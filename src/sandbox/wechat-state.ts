/**
 * WeChat's state and rules. No HTTP; clock and randomness come in.
 * Lifetimes and error numbers as WeChat documents them, or as operators report them where it does not.
 */
import { randomBytes } from 'node:crypto';
import { merchants, miniPrograms, testMerchants, type Merchant } from './merchants.ts';
import { ApiRefusal } from './api-refusal.ts';
import { type Component, type CustomMessage } from './sandbox-options.ts';

/** Seconds. */
const TICKET_LIFE = 12 * 3600;
const PRE_AUTH_LIFE = 600;
const CODE_LIFE = 3600;
/** An older access token works this much longer once a newer one was issued. */
const OVERLAP = 5 * 60;
/** A follower who wrote can be answered this long. */
const REPLY_WINDOW = 48 * 3600;
const MOST_SENT = 1_000;
/** And so often, until they write again. */
const MOST_ANSWERS = 5;

export interface Account extends Merchant {
  authorized: boolean;
  authTime: number;
  refreshToken?: string;
  /** Access token → unix seconds when it stops working. */
  tokens: Map<string, number>;
}

export interface WechatStateOptions {
  component: Component;
  accounts: number;
  /** Further merchants, each with a mini program. */
  miniPrograms: number;
  /** Further merchants: the accounts of the publish check. */
  testAccounts?: boolean;
  /** Seconds that access tokens live. */
  ttl: number;
  rotate: boolean;
  /** Milliseconds since the epoch. */
  now: () => number;
}

export type WechatState = ReturnType<typeof createWechatState>;

export function createWechatState(options: WechatStateOptions) {
  const { component, ttl } = options;
  const known = [
    ...merchants(options.accounts),
    ...miniPrograms(options.miniPrograms),
    ...(options.testAccounts ? testMerchants() : []),
  ];
  const accounts: Account[] = known.map((merchant) => ({
    ...merchant,
    authorized: false,
    authTime: 0,
    tokens: new Map(),
  }));
  const byAppId = new Map(accounts.map((account) => [account.appId, account]));
  /** Access token → whose it is. */
  const holders = new Map<string, Account>();
  /** Value → unix seconds when it stops working. */
  const tickets = new Map<string, number>();
  const componentTokens = new Map<string, number>();
  const preAuthCodes = new Map<string, { until: number; used: boolean }>();
  /** Appid and openid → unix seconds of the follower's newest message, and how often it was answered. */
  const written = new Map<string, { at: number; answers: number }>();
  const sent: CustomMessage[] = [];
  const codes = new Map<string, { until: number; used: boolean; appId: string }>();

  const seconds = (): number => Math.floor(options.now() / 1000);
  const fresh = (prefix: string, bytes: number): string => prefix + randomBytes(bytes).toString('base64url');

  function issue(tokens: Map<string, number>): string {
    for (const [token, until] of tokens) tokens.set(token, Math.min(until, seconds() + OVERLAP));
    const token = fresh('', 64);
    tokens.set(token, seconds() + ttl);
    return token;
  }

  function issueTo(account: Account): string {
    const token = issue(account.tokens);
    holders.set(token, account);
    return token;
  }

  function check(tokens: Map<string, number>, token: string): void {
    const until = tokens.get(token);
    if (until === undefined) throw new ApiRefusal(40001);
    if (until <= seconds()) throw new ApiRefusal(42001);
  }

  function account(appId: string): Account {
    const found = byAppId.get(appId);
    if (!found) throw new ApiRefusal(40013);
    return found;
  }

  function authorizedAccount(appId: string): Account {
    const found = account(appId);
    if (!found.authorized) throw new ApiRefusal(61003);
    return found;
  }

  function openWindow(appId: string, openId: string): { answers: number } {
    const found = written.get(`${appId} ${openId}`);
    if (!found || found.at < seconds() - REPLY_WINDOW) throw new ApiRefusal(45015);
    return found;
  }

  return {
    component,
    accounts,
    account,
    seconds,

    /** A merchant that was not there at the start. */
    add(merchant: Merchant): Account {
      const added: Account = { ...merchant, authorized: false, authTime: 0, tokens: new Map() };
      accounts.push(added);
      byAppId.set(added.appId, added);
      return added;
    },

    newTicket(): string {
      const ticket = fresh('ticket@@@', 64);
      tickets.set(ticket, seconds() + TICKET_LIFE);
      // Months of tickets would pile up in a sandbox that is never stopped; the newest ones matter.
      if (tickets.size > 1000) for (const [old, until] of tickets) if (until <= seconds()) tickets.delete(old);
      return ticket;
    },

    newestTicket: (): string | undefined => [...tickets.keys()].at(-1),

    componentToken(secret: string, ticket: string): string {
      if (secret === '') throw new ApiRefusal(41004);
      if (secret !== component.secret) throw new ApiRefusal(40125);
      const until = tickets.get(ticket);
      if (until === undefined) throw new ApiRefusal(61006);
      if (until <= seconds()) throw new ApiRefusal(61005);
      return issue(componentTokens);
    },

    checkComponentToken(token: string): void {
      if (holders.has(token)) throw new ApiRefusal(61014);
      check(componentTokens, token);
    },

    /** The account that an access token belongs to. */
    holderOf(token: string): Account {
      if (componentTokens.has(token)) throw new ApiRefusal(61015);
      const holder = holders.get(token);
      if (!holder) throw new ApiRefusal(40001);
      check(holder.tokens, token);
      return holder;
    },

    /** Whose token it is; the component's where nobody's is known. */
    appIdOf: (token: string): string => holders.get(token)?.appId ?? component.appId,

    /** Whose token it is while it works. */
    liveHolder(token: string): string | undefined {
      const holder = holders.get(token);
      const until = (holder?.tokens ?? componentTokens).get(token) ?? 0;
      return until > seconds() ? (holder?.appId ?? component.appId) : undefined;
    },

    /** For calls that take the component's token and an account's alike. */
    checkAnyToken: (token: string): void => check(holders.get(token)?.tokens ?? componentTokens, token),

    preAuthCode(): { code: string; expiresIn: number } {
      const code = fresh('preauthcode@@@', 48);
      preAuthCodes.set(code, { until: seconds() + PRE_AUTH_LIFE, used: false });
      return { code, expiresIn: PRE_AUTH_LIFE };
    },

    openPreAuthCodes: (): string[] =>
      [...preAuthCodes].flatMap(([code, { until, used }]) => (used || until <= seconds() ? [] : [code])),

    /** The consent page's code for what is wrong with a pre-auth code, or undefined. */
    preAuthProblem(code: string): -11 | -28 | undefined {
      const found = preAuthCodes.get(code);
      if (found?.used) return -28;
      return !found || found.until <= seconds() ? -11 : undefined;
    },

    /** The merchant says yes. A second yes to the same component is an update, with a new refresh token. */
    consent(preAuthCode: string | undefined, appId: string): { code: string; until: number; isUpdate: boolean } {
      const found = account(appId);
      const used = preAuthCode === undefined ? undefined : preAuthCodes.get(preAuthCode);
      if (used) used.used = true;
      const isUpdate = found.authorized;
      found.authorized = true;
      found.authTime = seconds();
      found.refreshToken = fresh('refreshtoken@@@', 32);
      const code = fresh('queryauthcode@@@', 64);
      const until = seconds() + CODE_LIFE;
      codes.set(code, { until, used: false, appId });
      return { code, until, isUpdate };
    },

    heard: (appId: string, openId: string) => void written.set(`${appId} ${openId}`, { at: seconds(), answers: 0 }),

    openWindow,

    sendCustom({ appId }: Account, message: Omit<CustomMessage, 'appId'>): void {
      const window = openWindow(appId, message.openId);
      if (window.answers >= MOST_ANSWERS) throw new ApiRefusal(45047);
      window.answers += 1;
      sent.push({ appId, ...message });
      if (sent.length > MOST_SENT) sent.shift();
    },

    sentMessages: (): CustomMessage[] => [...sent],

    cancel(appId: string): void {
      const found = account(appId);
      found.authorized = false;
      found.refreshToken = undefined;
      for (const token of found.tokens.keys()) holders.delete(token);
      found.tokens.clear();
    },

    queryAuth(code: string): { account: Account; accessToken: string } {
      const found = codes.get(code);
      if (!found) throw new ApiRefusal(61009);
      if (found.used || found.until <= seconds()) throw new ApiRefusal(61010);
      const holder = authorizedAccount(found.appId);
      found.used = true;
      return { account: holder, accessToken: issueTo(holder) };
    },

    refresh(appId: string, refreshToken: string): { account: Account; accessToken: string } {
      const holder = authorizedAccount(appId);
      if (refreshToken === '' || refreshToken !== holder.refreshToken) throw new ApiRefusal(61023);
      if (options.rotate) holder.refreshToken = fresh('refreshtoken@@@', 32);
      return { account: holder, accessToken: issueTo(holder) };
    },

    authorizedAccount,
  };
}
