/** The client's address: of the connection, or, behind a trusted proxy, what the proxy says. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { addressMatcher, isLoopbackHost, isPrivateAddress } from '../../runtime/hosts.ts';

/** A visitor of a page, for counting; `address` is undefined if nothing tells visitors apart. */
export interface Visitor {
  address: string | undefined;
  /** A proxy that does not say where visitors come from, or is not trusted to. */
  hiddenBy?: string;
}

export interface ClientAddresses {
  /** The client's address: the peer's, or what trusted proxies say. */
  addressOf(request: IncomingMessage): string;
  /** `isPublic`: strangers reach this listener, so a private address is not a stranger's but a proxy's. */
  visitorOf(request: IncomingMessage, isPublic: boolean): Visitor;
  /** Whether the peer is a proxy or a program of this machine: it may act for many clients. */
  isShared(address: string | undefined): boolean;
  /** Whether a program of this machine asks for itself: no header names another client. */
  isLocal(request: IncomingMessage): boolean;
}

/** An IPv4 address without the `::ffff:` that it has on an IPv6 socket. */
const plain = (address = ''): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

/** `trusted`: addresses and ranges (`10.0.0.0/8`) of proxies, `loopback` for this machine. */
export function createClientAddresses(trusted: readonly string[]): ClientAddresses {
  const isTrusted = addressMatcher(trusted);
  const isOfLoopback = addressMatcher(['loopback']);
  // Nearly every connection comes from there, and parsing the address costs more than comparing it.
  const isLoopback = (address: string): boolean => address === '127.0.0.1' || isOfLoopback(address);
  const forwardedFor = ({ headers }: IncomingMessage): string[] => String(headers['x-forwarded-for'] ?? '').split(',');
  const addresses: ClientAddresses = {
    visitorOf: (request, isPublic) => {
      const peer = plain(request.socket.remoteAddress);
      const address = addresses.addressOf(request);
      if (address !== peer) return { address };
      const said = plain(forwardedFor(request).at(-1)?.trim());
      const isProxy = isTrusted(peer) || isPrivateAddress(peer);
      // Good enough to count by: an invented address is still bound by the limit for all.
      if (isProxy && isIP(said) !== 0) return { address: said, hiddenBy: peer };
      if (isProxy && (isPublic || isTrusted(peer))) return { address: undefined, hiddenBy: peer };
      return { address, ...('x-forwarded-for' in request.headers && { hiddenBy: peer }) };
    },
    addressOf: (request) => {
      let address = plain(request.socket.remoteAddress);
      if (trusted.length === 0 || !isTrusted(address)) return address;
      const forwarded = forwardedFor(request);
      // From the right: each proxy appends the address that it saw; whatever is left of the first stranger may be invented.
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
