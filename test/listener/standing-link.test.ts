/** The standing link and the verification files: what strangers can ask the listener for. */
import { describe, expect, test } from 'vitest';
import { IN_TOTAL, PER_NETWORK, WINDOW } from '../../src/listener/http/fair-shares.ts';
import { ask, listenerWorld } from '../support/listener.ts';

const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36' };
const OPEN = { publicUrl: () => 'https://wx.example.com', hasStandingLink: true };

async function standingWorld(options = {}) {
  const world = await listenerWorld({ ...OPEN, ...options });
  await world.giveTicket();
  return world;
}

const cookieIn = (headers: { 'set-cookie'?: string[] }): string => headers['set-cookie']?.[0]?.split(';')[0] ?? '';
const codes = (world: { calls(endpoint: string): number }): number => world.calls('api_create_preauthcode');

describe('the standing link', () => {
  test('is not there unless it was asked for', async () => {
    const world = await listenerWorld();
    expect((await world.get('/authorize', BROWSER)).status).toBe(404);
  });

  test('leads each visitor to an attempt of their own, and the reload to the same one', async () => {
    const world = await standingWorld();
    const first = await world.get('/authorize', BROWSER);
    expect([first.status, first.headers.location]).toEqual([302, expect.stringMatching(/^\/authorize\/[0-9a-f]{20}$/)]);
    expect(first.headers['set-cookie']?.[0]).toMatch(/; Path=\/authorize; .*HttpOnly; SameSite=Lax; Secure$/);
    const page = await world.get(first.headers.location ?? '', BROWSER);
    expect([page.status, page.body.includes('componentloginpage')]).toEqual([200, true]);

    const again = await world.get('/authorize', { ...BROWSER, cookie: `a=b; ${cookieIn(first.headers)}` });
    expect(again.headers.location).toBe(first.headers.location);
    const other = await world.get('/authorize', BROWSER);
    expect(other.headers.location).not.toBe(first.headers.location);
    expect(codes(world)).toBe(2);
  });

  test('an attempt that is over or unknown is no longer the visitor’s', async () => {
    let now = Date.now();
    const world = await standingWorld({ now: () => now });
    const { headers } = await world.get('/authorize', BROWSER);
    now += 11 * 60 * 1000;
    const later = await world.get('/authorize', { ...BROWSER, cookie: cookieIn(headers) });
    expect(later.headers.location).not.toBe(headers.location);
    for (const cookie of [`wxop_attempt=${'0'.repeat(20)}`, 'wxop_attempt=../../ticket', 'wxop_attempt=']) {
      expect((await world.get('/authorize', { ...BROWSER, cookie })).status).toBe(302);
    }
  });

  test('who only looks takes no code', async () => {
    const world = await standingWorld();
    const looks: Record<string, string>[] = [
      {},
      { 'user-agent': 'facebookexternalhit/1.1' },
      { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' },
      { 'user-agent': 'curl/8.5.0' },
      { ...BROWSER, 'sec-purpose': 'prefetch;prerender' },
      { ...BROWSER, purpose: 'prefetch' },
    ];
    for (const headers of looks) {
      const { status, headers: answered } = await world.get('/authorize', headers);
      expect([headers, status, answered.location]).toEqual([headers, 200, undefined]);
    }
    expect((await ask(`${world.url}/authorize`, { method: 'HEAD', headers: BROWSER })).status).toBe(200);
    expect((await ask(`${world.url}/authorize`, { method: 'POST', headers: BROWSER })).status).toBe(404);
    expect(codes(world)).toBe(0);
  });

  test('a phone whose maker is called Cubot is no program', async () => {
    const world = await standingWorld();
    const phone = 'Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/132.0.0.0 Mobile Safari/537.36';
    expect((await world.get('/authorize', { ...BROWSER, 'user-agent': phone })).status).toBe(302);
  });

  const [PER_ADDRESS, PER_NEIGHBOURHOOD, PER_PROVIDER] = PER_NETWORK;
  /** Many visits at once, from addresses that a trusted proxy names. */
  async function visits(addresses: string[], trustedProxies = ['loopback']) {
    let elapsed = 0;
    const world = await standingWorld({ trustedProxies, elapsed: () => elapsed });
    const visit = (address: string) => world.get('/authorize', { ...BROWSER, 'x-forwarded-for': address });
    const answers = await Promise.all(addresses.map(visit));
    const admitted = answers.filter(({ status }) => status === 302).length;
    return { world, visit, answers, admitted, pass: (milliseconds: number) => (elapsed += milliseconds) };
  }
  const addresses = (count: number, address: (index: number) => string): string[] =>
    Array.from({ length: count }, (_, index) => address(index));

  test('one address cannot take many, even all at once, and has its share again after ten minutes', async () => {
    const { world, visit, answers, admitted, pass } = await visits(addresses(20, () => '203.0.113.7'));
    expect(admitted).toBe(PER_ADDRESS);
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(500);
    expect(codes(world)).toBe(PER_ADDRESS);
    expect((await visit('198.51.100.1')).status).toBe(302);
    pass(WINDOW);
    expect((await visit('203.0.113.7')).status).toBe(302);
  });

  test.each([
    ['one IPv6 customer, whose network is a /64', PER_ADDRESS, (index: number) => `2001:db8::${index.toString(16)}`],
    ['one IPv6 network, a /48', PER_NEIGHBOURHOOD, (index: number) => `2001:db8:0:${index.toString(16)}::1`],
    ['one IPv6 provider, a /32', PER_PROVIDER, (index: number) => `2001:db8:${index.toString(16)}::1`],
    ['one IPv4 network, a /24', PER_NEIGHBOURHOOD, (index: number) => `203.0.113.${index}`],
    ['one IPv4 provider, a /16', PER_PROVIDER, (index: number) => `203.0.${index}.1`],
  ])('%s, takes no more than its share, and leaves the others theirs', async (_, share, address) => {
    const { visit, admitted } = await visits(addresses(IN_TOTAL, address));
    expect(admitted).toBe(share);
    expect((await visit('192.0.2.1')).status).toBe(302);
  });

  test('many networks together take no more than the bound for all', async () => {
    const { world, admitted } = await visits(addresses(IN_TOTAL * 2, (index) => `${index + 1}.0.0.1`));
    expect([admitted, codes(world)]).toEqual([IN_TOTAL, IN_TOTAL]);
  });

  test('visitors behind a proxy that is not trusted are not counted as one, and the operator hears of it once', async () => {
    const { world, admitted } = await visits(
      addresses(20, (index) => `${index + 1}.0.0.1`),
      [],
    );
    expect(admitted).toBe(20);
    expect(world.activity.filter(({ type }) => type === 'unknown-visitors')).toEqual([
      { type: 'unknown-visitors', proxy: '127.0.0.1' },
    ]);
  });

  test('visitors whom a proxy hides have only the bound for all, and the operator hears of it', async () => {
    const world = await standingWorld({ isPublic: true });
    const answers = await Promise.all(addresses(20, String).map(() => world.get('/authorize', BROWSER)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([302]));
    expect(world.activity).toContainEqual({ type: 'unknown-visitors', proxy: '127.0.0.1' });
  });

  test('without a ticket it says so, and tells the operator why', async () => {
    const world = await listenerWorld(OPEN);
    expect((await world.get('/authorize', BROWSER)).status).toBe(503);
    expect(world.activity).toContainEqual(expect.objectContaining({ type: 'exchange-failed' }));
  });
});

describe('verification files', () => {
  const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0x62, 0x0d, 0x0a, 0xff]);
  const rootFiles = (): Record<string, string> => ({ '0qwMjOAYmX.txt': bytes.toString('base64') });

  test('come exactly as they were given', async () => {
    const { url } = await listenerWorld({ verificationFiles: rootFiles });
    const answered = await fetch(`${url}/0qwMjOAYmX.txt`);
    expect([answered.status, answered.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(Buffer.from(await answered.arrayBuffer())).toEqual(bytes);
    const head = await ask(`${url}/0qwMjOAYmX.txt`, { method: 'HEAD' });
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', String(bytes.length)]);
  });

  test.each([
    '/0QWMJOAYMX.txt',
    '/other.txt',
    '/__proto__.txt',
    '/constructor',
    '/a/0qwMjOAYmX.txt',
    '/0qwMjOAYmX.txt/',
  ])('%s is not there', async (path) => {
    const { url } = await listenerWorld({ verificationFiles: rootFiles });
    expect((await ask(url + path)).status).toBe(404);
  });
});
