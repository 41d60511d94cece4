/** What every Store promises, whatever it is made of. */
import { describe, expect, it } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import type { LockWaitOptions } from '../../src/store/lock-wait.ts';
import type { AttemptRecord, Store, TicketRecord } from '../../src/store/store.ts';
import { accountOf } from '../support/child-process-main.ts';
import { failureOf } from '../support/wechat.ts';

export interface StoreUnderTest {
  /** Opens the same store once more, as another process would. */
  open(watching?: LockWaitOptions): Store | Promise<Store>;
  /** Lets a lease of this many milliseconds run out. */
  pass(milliseconds: number): void | Promise<void>;
  /** Milliseconds of the leases that the test lets run out. */
  shortLease: number;
}

/** Of locks that nobody is meant to lose. */
const LONG_LEASE = 60_000;
const DURABLE = { durable: true };
const PASSING = { durable: false };

const ticket = (createTime: number, value = `ticket-${createTime}`): TicketRecord => ({
  ticket: value,
  createTime,
  receivedAt: createTime * 1000,
});

const attempt = (id: string): AttemptRecord => ({ id, createdAt: 1, expiresAt: 2, codes: [] });

/** Adds one to the ticket's createTime, however often somebody else is faster. */
async function increment(store: Store): Promise<number> {
  for (;;) {
    const old = await store.read('ticket');
    try {
      const next = ticket((old?.value.createTime ?? 0) + 1);
      return (await store.write('ticket', next, old?.version ?? 0, PASSING)).version;
    } catch (error) {
      if (!isError(error, 'STORE_CONFLICT')) throw error;
    }
  }
}

/** Gives everyone else who could act the time to do so. */
async function letOthersAct(store: Store): Promise<void> {
  for (let look = 0; look < 25; look++) await store.read('component-token');
}

export function storeContract(make: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  async function two(): Promise<{ one: Store; other: Store; under: StoreUnderTest }> {
    const under = await make();
    return { one: await under.open(), other: await under.open(), under };
  }

  describe('records', () => {
    it('has nothing before anything was written', async () => {
      const { one } = await two();
      expect(await one.read('ticket')).toBeUndefined();
      expect(await one.read('account/wx0000000000000001')).toBeUndefined();
      expect(await one.list('account')).toEqual([]);
    });

    it.each([DURABLE, PASSING])('gives back what was written, to others too (%o)', async (options) => {
      const { one, other } = await two();
      const account = {
        appId: 'wx0000000000000001',
        nickName: '春风茶馆 "é" 🍵\n',
        userName: 'gh_1',
        kind: 'mp' as const,
        funcInfo: [1, 15],
        authorizedAt: 1_705_305_600_000,
        lastEvent: { createTime: 1, digest: 'd' },
      };
      expect(await one.write('account/wx0000000000000001', account, 0, options)).toEqual({
        version: 1,
        value: account,
      });
      expect(await one.read('account/wx0000000000000001')).toEqual({ version: 1, value: account });
      expect(await other.read('account/wx0000000000000001')).toEqual({ version: 1, value: account });
    });

    it('counts versions from one, without a gap', async () => {
      const { one, other } = await two();
      for (let version = 1; version <= 7; version++) {
        const writer = version % 2 ? one : other;
        expect((await writer.write('ticket', ticket(version), version - 1, DURABLE)).version).toBe(version);
        expect(await one.read('ticket')).toEqual({ version, value: ticket(version) });
      }
    });

    it('keeps records apart', async () => {
      const { one } = await two();
      await one.write('attempt/a', attempt('a'), 0, DURABLE);
      await one.write('attempt/b', attempt('b'), 0, DURABLE);
      await one.write('ticket', ticket(1), 0, DURABLE);
      expect((await one.read('attempt/a'))?.value.id).toBe('a');
      expect((await one.read('attempt/b'))?.value.id).toBe('b');
    });

    it('refuses a write that does not follow the newest version', async () => {
      const { one, other } = await two();
      expect((await failureOf(one.write('ticket', ticket(9), 1, DURABLE))).code).toBe('STORE_CONFLICT');
      expect(await one.read('ticket')).toBeUndefined();
      for (let version = 1; version <= 6; version++) await one.write('ticket', ticket(version), version - 1, DURABLE);
      for (const expected of [0, 1, 2, 3, 4, 5, 7, 20]) {
        const failure = await failureOf(other.write('ticket', ticket(99), expected, DURABLE));
        expect(failure.code, `expected ${expected}`).toBe('STORE_CONFLICT');
        expect(failure.retryable).toBe(true);
      }
      expect(await one.read('ticket')).toEqual({ version: 6, value: ticket(6) });
    });

    it('lets exactly one of many writers have a version', async () => {
      const { one, other } = await two();
      for (let round = 0; round < 5; round++) {
        const ends = await Promise.allSettled(
          Array.from({ length: 12 }, (_, writer) =>
            (writer % 2 ? one : other).write('ticket', ticket(round, `writer-${writer}`), round, PASSING),
          ),
        );
        const winners = ends.filter((end) => end.status === 'fulfilled');
        expect(winners).toHaveLength(1);
        for (const end of ends) {
          if (end.status === 'rejected') expect(isError(end.reason, 'STORE_CONFLICT')).toBe(true);
        }
        expect(await one.read('ticket')).toEqual(winners[0]?.value);
      }
    });

    it('loses no write and doubles none when every writer tries again after a conflict', async () => {
      const { one, other } = await two();
      const versions = await Promise.all(
        Array.from({ length: 10 }, async (_, writer) => {
          const mine: number[] = [];
          for (let time = 0; time < 10; time++) mine.push(await increment(writer % 2 ? one : other));
          return mine;
        }),
      );
      expect(versions.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
      expect(await one.read('ticket')).toEqual({ version: 100, value: ticket(100) });
    });

    it('lists the names of one kind, sorted', async () => {
      const { one, other } = await two();
      for (const id of ['c', 'a', 'b10', 'b9']) await one.write(`attempt/${id}`, attempt(id), 0, DURABLE);
      await other.write('attempt/b', attempt('b'), 0, DURABLE);
      await other.write('attempt/a', attempt('a'), 1, DURABLE);
      await other.write('token/wx1', { accessToken: 't', obtainedAt: 1, expiresAt: 2 }, 0, DURABLE);
      expect(await one.list('attempt')).toEqual(['a', 'b', 'b10', 'b9', 'c']);
      expect(await one.list('token')).toEqual(['wx1']);
      expect(await one.list('account')).toEqual([]);
    });

    it('forgets a removed record and its history', async () => {
      const { one, other } = await two();
      await one.write('attempt/a', attempt('a'), 0, DURABLE);
      await one.write('attempt/a', attempt('a'), 1, DURABLE);
      await one.write('attempt/b', attempt('b'), 0, DURABLE);
      await other.remove('attempt/a');
      expect(await one.read('attempt/a')).toBeUndefined();
      expect(await one.list('attempt')).toEqual(['b']);
      expect((await failureOf(one.write('attempt/a', attempt('a'), 2, DURABLE))).code).toBe('STORE_CONFLICT');
      expect((await one.write('attempt/a', attempt('a'), 0, DURABLE)).version).toBe(1);
    });

    it('leaves a record that was written after the version that is to be removed', async () => {
      const { one, other } = await two();
      await one.write('attempt/a', attempt('a'), 0, DURABLE);
      await other.write('attempt/a', attempt('b'), 1, DURABLE);
      expect((await failureOf(one.remove('attempt/a', 1))).code).toBe('STORE_CONFLICT');
      expect(await one.read('attempt/a')).toEqual({ version: 2, value: attempt('b') });
      await one.remove('attempt/a', 2);
      expect(await other.read('attempt/a')).toBeUndefined();
      expect(await other.list('attempt')).toEqual([]);
      expect((await one.write('attempt/a', attempt('a'), 0, DURABLE)).version).toBe(1);
    });

    it('proves that it can be written without a trace', async () => {
      const { one, other } = await two();
      await one.write('account/wx1', accountOf('wx1', 1), 0, DURABLE);
      await one.proveWritable();
      await one.proveWritable('account', 'account/wx1', 'account/wx2', 'token/wx2', 'component-token');
      expect([await other.list('account'), await other.list('token')]).toEqual([['wx1'], []]);
      expect((await other.history('account/wx1')).map(({ version }) => version)).toEqual([1]);
    });

    it('removes what is not there without complaint', async () => {
      const { one } = await two();
      await expect(one.remove('attempt/none')).resolves.toBeUndefined();
    });

    it('has one id for everybody, from the first use on', async () => {
      const { one, other, under } = await two();
      const ids = await Promise.all([one.id(), other.id(), one.id(), other.id()]);
      expect(ids[0]).toMatch(/^[\w-]{16,}$/);
      expect(new Set([...ids, await (await under.open()).id()]).size).toBe(1);
    });

    it('has another id than another store', async () => {
      const [first, second] = [await two(), await two()];
      expect(await first.one.id()).not.toBe(await second.one.id());
    });
  });

  describe('locks', () => {
    it('lets the next one in only after the release', async () => {
      const { one, other } = await two();
      const events: string[] = [];
      const held = await one.lock('component', { lease: LONG_LEASE });
      const waiting = other.lock('component', { lease: LONG_LEASE }).then((lock) => {
        events.push('taken');
        return lock;
      });
      await letOthersAct(other);
      events.push('released');
      await held.release();
      await (await waiting).release();
      expect(events).toEqual(['released', 'taken']);
    });

    it('excludes others within one instance too', async () => {
      const { one } = await two();
      const events: string[] = [];
      const held = await one.lock('component', { lease: LONG_LEASE });
      const waiting = one.lock('component', { lease: LONG_LEASE }).then((lock) => {
        events.push('taken');
        return lock;
      });
      await letOthersAct(one);
      events.push('released');
      await held.release();
      await (await waiting).release();
      expect(events).toEqual(['released', 'taken']);
    });

    it('keeps locks of different names apart', async () => {
      const { one, other } = await two();
      const held = await one.lock('account-wx1', { lease: LONG_LEASE });
      const free = await other.lock('account-wx2', { lease: LONG_LEASE });
      await Promise.all([held.release(), free.release()]);
    });

    it('gives the lock to the next one when the lease has ended', async () => {
      const { one, other, under } = await two();
      await one.lock('component', { lease: under.shortLease });
      await under.pass(under.shortLease);
      const taken = await other.lock('component', { lease: LONG_LEASE });
      await under.pass(LONG_LEASE / 2);
      await expect(taken.renew()).resolves.toBeUndefined();
    });

    it('starts the lease again with a renewal', async () => {
      const { one, other, under } = await two();
      const lease = under.shortLease;
      const held = await one.lock('component', { lease });
      const events: string[] = [];
      const waiting = other.lock('component', { lease: LONG_LEASE }).then(() => void events.push('taken'));
      for (let time = 0; time < 3; time++) {
        await under.pass(lease * 0.6);
        await held.renew();
      }
      await letOthersAct(other);
      events.push('released');
      await held.release();
      await waiting;
      expect(events).toEqual(['released', 'taken']);
    });

    it('tells a holder that it lost the lock when it renews', async () => {
      const { one, other, under } = await two();
      const lost = await one.lock('component', { lease: under.shortLease });
      await under.pass(under.shortLease);
      const taken = await other.lock('component', { lease: LONG_LEASE });
      expect((await failureOf(lost.renew())).code).toBe('STORE_CONFLICT');
      await under.pass(LONG_LEASE / 2);
      await expect(taken.renew()).resolves.toBeUndefined();
      await taken.release();
      expect((await failureOf(lost.renew())).code).toBe('STORE_CONFLICT');
    });

    it('leaves the new holder alone when the old one releases', async () => {
      const { one, other, under } = await two();
      const lost = await one.lock('component', { lease: under.shortLease });
      await under.pass(under.shortLease);
      const taken = await other.lock('component', { lease: LONG_LEASE });
      await expect(lost.release()).resolves.toBeUndefined();
      const events: string[] = [];
      const waiting = one.lock('component', { lease: LONG_LEASE }).then(() => void events.push('taken'));
      await letOthersAct(one);
      await taken.renew();
      events.push('released');
      await taken.release();
      await waiting;
      expect(events).toEqual(['released', 'taken']);
    });

    it('releases twice without harm', async () => {
      const { one, other, under } = await two();
      const held = await one.lock('component', { lease: LONG_LEASE });
      await held.release();
      await held.release();
      const taken = await other.lock('component', { lease: LONG_LEASE });
      await held.release();
      await under.pass(LONG_LEASE / 2);
      await expect(taken.renew()).resolves.toBeUndefined();
    });

    it('serves many waiters, one at a time', async () => {
      const { one, other } = await two();
      let inside = 0;
      let most = 0;
      let served = 0;
      await Promise.all(
        Array.from({ length: 16 }, async (_, waiter) => {
          const store = waiter % 2 ? one : other;
          const lock = await store.lock('component', { lease: LONG_LEASE });
          most = Math.max(most, ++inside);
          await store.read('ticket');
          inside--;
          served++;
          await lock.release();
        }),
      );
      expect({ most, served }).toEqual({ most: 1, served: 16 });
    });

    it('ends a wait that is aborted, and leaves the lock to the others', async () => {
      const { one, other } = await two();
      const held = await one.lock('component', { lease: LONG_LEASE });
      const interruption = new AbortController();
      const waiting = failureOf(other.lock('component', { lease: LONG_LEASE, signal: interruption.signal }));
      await letOthersAct(other);
      interruption.abort(new DOMException('SIGINT', 'AbortError'));
      expect((await waiting).code).toBe('CANCELLED');
      await expect(held.renew()).resolves.toBeUndefined();
      await held.release();
      await (await other.lock('component', { lease: LONG_LEASE })).release();
    });

    it('ends a wait for a holder that goes on and on, and says for whom it waits', async () => {
      const { one, under } = await two();
      const held = await one.lock('component', { lease: 2 * LONG_LEASE });
      let time = 0;
      const warnings: [number, string, string][] = [];
      const other = await under.open({
        elapsed: () => time,
        sleep: (milliseconds) => Promise.resolve(void (time += milliseconds)),
        warn: ({ en, zh }) => void warnings.push([time, en, zh]),
      });
      const lease = LONG_LEASE / 3;
      const failure = await failureOf(other.lock('component', { lease }));
      expect(failure).toMatchObject({ code: 'TIMEOUT', exitCode: 5, retryable: true });
      expect(time).toBeGreaterThanOrEqual(3 * lease);
      expect(time).toBeLessThan(3 * lease + 1_000);
      const [[at = 0, en, zh] = [], ...others] = warnings;
      expect(others).toEqual([]);
      expect(at).toBeGreaterThanOrEqual(3_000);
      expect(at).toBeLessThan(4_000);
      expect(en).toMatch(new RegExp(`^waiting for process ${process.pid} on \\S+, at most \\d+ s$`));
      expect(zh).toContain(`进程 ${process.pid}`);
      await held.release();
    });
  });
}
