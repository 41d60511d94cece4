/** Whose a host or an address is: this machine's, its network's, or the world's. */
import ipaddr from 'ipaddr.js';
import { lazy } from './lazy.ts';
import { originOf } from './origin-of.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const PRIVATE = [
  'unspecified',
  'loopback',
  'private',
  'linkLocal',
  'carrierGradeNat',
  'uniqueLocal',
  'deprecatedSiteLocal',
];
/** Top-level domains that no public name server knows. Sources: RFC 6761, 6762, 8375; `.internal` is reserved by ICANN. */
const PRIVATE_NAMES = /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa)$/;
const LOOPBACK = ['127.0.0.0/8', '::1'];

/** Undefined for what is no address; an IPv4 address that came in over an IPv6 socket is the IPv4 address. */
function parse(written: string): Address | undefined {
  if (written.includes(':')) return ipaddr.IPv6.isValid(written) ? ipaddr.process(written) : undefined;
  // Four parts only: ipaddr.js would take `127.1` and `0x7f000001`, too.
  return ipaddr.IPv4.isValidFourPartDecimal(written) ? ipaddr.IPv4.parse(written) : undefined;
}

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1').toLowerCase();

/** For an address; a name says nothing about where it leads. */
export function isPrivateAddress(address: string): boolean {
  const parsed = parse(address);
  return parsed !== undefined && PRIVATE.includes(parsed.range());
}

/** Whether only this machine or its network can reach a host, written as in a URL. */
export function isPrivateHost(host: string): boolean {
  const bare = withoutBrackets(host);
  if (parse(bare)) return isPrivateAddress(bare);
  return !bare.includes('.') || PRIVATE_NAMES.test(bare);
}

/** Whether a host, written as in a URL, is this machine itself. */
export function isLoopbackHost(host: string): boolean {
  const bare = withoutBrackets(host);
  return bare === 'localhost' || bare === '127.0.0.1' || parse(bare)?.range() === 'loopback';
}

/** Where a listener that is bound to `host` answers on this machine: one bound to all addresses, on loopback. */
export function localOriginOf(host: string, port: string | number): string {
  const address = parse(host)?.toString();
  return originOf(address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : host, port);
}

/** Of an address, a range (`10.0.0.0/8`), or `loopback` for this machine; empty for anything else. */
function rangesOf(entry: string): [Address, number][] {
  if (entry === 'loopback') return LOOPBACK.flatMap(rangesOf);
  const [, address = '', prefix] = /^([\da-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const parsed = parse(address);
  if (!parsed) return [];
  const longest = parsed.kind() === 'ipv4' ? 32 : 128;
  const bits = Number(prefix ?? longest);
  return bits <= longest ? [[parsed, bits]] : [];
}

/** Prefixes of an address's networks: what one customer has, one network, one provider. */
const NETWORKS = { ipv4: [32, 24, 16], ipv6: [64, 48, 32] };

/** The networks that an address is in, the smallest first; the text itself for what is no address. */
export function networksOf(address: string): string[] {
  const parsed = parse(address.replace(/%.*$/, ''));
  if (!parsed) return [address];
  const bytes = parsed.toByteArray();
  return NETWORKS[parsed.kind()].map((bits) => `${bytes.slice(0, bits / 8).join('.')}/${bits}`);
}

/** Tells the addresses that are in one of the ranges. */
export function addressMatcher(entries: readonly string[]): (address: string) => boolean {
  // Read when somebody comes: a listener is ready before.
  const ranges = lazy(() => entries.flatMap(rangesOf));
  return (address) => {
    const parsed = parse(address);
    return parsed !== undefined && ranges().some((range) => range[0].kind() === parsed.kind() && parsed.match(range));
  };
}
