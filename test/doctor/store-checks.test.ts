/** The checks of the store, on stores that something is wrong with. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/doctor/check.ts';
import { storeChecks } from '../../src/doctor/store-checks.ts';
import { createSealer } from '../../src/store/seal.ts';
import type { Store } from '../../src/store/store.ts';
import { openFileStore } from '../support/wechat.ts';
import { diagnose } from '../support/doctor-setup.ts';
import { hasRedis, ownRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/world.ts';

const TICKET = { ticket: 'ticket@@@x', createTime: 1, receivedAt: 1 };

function check(store: Store, id: string, { hasKey = false, patience = 60_000 } = {}): Promise<Finding> {
  const { checks } = storeChecks({
    open: () => Promise.resolve(store),
    hasKey: () => hasKey,
    lockName: 'component',
    abortAfter: () => AbortSignal.timeout(patience),
  });
  return Promise.resolve(checks.find((one) => one.id === id)?.run() ?? Promise.reject(new Error(id)));
}

describe('locks', () => {
  it('are ok when they can be taken and released', async () => {
    const folder = temporaryFolder();
    const store = openFileStore(folder);
    expect(await check(store, 'store.locks')).toMatchObject({ verdict: 'ok' });
    // Who finds it taken would have to wait.
    const sleep = (): Promise<void> => Promise.reject(new Error('it is still taken'));
    await (await openFileStore(folder, { sleep }).lock('component', { lease: 1_000 })).release();
  });

  it('that another process holds are a warning, without a long wait', async () => {
    const folder = temporaryFolder();
    await openFileStore(folder).lock('component', { lease: 60_000 });
    const other = openFileStore(folder, { host: () => 'another' });
    expect(await check(other, 'store.locks', { patience: 100 })).toMatchObject({ verdict: 'warning' });
  });
});

describe('encryption', () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  const sealer = createSealer(key);

  it.each([
    ['off', false, false, false, 'info', undefined],
    ['off, although there is a key', false, false, true, 'info', undefined],
    ['on', true, false, true, 'ok', undefined],
    ['half', true, true, true, 'warning', undefined],
    ['on without its key', true, false, false, 'failed', 'SETTINGS_MISSING'],
  ] as const)('%s', async (...[, isSealed, isMixed, hasKey, verdict, code]) => {
    const folder = temporaryFolder();
    await openFileStore(folder, { ...(isSealed && { sealer }) }).write('ticket', TICKET, 0, { durable: false });
    if (isMixed) await openFileStore(folder).write('component-token', TOKEN, 0, { durable: false });
    const found = await check(openFileStore(folder, { ...(hasKey && { sealer }) }), 'store.encryption', { hasKey });
    expect(found).toMatchObject({ verdict, ...(code && { code }) });
  });

  it('with another key is SETTINGS_INVALID', async () => {
    const folder = temporaryFolder();
    await openFileStore(folder, { sealer }).write('ticket', TICKET, 0, { durable: false });
    const other = createSealer(Buffer.alloc(32, 8).toString('base64'));
    const found = await check(openFileStore(folder, { sealer: other }), 'store.encryption', { hasKey: true });
    expect(found).toMatchObject({ verdict: 'failed', code: 'SETTINGS_INVALID' });
  });
});

it('a damaged version is a warning, because the version before it still counts', async () => {
  const folder = temporaryFolder();
  const store = openFileStore(folder);
  await store.write('ticket', TICKET, 0, { durable: false });
  writeFileSync(join(folder, 'ticket', '2.json'), '{"ticket": "ti');
  const found = await check(store, 'store.encryption');
  expect([found.verdict, found.seen.en]).toEqual(['warning', '1 versions are damaged']);
});

const TOKEN = { accessToken: 'x', obtainedAt: 1, expiresAt: 2 };

describe.skipIf(!hasRedis)('a store on Redis (skipped without redis-server)', () => {
  const environment = { WXOP_COMPONENT_APPID: 'wx5a4db0c0ffee0001', WXOP_HOME: '/nonexistent' };

  it('shows which settings of the server may lose data', async () => {
    const redis = await ownRedis();
    const asked = () => diagnose({ ...environment, WXOP_STORE: redis.url }, '--only', 'store');
    expect((await asked()).of('store.server')).toMatchObject({ verdict: 'ok' });
    await redis.send('CONFIG', 'SET', 'appendonly', 'no');
    await redis.send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const { code, of } = await asked();
    expect(code).toBe(0);
    expect(of('store.server')).toMatchObject({ verdict: 'warning' });
    expect(of('store.server').seen).toMatch(/appendonly yes.*maxmemory-policy noeviction/s);
  });

  it('that takes no writes is STORE_NOT_WRITABLE, one that is away STORE_UNAVAILABLE, without the password', async () => {
    const redis = await ownRedis({ password: 'r3disPassw0rd' });
    await redis.send('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const url = redis.url.replace('://', '://:r3disPassw0rd@');
    const full = await diagnose({ ...environment, WXOP_STORE: url }, '--only', 'store');
    expect([full.code, full.worst?.id, full.worst?.code]).toEqual([1, 'store.writable', 'STORE_NOT_WRITABLE']);
    const away = await diagnose({ ...environment, WXOP_STORE: url.replace(/\d+$/, '1') }, '--only', 'store');
    expect([away.code, away.worst?.id, away.worst?.code]).toEqual([5, 'store.reach', 'STORE_UNAVAILABLE']);
    for (const { stdout, stderr } of [full, away]) expect(stdout + stderr).not.toContain('r3disPassw0rd');
  });
});
