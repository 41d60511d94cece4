import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import { createRecordCodec } from '../../src/store/record.ts';
import { createSealer, type Sealer } from '../../src/store/seal.ts';
import type { AccountRecord } from '../../src/protocol/account-record.ts';
import type { Store } from '../../src/store/store.ts';
import { accountOf } from '../support/child-process-main.ts';
import { useActors } from '../support/child-process.ts';
import { snapshot } from '../support/listener.ts';
import { failureOf, openFileStore } from '../support/wechat.ts';
import { everything, freshComponent, hasRedis, openRedisStore, useRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/world.ts';
import { storeContract } from './contract.ts';

const redis = useRedis();
const startActor = useActors();

const newKey = (): string => randomBytes(32).toString('base64');
const DURABLE = { durable: true };
const COMPONENT = 'wx5a4db0c0ffee0001';
const SECRET = 'refreshtoken@@@NOBODY-MAY-READ-THIS';
const account = (appId: string, refreshToken = SECRET): AccountRecord => ({
  ...accountOf(appId, 1),
  nickName: '春风茶馆',
  userName: 'gh_1',
  refreshToken,
});

describe('a seal', () => {
  it('opens to what was sealed, for whoever has the key, in either spelling', () => {
    const bytes = randomBytes(32);
    const sealers = [bytes.toString('base64'), bytes.toString('base64').slice(0, 43), bytes.toString('hex'), bytes.toString('hex').toUpperCase()].map(createSealer); // prettier-ignore
    for (const plain of ['', 'a', '春风 🍵', 'x'.repeat(100_000)]) {
      const sealed = sealers[0]!.seal(plain, 'here');
      for (const { open } of sealers) expect(open(sealed, 'here')).toBe(plain);
    }
  });

  it('is another one each time, and shows nothing of what is in it', () => {
    const { seal } = createSealer(newKey());
    const seals = Array.from({ length: 50 }, () => seal(SECRET, 'here'));
    expect(new Set(seals).size).toBe(50);
    expect(Buffer.from(seals[0]!.split('.')[2]!, 'base64url').toString('latin1')).not.toContain('NOBODY');
  });

  it('does not open elsewhere, nor when one bit of it is another', () => {
    const { seal, open } = createSealer(newKey());
    const sealed = seal(SECRET, 'here');
    expect(open(sealed, 'there')).toBeUndefined();
    const [version, id, content = ''] = sealed.split('.');
    const bytes = Buffer.from(content, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bent = Buffer.from(bytes);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(open(`${version}.${id}.${bent.toString('base64url')}`, 'here')).toBeUndefined();
    }
    for (const length of [0, 1, 27, 28, bytes.length - 1]) {
      expect(open(`${version}.${id}.${bytes.subarray(0, length).toString('base64url')}`, 'here')).toBeUndefined();
    }
    for (const nonsense of ['', 'v1', 'v1.00000000.', `v2.${id}.${content}`, `v1.${id}.${content}=`]) {
      expect(open(nonsense, 'here')).toBeUndefined();
    }
  });

  it('of another key is told from damage, and neither key is told', () => {
    const [mine, other] = [newKey(), newKey()];
    const sealed = createSealer(mine).seal(SECRET, 'here');
    try {
      createSealer(other).open(sealed, 'here');
      expect.unreachable();
    } catch (error) {
      expect(isError(error, 'SETTINGS_INVALID')).toBe(true);
      expect(JSON.stringify(error)).not.toContain(mine);
      expect(JSON.stringify(error)).not.toContain(other);
    }
  });
});

describe('the text of a record', () => {
  const where = (key: string, version: number) => ({ key, version, path: 'a path' });
  const record = { key: 'account/wx1', version: 3, writtenAt: 1_705_305_600_000, value: { refreshToken: SECRET } };

  it.each([undefined, createSealer(newKey())])('gives back value, time and form', (sealer) => {
    const codec = createRecordCodec(COMPONENT, sealer);
    expect(codec.decode(codec.encode(record), where('account/wx1', 3))).toEqual({
      value: record.value,
      writtenAt: record.writtenAt,
      isSealed: sealer !== undefined,
    });
  });

  it('that is sealed counts only as the version, the record and the component that it was', () => {
    const sealer = createSealer(newKey());
    const text = createRecordCodec(COMPONENT, sealer).encode(record);
    const { decode } = createRecordCodec(COMPONENT, sealer);
    expect(decode(text, where('account/wx1', 3))).toBeDefined();
    expect(decode(text, where('account/wx1', 2))).toBeUndefined();
    expect(decode(text, where('account/wx2', 3))).toBeUndefined();
    expect(createRecordCodec('wx0000000000000009', sealer).decode(text, where('account/wx1', 3))).toBeUndefined();
  });

  it('is sealed for credentials, and plain for locks and names', () => {
    const { encode, seals } = createRecordCodec(COMPONENT, createSealer(newKey()));
    for (const key of ['ticket', 'component-token', 'account/wx1', 'token/wx1', 'attempt/a']) {
      expect(encode({ ...record, key })).not.toContain(SECRET);
      expect(seals(key, 'sealed')).toBe(true);
      expect(seals(key, 'plain')).toBe(false);
    }
    for (const key of ['store', 'lock/component', 'run/sync']) expect(seals(key, 'sealed')).toBe(false);
  });

  it.each(['', '{', 'null', '[]', '1', '{"format":1}', '{"format":1,"value":1}', '{"format":1,"value":[]}', '{"format":2}', '{"format":2,"sealed":5}', '{"format":0,"value":{}}'])(
    'is damaged: %s',
    (text) => {
      expect(createRecordCodec(COMPONENT, createSealer(newKey())).decode(text, where('ticket', 1))).toBeUndefined();
    },
  ); // prettier-ignore
});

/** The same store on files and on Redis: how to open it, and every byte of it. */
interface Place {
  name: string;
  open: (sealer?: Sealer, componentAppId?: string) => Store;
  bytes: () => Promise<string>;
  /** Replaces in all that is stored. */
  swap: (key: string, version: number, make: (text: string) => string) => Promise<void>;
  orders: (key: string) => { folder: string; redis?: string; componentAppId?: string; key: string };
}

function files(): Place {
  const folder = temporaryFolder();
  return {
    name: 'files',
    open: (sealer, componentAppId = COMPONENT) => openFileStore(folder, { sealer, componentAppId }),
    bytes: () => Promise.resolve(JSON.stringify(snapshot(folder))),
    swap: (key, version, make) => {
      const path = join(folder, key, `${version}.json`);
      return Promise.resolve(writeFileSync(path, make(readFileSync(path, 'utf8'))));
    },
    orders: (key) => ({ folder, key }),
  };
}

function server(): Place {
  const componentAppId = freshComponent();
  const field = (version: number) => `value:${version}`;
  return {
    name: 'Redis',
    open: (sealer) => openRedisStore(redis().url, { sealer, componentAppId }),
    bytes: async () =>
      JSON.stringify(Object.entries(await everything(redis())).filter(([key]) => key.includes(componentAppId))),
    swap: async (key, version, make) => {
      const hash = `wxop:{${componentAppId}}:record:${key}`;
      await redis().send('HSET', hash, field(version), make(String(await redis().send('HGET', hash, field(version)))));
    },
    orders: (key) => ({ folder: '', redis: redis().url, componentAppId, key }),
  };
}

const places = [['files', files], ...(hasRedis ? [['Redis', server] as const] : [])] as [string, () => Place][];

describe('the sealed file store', () => {
  const sealer = createSealer(newKey());
  storeContract(() => {
    const folder = temporaryFolder();
    let ahead = 0;
    return {
      open: (watching) => openFileStore(folder, { sealer, now: () => Date.UTC(2024, 0, 15) + ahead, ...watching }),
      pass: (milliseconds) => void (ahead += milliseconds),
      shortLease: 20_000,
    };
  });
});

describe.each(places)('an encrypted store on %s', (_name, make) => {
  it('holds no credential in plain, in no byte of it', async () => {
    const place = make();
    const store = place.open(createSealer(newKey()));
    await store.write('account/wx1', account('wx1'), 0, DURABLE);
    await store.write('ticket', { ticket: SECRET, createTime: 1, receivedAt: 1 }, 0, DURABLE);
    await store.write('token/wx1', { accessToken: SECRET, obtainedAt: 1, expiresAt: 2 }, 0, DURABLE);
    await store.write('attempt/a', { id: 'a', createdAt: 1, expiresAt: 2, codes: [{ digest: 'd', code: SECRET, state: 'new' }] }, 0, DURABLE); // prettier-ignore
    expect(await place.bytes()).not.toContain('NOBODY');
    expect((await store.read('account/wx1'))?.value.refreshToken).toBe(SECRET);
  });

  it('changes nothing under a wrong key or none, and says which of the two', async () => {
    const place = make();
    await place.open(createSealer(newKey())).write('account/wx1', account('wx1'), 0, DURABLE);
    const before = await place.bytes();
    for (const [sealer, code] of [
      [createSealer(newKey()), 'SETTINGS_INVALID'],
      [undefined, 'SETTINGS_MISSING'],
    ] as const) {
      // prettier-ignore
      const store = place.open(sealer);
      expect(await failureOf(store.read('account/wx1'))).toMatchObject({ code, exitCode: 2 });
      expect((await failureOf(store.history('account/wx1'))).code).toBe(code);
      if (sealer === undefined) continue;
      for (const form of ['sealed', 'plain'] as const) {
        expect((await failureOf(store.reseal('account/wx1', form))).code).toBe(code);
      }
    }
    expect(await place.bytes()).toBe(before);
  });

  it('puts aside what somebody swapped or bent, as it does with any damage', async () => {
    const place = make();
    const store = place.open(createSealer(newKey()));
    const texts: string[] = [];
    for (const appId of ['wx1', 'wx2']) {
      await store.write(`account/${appId}`, account(appId), 0, DURABLE);
      await store.write(`account/${appId}`, account(appId, `${SECRET}-2`), 1, DURABLE);
      await place.swap(`account/${appId}`, 2, (text) => (texts.push(text), text));
    }
    // The other account's.
    await place.swap('account/wx1', 2, () => texts[1]!);
    expect((await failureOf(store.read('account/wx1'))).code).toBe('RECORD_DAMAGED');
    expect(await store.read('account/wx1')).toEqual({ version: 1, value: account('wx1') });
    // Its own older version under the newer number.
    let older = '';
    await place.swap('account/wx2', 1, (text) => (older = text));
    await place.swap('account/wx2', 2, () => older);
    expect((await failureOf(store.read('account/wx2'))).code).toBe('RECORD_DAMAGED');
    expect((await store.read('account/wx2'))?.version).toBe(1);
  });

  it('is turned on and off in place, history too, and nothing else changes', async () => {
    const place = make();
    const sealer = createSealer(newKey());
    const plain = place.open();
    for (let version = 1; version <= 4; version++) {
      await plain.write('account/wx1', account('wx1', `${SECRET}-${version}`), version - 1, DURABLE);
    }
    const [history, newest] = [await plain.history('account/wx1'), await plain.read('account/wx1')];
    expect(await plain.reseal('account/wx1')).toBe(0);

    const sealed = place.open(sealer);
    expect(await sealed.read('account/wx1')).toEqual(newest);
    expect(await sealed.reseal('account/wx1')).toBe(3);
    expect(await sealed.reseal('account/wx1')).toBe(0);
    expect(await place.bytes()).not.toContain('NOBODY');
    expect(await sealed.history('account/wx1')).toEqual(history);
    expect(await sealed.read('account/wx1')).toEqual(newest);

    expect(await sealed.reseal('account/wx1', 'plain')).toBe(3);
    expect(await plain.history('account/wx1')).toEqual(history);
    expect(await plain.read('account/wx1')).toEqual(newest);
    expect((await plain.write('account/wx1', account('wx1'), 4, DURABLE)).version).toBe(5);
  });

  it('is turned on and off under a writer and a reader: every value whole, no write lost', async () => {
    const place = make();
    const sealer = createSealer(newKey());
    const [writer, reader, resealer] = [place.open(sealer), place.open(sealer), place.open(sealer)];
    await writer.write('account/wx1', account('wx1', 'round-0'), 0, DURABLE);
    let isOver = false;
    const writing = (async () => {
      for (let round = 1; round <= 60; round++) {
        expect((await writer.write('account/wx1', account('wx1', `round-${round}`), round, DURABLE)).version).toBe(round + 1); // prettier-ignore
      }
      isOver = true;
    })();
    const reading = (async () => {
      for (let last = 0; !isOver;) {
        const found = await reader.read('account/wx1');
        expect(found?.value.refreshToken).toBe(`round-${found!.version - 1}`);
        expect(found!.version).toBeGreaterThanOrEqual(last);
        last = found!.version;
        await reader.history('account/wx1');
      }
    })();
    const resealing = (async () => {
      for (let turn = 0; !isOver; turn++) await resealer.reseal('account/wx1', turn % 2 ? 'plain' : 'sealed');
    })();
    await Promise.all([writing, reading, resealing]);
    expect((await reader.history('account/wx1')).map(({ version }) => version)).toEqual([61, 60, 59]);
    expect((await reader.read('account/wx1'))?.value.refreshToken).toBe('round-60');
  });

  it('that is killed in the middle of turning it on or off has lost nothing', async () => {
    const place = make();
    const key = newKey();
    const store = place.open(createSealer(key));
    const names = Array.from({ length: 8 }, (_, index) => `wx${index}`);
    for (const name of names) {
      for (let version = 1; version <= 3; version++) {
        await store.write(`account/${name}`, account(name, `${name}-${version}`), version - 1, { durable: false });
      }
    }
    for (let kill = 0; kill < 6; kill++) {
      const actor = startActor('reseal', place.orders(key));
      await actor.said('resealed');
      // At another moment each time.
      for (let look = 0; look < kill * 7; look++) await store.read('account/wx0');
      actor.process.kill('SIGKILL');
      await actor.finished;
      for (const name of names) {
        const tokens = (await store.history(`account/${name}`)).map(({ value }) => value.refreshToken);
        expect(tokens).toEqual([3, 2, 1].map((version) => `${name}-${version}`));
      }
    }
    for (const name of names) await store.reseal(`account/${name}`, 'sealed');
    const bytes = await place.bytes();
    for (const name of names) expect(bytes).not.toContain(`${name}-3`);
  });
});
