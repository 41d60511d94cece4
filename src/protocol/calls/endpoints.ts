/**
 * Calls on the component and its accounts as data: write the request, read the answer. Nothing is sent here.
 * Source: developers.weixin.qq.com, 第三方平台 → API 文档; all paths under https://api.weixin.qq.com.
 */
import { describedAccount, type AccountRecord } from '../account-record.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { asObject, type Json } from '../../runtime/json-object.ts';
import type { AfterLoss } from './after-loss.ts';

/** Whose token a call carries; `either`: the component's or an account's, depending on whom it asks about. */
export type TokenOf = 'none' | 'component' | 'account' | 'either';

/** The query parameter that carries it. */
export type TokenName = 'component_access_token' | 'access_token';

export interface Endpoint<Args, Answer> {
  method: 'GET' | 'POST';
  path: string;
  tokenOf: TokenOf;
  /** Where it is not the usual one for `tokenOf`. */
  tokenName?: TokenName;
  /** True when the same request may be sent again although its first answer was lost. */
  repeatable: boolean;
  /** Of a call that must not be repeated blindly: what to do then. A busy WeChat (-1) leaves its effect open, too. */
  afterLoss?: AfterLoss;
  /** Milliseconds for one request, where the usual ones are too few. */
  deadline?: number;
  /** Parameters beside the token. */
  query?(args: Args): Record<string, string>;
  write(args: Args): Json;
  /** Reads a document whose errcode is absent or 0; throws PLATFORM_REFUSED when it lacks what it must have. */
  read(document: Json, raw: string): Answer;
}

export const tokenNameIn = ({ tokenOf, tokenName }: { tokenOf: TokenOf; tokenName?: TokenName }): TokenName =>
  tokenName ?? (tokenOf === 'component' ? 'component_access_token' : 'access_token');

/** Seconds, as WeChat counts lifetimes. */
export interface TokenAnswer {
  accessToken: string;
  expiresIn: number;
}

export const startPushTicket: Endpoint<{ appId: string; secret: string }, void> = {
  method: 'POST',
  path: '/cgi-bin/component/api_start_push_ticket',
  tokenOf: 'none',
  repeatable: true,
  // Here the field is component_secret, in api_component_token it is component_appsecret.
  write: ({ appId, secret }) => ({ component_appid: appId, component_secret: secret }),
  read: () => undefined,
};

export const componentToken: Endpoint<{ appId: string; secret: string; ticket: string }, TokenAnswer> = {
  method: 'POST',
  path: '/cgi-bin/component/api_component_token',
  tokenOf: 'none',
  repeatable: false,
  write: ({ appId, secret, ticket }) => ({
    component_appid: appId,
    component_appsecret: secret,
    component_verify_ticket: ticket,
  }),
  read: (document) => ({
    accessToken: must(document, 'component_access_token'),
    expiresIn: seconds(document.expires_in),
  }),
};

export const createPreAuthCode: Endpoint<{ appId: string }, { preAuthCode: string; expiresIn: number }> = {
  method: 'POST',
  path: '/cgi-bin/component/api_create_preauthcode',
  tokenOf: 'component',
  repeatable: true,
  write: ({ appId }) => ({ component_appid: appId }),
  // The documents say 1800 s, their samples 600: only the answer counts.
  read: (document) => ({
    preAuthCode: must(document, 'pre_auth_code'),
    expiresIn: seconds(document.expires_in, 600),
  }),
};

export interface Authorization {
  appId: string;
  /** Absent when the account granted no API permission. */
  accessToken?: string;
  expiresIn: number;
  refreshToken?: string;
  funcInfo: number[];
}

export const queryAuth: Endpoint<{ appId: string; code: string }, Authorization> = {
  method: 'POST',
  path: '/cgi-bin/component/api_query_auth',
  tokenOf: 'component',
  repeatable: false,
  write: ({ appId, code }) => ({ component_appid: appId, authorization_code: code }),
  read: (document) => {
    const about = asObject(document.authorization_info);
    return {
      appId: must(about, 'authorizer_appid'),
      ...optional('accessToken', about.authorizer_access_token),
      expiresIn: seconds(about.expires_in),
      ...optional('refreshToken', about.authorizer_refresh_token),
      funcInfo: permissionIds(about.func_info),
    };
  },
};

export interface AccountRequest {
  appId: string;
  accountAppId: string;
}

export const authorizerToken: Endpoint<
  AccountRequest & { refreshToken: string },
  TokenAnswer & { refreshToken?: string }
> = {
  method: 'POST',
  path: '/cgi-bin/component/api_authorizer_token',
  tokenOf: 'component',
  repeatable: false,
  write: ({ appId, accountAppId, refreshToken }) => ({
    component_appid: appId,
    authorizer_appid: accountAppId,
    authorizer_refresh_token: refreshToken,
  }),
  read: (document) => ({
    accessToken: must(document, 'authorizer_access_token'),
    expiresIn: seconds(document.expires_in),
    ...optional('refreshToken', document.authorizer_refresh_token),
  }),
};

/** What WeChat left out is absent. */
export type AccountDescription = Partial<AccountRecord> & { funcInfo: number[] };

export const getAuthorizerInfo: Endpoint<AccountRequest, AccountDescription> = {
  method: 'POST',
  path: '/cgi-bin/component/api_get_authorizer_info',
  tokenOf: 'component',
  repeatable: true,
  write: ({ appId, accountAppId }) => ({ component_appid: appId, authorizer_appid: accountAppId }),
  read: (document) => {
    const about = asObject(document.authorization_info);
    return {
      ...describedAccount(asObject(document.authorizer_info)),
      funcInfo: permissionIds(about.func_info),
      ...optional('refreshToken', about.authorizer_refresh_token),
    };
  },
};

export interface ListedAccount {
  appId: string;
  refreshToken?: string;
  /** Unix seconds; 0 when WeChat left it out. */
  authTime: number;
}

/** WeChat's limit for one page of api_get_authorizer_list. */
export const LIST_PAGE = 500;

export const getAuthorizerList: Endpoint<
  { appId: string; offset: number; count: number },
  { total: number; accounts: ListedAccount[] }
> = {
  method: 'POST',
  path: '/cgi-bin/component/api_get_authorizer_list',
  tokenOf: 'component',
  repeatable: true,
  write: ({ appId, offset, count }) => ({ component_appid: appId, offset, count }),
  read: (document) => ({
    total: Number(document.total_count ?? 0),
    accounts: (Array.isArray(document.list) ? document.list : []).map((item) => {
      const account = asObject(item);
      return {
        appId: must(account, 'authorizer_appid'),
        ...optional('refreshToken', account.refresh_token),
        authTime: Number(account.auth_time ?? 0),
      };
    }),
  }),
};

/** The account's menu as WeChat sent it: `raw` is its text, byte for byte. */
export interface MenuDocument {
  document: Json;
  raw: string;
}

export const getCurrentSelfMenu: Endpoint<void, MenuDocument> = {
  method: 'GET',
  path: '/cgi-bin/get_current_selfmenu_info',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document, raw) => ({ document, raw }),
};

/** A customer-service message (客服消息) of text to a follower who wrote within 48 hours. */
export const sendCustomText: Endpoint<{ openId: string; content: string }, void> = {
  method: 'POST',
  path: '/cgi-bin/message/custom/send',
  tokenOf: 'account',
  repeatable: false,
  write: ({ openId, content }) => ({ touser: openId, msgtype: 'text', text: { content } }),
  read: () => undefined,
};

function optional<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as Record<Name, string>) : {};
}

/** Lenient in: a lifetime may come as text; without one, the documented 7200 s. */
function seconds(value: unknown, fallback = 7200): number {
  const number = Number(value);
  return value !== undefined && value !== null && value !== '' && Number.isFinite(number) ? number : fallback;
}

export function must(document: Json, name: string): string {
  const value = document[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new WxopError('PLATFORM_REFUSED', text(`WeChat's answer has no ${name}.`, `微信的应答中缺少 ${name}。`), {
    hint: text('Try again; if it stays so, see --verbose.', '请重试；若仍如此，请加 --verbose 查看。'),
    retryable: true,
  });
}

/** `[{"funcscope_category":{"id":15}}]` → `[15]`; ids may be numbers or numeric strings. */
function permissionIds(value: unknown): number[] {
  const items = Array.isArray(value) ? value : [];
  const ids = items.map((item) => Number(asObject(asObject(item).funcscope_category).id));
  return ids.filter((id) => Number.isInteger(id) && id > 0);
}
