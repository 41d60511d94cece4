/** Domains of a mini program, which come in two ways: over the component's own list, and directly. */
import { beijingMonth } from '../beijing-time.ts';
import type { Json } from '../../runtime/json-object.ts';
import { ApiRefusal } from '../api-refusal.ts';

export const SERVER_KINDS = [
  'requestdomain',
  'wsrequestdomain',
  'uploaddomain',
  'downloaddomain',
  'udpdomain',
  'tcpdomain',
] as const;
const SCHEMES: Record<string, string> = { wsrequestdomain: 'wss://', udpdomain: 'udp://', tcpdomain: 'tcp://' };
const [MOST_SERVER, MOST_WEBVIEW, CHANGES_A_MONTH] = [200, 300, 50];
const WECHAT_HOST = 'api.weixin.qq.com';
/** Hosts under this have no ICP filing. */
const WITHOUT_ICP = '.noicp.example';

export type DomainLists = Record<(typeof SERVER_KINDS)[number], string[]>;

export interface Domains {
  /** Entered by the merchant at mp.weixin.qq.com, before the component had the permission. */
  console: DomainLists;
  /** Over the component, and directly. */
  third: DomainLists;
  direct: DomainLists;
  thirdWebview: string[];
  directWebview: string[];
  /** What the newest release made live. */
  live: DomainLists;
  liveWebview: string[];
  /** Milliseconds of each change. */
  changes: number[];
}

const noDomains = (): DomainLists => ({
  requestdomain: [],
  wsrequestdomain: [],
  uploaddomain: [],
  downloaddomain: [],
  udpdomain: [],
  tcpdomain: [],
});

/** The merchant's own, unless `hasConsole` says that there is none. */
export const createDomains = (hasConsole: boolean): Domains => ({
  console: { ...noDomains(), ...(hasConsole && { requestdomain: ['https://shop.example.com'] }) },
  third: noDomains(),
  direct: noDomains(),
  thirdWebview: [],
  directWebview: [],
  live: noDomains(),
  liveWebview: [],
  changes: [],
});

/** `a.example.com` of `https://a.example.com:8443`; undefined where it is no domain. */
const hostIn = (value: string, scheme: string): string | undefined => {
  const host = value.startsWith(scheme) ? /^([\w-]+(?:\.[\w-]+)+)(?::\d+)?$/.exec(value.slice(scheme.length))?.[1] : '';
  return host === undefined || host === '' || /^[\d.]+$/.test(host) ? undefined : host;
};

const listIn = (body: Json, name: string): string[] => {
  const value = body[name] ?? [];
  if (!Array.isArray(value)) throw new ApiRefusal(47001);
  return value.map(String);
};

/** Counts a change of the month; throws when they are used up. */
export function spendChange(changes: number[], now: number, errcode: number): void {
  if (changes.filter((at) => beijingMonth(at) === beijingMonth(now)).length >= CHANGES_A_MONTH) {
    throw new ApiRefusal(errcode);
  }
  changes.push(now);
}

export type DomainAction = 'add' | 'delete' | 'set' | 'get';

export function actionIn({ action }: Json): DomainAction {
  if (action === 'add' || action === 'delete' || action === 'set' || action === 'get') return action;
  throw new ApiRefusal(40097);
}

const combined = (before: string[], given: string[], action: DomainAction): string[] =>
  action === 'delete'
    ? before.filter((domain) => !given.includes(domain))
    : [...new Set([...(action === 'set' ? [] : before), ...given])];

const isSame = (one: string[], other: string[]): boolean => [...one].sort().join() === [...other].sort().join();

/** The lists after a change, and what was left out of it with errcode 0. `registered`: the component's list, on way 1. */
export function changeServer(
  before: DomainLists,
  body: Json,
  action: DomainAction,
  registered?: string[],
): { lists: DomainLists; ignored: Record<string, string[]> } {
  const lists = { ...before };
  const ignored: Record<string, string[]> = {};
  const unfiled: string[] = [];
  let unregistered = 0;
  for (const kind of SERVER_KINDS) {
    const scheme = SCHEMES[kind] ?? 'https://';
    const given = body[kind] === undefined && action !== 'set' ? [] : listIn(body, kind);
    if (given.some((value) => !value.startsWith(scheme))) throw new ApiRefusal(86100);
    if (given.some((value) => hostIn(value, scheme) === WECHAT_HOST)) throw new ApiRefusal(86101);
    const invalid = given.filter((value) => hostIn(value, scheme) === undefined);
    const filed = given.filter((value) => {
      const host = hostIn(value, scheme);
      if (host?.endsWith(WITHOUT_ICP)) unfiled.push(value);
      return host !== undefined && !host.endsWith(WITHOUT_ICP);
    });
    const accepted =
      registered && action !== 'delete'
        ? filed.filter((value) => registered.includes(hostIn(value, scheme) ?? ''))
        : filed;
    unregistered += filed.length - accepted.length;
    lists[kind] = combined(before[kind], accepted, action);
    if (lists[kind].length > MOST_SERVER) throw new ApiRefusal(85016);
    ignored[`invalid_${kind}`] = invalid;
  }
  const isChanged = SERVER_KINDS.some((kind) => !isSame(before[kind], lists[kind]));
  const isPartial = unfiled.length > 0 || Object.values(ignored).some((values) => values.length > 0);
  if (!isChanged && unregistered > 0) throw new ApiRefusal(85018);
  if (!isChanged && !isPartial) throw new ApiRefusal(85017);
  return { lists, ignored: { ...ignored, no_icp_domain: unfiled } };
}

/** The web-view domains after a change. `registered`: the component's list, on way 1. */
export function changeWebview(before: string[], body: Json, registered?: string[]): string[] {
  if (registered?.length === 0) throw new ApiRefusal(89020);
  // Without an action, all domains of the component are added.
  const isBlanket = body.action === undefined && registered !== undefined;
  const action = isBlanket ? 'add' : actionIn(body);
  const given = isBlanket ? registered.map((host) => `https://${host}`) : listIn(body, 'webviewdomain');
  const isKnown = (host: string): boolean =>
    registered === undefined || registered.some((known) => host === known || host.endsWith(`.${known}`));
  for (const value of given) {
    const host = hostIn(value, 'https://');
    if (host === undefined || /:\d+$/.test(value) || !isKnown(host)) throw new ApiRefusal(89021);
  }
  const after = combined(before, given, action);
  if (after.length > MOST_WEBVIEW) throw new ApiRefusal(89029);
  if (isSame(before, after)) throw new ApiRefusal(89019);
  return after;
}

/**
 * A release makes domains live. Where some came through the component, those that it has no longer are taken away, and the
 * merchant's own.
 */
export function releaseDomains(domains: Domains, server: string[], jump: string[]): void {
  if (SERVER_KINDS.some((kind) => domains.third[kind].length > 0)) domains.console = noDomains();
  for (const kind of SERVER_KINDS) {
    const scheme = SCHEMES[kind] ?? 'https://';
    domains.third[kind] = domains.third[kind].filter((value) => server.includes(hostIn(value, scheme) ?? ''));
    domains.live[kind] = [...new Set([...domains.console[kind], ...domains.third[kind], ...domains.direct[kind]])];
  }
  domains.thirdWebview = domains.thirdWebview.filter((value) => {
    const host = hostIn(value, 'https://') ?? '';
    return jump.some((known) => host === known || host.endsWith(`.${known}`));
  });
  domains.liveWebview = [...new Set([...domains.thirdWebview, ...domains.directWebview])];
}

/** The component's own list: hosts without a scheme. */
export interface ComponentDomains {
  testing: string[];
  published: string[];
  changes: number[];
}

export const hostsOf = ({ testing, published }: ComponentDomains): string[] => [...new Set([...testing, ...published])];

/** `a.example.com;b.example.com`, as the component's calls write them. */
export function changeComponent(
  domains: ComponentDomains,
  written: string,
  action: DomainAction,
  options: { most: number; isPublishedToo: boolean; now: number },
): string[] {
  if (action === 'get') return [];
  const given = written.split(';').filter(Boolean);
  const invalid = given.filter((host) => hostIn(host, '') === undefined);
  const valid = given.filter((host) => !invalid.includes(host));
  if (valid.length === 0) throw new ApiRefusal(9410016);
  const testing = combined(domains.testing, valid, action);
  if (testing.length > options.most) throw new ApiRefusal(65316);
  spendChange(domains.changes, options.now, 45104);
  domains.testing = testing;
  if (options.isPublishedToo) domains.published = combined(domains.published, valid, action);
  return invalid;
}
