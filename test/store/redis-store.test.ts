import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import { createSealer } from '../../src/store/seal.ts';
import { PUSH_DEADLINE } from '../../src/store/redis-connection.ts';
import type { Store, TicketRecord } from '../../src/store/store.ts';
import { useActors } from '../support/child-process.ts';
import { failureOf } from '../support/wechat.ts';
import { eventually } from '../support/processes.ts';
import {
  connectionTo,
  everything,
  freshComponent,
  hasRedis,
  openRedisStore,
  ownRedis,
  PATIENT,
  startProxy,
  useRedis,
} from '../support/redis.ts';
import { sleep } from '../support/sleep.ts';
import { temporaryFolder } from '../support/world.ts';
import { storeContract } from './contract.ts';

const redis = useRedis();
const startActor = useActors();

const DURABLE = { durable: true };
/** Patient while its Redis is there; where a test waits for the end of that, it says how long that is. */
function storeOn(url: string, deadline = PATIENT) {
  const patience = { deadline };
  const connection = connectionTo(url, { deadline: () => patience.deadline });
  return { patience, store: openRedisStore(url, { connection }) };
}

const ticket = (createTime: number): TicketRecord => ({ ticket: `ticket-${createTime}`, createTime, receivedAt: 0 });

async function writeTickets(store: Store, count: number): Promise<void> {
  for (let version = 1; version <= count; version++) await store.write('ticket', ticket(version), version - 1, DURABLE);
}

/** A fresh component on the shared server, its store, and what that warned of. */
function open(options: Parameters<typeof openRedisStore>[1] = {}) {
  const componentAppId = freshComponent();
  const warnings: string[] = [];
  const store = openRedisStore(redis().url, { componentAppId, warn: ({ en }) => void warnings.push(en), ...options });
  return { componentAppId, warnings, store, key: (name: string) => `wxop:{${componentAppId}}:record:${name}` };
}

/** Lets this time pass for the leases of a component: the server's own clock cannot be moved. */
async function pass(componentAppId: string, milliseconds: number): Promise<void> {
  for (const key of (await redis().send('KEYS', `wxop:{${componentAppId}}:lock:*`)) as string[]) {
    const left = Number(await redis().send('PTTL', key)) - milliseconds;
    await redis().send(...(left > 0 ? ['PEXPIRE', key, String(left)] : ['DEL', key]));
  }
}

describe.skipIf(!hasRedis)('the Redis store', () => {
  describe.each([
    ['plain', undefined],
    ['sealed', createSealer(randomBytes(32).toString('base64'))],
  ])('%s', (_form, sealer) => {
    storeContract(() => {
      const componentAppId = freshComponent();
      let passed = 0;
      return {
        open: (watching) =>
          openRedisStore(redis().url, { componentAppId, sealer, now: () => Date.now() + passed, ...watching }),
        pass: async (milliseconds) => {
          passed += milliseconds;
          await pass(componentAppId, milliseconds);
        },
        shortLease: 60_000,
      };
    });
  });
});

describe.skipIf(!hasRedis)('records on Redis', () => {
  it('stand under their component, and say in no name what they hold', async () => {
    const { store, componentAppId } = open();
    await writeTickets(store, 2);
    await store.write('token/wx1', { accessToken: 'SECRET-TOKEN', obtainedAt: 1, expiresAt: 2 }, 0, DURABLE);
    await store.id();
    await store.proveWritable();
    const lock = await store.lock('component', { lease: 60_000 });
    const prefix = `wxop:{${componentAppId}}:`;
    const keys = Object.keys(await everything(redis())).filter((key) => key.includes(componentAppId));
    // The proof that it can be written lives for a second only.
    expect(keys.filter((key) => key !== `${prefix}proof`)).toEqual(
      ['index:token', 'lock:component', 'record:store', 'record:ticket', 'record:token/wx1'].map(
        (name) => prefix + name,
      ),
    );
    await lock.release();
  });

  it('keep the last three versions, newest first, and when they were written', async () => {
    let time = Date.UTC(2024, 0, 15);
    const { store } = open({ now: () => (time += 1_000) });
    await writeTickets(store, 5);
    const past = await store.history('ticket');
    expect(past.map(({ version, value }) => [version, value.createTime])).toEqual([[5, 5], [4, 4], [3, 3]]); // prettier-ignore
    const writtenAt = past.map((version) => version.writtenAt);
    expect(new Set(writtenAt).size).toBe(3);
    expect(writtenAt).toEqual([...writtenAt].sort().reverse());
  });

  it('that are damaged are put aside, and the version before counts again', async () => {
    const { store, key } = open();
    await writeTickets(store, 2);
    await redis().send('HSET', key('ticket'), 'value:2', '{"half');
    const failure = await failureOf(store.read('ticket'));
    expect(failure.code).toBe('RECORD_DAMAGED');
    expect(await store.read('ticket')).toEqual({ version: 1, value: ticket(1) });
    expect(JSON.stringify(await redis().send('HGETALL', key('ticket')))).toContain('{\\"half');
    expect((await store.write('ticket', ticket(3), 1, DURABLE)).version).toBe(2);
  });

  it('of which the newest value is gone are damaged too', async () => {
    const { store, key } = open();
    await writeTickets(store, 2);
    await redis().send('HDEL', key('ticket'), 'value:2');
    expect((await failureOf(store.read('ticket'))).code).toBe('RECORD_DAMAGED');
    expect(await store.read('ticket')).toEqual({ version: 1, value: ticket(1) });
    await redis().send('HDEL', key('ticket'), 'value:1');
    expect((await failureOf(store.read('ticket'))).code).toBe('RECORD_DAMAGED');
    expect(await store.read('ticket')).toBeUndefined();
    expect(await store.isLeftOver('ticket')).toBe(true);
    expect((await store.write('ticket', ticket(1), 0, DURABLE)).version).toBe(1);
    expect(await store.isLeftOver('ticket')).toBe(false);
  });

  it('of a newer wxop are left as they are', async () => {
    const { store, key } = open();
    await writeTickets(store, 1);
    await redis().send('HSET', key('ticket'), 'value:1', '{"format":99}');
    expect((await failureOf(store.read('ticket'))).code).toBe('RECORD_NEWER');
    expect(await redis().send('HGET', key('ticket'), 'value:1')).toBe('{"format":99}');
  });

  it('of another type are an error that names the key, and stay', async () => {
    const { store, key } = open();
    await redis().send('SET', key('ticket'), 'something else');
    expect((await failureOf(store.read('ticket'))).code).toBe('STORE_UNAVAILABLE');
    expect((await failureOf(store.write('ticket', ticket(1), 0, DURABLE))).code).toBe('STORE_UNAVAILABLE');
    expect(await redis().send('GET', key('ticket'))).toBe('something else');
  });
});

describe.skipIf(!hasRedis)('a Redis that goes away', () => {
  it('is written again after a lost answer: the write is not doubled, and no conflict', async () => {
    const { componentAppId } = open();
    const proxy = await startProxy(redis().port);
    const store = openRedisStore(`redis://127.0.0.1:${proxy.port}`, { componentAppId });
    await writeTickets(store, 1);
    for (let version = 2; version <= 6; version++) {
      proxy.loseNextReply();
      expect((await store.write('ticket', ticket(version), version - 1, DURABLE)).version).toBe(version);
      expect(proxy.lost()).toBe(version - 1);
      expect(await store.read('ticket')).toEqual({ version, value: ticket(version) });
    }
    proxy.loseNextReply();
    expect((await failureOf(store.write('ticket', ticket(99), 2, DURABLE))).code).toBe('STORE_CONFLICT');
  });

  it('gives a lock once, though the answers of taking, renewing and releasing it were lost', async () => {
    const { componentAppId, store: other } = open();
    const proxy = await startProxy(redis().port);
    const store = openRedisStore(`redis://127.0.0.1:${proxy.port}`, { componentAppId });
    await store.read('ticket');
    proxy.loseNextReply();
    const lock = await store.lock('component', { lease: 60_000 });
    const events: string[] = [];
    const waiting = other.lock('component', { lease: 60_000 }).then(() => void events.push('taken'));
    for (let look = 0; look < 25; look++) await other.read('ticket');
    events.push('released');
    proxy.loseNextReply();
    await lock.release();
    await waiting;
    expect(events).toEqual(['released', 'taken']);
    expect(proxy.lost()).toBe(2);
  });

  it('killed and restarted in the middle: every acknowledged write is there, none is doubled', async () => {
    // With `everysec` Redis answers before it has written while a flush is under way: a kill loses what it said yes to.
    const server = await ownRedis({ args: ['--appendfsync', 'always'] });
    const { store } = storeOn(server.url, PUSH_DEADLINE);
    let acknowledged = 0;
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        try {
          const old = await store.read('ticket');
          // A write whose end nobody heard may have been done: but never more than that one.
          expect((old?.version ?? 0) - acknowledged).toBeGreaterThanOrEqual(0);
          expect((old?.version ?? 0) - acknowledged).toBeLessThanOrEqual(1);
          acknowledged = old?.version ?? 0;
          const next = (old?.version ?? 0) + 1;
          acknowledged = (await store.write('ticket', ticket(next), next - 1, DURABLE)).version;
        } catch (error) {
          if (!isError(error, 'STORE_UNAVAILABLE')) throw error;
        }
      }
    })();
    for (let round = 0; round < 4; round++) {
      const before = acknowledged;
      while (acknowledged < before + 20) await Promise.race([writing, sleep(5)]);
      await server.stop('SIGKILL');
      await server.start();
    }
    isOver = true;
    await writing;
    const { version, value } = (await openRedisStore(server.url).read('ticket'))!;
    expect(version - acknowledged).toBeLessThanOrEqual(1);
    expect(version - acknowledged).toBeGreaterThanOrEqual(0);
    expect(value.createTime).toBe(version);
  });

  it('that is down is STORE_UNAVAILABLE with a next step, and back when it is back', async () => {
    const server = await ownRedis();
    const { store, patience } = storeOn(server.url);
    await writeTickets(store, 1);
    await server.stop();
    patience.deadline = PUSH_DEADLINE;
    for (const attempt of [
      () => store.read('ticket'),
      () => store.write('ticket', ticket(2), 1, DURABLE),
      () => store.lock('component', { lease: 1_000 }),
      () => store.list('account'),
      () => store.proveWritable(),
    ]) {
      const failure = await failureOf(attempt());
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', exitCode: 5, retryable: true });
      expect(failure.message).toContain(`127.0.0.1:${server.port}`);
      expect(failure.hint?.en).toContain('Redis');
    }
    await server.start();
    patience.deadline = PATIENT;
    expect(await store.read('ticket')).toEqual({ version: 1, value: ticket(1) });
  });

  it('that answers late because neither of us could run is not given up', async () => {
    const server = await ownRedis();
    // More is left of it after one of its ticks than Redis needs to answer.
    const { store } = storeOn(server.url, 3_000);
    await writeTickets(openRedisStore(server.url), 1);
    await store.id();
    server.pause();
    const asked = store.read('ticket');
    // Sent, and then nothing of this process runs for longer than a command may take.
    await sleep(1);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_100);
    // Nor does the server until a moment after.
    setTimeout(() => server.resume(), 10);
    expect((await asked)?.value).toEqual(ticket(1));
  });

  it('that hangs fails, for new connections too, and works on when it wakes up', async () => {
    const server = await ownRedis();
    const { store, patience } = storeOn(server.url);
    await writeTickets(store, 1);
    server.pause();
    patience.deadline = PUSH_DEADLINE;
    // The second one finds no connection, and its new one gets no answer.
    for (let time = 0; time < 2; time++) {
      const failure = await failureOf(store.write('ticket', ticket(2), 1, DURABLE));
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', exitCode: 5 });
    }
    expect((await failureOf(storeOn(server.url, PUSH_DEADLINE).store.read('ticket'))).code).toBe('STORE_UNAVAILABLE');
    server.resume();
    patience.deadline = PATIENT;
    const found = await store.read('ticket');
    // What it was sent while it hung it may have done since.
    expect([1, 2]).toContain(found?.version);
    expect((await store.write('ticket', ticket(5), found!.version, DURABLE)).version).toBe(found!.version + 1);
  });

  it('with another password says so, and not which', async () => {
    const server = await ownRedis({ password: 'right:pass@word/%' });
    const store = (password: string) => openRedisStore(server.url.replace('//', `//:${password}@`));
    await writeTickets(store(encodeURIComponent('right:pass@word/%')), 1);
    for (const failure of [
      await failureOf(store('wrong-password').read('ticket')),
      await failureOf(openRedisStore(server.url).read('ticket')),
    ]) {
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', exitCode: 5, retryable: false });
      expect(failure.message).toContain('password');
      expect(JSON.stringify([failure.message, failure.hint, String(failure.cause)])).not.toContain('wrong-password');
    }
  });

  it('that is a replica takes no writes: STORE_NOT_WRITABLE, and reads work', async () => {
    const server = await ownRedis();
    let passed = 0;
    const connection = connectionTo(server.url, {
      elapsed: () => performance.now() + passed,
      sleep: () => Promise.resolve(void (passed += PATIENT / 10)),
    });
    const store = openRedisStore(server.url, { connection });
    await writeTickets(store, 1);
    await server.send('REPLICAOF', '127.0.0.1', '1');
    expect((await failureOf(store.write('ticket', ticket(2), 1, DURABLE))).code).toBe('STORE_NOT_WRITABLE');
    expect((await failureOf(store.proveWritable())).code).toBe('STORE_NOT_WRITABLE');
    expect(await store.read('ticket')).toEqual({ version: 1, value: ticket(1) });
    await server.send('REPLICAOF', 'NO', 'ONE');
    expect((await store.write('ticket', ticket(2), 1, DURABLE)).version).toBe(2);
  });

  it('that said why it takes no writes, and then nothing more, is told of with what it said', async () => {
    const server = await ownRedis();
    await server.send('REPLICAOF', '127.0.0.1', '1');
    let passed = 0;
    const connection = connectionTo(server.url, {
      elapsed: () => performance.now() + passed,
      // Before the second try, for which a second is left.
      sleep: () => {
        server.pause();
        passed = PATIENT - 1_000;
        return Promise.resolve();
      },
    });
    expect((await failureOf(connection.send('key', ['SET', 'key', 'value']))).code).toBe('STORE_NOT_WRITABLE');
  });

  it('whose memory is full takes no writes, and says so before it matters', async () => {
    const server = await ownRedis();
    const store = openRedisStore(server.url);
    await writeTickets(store, 1);
    const used = /used_memory:(\d+)/.exec(String(await server.send('INFO', 'memory')))?.[1];
    // Almost full: one more command is let through, and what it brings does not fit.
    await server.send('CONFIG', 'SET', 'maxmemory', String(Number(used) + 1_000));
    expect((await failureOf(store.proveWritable())).code).toBe('STORE_NOT_WRITABLE');
    await server.send('CONFIG', 'SET', 'maxmemory', '100000');
    for (const attempt of [() => store.proveWritable(), () => store.write('ticket', ticket(2), 1, DURABLE)]) {
      const failure = await failureOf(attempt());
      expect(failure).toMatchObject({ code: 'STORE_NOT_WRITABLE', exitCode: 1 });
      expect(failure.hint?.en).toContain('maxmemory');
    }
    expect(await store.read('ticket')).toEqual({ version: 1, value: ticket(1) });
  });

  it('that is loading is waited for, and told of when it takes too long', async () => {
    // Each key takes a millisecond to load, and commands are looked at every few keys.
    const slowly = ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'];
    const server = await ownRedis({ args: slowly });
    await writeTickets(openRedisStore(server.url), 1);
    await server.send('EVAL', "for i = 1, 60000 do redis.call('SET', 'filler' .. i, 'x') end", '0');
    await server.send('BGREWRITEAOF');
    await eventually(async () =>
      /aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0/.test(String(await server.send('INFO', 'persistence')))
        ? true
        : undefined,
    );
    await server.stop();
    await server.start();
    const failure = await failureOf(storeOn(server.url, 5_000).store.read('ticket'));
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(failure.message).toContain('LOADING');
    const found = openRedisStore(server.url).read('ticket');
    await server.send('CONFIG', 'SET', 'key-load-delay', '0');
    expect(await found).toEqual({ version: 1, value: ticket(1) });
  });
});

describe.skipIf(!hasRedis)('what the server is set up for', () => {
  it('is warned of once where it would lose what it is given', async () => {
    const server = await ownRedis({ args: ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'] });
    const warnings: string[] = [];
    const store = openRedisStore(server.url, { warn: ({ en }) => void warnings.push(en) });
    await writeTickets(store, 3);
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toMatch(/appendonly yes[^]*noeviction/);
  });

  it('is not warned of where all is well', async () => {
    const { store, warnings } = open();
    await writeTickets(store, 2);
    expect(warnings).toEqual([]);
  });
});

describe.skipIf(!hasRedis)('locks on Redis, between processes', () => {
  it('of one who died are taken over by exactly one of those who wait, long before the lease ends', async () => {
    const { componentAppId } = open();
    const inside = join(temporaryFolder(), 'inside');
    const orders = { folder: '', redis: redis().url, componentAppId, inside };
    const holder = startActor('hold', orders);
    await holder.said('held');
    const waiters = Array.from({ length: 4 }, () => startActor('takeInTurn', orders));
    await Promise.all(waiters.map(({ said }) => said('waiting')));
    holder.process.kill('SIGKILL');
    await Promise.all(waiters.map(({ finished }) => finished));
    // Each was alone inside, or it would have failed.
    closeSync(openSync(inside, 'wx'));
  });

  it('of another machine are waited for: whether their holder lives cannot be seen from here', async () => {
    const { componentAppId, store } = open({ host: () => 'elsewhere', isAlive: () => false });
    const lease = 60_000;
    const held = await store.lock('component', { lease });
    const here = openRedisStore(redis().url, { componentAppId, isAlive: () => false });
    const events: string[] = [];
    const waiting = here.lock('component', { lease }).then(() => void events.push('taken'));
    for (let look = 0; look < 25; look++) await here.read('ticket');
    events.push('still held');
    await pass(componentAppId, lease);
    await waiting;
    expect(events).toEqual(['still held', 'taken']);
    await held.release();
  });

  it('end by the clock of the server, whatever ours says', async () => {
    const lease = 60_000;
    const { componentAppId, store } = open({ now: () => 0 });
    await store.lock('component', { lease });
    const ahead = openRedisStore(redis().url, { componentAppId, now: () => Date.now() + 1e9 });
    const events: string[] = [];
    const waiting = ahead.lock('component', { lease }).then(() => void events.push('taken'));
    for (let look = 0; look < 25; look++) await ahead.read('ticket');
    events.push('still held');
    await pass(componentAppId, lease);
    await waiting;
    expect(events).toEqual(['still held', 'taken']);
  });

  it('that were lost in a long sleep are told of, and the late holder overwrites nothing', async () => {
    let passed = 0;
    const { componentAppId, store } = open({ now: () => Date.now() + passed });
    await writeTickets(store, 1);
    const late = startActor('holdTooLong', { folder: '', redis: redis().url, componentAppId, lease: 500 });
    await late.said('held');
    late.process.kill('SIGSTOP');
    const lock = await store.lock('contended', { lease: 60_000 });
    await store.write('ticket', ticket(2), 1, DURABLE);
    late.process.kill('SIGUSR2');
    late.process.kill('SIGCONT');
    expect(await late.said('wrote')).toBe('STORE_CONFLICT');
    expect(await late.said('renewed')).toBe('STORE_CONFLICT');
    expect(await store.read('ticket')).toEqual({ version: 2, value: ticket(2) });
    passed = 30_000;
    await pass(componentAppId, passed);
    await expect(lock.renew()).resolves.toBeUndefined();
  });

  it('let many processes count without losing one', async () => {
    const { componentAppId, store } = open();
    const orders = { folder: '', redis: redis().url, componentAppId, count: 25 };
    await Promise.all(Array.from({ length: 4 }, () => startActor('increment', orders).finished));
    expect(await store.read('ticket')).toMatchObject({ version: 100, value: { createTime: 100 } });
  });
});
