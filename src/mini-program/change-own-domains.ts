/** Changes the component's own list of domains: what mini programs may take from it. */
import {
  changeOwnServerDomains,
  changeOwnWebViewDomains,
  getOwnServerDomains,
  getOwnWebViewDomains,
  type DomainChange,
  type OwnDomains,
} from '../protocol/calls/mini-program/domain-endpoints.ts';
import { sendOnce, type Seen, type StepOptions } from '../release/steps/send-once.ts';
import { en, firstOf, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { KindLists } from './change-domains.ts';
import { domainsUnknown, notTaken } from './domain-failures.ts';
import type { HolderCall } from '../wechat-api/call.ts';

export type OwnList = 'server' | 'webView';

const CALLS = {
  server: { read: getOwnServerDomains, change: changeOwnServerDomains },
  webView: { read: getOwnWebViewDomains, change: changeOwnWebViewDomains },
};
const LOOKS = [1_000, 4_000];

export const readOwnDomains = (call: HolderCall, list: OwnList): Promise<OwnDomains> =>
  call(CALLS[list].read, undefined);

export interface ChangedOwnDomains {
  before: OwnDomains;
  after: OwnDomains;
  isChanged: boolean;
}

/** In both lists at once, of the published component and of the one that is tested. Throws NOT_KEPT. */
export async function changeOwnDomains(
  call: HolderCall,
  { action, list, hosts }: { action: DomainChange; list: OwnList; hosts: string[] },
  options: StepOptions,
): Promise<ChangedOwnDomains> {
  const before = await readOwnDomains(call, list);
  const isIn = ({ published, testing }: OwnDomains, host: string): boolean =>
    published.includes(host) && testing.includes(host);
  const isNowhere = ({ published, testing }: OwnDomains, host: string): boolean =>
    !published.includes(host) && !testing.includes(host);
  const extras = (lists: OwnDomains): string[] =>
    action === 'set'
      ? [...new Set([...lists.published, ...lists.testing])].filter((host) => !hosts.includes(host))
      : action === 'delete'
        ? hosts.filter((host) => !isNowhere(lists, host))
        : [];
  const missing = (lists: OwnDomains): string[] =>
    action === 'delete' ? [] : hosts.filter((host) => !isIn(lists, host));
  const isDone = (lists: OwnDomains): boolean => missing(lists).length + extras(lists).length === 0;
  if (isDone(before)) return { before, after: before, isChanged: false };
  const sent = action === 'set' ? hosts : action === 'add' ? missing(before) : extras(before);
  const { answer } = await sendOnce<OwnDomains | undefined>(
    {
      send: () => call(CALLS[list].change, { action, hosts: sent }),
      afterLoss: CALLS[list].change.afterLoss,
      look: async (): Promise<Seen<undefined>> => {
        const shown = await readOwnDomains(call, list);
        if (isDone(shown)) return { effect: 'there', answer: undefined };
        return { effect: JSON.stringify(shown) === JSON.stringify(before) ? 'absent' : 'unclear' };
      },
      pauses: LOOKS,
      unknown: domainsUnknown,
    },
    options,
  );
  const after = await readOwnDomains(call, list);
  const untaken = [
    ...missing(after).map((domain) => ({
      domain,
      why: answer?.invalid.includes(domain) ? ('invalid' as const) : ('missing' as const),
    })),
    ...extras(after).map((domain) => ({ domain, why: 'stillThere' as const })),
  ];
  if (untaken.length > 0) throw notTaken(untaken, hosts.length, 'direct');
  return { before, after, isChanged: true };
}

const SHOWN = 10;
const hostOf = (domain: string): string => domain.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '');

/** Throws USAGE where mini programs could not take a domain from the list: WeChat would refuse each of them. */
export async function expectRegistered(call: HolderCall, { webView = [], ...server }: KindLists): Promise<void> {
  const missing = [
    ...(await unregistered(call, 'server', Object.values(server).flat())),
    ...(await unregistered(call, 'webView', webView)),
  ];
  if (missing.length > 0) throw notRegistered(missing);
}

/** A web view may also show what is below a host of the list. */
async function unregistered(call: HolderCall, list: OwnList, domains: readonly string[]): Promise<string[]> {
  if (domains.length === 0) return [];
  const { published, testing } = await readOwnDomains(call, list);
  const isKnown = (host: string): boolean =>
    [...published, ...testing].some((known) => host === known || (list === 'webView' && host.endsWith(`.${known}`)));
  return domains.filter((domain) => !isKnown(hostOf(domain)));
}

const notRegistered = (domains: readonly string[]): WxopError => {
  const which = firstOf(domains, SHOWN);
  return new WxopError(
    'USAGE',
    text(
      en`Not in the component's own list, from which they would be taken: ${which}.`,
      zh`以下域名未登记在第三方平台自身的列表中，无法经其设置：${which}。`,
    ),
    {
      errcode: 85018,
      hint: text(
        'Nothing was sent. Register them first, `wxop mini domains add --own`, or set them directly, without --via-component.',
        '未提交任何内容。请先登记：`wxop mini domains add --own`；或不加 --via-component 直接设置。',
      ),
    },
  );
};
