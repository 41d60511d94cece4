/** Who asks: the address behind a connection, or behind a proxy that we were told to trust. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

export interface ClientAddresses {
  /** The client's address: the peer's own, or what trusted proxies say of it. */
  addressOf(request: IncomingMessage): string;
  /** The peer is a proxy or a program of this machine: many clients may stand behind it. */
  isShared(address: string | undefined): boolean;
  /** Nobody else's word is in this request: a program of this machine asks for itself. */
  isLocal(request: IncomingMessage): boolean;
}

/** An IPv4 address that came in over an IPv6 socket is the IPv4 address. */
const plain = (address = ''): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

function rangesOf(list: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const entry of list) {
    const [address = '', prefix] = entry.split('/');
    // Not isIPv6: its first call compiles an expression that takes a listener longer than opening its port.
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    if (prefix === undefined) ranges.addAddress(address, family);
    else ranges.addSubnet(address, Number(prefix), family);
  }
  return ranges;
}

const LOOPBACK = ['127.0.0.0/8', '::1'];

/** `trusted`: addresses and ranges (`10.0.0.0/8`) of proxies, `loopback` for this machine. */
export function createClientAddresses(trusted: readonly string[]): ClientAddresses {
  const loopback = rangesOf(LOOPBACK);
  const proxies = rangesOf(trusted.flatMap((entry) => (entry === 'loopback' ? LOOPBACK : entry)));
  const isIn = (ranges: BlockList, address: string): boolean => {
    // What nearly every connection comes from; a BlockList makes an object of each address.
    if (address === '127.0.0.1' && ranges === loopback) return true;
    const version = isIP(address);
    return version !== 0 && ranges.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
  return {
    addressOf: (request) => {
      let address = plain(request.socket.remoteAddress);
      if (trusted.length === 0 || !isIn(proxies, address)) return address;
      const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
      // From the right: each proxy adds the address that it saw, and what stands left of a stranger is his invention.
      for (const entry of forwarded.reverse()) {
        const said = plain(entry.trim());
        if (isIP(said) === 0) return address;
        address = said;
        if (!isIn(proxies, address)) return address;
      }
      return address;
    },
    isShared: (address) => isIn(loopback, plain(address)) || isIn(proxies, plain(address)),
    isLocal: (request) => {
      const isForwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip', 'x-forwarded-host'].some(
        (name) => name in request.headers,
      );
      const host = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(request.headers.host ?? '');
      return !isForwarded && host && isIn(loopback, plain(request.socket.remoteAddress));
    },
  };
}
