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

/** A ladder with a store and a transport of its own, on the folder that all of this test share. */
function openLadder(
  { sandbox, clock, folder }: TestPlatform,
  before?: (lock: Lock) => Promise<void>,
  world: Partial<FileStoreOptions> = {},
) {
  const store = openFileStore(folder, { now: clock.now, ...world });
  const { send } = openTransport(sandbox.url, { now: clock.now });
  const { appId, secret } = SANDBOX_COMPONENT;
  const learnt: string[] = [];
  const ladder: TokenCache = createTokenCache({
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
  return { ladder, store, learnt };
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
    const { ladder } = openLadder(platform);
    const first = distinct(await times(50, () => ladder.token(COMPONENT)));
    expect(first).toHaveLength(1);
    expect(exchanges()).toBe(1);
    clock.advance(2 * HOUR);
    const second = distinct(await times(50, () => ladder.token(COMPONENT)));
    expect(second).toHaveLength(1);
    expect(second).not.toEqual(first);
    expect(exchanges()).toBe(2);
  });

  it('in five on one store', async () => {
    const { platform, clock, exchanges } = await start({ latency: 20 });
    const ladders = Array.from({ length: 5 }, () => openLadder(platform).ladder);
    const ask = (index: number): Promise<TokenRecord> => (ladders[index % 5] ?? ladders[0]!).token(COMPONENT);
    expect(distinct(await times(50, ask))).toHaveLength(1);
    expect(exchanges()).toBe(1);
    clock.advance(2 * HOUR);
    expect(distinct(await times(50, ask))).toHaveLength(1);
    expect(exchanges()).toBe(2);
  });

  it('even when they want tokens of different lives', async () => {
    const { platform, clock, exchanges } = await start();
    const { ladder } = openLadder(platform);
    await ladder.token(COMPONENT);
    clock.advance(2 * HOUR - MINUTE);
    const tokens = await times(20, (index) => ladder.token(COMPONENT, (index % 10) * 10 * MINUTE));
    expect(exchanges()).toBe(2);
    for (const [index, { expiresAt }] of tokens.entries()) {
      expect(expiresAt - clock.now()).toBeGreaterThanOrEqual((index % 10) * 10 * MINUTE);
    }
  });
});

describe('a stored token', () => {
  it('is handed out while it lives long enough, to other processes too', async () => {
    const { platform, clock, exchanges } = await start();
    const { accessToken } = await openLadder(platform).ladder.token(COMPONENT);
    clock.advance(2 * HOUR - 5 * MINUTE);
    expect((await openLadder(platform).ladder.token(COMPONENT)).accessToken).toBe(accessToken);
    expect(exchanges()).toBe(1);
    clock.advance(1);
    expect((await openLadder(platform).ladder.token(COMPONENT)).accessToken).not.toBe(accessToken);
    expect(exchanges()).toBe(2);
  });

  it('is exchanged for a caller that wants more of it', async () => {
    const { platform, clock, exchanges } = await start();
    const { ladder } = openLadder(platform);
    await ladder.token(COMPONENT);
    clock.advance(HOUR);
    await ladder.token(COMPONENT, 59 * MINUTE);
    expect(exchanges()).toBe(1);
    const { expiresAt } = await ladder.token(COMPONENT, 61 * MINUTE);
    expect(exchanges()).toBe(2);
    expect(expiresAt).toBe(clock.now() + 2 * HOUR);
  });

  it('is looked for again under the lock', async () => {
    const { platform, clock, exchanges } = await start();
    const { ladder } = openLadder(platform);
    const other = openFileStore(platform.folder, { now: clock.now });
    const lock = await other.lock('component', { lease: LEASE });
    const asked = ladder.token(COMPONENT);
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
    const first = openLadder(platform);
    const { accessToken } = await first.ladder.token(COMPONENT);
    const second = openLadder(platform);
    await second.ladder.token(COMPONENT);
    expect(first.learnt).toContain(accessToken);
    expect(second.learnt).toContain(accessToken);
  });
});

describe('a token that is shorter than what is wanted', () => {
  it('is handed out and not exchanged again', async () => {
    const { platform, clock, exchanges } = await start({ ttl: MINUTE });
    const { ladder } = openLadder(platform);
    const [token, ...rest] = await times(10, () => ladder.token(COMPONENT, 5 * MINUTE));
    expect(rest.every((other) => other.accessToken === token?.accessToken)).toBe(true);
    expect(token?.expiresAt).toBe(clock.now() + MINUTE);
    clock.advance(MINUTE / 2);
    expect((await ladder.token(COMPONENT, 5 * MINUTE)).accessToken).toBe(token?.accessToken);
    expect((await openLadder(platform).ladder.token(COMPONENT, 5 * MINUTE)).accessToken).toBe(token?.accessToken);
    expect(exchanges()).toBe(1);
  });

  it('is exchanged in the second half of its life, and never handed out dead', async () => {
    const { platform, clock, exchanges } = await start({ ttl: MINUTE });
    const { ladder } = openLadder(platform);
    await ladder.token(COMPONENT);
    clock.advance(MINUTE / 2 + 1);
    await ladder.token(COMPONENT);
    expect(exchanges()).toBe(2);
    clock.advance(10 * MINUTE);
    expect((await ladder.token(COMPONENT)).expiresAt).toBeGreaterThan(clock.now());
    expect(exchanges()).toBe(3);
  });
});

describe('replace', () => {
  it('gets another token once, however many complain of the same one', async () => {
    const { platform, exchanges } = await start();
    const ladders = Array.from({ length: 4 }, () => openLadder(platform).ladder);
    const { accessToken } = await ladders[0]!.token(COMPONENT);
    const replaced = await times(40, (index) => ladders[index % 4]!.replace(COMPONENT, accessToken));
    expect(distinct(replaced)).toHaveLength(1);
    expect(distinct(replaced)).not.toContain(accessToken);
    expect(exchanges()).toBe(2);
  });

  it('costs nothing when the complaint comes late', async () => {
    const { platform, exchanges } = await start();
    const { ladder } = openLadder(platform);
    const { accessToken: first } = await ladder.token(COMPONENT);
    const { accessToken: second } = await ladder.replace(COMPONENT, first);
    expect((await ladder.replace(COMPONENT, first)).accessToken).toBe(second);
    expect((await openLadder(platform).ladder.replace(COMPONENT, first)).accessToken).toBe(second);
    expect(exchanges()).toBe(2);
  });
});

describe('a failed exchange', () => {
  it('fails all who wait for it, once, and is tried again by the next who asks', async () => {
    const { platform, exchanges } = await start({ faults: ['api_component_token=40125*1'] });
    const { ladder } = openLadder(platform);
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => ladder.token(COMPONENT)));
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    expect(exchanges()).toBe(1);
    expect((await ladder.token(COMPONENT)).accessToken).not.toBe('');
    expect(exchanges()).toBe(2);
  });

  it('frees the lock for other processes', async () => {
    const { platform, exchanges } = await start({ faults: ['api_component_token=40125*1'] });
    const failure = await failureOf(openLadder(platform).ladder.token(COMPONENT));
    expect(failure).toMatchObject({ code: 'PLATFORM_REFUSED', errcode: 40125 });
    // Who finds it taken would have to wait.
    const sleep = (): Promise<void> => Promise.reject(new Error('it is still taken'));
    await openLadder(platform, undefined, { sleep }).ladder.token(COMPONENT);
    expect(exchanges()).toBe(2);
  });
});

it('a holder whose lease ended uses the token of the one that took over', async () => {
  const { platform, clock, exchanges } = await start();
  const faster = openLadder(platform);
  const slow = openLadder(platform, async () => {
    clock.advance(LEASE);
    await faster.ladder.token(COMPONENT);
  });
  const token = await slow.ladder.token(COMPONENT);
  expect(exchanges()).toBe(2);
  expect(await faster.store.read('component-token')).toEqual({ version: 1, value: token });
  expect((await faster.ladder.token(COMPONENT)).accessToken).toBe(token.accessToken);
  expect(exchanges()).toBe(2);
});

it('a holder that finds its lock lost waits for the token of the one that took over', async () => {
  const { platform, clock, exchanges } = await start();
  const faster = openLadder(platform);
  const slow = openLadder(platform, async (lock) => {
    clock.advance(LEASE);
    await faster.ladder.token(COMPONENT);
    await lock.renew();
  });
  const token = await slow.ladder.token(COMPONENT);
  expect(await faster.store.read('component-token')).toEqual({ version: 1, value: token });
  expect(exchanges()).toBe(2);
});

describe('a holder that slept until its call was broken', () => {
  const broken = new WxopError('NETWORK', text('no answer', 'no answer'));

  it('uses the token of the one that took over', async () => {
    const { platform, clock, exchanges } = await start();
    const faster = openLadder(platform);
    const slow = openLadder(platform, async () => {
      clock.advance(LEASE);
      await faster.ladder.token(COMPONENT);
      throw broken;
    });
    const token = await slow.ladder.token(COMPONENT);
    expect(await faster.store.read('component-token')).toEqual({ version: 1, value: token });
    expect(exchanges()).toBe(2);
  });

  it('tells of it where nobody took over, and where the one there is was rejected', async () => {
    const { platform } = await start();
    const slow = openLadder(platform, () => Promise.reject(broken));
    expect((await failureOf(slow.ladder.token(COMPONENT))).code).toBe('NETWORK');
    const { accessToken } = await openLadder(platform).ladder.token(COMPONENT);
    expect((await failureOf(slow.ladder.replace(COMPONENT, accessToken))).code).toBe('NETWORK');
  });
});
