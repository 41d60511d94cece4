import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCallerKeys, type KeyTerms } from '../../src/broker/caller-keys.ts';
import { createKeyring, isCaller } from '../../src/broker/keyring.ts';
import { createRateLimits } from '../../src/broker/rate-limits.ts';
import { createRedactor } from '../../src/sentences/redactor.ts';
import type { Store } from '../../src/store/store.ts';
import { files } from '../support/files-under.ts';
import { createClock, failureOf, openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

const COMPONENT = 'wx5a4db0c0ffee0001';
const TEA = 'wx0000000000000001';

function open(changes: Partial<Store> = {}) {
  const clock = createClock();
  const folder = join(temporaryFolder(), 'state');
  const store = { ...openFileStore(folder), ...changes };
  const options = { store, componentAppId: COMPONENT, now: clock.now, elapsed: clock.now };
  const keys = createCallerKeys({
    ...options,
    sleep: async (time) => void (await Promise.resolve(clock.advance(time))),
  });
  const keyring = createKeyring(options);
  const add = (terms: Partial<KeyTerms> = {}) =>
    keys.add({ name: 'ci', accounts: [TEA], scopes: ['api'], rate: 10, ...terms });
  return { clock, folder, keys, keyring, add };
}

describe('a key', () => {
  it('is told once, and is in no file', async () => {
    const { add, folder } = open();
    const { key } = await add();
    expect(key).toMatch(/^wxop_wx5a4db0c0ffee0001_ci_[\w-]{43}$/);
    const written = files(folder).map(({ content }) => content);
    expect(written.some((content) => content.includes('"digest"'))).toBe(true);
    expect(written.filter((content) => content.includes(key.slice(-43)))).toEqual([]);
    expect(createRedactor().redact(`got ${key}.`)).toBe('got wxop_wx5a4db0c0ffee0001_ci_***.');
  });

  it('is taken as it is, and not with one letter changed, of another component, or made up', async () => {
    const { add, keyring } = open();
    const { key } = await add();
    const admitted = await keyring.admit(key);
    expect(isCaller(admitted) && [admitted.name, admitted.has('api'), admitted.has('token')]).toEqual([
      'ci',
      true,
      false,
    ]);
    const wrong = [
      `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
      key.replace(COMPONENT, 'wx0000000000000009'),
      key.replace('_ci_', '_other_'),
      `${key} `,
      'x',
    ];
    for (const each of wrong) expect(await keyring.admit(each)).toEqual({ fault: 'unknown' });
    expect(await keyring.admit(undefined)).toEqual({ fault: 'missing' });
  });

  it.each([
    [[TEA], TEA, true],
    [['wx0000000000000002'], TEA, false],
    [['all'], TEA, true],
    [[TEA], 'component', false],
    [['all'], 'component', false],
    [['all', 'component'], 'component', true],
  ])('for %j may use %s: %s', async (accounts, account, may) => {
    const { add, keyring } = open();
    const admitted = await keyring.admit((await add({ accounts })).key);
    expect(isCaller(admitted) && admitted.mayUse(account)).toBe(may);
  });

  it('works at once, also when a stranger has just guessed a name', async () => {
    const { add, keyring } = open();
    expect(await keyring.admit(`wxop_${COMPONENT}_guess_${'A'.repeat(43)}`)).toEqual({ fault: 'unknown' });
    expect(await keyring.admit((await add()).key)).toMatchObject({ name: 'ci' });
  });

  it('ends when its time is over', async () => {
    const { add, keyring, clock } = open();
    const { key } = await add({ expiresAt: clock.now() + 60_000 });
    expect(isCaller(await keyring.admit(key))).toBe(true);
    clock.advance(60_000);
    expect(await keyring.admit(key)).toEqual({ fault: 'expired', name: 'ci' });
  });

  it('is refused everywhere once revoking it has returned, and its name can be given again', async () => {
    const { add, keys, keyring } = open();
    const { key } = await add();
    expect(isCaller(await keyring.admit(key))).toBe(true);
    await keys.revoke('ci');
    expect(await keyring.admit(key)).toEqual({ fault: 'revoked', name: 'ci' });
    const next = await add();
    expect(await keyring.admit(key)).not.toMatchObject({ name: 'ci', rate: 10 });
    expect((await keys.list()).map(({ name, state }) => [name, state])).toEqual([['ci', 'valid']]);
    expect(next.key).not.toBe(key);
  });

  it('of a name that a valid one has is not made, and one that is not there is not revoked', async () => {
    const { add, keys } = open();
    await add();
    expect((await failureOf(add())).message).toBe('There is a key ci already.');
    expect((await failureOf(keys.revoke('other'))).hint?.en).toBe('Keys: ci.');
  });

  it('costs a read of the store once a second, and a made-up name none for each', async () => {
    let reads = 0;
    const { add, keyring, clock, folder } = open();
    const { key } = await add();
    const store = openFileStore(folder);
    const counting = createKeyring({
      store: { ...store, read: (name) => (reads++, store.read(name)) },
      componentAppId: COMPONENT,
      now: clock.now,
      elapsed: clock.now,
    });
    for (let time = 0; time < 100; time++) await counting.admit(key);
    expect(reads).toBe(1);
    clock.advance(1_000);
    await Promise.all(Array.from({ length: 100 }, async () => counting.admit(key)));
    expect(reads).toBe(2);
    for (let other = 0; other < 100; other++) await counting.admit(key.replace('_ci_', `_x${other}_`));
    expect(reads).toBe(2);
    keyring.close();
  });
});

describe('the rate of a key', () => {
  it('lets as many through as are left, and says when the next may come', () => {
    const clock = createClock();
    const limits = createRateLimits(clock.now);
    const taken = Array.from({ length: 4 }, () => limits.take('ci', 4));
    expect(taken).toEqual([undefined, undefined, undefined, undefined]);
    expect(limits.take('ci', 4)).toBeCloseTo(0.25);
    expect(limits.take('other', 4)).toBeUndefined();
    clock.advance(250);
    expect(limits.take('ci', 4)).toBeUndefined();
  });
});
