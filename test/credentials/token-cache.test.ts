import { describe, expect, it } from 'vitest';
import { text } from '../../src/sentences/text.ts';
import { WxopError } from '../../src/sentences/wxop-error.ts';
import { COMPONENT } from '../../src/wechat-api/call.ts';
import { createTokenCache, LEASE, type TokenCache } from '../../src/credentials/token-cache.ts';
import { componentToken } from '../../src/protocol/calls/endpoints.ts';
import { SANDBOX_COMPONENT, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import type { FileStoreOptions } from '../../src/store/file-store.ts';
import type { Lock, TokenRecord } from '../../src/store/store.ts';
import { failureOf, openFileStore, openTransport, startPlatform, type TestPlatform } from '../support/wechat.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A cache with a store and a transport of its own, on the folder that all of this test share. */
function openCache(
  { sandbox, clock, folder }: TestPlatform,
  before?: (lock: Lock) => Promise<void>,
  world: Partial<FileStoreOptions> = {},
) {
  const store = openFileStore(folder, { now: clock.now, ...world });
  const { send } = openTransport(sandbox.url, { now: clock.now });
  const { appId, secret } = SANDBOX_COMPONENT;
  const learnt: string[] = [];
  const cache: TokenCache = createTokenCache({
    store,
    now: clock.now,
    learn: (value) => void learnt.push(value),
    exchange: async (_, lock) => {
      const ticket = sandbox.state().ticket ?? '';
      const { accessToken, expiresIn } = await send(componentToken, { appId, secret, ticket });
      const token: TokenRecord = {
        accessToken,
        obtainedAt: clock.now(),
        expiresAt: clock.now() + expiresIn * 1000,
      };
      await before?.(lock);
      return token;
    },
  });
  return { cache, store, learnt };
}

async function start(options: SandboxOptions = {}) {
  const platform = await startPlatform(options);
  return { platform, clock: platform.clock, exchanges: () => platform.calls('api_component_token') };
}

const times = <Value>(count: number, ask: (index: number) => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(index)));

const distinct = (tokens: TokenRecord[]): string[] => [...new Set(tokens.map(({ accessToken }) => accessToken))];

describe('one exchange for everybody', () => {
  it('in one process', async () => {
    const { platform, clock, exchanges } = await start();
    const { cache } = openCache(platform);
    const first = distinct(await times(50, () => cache.token(COMPONENT)));
    expect(first).toHaveLength(1);
    expect(exchanges()).toBe(1);
    clock.advance(2 * HOUR);
    const second = distinct(await times(50, () => cache.token(COMPONENT)));
    expect(second).toHaveLength(1);
    expect(second).not.toEqual(first);
    expect(exchanges()).toBe(2);
  });

  it('in five on one store', async () => {
    const { platform, clock, exchanges } = await start({ latency: 20 });
    const caches = Array.from({ length: 5 }, () => openCache(platform).cache);
    const ask = (index: number): Promise<TokenRecord> => (caches[index % 5] ?? caches[0]!).token(COMPONENT);
    expect(distinct(await times(50, ask))).toHaveLength(1);
    expect(exchanges()).toBe(1);
    clock.advance(2 * HOUR);
    expect(distinct(await times(50, ask))).toHaveLength(1);
    expect(exchanges()).toBe(2);
  });

  it('even when they want tokens of different lives', async () => {
    const { platform, clock, exchanges } = await start();
    const { cache } = openCache(platform);
    await cache.token(COMPONENT);
    clock.advance(2 * HOUR - MINUTE);
    const tokens = await times(20, (index) => cache.token(COMPONENT, (index % 10) * 10 * MINUTE));
    expect(exchanges()).toBe(2);
    for (const [index, { expiresAt }] of tokens.entries()) {
      expect(expiresAt - clock.now()).toBeGreaterThanOrEqual((index % 10) * 10 * MINUTE);
    }
  });
});

describe('a stored token', () => {
  it('is handed out while it lives long enough, to other processes too', async () => {
    const { platform, clock, exchanges } = await start();
    const { accessToken } = await openCache(platform).cache.token(COMPONENT);
    clock.advance(2 * HOUR - 5 * MINUTE);
    expect((await openCache(platform).cache.token(COMPONENT)).accessToken).toBe(accessToken);
    expect(exchanges()).toBe(1);
    clock.advance(1);
    expect((await openCache(platform).cache.token(COMPONENT)).accessToken).not.toBe(accessToken);
    expect(exchanges()).toBe(2);
  });

  it('is not believed when the clock was set back by days: it is exchanged once, and not for days', async () => {
    const { platform, clock, exchanges } = await start();
    const { accessToken } = await openCache(platform).cache.token(COMPONENT);
    clock.advance(-3 * 24 * HOUR);
    const { cache } = openCache(platform);
    const again = await cache.token(COMPONENT);
    expect(again.accessToken).not.toBe(accessToken);
    expect(await cache.token(COMPONENT)).toEqual(again);
    // Forward again: it is as old as it looks.
    clock.advance(3 * 24 * HOUR);
    expect((await cache.token(COMPONENT)).accessToken).not.toBe(again.accessToken);
    expect(exchanges()).toBe(3);
  });

  it('is exchanged for a caller that wants more of it', async () => {
    const { platform, clock, exchanges } = await start();
    const { cache } = openCache(platform);
    await cache.token(COMPONENT);
    clock.advance(HOUR);
    await cache.token(COMPONENT, 59 * MINUTE);
    expect(exchanges()).toBe(1);
    const { expiresAt } = await cache.token(COMPONENT, 61 * MINUTE);
    expect(exchanges()).toBe(2);
    expect(expiresAt).toBe(clock.now() + 2 * HOUR);
  });

  it('is looked for again under the lock', async () => {
    const { platform, clock, exchanges } = await start();
    const { cache } = openCache(platform);
    const other = openFileStore(platform.folder, { now: clock.now });
    const lock = await other.lock('component', { lease: LEASE });
    const asked = cache.token(COMPONENT);
    // Reads as often as it takes the asker to have seen that there is none.
    for (let look = 0; look < 25; look++) await other.read('component-token');
    const token = { accessToken: 'from-another', obtainedAt: clock.now(), expiresAt: clock.now() + HOUR };
    await other.write('component-token', token, 0, { durable: false });
    await lock.release();
    expect(await asked).toEqual(token);
    expect(exchanges()).toBe(0);
  });

  it('is taught to the redactor, whoever got it', async () => {
    const { platform } = await start();
    const first = openCache(platform);
    const { accessToken } = await first.cache.token(COMPONENT);
    const second = openCache(platform);
    await second.cache.token(COMPONENT);
    expect(first.learnt).toContain(accessToken);
    expect(second.learnt).toContain(accessToken);
  });
});

describe('a token that is shorter than what is wanted', () => {
  it('is handed out and not exchanged again', async () => {
    const { platform, clock, exchanges } = await start({ ttl: MINUTE });
    const { cache } = openCache(platform);
    const [token, ...rest] = await times(10, () => cache.token(COMPONENT, 5 * MINUTE));
    expect(rest.every((other) => other.accessToken === token?.accessToken)).toBe(true);
    expect(token?.expiresAt).toBe(clock.now() + MINUTE);
    clock.advance(MINUTE / 2);
    expect((await cache.token(COMPONENT, 5 * MINUTE)).accessToken).toBe(token?.accessToken);
    expect((await openCache(platform).cache.token(COMPONENT, 5 * MINUTE)).accessToken).toBe(token?.accessToken);
    expect(exchanges()).toBe(1);
  });

  it('is exchanged in the second half of its life, and never handed out dead', async () => {
    const { platform, clock, exchanges } = await start({ ttl: MINUTE });
    const { cache } = openCache(platform);
    await cache.token(COMPONENT);
    clock.advance(MINUTE / 2 + 1);
    await cache.token(COMPONENT);
    expect(exchanges()).toBe(2);
    clock.advance(10 * MINUTE);
    expect((await cache.token(COMPONENT)).expiresAt).toBeGreaterThan(clock.now());
    expect(exchanges()).toBe(3);
  });
});

describe('replace', () => {
  it('gets another token once, however many complain of the same one', async () => {
    const { platform, exchanges } = await start();
    const caches = Array.from({ length: 4 }, () => openCache(platform).cache);
    const { accessToken } = await caches[0]!.token(COMPONENT);
    const replaced = await times(40, (index) => caches[index % 4]!.replace(COMPONENT, accessToken));
    expect(distinct(replaced)).toHaveLength(1);
    expect(distinct(replaced)).not.toContain(accessToken);
    expect(exchanges()).toBe(2);
  });

  it('costs nothing when the complaint comes late', async () => {
    const { platform, exchanges } = await start();
    const { cache } = openCache(platform);
    const { accessToken: first } = await cache.token(COMPONENT);
    const { accessToken: second } = await cache.replace(COMPONENT, first);
    expect((await cache.replace(COMPONENT, first)).accessToken).toBe(second);
    expect((await openCache(platform).cache.replace(COMPONENT, first)).accessToken).toBe(second);
    expect(exchanges()).toBe(2);
  });
});

describe('a failed exchange', () => {
  it('fails all who wait for it, once, and is tried again by the next who asks', async () => {
    const { platform, exchanges } = await start({ faults: ['api_component_token=40125*1'] });
    const { cache } = openCache(platform);
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => cache.token(COMPONENT)));
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    expect(exchanges()).toBe(1);
    expect((await cache.token(COMPONENT)).accessToken).not.toBe('');
    expect(exchanges()).toBe(2);
  });

  it('frees the lock for other processes', async () => {
    const { platform, exchanges } = await start({ faults: ['api_component_token=40125*1'] });
    const failure = await failureOf(openCache(platform).cache.token(COMPONENT));
    expect(failure).toMatchObject({ code: 'PLATFORM_REFUSED', errcode: 40125 });
    // Who finds it taken would have to wait.
    const sleep = (): Promise<void> => Promise.reject(new Error('it is still taken'));
    await openCache(platform, undefined, { sleep }).cache.token(COMPONENT);
    expect(exchanges()).toBe(2);
  });
});

it('a holder whose lease ended uses the token of the one that took over', async () => {
  const { platform, clock, exchanges } = await start();
  const faster = openCache(platform);
  const slow = openCache(platform, async () => {
    clock.advance(LEASE);
    await faster.cache.token(COMPONENT);
  });
  const token = await slow.cache.token(COMPONENT);
  expect(exchanges()).toBe(2);
  expect(await faster.store.read('component-token')).toEqual({ version: 1, value: token });
  expect((await faster.cache.token(COMPONENT)).accessToken).toBe(token.accessToken);
  expect(exchanges()).toBe(2);
});

it('a holder that finds its lock lost waits for the token of the one that took over', async () => {
  const { platform, clock, exchanges } = await start();
  const faster = openCache(platform);
  const slow = openCache(platform, async (lock) => {
    clock.advance(LEASE);
    await faster.cache.token(COMPONENT);
    await lock.renew();
  });
  const token = await slow.cache.token(COMPONENT);
  expect(await faster.store.read('component-token')).toEqual({ version: 1, value: token });
  expect(exchanges()).toBe(2);
});

describe('a holder that slept until its call was broken', () => {
  const broken = new WxopError('NETWORK', text('no answer', 'no answer'));

  it('uses the token of the one that took over', async () => {
    const { platform, clock, exchanges } = await start();
    const faster = openCache(platform);
    const slow = openCache(platform, async () => {
      clock.advance(LEASE);
      await faster.cache.token(COMPONENT);
      throw broken;
    });
    const token = await slow.cache.token(COMPONENT);
    expect(await faster.store.read('component-token')).toEqual({ version: 1, value: token });
    expect(exchanges()).toBe(2);
  });

  it('tells of it where nobody took over, and where the one there is was rejected', async () => {
    const { platform } = await start();
    const slow = openCache(platform, () => Promise.reject(broken));
    expect((await failureOf(slow.cache.token(COMPONENT))).code).toBe('NETWORK');
    const { accessToken } = await openCache(platform).cache.token(COMPONENT);
    expect((await failureOf(slow.cache.replace(COMPONENT, accessToken))).code).toBe('NETWORK');
  });
});
