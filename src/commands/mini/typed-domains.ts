/** Domains as the flags of `wxop mini domains` give them, by what they are for. */
import { parameter } from '../../cli/command.ts';
import type { KindLists } from '../../mini-program/change-domains.ts';
import type { OwnList } from '../../mini-program/change-own-domains.ts';
import { checkDomain, checkOwnDomain, type DomainKind } from '../../mini-program/check-domain.ts';
import { text, type Text } from '../../sentences/text.ts';

export type TypedDomains = Partial<Record<DomainKind, string[]>>;

/** May be given again and again, and with commas. */
const list = {
  parse: (typed: string, before: string[] | undefined): string[] => [
    ...(before ?? []),
    ...typed.split(',').filter((one) => one.trim() !== ''),
  ],
};

export const DOMAIN_FLAGS = {
  request: parameter(
    '--request <domain>',
    text('https://… for requests; may be given again', '请求域名 https://…；可重复'),
    list,
  ),
  socket: parameter('--socket <domain>', text('wss://… for sockets', 'socket 域名 wss://…'), list),
  upload: parameter('--upload <domain>', text('https://… for uploads', '上传域名 https://…'), list),
  download: parameter('--download <domain>', text('https://… for downloads', '下载域名 https://…'), list),
  udp: parameter('--udp <domain>', text('udp://… for UDP', 'UDP 域名 udp://…'), list),
  tcp: parameter('--tcp <domain>', text('tcp://… for TCP', 'TCP 域名 tcp://…'), list),
  webView: parameter('--web-view <domain>', text('https://… for web views', '业务域名（web-view）https://…'), list),
};

export const KIND_NAMES: Record<DomainKind, Text> = {
  request: text('requests', '请求'),
  socket: text('sockets', 'socket'),
  upload: text('uploads', '上传'),
  download: text('downloads', '下载'),
  udp: text('UDP', 'UDP'),
  tcp: text('TCP', 'TCP'),
  webView: text('web views', '业务域名'),
};
export const KINDS = Object.keys(KIND_NAMES) as DomainKind[];

export const typedDomains = (given: TypedDomains): TypedDomains =>
  Object.fromEntries(KINDS.flatMap((kind) => (given[kind] ? [[kind, given[kind]]] : [])));

/** Throws USAGE for what cannot be a domain. */
export const checkedDomains = (typed: TypedDomains): KindLists =>
  Object.fromEntries(
    KINDS.flatMap((kind) => {
      const domains = typed[kind]?.map((domain) => checkDomain(domain, kind));
      return domains ? [[kind, [...new Set(domains)]]] : [];
    }),
  );

/** By the lists that the component has. Throws USAGE for what cannot be a host. */
export const checkedOwnDomains = ({ webView = [], ...server }: TypedDomains): { list: OwnList; hosts: string[] }[] =>
  [
    { list: 'server' as const, hosts: [...new Set(Object.values(server).flat().map(checkOwnDomain))] },
    { list: 'webView' as const, hosts: [...new Set(webView.map(checkOwnDomain))] },
  ].filter(({ hosts }) => hosts.length > 0);
