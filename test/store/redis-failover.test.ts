/** Redis servers that replicate: what was acknowledged is there after a death, a failover, a resharding, a partition. */
import { describe, expect, it } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import { PUSH_DEADLINE } from '../../src/store/redis-connection.ts';
import type { Store, TicketRecord } from '../../src/store/store.ts';
import { eventually } from '../support/processes.ts';
import {
  connectionTo,
  freshComponent,
  hasRedis,
  openRedisStore,
  ownRedis,
  PATIENT,
  type TestRedis,
} from '../support/redis.ts';
import { cutOff, openSentinel, startCluster, startPair, startReplica } from '../support/redis-cluster.ts';
import { sleep } from '../support/sleep.ts';
import { failureOf } from '../support/wechat.ts';

const DURABLE = { durable: true };
const isLong = process.env.WXOP_TEST_LONG !== undefined;
const ticket = (createTime: number): TicketRecord => ({ ticket: `ticket-${createTime}`, createTime, receivedAt: 0 });

function storeOn(url: string, deadline = PATIENT, componentAppId = freshComponent()) {
  const patience = { deadline };
  const connection = connectionTo(url, { deadline: () => patience.deadline });
  return { patience, componentAppId, store: openRedisStore(url, { connection, componentAppId }) };
}

/** Writes one version after the other until it is stopped, and remembers what was acknowledged. */
function keepWriting(store: Store) {
  let acknowledged = 0;
  let isOver = false;
  const working = (async () => {
    while (!isOver) {
      try {
        const version = (await store.read('ticket'))?.version ?? 0;
        acknowledged = (await store.write('ticket', ticket(version + 1), version, DURABLE)).version;
      } catch (error) {
        // A conflict: the write was done, and it was not heard that it was.
        if (!isError(error, 'STORE_UNAVAILABLE') && !isError(error, 'STORE_CONFLICT')) throw error;
      }
    }
  })();
  return {
    acknowledged: () => acknowledged,
    more: async (count = 5) => {
      const before = acknowledged;
      while (acknowledged < before + count) await Promise.race([working, sleep(5)]);
    },
    stop: async () => {
      isOver = true;
      await working;
    },
  };
}

const promote = (replica: TestRedis): Promise<unknown> => replica.send('REPLICAOF', 'NO', 'ONE');
const isPrimary = (node: TestRedis): Promise<unknown> =>
  eventually(async () => {
    // Who is promoted cuts all its lines.
    const role = await node.send('INFO', 'replication').catch(() => '');
    return /role:master/.test(String(role)) || undefined;
  });

describe.skipIf(!hasRedis)('a failover to a replica that lacks the last write', () => {
  it('loses it without `wait`, and the version before counts', async () => {
    const { primary, replica } = await startPair();
    const { store: careful, componentAppId } = storeOn(`${primary.url}/0?wait=1`);
    await careful.write('ticket', ticket(1), 0, DURABLE);
    await cutOff(replica);
    const store = openRedisStore(primary.url, { componentAppId });
    await store.write('ticket', ticket(2), 1, DURABLE);
    await primary.stop('SIGKILL');
    await promote(replica);
    const after = openRedisStore(replica.url, { componentAppId });
    expect(await after.read('ticket')).toEqual({ version: 1, value: ticket(1) });
    expect((await after.write('ticket', ticket(3), 1, DURABLE)).version).toBe(2);
  });

  it('finds with `wait=1` that it was never acknowledged, and nothing starts that would need it', async () => {
    const { primary, replica } = await startPair();
    const url = `${primary.url}/0?wait=1`;
    const { store, componentAppId } = storeOn(url);
    await store.write('ticket', ticket(1), 0, DURABLE);
    await cutOff(replica);
    const attempts: ((impatient: Store) => Promise<unknown>)[] = [
      (impatient) => impatient.write('ticket', ticket(2), 1, DURABLE),
      (impatient) => impatient.confirm?.('ticket') ?? Promise.resolve(),
      (impatient) => impatient.proveWritable(),
      (impatient) => impatient.lock('component', { lease: 1_000 }),
    ];
    const failures = attempts.map((attempt) => failureOf(attempt(storeOn(url, PUSH_DEADLINE, componentAppId).store)));
    for (const failure of await Promise.all(failures)) {
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', exitCode: 5, retryable: true });
      expect(failure.message).toContain('on 0 of its replicas; 1 must have it');
      expect(failure.hint?.en).toContain('wait=0');
    }
    // What can be had again does not wait, and nothing that is read does.
    const token = { accessToken: 'token', obtainedAt: 1, expiresAt: 2 };
    expect((await store.write('token/wx1', token, 0, { durable: false })).version).toBe(1);
    await primary.stop('SIGKILL');
    await promote(replica);
    const after = openRedisStore(replica.url, { componentAppId });
    expect(await after.read('ticket')).toEqual({ version: 1, value: ticket(1) });
  });

  it('takes up again where the replica comes back, and the repeated write is not doubled', async () => {
    const { primary, replica } = await startPair();
    const { store } = storeOn(`${primary.url}/0?wait=1`);
    await store.write('ticket', ticket(1), 0, DURABLE);
    await cutOff(replica);
    const writing = store.write('ticket', ticket(2), 1, DURABLE);
    await eventually(async () => ((await store.read('ticket'))?.version === 2 ? true : undefined));
    await replica.send('REPLICAOF', '127.0.0.1', String(primary.port));
    expect((await writing).version).toBe(2);
    expect((await store.history('ticket')).map(({ version }) => version)).toEqual([2, 1]);
  });

  it('leaves a primary that does not know of it: nothing is acknowledged there', async () => {
    const { primary, replica } = await startPair();
    const { store, patience } = storeOn(`${primary.url}/0?wait=1`);
    await store.write('ticket', ticket(1), 0, DURABLE);
    await promote(replica);
    patience.deadline = PUSH_DEADLINE;
    expect((await failureOf(store.write('ticket', ticket(2), 1, DURABLE))).code).toBe('STORE_UNAVAILABLE');
  });
});

describe.skipIf(!hasRedis)('a replica', () => {
  it('may be read, but nothing is decided on what it says', async () => {
    const { primary, replica } = await startPair();
    const { store, componentAppId } = storeOn(`${primary.url}/0?wait=1`);
    await store.write('ticket', ticket(1), 0, DURABLE);
    await cutOff(replica);
    let passed = 0;
    const connection = connectionTo(replica.url, {
      elapsed: () => performance.now() + passed,
      sleep: () => Promise.resolve(void (passed += PATIENT / 3)),
    });
    const warnings: string[] = [];
    const stale = openRedisStore(replica.url, { connection, componentAppId, warn: ({ en }) => void warnings.push(en) });
    expect((await stale.read('ticket'))?.version).toBe(1);
    for (const decision of [
      () => stale.lock('component', { lease: 1_000 }),
      () => stale.proveWritable(),
      () => stale.write('ticket', ticket(2), 1, DURABLE),
    ]) {
      expect((await failureOf(decision())).code).toBe('STORE_NOT_WRITABLE');
    }
    expect(warnings.join()).toContain('is a replica');
  });
});

describe.skipIf(!hasRedis)('a Sentinel', () => {
  it('whose primary dies in the middle of writes leads to the replica that has all that was acknowledged', async () => {
    const { primary, replica } = await startPair();
    const replicas = [replica, await startReplica(primary)];
    const port = await openSentinel(primary.port, replicas.length);
    const { store, componentAppId } = storeOn(`redis+sentinel://127.0.0.1:${port}/0?master=kept`, PUSH_DEADLINE);
    const writing = keepWriting(store);
    await writing.more();
    await primary.stop('SIGKILL');
    const acknowledged = writing.acknowledged();
    const heir = await Promise.any(replicas.map(async (one) => (await isPrimary(one), one)));
    await writing.more();
    await writing.stop();
    const found = await openRedisStore(heir.url, { componentAppId }).read('ticket');
    expect(found?.version).toBeGreaterThan(acknowledged);
    expect(found?.version).toBeGreaterThanOrEqual(writing.acknowledged());
  });
});

describe.skipIf(!hasRedis)('a cluster of six', () => {
  it('keeps every acknowledged write while its slot moves, and when its primary dies', async () => {
    const cluster = await startCluster();
    const { store, componentAppId } = storeOn(cluster.url, PUSH_DEADLINE);
    const slot = await cluster.slotOf(`{${componentAppId}}`);
    const writing = keepWriting(store);
    await writing.more();
    await store.write('token/wx1', { accessToken: 'token', obtainedAt: 1, expiresAt: 2 }, 0, DURABLE);
    const before = await cluster.ownerOf(slot);
    await cluster.reshard(
      slot,
      cluster.nodes.slice(0, 3).find((node) => node !== before)!,
    );
    const owner = await cluster.ownerOf(slot);
    expect(owner).not.toBe(before);
    await writing.more();
    expect(await store.list('token')).toEqual(['wx1']);
    const acknowledged = writing.acknowledged();
    await owner.stop('SIGKILL');
    const heir = cluster.nodes[cluster.nodes.indexOf(owner) + 3]!;
    await isPrimary(heir);
    // It comes back as the replica of its heir, and only then is anything on two nodes again.
    await owner.start();
    await writing.more();
    await writing.stop();
    const found = await store.read('ticket');
    expect(found?.version).toBeGreaterThan(acknowledged);
    expect(found?.version).toBeGreaterThanOrEqual(writing.acknowledged());
  });

  it.each([
    { timeout: 600, short: 100, long: 0 },
    // As long as they say: `npm run check:long -- redis`.
    ...(isLong ? [{ timeout: 2_000, short: 1_000, long: 60_000 }] : []),
  ])(
    'loses nothing in a partition of $short ms, nor in one that is longer than $timeout ms ($long ms)',
    async (partition) => {
      const cluster = await startCluster(partition.timeout);
      const { store, componentAppId } = storeOn(cluster.url, PUSH_DEADLINE);
      const slot = await cluster.slotOf(`{${componentAppId}}`);
      const owner = await cluster.ownerOf(slot);
      const heir = cluster.nodes[cluster.nodes.indexOf(owner) + 3]!;
      const writing = keepWriting(store);
      await writing.more();
      owner.pause();
      await sleep(partition.short);
      owner.resume();
      await writing.more();
      expect(await cluster.ownerOf(slot)).toBe(owner);
      const acknowledged = writing.acknowledged();
      owner.pause();
      await isPrimary(heir);
      await sleep(partition.long);
      // It wakes up as if nothing had happened, and learns that it is a replica now.
      owner.resume();
      await writing.more();
      await writing.stop();
      expect(await cluster.ownerOf(slot)).toBe(heir);
      const found = await store.read('ticket');
      expect(found?.version).toBeGreaterThan(acknowledged);
      expect(found?.version).toBeGreaterThanOrEqual(writing.acknowledged());
    },
    isLong ? 200_000 : undefined,
  );
});

describe.skipIf(!hasRedis)('a server that throws away keys when its memory is full', () => {
  it.each([[[]], [['--rename-command', 'CONFIG', '']]])('is refused before the first write (%j)', async (args) => {
    const server = await ownRedis({ args: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru', ...args] });
    const { store } = storeOn(server.url);
    for (const attempt of [
      () => store.proveWritable(),
      () => store.write('ticket', ticket(1), 0, DURABLE),
      () => store.lock('component', { lease: 1_000 }),
    ]) {
      const failure = await failureOf(attempt());
      expect(failure).toMatchObject({ code: 'STORE_NOT_WRITABLE', exitCode: 1 });
      expect(failure.message).toContain('allkeys-lru');
      expect(failure.hint?.en).toContain('CONFIG SET maxmemory-policy noeviction');
    }
    expect(await server.send('DBSIZE')).toBe(0);
  });

  it('is taken once it is set right, without a new start', async () => {
    const server = await ownRedis({ args: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'] });
    const { store } = storeOn(server.url);
    expect((await failureOf(store.proveWritable())).code).toBe('STORE_NOT_WRITABLE');
    await server.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await store.proveWritable();
  });

  it('but only those that end by themselves is warned of: locks are among them', async () => {
    const server = await ownRedis({ args: ['--maxmemory', '50mb', '--maxmemory-policy', 'volatile-lru'] });
    const warnings: string[] = [];
    const store = openRedisStore(server.url, { warn: ({ en }) => void warnings.push(en) });
    await store.proveWritable();
    expect(warnings.join()).toMatch(/locks[^]*volatile-lru/);
  });
});
