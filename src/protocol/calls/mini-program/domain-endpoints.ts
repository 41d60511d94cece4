/**
 * Domains of a mini program, which come in two ways: directly, and through the component's own list.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序域名管理 (modify_domain, modify_domain_directly, setwebviewdomain,
 * setwebviewdomain_directly, get_effective_domain, get_effective_webviewdomain) and 第三方平台域名管理
 * (modify_wxa_server_domain, modify_wxa_jump_domain).
 */
import { asObject, type Json } from '../../../runtime/json-object.ts';
import type { Endpoint } from '../endpoints.ts';
import { textField, textsField } from '../release/answer-fields.ts';

/** What a server domain is for → the field of WeChat's documents. */
const SERVER_FIELDS = {
  request: 'requestdomain',
  socket: 'wsrequestdomain',
  upload: 'uploaddomain',
  download: 'downloaddomain',
  udp: 'udpdomain',
  tcp: 'tcpdomain',
} as const;

export type ServerKind = keyof typeof SERVER_FIELDS;
export const DOMAIN_KINDS = Object.keys(SERVER_FIELDS) as ServerKind[];
export type ServerDomains = Record<ServerKind, string[]>;

export type DomainChange = 'add' | 'delete' | 'set';
/** Directly: good for up to a hundred principals. Through the component: registered on it, for any number. */
export type DomainWay = 'direct' | 'component';

const serverDomainsIn = (document: Json): ServerDomains => ({
  request: textsField(document, SERVER_FIELDS.request),
  socket: textsField(document, SERVER_FIELDS.socket),
  upload: textsField(document, SERVER_FIELDS.upload),
  download: textsField(document, SERVER_FIELDS.download),
  udp: textsField(document, SERVER_FIELDS.udp),
  tcp: textsField(document, SERVER_FIELDS.tcp),
});

const WEB_VIEW = 'webviewdomain';

type Path<Args, Answer> = (path: string) => Endpoint<Args, Answer>;

const reading = { method: 'POST', tokenOf: 'account', repeatable: true } as const;
// The same domains once more change nothing, and cost one of the month's changes.
const changing = {
  method: 'POST',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
} as const;

const readsServer: Path<void, ServerDomains> = (path) => ({
  ...reading,
  path,
  write: () => ({ action: 'get' }),
  read: serverDomainsIn,
});

/** What WeChat left out although its answer has errcode 0. */
export interface LeftOut {
  invalid: string[];
  withoutIcp: string[];
}

const changesServer: Path<{ action: DomainChange; lists: Partial<ServerDomains> }, LeftOut> = (path) => ({
  ...changing,
  path,
  write: ({ action, lists = {} }) => ({
    action,
    ...Object.fromEntries(DOMAIN_KINDS.flatMap((kind) => (lists[kind] ? [[SERVER_FIELDS[kind], lists[kind]]] : []))),
  }),
  read: (document) => ({
    invalid: DOMAIN_KINDS.flatMap((kind) => textsField(document, `invalid_${SERVER_FIELDS[kind]}`)),
    withoutIcp: textsField(document, 'no_icp_domain'),
  }),
});

const readsWebView: Path<void, string[]> = (path) => ({
  ...reading,
  path,
  write: () => ({ action: 'get' }),
  read: (document) => textsField(document, WEB_VIEW),
});

/** Without an action, all domains of the component would be added. */
const changesWebView: Path<{ action: DomainChange; domains: string[] }, void> = (path) => ({
  ...changing,
  path,
  write: ({ action, domains }) => ({ action, [WEB_VIEW]: domains }),
  read: () => undefined,
});

const SERVER_DIRECTLY = '/wxa/modify_domain_directly';
const SERVER_BY_COMPONENT = '/wxa/modify_domain';
const WEB_VIEW_DIRECTLY = '/wxa/setwebviewdomain_directly';
const WEB_VIEW_BY_COMPONENT = '/wxa/setwebviewdomain';

export const getDirectServerDomains = readsServer(SERVER_DIRECTLY);
export const changeDirectServerDomains = changesServer(SERVER_DIRECTLY);
export const getComponentServerDomains = readsServer(SERVER_BY_COMPONENT);
export const changeComponentServerDomains = changesServer(SERVER_BY_COMPONENT);
export const getDirectWebViewDomains = readsWebView(WEB_VIEW_DIRECTLY);
export const changeDirectWebViewDomains = changesWebView(WEB_VIEW_DIRECTLY);
export const getComponentWebViewDomains = readsWebView(WEB_VIEW_BY_COMPONENT);
export const changeComponentWebViewDomains = changesWebView(WEB_VIEW_BY_COMPONENT);

/** Where a domain of a mini program comes from, and which ones work. */
export interface DomainSources<Lists> {
  /** Entered at mp.weixin.qq.com. */
  console: Lists;
  component: Lists;
  direct: Lists;
  effective: Lists;
}

const sourcesIn = <Lists>(suffix: string, read: (prefix: string) => Lists): DomainSources<Lists> => ({
  console: read(`mp_${suffix}`),
  component: read(`third_${suffix}`),
  direct: read(`direct_${suffix}`),
  effective: read(`effective_${suffix}`),
});

export const getEffectiveServerDomains: Endpoint<void, DomainSources<ServerDomains>> = {
  ...reading,
  path: '/wxa/get_effective_domain',
  write: () => ({}),
  read: (document) => sourcesIn('domain', (name) => serverDomainsIn(asObject(document[name]))),
};

/** Refused with 89231 for a personal mini program, which has none. */
export const getEffectiveWebViewDomains: Endpoint<void, DomainSources<string[]>> = {
  ...reading,
  path: '/wxa/get_effective_webviewdomain',
  write: () => ({}),
  read: (document) => sourcesIn(WEB_VIEW, (name) => textsField(document, name)),
};

/** Hosts without a scheme: those of the published component, and those while it is tested. */
export interface OwnDomains {
  published: string[];
  testing: string[];
  /** Left out although the answer has errcode 0. */
  invalid: string[];
}

const OF_COMPONENT = { tokenOf: 'component', tokenName: 'access_token' } as const;

const hostsIn = (document: Json, name: string): string[] =>
  textField(document, name)
    .split(';')
    .map((host) => host.trim())
    .filter((host) => host !== '');

const ownDomainsIn =
  (name: string) =>
  (document: Json): OwnDomains => ({
    published: hostsIn(document, `published_${name}`),
    testing: hostsIn(document, `testing_${name}`),
    invalid: hostsIn(document, `invalid_${name}`),
  });

const readsOwn = (path: string, name: string): Endpoint<void, OwnDomains> => ({
  ...reading,
  ...OF_COMPONENT,
  path,
  write: () => ({ action: 'get' }),
  read: ownDomainsIn(name),
});

const changesOwn = (path: string, name: string): Endpoint<{ action: DomainChange; hosts: string[] }, OwnDomains> => ({
  ...changing,
  ...OF_COMPONENT,
  path,
  // A host in one of the two lists only would work for the others' test, or not in it.
  write: ({ action, hosts = [] }) => ({ action, [name]: hosts.join(';'), is_modify_published_together: true }),
  read: ownDomainsIn(name),
});

const OWN_SERVER = ['/cgi-bin/component/modify_wxa_server_domain', 'wxa_server_domain'] as const;
const OWN_WEB_VIEW = ['/cgi-bin/component/modify_wxa_jump_domain', 'wxa_jump_h5_domain'] as const;

export const getOwnServerDomains = readsOwn(...OWN_SERVER);
export const changeOwnServerDomains = changesOwn(...OWN_SERVER);
export const getOwnWebViewDomains = readsOwn(...OWN_WEB_VIEW);
export const changeOwnWebViewDomains = changesOwn(...OWN_WEB_VIEW);
