/** Who asks: the address behind a connection, or behind a proxy that we were told to trust. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { addressMatcher, isLoopbackHost, isPrivateAddress } from '../../runtime/hosts.ts';

/** Who visits a page, for counting; `address` is undefined where nothing tells visitors apart. */
export interface Visitor {
  address: string | undefined;
  /** The proxy that hides where visitors come from, or whose word on it is not trusted. */
  hiddenBy?: string;
}

export interface ClientAddresses {
  /** The client's address: the peer's own, or what trusted proxies say of it. */
  addressOf(request: IncomingMessage): string;
  /** `isPublic`: strangers reach this listener, so nobody on a private address is one of them. */
  visitorOf(request: IncomingMessage, isPublic: boolean): Visitor;
  /** The peer is a proxy or a program of this machine: many clients may stand behind it. */
  isShared(address: string | undefined): boolean;
  /** Nobody else's word is in this request: a program of this machine asks for itself. */
  isLocal(request: IncomingMessage): boolean;
}

/** An IPv4 address that came in over an IPv6 socket is the IPv4 address. */
const plain = (address = ''): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

/** `trusted`: addresses and ranges (`10.0.0.0/8`) of proxies, `loopback` for this machine. */
export function createClientAddresses(trusted: readonly string[]): ClientAddresses {
  const isTrusted = addressMatcher(trusted);
  const isOfLoopback = addressMatcher(['loopback']);
  // Nearly every connection comes from there, and parsing an address is the dearer half of the comparison.
  const isLoopback = (address: string): boolean => address === '127.0.0.1' || isOfLoopback(address);
  const forwardedFor = ({ headers }: IncomingMessage): string[] => String(headers['x-forwarded-for'] ?? '').split(',');
  const addresses: ClientAddresses = {
    visitorOf: (request, isPublic) => {
      const peer = plain(request.socket.remoteAddress);
      const address = addresses.addressOf(request);
      if (address !== peer) return { address };
      const said = plain(forwardedFor(request).at(-1)?.trim());
      const isProxy = isTrusted(peer) || isPrivateAddress(peer);
      // Good enough to count by: whoever invents one gets no further than the bound for all.
      if (isProxy && isIP(said) !== 0) return { address: said, hiddenBy: peer };
      if (isProxy && (isPublic || isTrusted(peer))) return { address: undefined, hiddenBy: peer };
      return { address, ...('x-forwarded-for' in request.headers && { hiddenBy: peer }) };
    },
    addressOf: (request) => {
      let address = plain(request.socket.remoteAddress);
      if (trusted.length === 0 || !isTrusted(address)) return address;
      const forwarded = forwardedFor(request);
      // From the right: each proxy adds the address that it saw, and what stands left of a stranger is his invention.
      for (const entry of forwarded.reverse()) {
        const said = plain(entry.trim());
        if (isIP(said) === 0) return address;
        address = said;
        if (!isTrusted(address)) return address;
      }
      return address;
    },
    isShared: (address) => isLoopback(plain(address)) || isTrusted(plain(address)),
    isLocal: (request) => {
      const isForwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip', 'x-forwarded-host'].some(
        (name) => name in request.headers,
      );
      const host = (request.headers.host ?? '').replace(/:\d+$/, '');
      return !isForwarded && isLoopbackHost(host) && isLoopback(plain(request.socket.remoteAddress));
    },
  };
  return addresses;
}
