/**
 * What is known of the platform's paths: whose token each takes, under which name, and what must not be called by hand.
 * Source: developers.weixin.qq.com, 第三方平台 → API 文档, and what the libraries in use send.
 */
import { text, type Text } from '../../sentences/text.ts';

export interface ApiPath {
  /** `either`: the component's or an account's, whoever is asked about. */
  tokenOf: 'none' | 'component' | 'account' | 'either';
  tokenName: 'component_access_token' | 'access_token';
  /** Undefined where it is not known. */
  method?: 'GET' | 'POST';
  /** Where the call names the component itself. */
  namesComponent?: 'body' | 'query';
}

const NONE: ApiPath = { tokenOf: 'none', tokenName: 'access_token', method: 'POST' };
const COMPONENT: ApiPath = { tokenOf: 'component', tokenName: 'component_access_token', method: 'POST' };
const ACCOUNT: ApiPath = { tokenOf: 'account', tokenName: 'access_token' };
const EITHER: ApiPath = { tokenOf: 'either', tokenName: 'access_token', method: 'POST' };

/** The first that fits counts. */
const KNOWN: [RegExp, ApiPath][] = [
  [/^\/cgi-bin\/component\/(?:api_component_token|api_start_push_ticket)$/, { ...NONE, namesComponent: 'body' }],
  [/^\/cgi-bin\/component\/clear_quota\/v2$/, { ...NONE, namesComponent: 'body' }],
  [/^\/cgi-bin\/clear_quota\/v2$/, NONE],
  [/^\/cgi-bin\/component\/clear_quota$/, { ...COMPONENT, tokenName: 'access_token', namesComponent: 'body' }],
  [/^\/cgi-bin\/component\/api_\w+$/, { ...COMPONENT, namesComponent: 'body' }],
  [
    /^\/cgi-bin\/component\/(?:modify_wxa_(?:server|jump)_domain|get_domain_confirmfile)$/,
    { ...COMPONENT, tokenName: 'access_token' },
  ],
  [/^\/cgi-bin\/component\/fastregister\w+$|^\/wxa\/component\/\w+$/, COMPONENT],
  [/^\/wxa\/(?:gettemplatedraftlist|gettemplatelist)$/, { ...COMPONENT, tokenName: 'access_token', method: 'GET' }],
  [/^\/wxa\/(?:addtotemplate|deletetemplate)$/, { ...COMPONENT, tokenName: 'access_token' }],
  [/^\/sns\/(?:\w+\/)?component\/\w+$/, { ...COMPONENT, method: 'GET', namesComponent: 'query' }],
  [/^\/cgi-bin\/(?:clear_quota|openapi\/(?:quota|rid)\/\w+|callback\/check)$/, EITHER],
  [/^\/cgi-bin\/(?:get_api_domain_ip|getcallbackip)$/, { ...EITHER, method: 'GET' }],
  [
    /^\/cgi-bin\/(?:get_current_selfmenu_info|menu\/(?:get|delete)|media\/get|material\/get_materialcount|user\/(?:get|info)|tags\/get|customservice\/getkflist|draft\/count)$/,
    { ...ACCOUNT, method: 'GET' },
  ],
  [
    /^\/cgi-bin\/(?:menu|message|media|material|draft|freepublish|user|tags|open|template|qrcode)\/[\w/]+$/,
    { ...ACCOUNT, method: 'POST' },
  ],
  [/^\/wxa\/(?:verifybetaweapp|setbetaweappnickname)$/, { ...ACCOUNT, method: 'POST' }],
];

/** What is known of a path; undefined where the caller must say whose token it takes. */
export const knownPath = (path: string): ApiPath | undefined => KNOWN.find(([pattern]) => pattern.test(path))?.[1];

/** Where the platform reads a token of the component in a path that is not known. */
export const tokenNameOf = (path: string, isComponent: boolean): ApiPath['tokenName'] =>
  knownPath(path)?.tokenName ??
  (isComponent && /^\/(?:cgi-bin|sns|wxa)\/(?:\w+\/)?component\//.test(path)
    ? 'component_access_token'
    : 'access_token');

/** Query parameters that carry a token. */
export const TOKEN_PARAMETERS = [
  'access_token',
  'component_access_token',
  'authorizer_access_token',
  'cloudbase_access_token',
];

const READING = /^(?:api_)?(?:get|list|batch_?get|count|check|info|trymatch)/i;
const CHANGING = /del|clear|remove|unbind|reset|revert|undo/i;

/** Whether a call changes something, as far as its method and its name tell: some are made with GET and delete. */
export function isChanging(method: string, path: string): boolean {
  const name = path.split('/').filter(Boolean).at(-1) ?? '';
  if (READING.test(name)) return false;
  return CHANGING.test(name) || (method !== 'GET' && method !== 'HEAD');
}

const EXCHANGES: Record<string, Text> = {
  '/cgi-bin/component/api_component_token': text(
    'Use `wxop token component`: behind its back a new token ends the one in use.',
    '请使用 `wxop token component`：绕过它换取新 token 会使正在使用的 token 失效。',
  ),
  '/cgi-bin/component/api_query_auth': text(
    'Use `wxop authorize --code`: a code works once, and what it brings must be stored.',
    '请使用 `wxop authorize --code`：授权码只能使用一次，换得的内容必须保存。',
  ),
  '/cgi-bin/component/api_authorizer_token': text(
    'Use `wxop token get` or `wxop token refresh`: a refresh token that changes here would be lost.',
    '请使用 `wxop token get` 或 `wxop token refresh`：在此处更换的 refresh_token 会丢失。',
  ),
  '/cgi-bin/token': text('Use `wxop token get`.', '请使用 `wxop token get`。'),
  '/cgi-bin/stable_token': text('Use `wxop token get`.', '请使用 `wxop token get`。'),
};

/** Where to go instead, for calls that exchange credentials. */
export const insteadOf = (path: string): Text | undefined => EXCHANGES[path.toLowerCase().replace(/\/+$/, '')];
