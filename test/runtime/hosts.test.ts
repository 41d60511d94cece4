import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClientAddresses } from '../../src/listener/http/client-addresses.ts';
import {
  addressMatcher,
  isLoopbackHost,
  isPrivateAddress,
  isPrivateHost,
  localOriginOf,
} from '../../src/runtime/hosts.ts';
import { originOf } from '../../src/runtime/origin-of.ts';
import { isAddressRange } from '../../src/settings/is-address-range.ts';

describe('an address is private where only this machine or its network reaches it', () => {
  it.each([
    ['0.0.0.0', true],
    ['10.1.2.3', true],
    ['100.63.255.255', false],
    ['100.64.0.1', true],
    ['100.127.255.255', true],
    ['100.128.0.0', false],
    ['127.0.0.1', true],
    ['169.254.0.1', true],
    ['172.15.255.255', false],
    ['172.16.0.1', true],
    ['172.32.0.1', false],
    ['192.168.1.1', true],
    ['8.8.8.8', false],
    ['203.0.113.7', false],
    ['::', true],
    ['::1', true],
    ['::ffff:10.0.0.1', true],
    ['::ffff:8.8.8.8', false],
    ['fd00::1', true],
    ['fe80::1', true],
    ['fec0::1', true],
    ['2001:db8::1', false],
    ['2400:3200::1', false],
    ['wx.lan', false],
    ['127.1', false],
    ['', false],
  ])('%s: %s', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected);
  });
});

describe('a host of a URL is private where no public name server knows it', () => {
  it.each([
    ['localhost', true],
    ['app.localhost', true],
    ['nas', true],
    ['nas.local', true],
    ['wx.lan', true],
    ['wx.internal', true],
    ['nas.home.arpa', true],
    ['WX.LAN', true],
    ['[::1]', true],
    ['[fd00::1]', true],
    ['10.0.0.1', true],
    ['100.64.1.1', true],
    ['[2400:3200::1]', false],
    ['203.0.113.7', false],
    ['wx.example.com', false],
    ['10.example.com', false],
    ['lan.example.com', false],
    ['notlocal.plan', false],
  ])('%s: %s', (host, expected) => {
    expect(isPrivateHost(host)).toBe(expected);
  });
});

describe('a host is this machine where it is localhost or a loopback address', () => {
  it.each([
    ['localhost', true],
    ['LOCALHOST', true],
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['[::1]', true],
    ['evil.localhost', false],
    ['127.0.0.1.example.com', false],
    ['0.0.0.0', false],
    ['10.0.0.1', false],
    ['', false],
  ])('%s: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });
});

describe('the address of a server', () => {
  it('has brackets where it is IPv6', () => {
    expect(originOf('wx.example.com', 80)).toBe('http://wx.example.com:80');
    expect(originOf('::1', 7788)).toBe('http://[::1]:7788');
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:7788'],
    ['0.0.0.0', 'http://127.0.0.1:7788'],
    ['::', 'http://[::1]:7788'],
    ['0:0:0:0:0:0:0:0', 'http://[::1]:7788'],
    ['fd00::7', 'http://[fd00::7]:7788'],
    ['10.0.0.5', 'http://10.0.0.5:7788'],
    ['localhost', 'http://localhost:7788'],
  ])('is reached on this machine, when bound to %s, at %s', (host, expected) => {
    expect(localOriginOf(host, '7788')).toBe(expected);
  });
});

describe('an entry of a list of proxies', () => {
  it.each(['loopback', '10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8', '::/0'])('may be %s', (entry) => {
    expect(isAddressRange(entry)).toBe(true);
  });

  it.each([
    '',
    'nginx',
    '10.0.0',
    '10.0.0.1.2',
    '256.0.0.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    ':::',
    '::1/129',
    'fe80::1%eth0',
    '[::1]',
    'LOOPBACK',
  ])('may not be %j', (entry) => {
    expect(isAddressRange(entry)).toBe(false);
  });

  it('is allowed exactly where it matches the address that it begins with', () => {
    const group = fc.stringMatching(/^[\da-f]{0,5}$/);
    const six = fc.array(group, { maxLength: 9 }).map((groups) => groups.join(':'));
    const four = fc
      .array(fc.integer({ max: 300, min: 0 }), { minLength: 3, maxLength: 5 })
      .map((parts) => parts.join('.'));
    const address = fc.oneof(
      six,
      four,
      fc.tuple(six, four).map((both) => both.join(':')),
      four.map((v4) => `::ffff:${v4}`),
    );
    const prefix = fc.oneof(
      fc.constant(''),
      fc.constantFrom(0, 8, 32, 33, 104, 128, 129).map((bits) => `/${bits}`),
    );
    fc.assert(
      fc.property(address, prefix, (written, bits) => {
        expect(addressMatcher([written + bits])(written), written + bits).toBe(isAddressRange(written + bits));
      }),
      { numRuns: 3000 },
    );
  });

  it('matches the addresses of its range, whichever socket they came in over', () => {
    const isProxy = addressMatcher(['10.0.0.0/8', 'fd00::/8', '192.0.2.7']);
    const all = [
      '10.255.0.1',
      '::ffff:10.0.0.1',
      'fd12::1',
      '192.0.2.7',
      '11.0.0.1',
      '192.0.2.8',
      '::1',
      'unknown',
      '',
    ];
    expect(all.filter(isProxy)).toEqual(['10.255.0.1', '::ffff:10.0.0.1', 'fd12::1', '192.0.2.7']);
    expect(addressMatcher(['loopback'])('127.200.0.1')).toBe(true);
    expect(addressMatcher([])('127.0.0.1')).toBe(false);
  });
});

describe('the client of a request', () => {
  const request = (remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage =>
    ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;
  const forwarded = (remoteAddress: string, chain: string) => request(remoteAddress, { 'x-forwarded-for': chain });

  it('is the peer, unless that is a trusted proxy', () => {
    const { addressOf } = createClientAddresses(['loopback', '10.0.0.0/8']);
    expect(addressOf(forwarded('192.0.2.1', '198.51.100.1'))).toBe('192.0.2.1');
    expect(addressOf(forwarded('127.0.0.1', '198.51.100.1'))).toBe('198.51.100.1');
    expect(addressOf(forwarded('::ffff:10.0.0.9', '6.6.6.6, 198.51.100.1, 10.0.0.2'))).toBe('198.51.100.1');
    expect(addressOf(forwarded('127.0.0.1', '198.51.100.1, nonsense'))).toBe('127.0.0.1');
    expect(createClientAddresses([]).addressOf(forwarded('127.0.0.1', '198.51.100.1'))).toBe('127.0.0.1');
  });

  it('is local only where no other machine and no foreign name stands in the request', () => {
    const { isLocal, isShared } = createClientAddresses([]);
    expect(isLocal(request('127.0.0.1', { host: 'localhost:7788' }))).toBe(true);
    expect(isLocal(request('::ffff:127.0.0.1', { host: '[::1]:7788' }))).toBe(true);
    expect(isLocal(request('127.0.0.1', { host: 'rebound.example.com' }))).toBe(false);
    expect(isLocal(request('127.0.0.1'))).toBe(false);
    expect(isLocal(request('127.0.0.1', { host: 'localhost', via: '1.1 proxy' }))).toBe(false);
    expect(isLocal(request('10.0.0.1', { host: 'localhost' }))).toBe(false);
    expect([isShared('::1'), isShared('10.0.0.1'), isShared(undefined)]).toEqual([true, false, false]);
  });
});
