/**
 * What is known of WeChat's paths: whose token each takes, under which name, and what must not be called by hand.
 * Where wxop makes a call itself, its endpoint says so; the patterns are for the others.
 * Source: developers.weixin.qq.com, 第三方平台 → API 文档, and what the libraries in use send.
 */
import * as accountEndpoints from './endpoints.ts';
import * as optionEndpoints from './option-endpoints.ts';
import * as registerEndpoints from './register-endpoints.ts';
import * as menuEndpoints from './menu-endpoints.ts';
import * as categoryEndpoints from './mini-program/category-endpoints.ts';
import * as domainEndpoints from './mini-program/domain-endpoints.ts';
import * as privacyEndpoints from './mini-program/privacy-endpoints.ts';
import * as testerEndpoints from './mini-program/tester-endpoints.ts';
import * as quotaEndpoints from './quota-endpoints.ts';
import * as auditEndpoints from './release/audit-endpoints.ts';
import * as codeEndpoints from './release/code-endpoints.ts';
import * as releaseEndpoints from './release/release-endpoints.ts';
import * as templateEndpoints from './release/template-endpoints.ts';
import { tokenNameIn, type Endpoint, type TokenName, type TokenOf } from './endpoints.ts';

export interface ApiPath {
  tokenOf: TokenOf;
  tokenName: TokenName;
  /** Undefined where it is not known. */
  method?: 'GET' | 'POST';
  /** Where the call names the component itself. */
  namesComponent?: 'body' | 'query';
}

type AnyEndpoint = Endpoint<object, unknown>;

/** Every call that wxop makes itself. */
export const ENDPOINTS: AnyEndpoint[] = [
  accountEndpoints,
  menuEndpoints,
  optionEndpoints,
  registerEndpoints,
  quotaEndpoints,
  templateEndpoints,
  codeEndpoints,
  auditEndpoints,
  releaseEndpoints,
  categoryEndpoints,
  domainEndpoints,
  privacyEndpoints,
  testerEndpoints,
].flatMap((calls) =>
  Object.values(calls as Record<string, unknown>).filter(
    (value): value is AnyEndpoint => typeof value === 'object' && value !== null && 'path' in value,
  ),
);

const BY_ENDPOINT = new Map(
  ENDPOINTS.map((endpoint): [string, ApiPath] => {
    const { path, method, tokenOf } = endpoint;
    const namesComponent = 'component_appid' in endpoint.write({}) && { namesComponent: 'body' as const };
    return [path, { tokenOf, tokenName: tokenNameIn(endpoint), method, ...namesComponent }];
  }),
);

const COMPONENT: ApiPath = { tokenOf: 'component', tokenName: 'component_access_token', method: 'POST' };
const ACCOUNT: ApiPath = { tokenOf: 'account', tokenName: 'access_token' };
const EITHER: ApiPath = { tokenOf: 'either', tokenName: 'access_token', method: 'POST' };

/** The first that fits counts. */
const PATTERNS: [RegExp, ApiPath][] = [
  [/^\/cgi-bin\/clear_quota\/v2$/, { tokenOf: 'none', tokenName: 'access_token', method: 'POST' }],
  [/^\/cgi-bin\/component\/clear_quota$/, { ...COMPONENT, tokenName: 'access_token', namesComponent: 'body' }],
  [/^\/cgi-bin\/component\/api_\w+$/, { ...COMPONENT, namesComponent: 'body' }],
  [
    /^\/cgi-bin\/component\/(?:modify_wxa_(?:server|jump)_domain|get_domain_confirmfile)$/,
    { ...COMPONENT, tokenName: 'access_token' },
  ],
  [/^\/cgi-bin\/component\/fastregister\w+$|^\/wxa\/component\/\w+$/, COMPONENT],
  [/^\/sns\/(?:\w+\/)?component\/\w+$/, { ...COMPONENT, method: 'GET', namesComponent: 'query' }],
  [/^\/cgi-bin\/(?:openapi\/(?:quota|rid)\/\w+|callback\/check)$/, EITHER],
  [
    /^\/cgi-bin\/(?:media\/get|material\/get_materialcount|user\/(?:get|info)|tags\/get|customservice\/getkflist|draft\/count)$/,
    { ...ACCOUNT, method: 'GET' },
  ],
  [
    /^\/cgi-bin\/(?:menu|message|media|material|draft|freepublish|user|tags|open|template|qrcode)\/[\w/]+$/,
    { ...ACCOUNT, method: 'POST' },
  ],
  [/^\/wxa\/(?:verifybetaweapp|setbetaweappnickname)$/, { ...ACCOUNT, method: 'POST' }],
];

/** Undefined where the caller must say whose token it takes. */
export const knownPath = (path: string): ApiPath | undefined =>
  BY_ENDPOINT.get(path) ?? PATTERNS.find(([pattern]) => pattern.test(path))?.[1];

/** The query parameter that carries the token; guessed for a path that is not known. */
export const tokenNameOf = (path: string, isComponent: boolean): TokenName =>
  knownPath(path)?.tokenName ??
  (isComponent && /^\/(?:cgi-bin|sns|wxa)\/(?:\w+\/)?component\//.test(path)
    ? 'component_access_token'
    : 'access_token');

/** Every query parameter that carries a token. */
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
