import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import type { RecordKey, Store, TicketRecord } from '../../src/store/store.ts';
import { accountOf } from '../support/child-process-main.ts';
import { useActors } from '../support/child-process.ts';
import { flushesOf as anyFlushesOf } from '../support/recorded-flushes.ts';
import { createClock, failureOf, openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';
import { isRoot, nobody } from '../support/rights.ts';
import { storeContract } from './contract.ts';

const startActor = useActors();

const ticket = (createTime: number): TicketRecord => ({ ticket: `ticket-${createTime}`, createTime, receivedAt: 0 });

async function writeTickets(store: Store, count: number): Promise<void> {
  for (let version = 1; version <= count; version++) {
    await store.write('ticket', ticket(version), version - 1, { durable: false });
  }
}

/** A fresh store, and what it warned of. */
function openFresh(options: Parameters<typeof openFileStore>[1] = {}) {
  const folder = join(temporaryFolder(), 'state', 'wx5a4db0c0ffee0001');
  const clock = createClock();
  const warnings: string[] = [];
  const store = openFileStore(folder, { now: clock.now, warn: ({ en }) => void warnings.push(en), ...options });
  return { folder, clock, warnings, store };
}

const paths = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .sort();

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the file store', () => {
  storeContract(() => {
    const folder = temporaryFolder();
    const clock = createClock();
    return {
      open: (watching) => openFileStore(folder, { now: clock.now, ...watching }),
      pass: clock.advance,
      shortLease: 20_000,
    };
  });
});

describe('rights', () => {
  it('lets only the owner at any file and folder, whatever the umask', async () => {
    const { folder, store } = openFresh();
    const umask = process.umask(0);
    try {
      await store.id();
      await writeTickets(store, 4);
      await store.write('account/wx1', accountOf('wx1', 1), 0, { durable: true });
      await (await store.lock('component', { lease: 1000 })).release();
    } finally {
      process.umask(umask);
    }
    const all = [folder, join(folder, '..'), ...paths(folder)];
    const folders = all.filter((path) => statSync(path).isDirectory());
    const files = all.filter((path) => statSync(path).isFile());
    expect(files.length).toBeGreaterThan(5);
    expect(new Set(folders.map(modeOf))).toEqual(new Set(['700']));
    expect(new Set(files.map(modeOf))).toEqual(new Set(['600']));
  });

  it('tightens a file that others may read, and warns once', async () => {
    const { folder, store, warnings } = openFresh();
    await writeTickets(store, 1);
    const path = join(folder, 'ticket', '1.json');
    chmodSync(path, 0o644);
    expect((await store.read('ticket'))?.value).toEqual(ticket(1));
    expect(modeOf(path)).toBe('600');
    await store.read('ticket');
    expect(warnings).toEqual([expect.stringContaining(path)]);
    expect(warnings[0]).toContain('644');
  });

  it('says STORE_NOT_WRITABLE and changes nothing in a read-only folder', async () => {
    const { folder, store } = openFresh();
    await writeTickets(store, 1);
    const record = join(folder, 'ticket');
    chmodSync(join(folder, '..', '..'), 0o755);
    for (const path of [join(folder, '..'), folder, record, join(record, '1.json')]) {
      if (isRoot) chownSync(path, nobody.uid, nobody.gid);
    }
    chmodSync(record, 0o500);
    try {
      const actor = startActor('writeOnce', { folder }, { asNobody: true });
      expect(await actor.said('end')).toBe('STORE_NOT_WRITABLE');
      const message = await actor.said('message');
      expect(message).toContain(record);
      // What was written is an answer of the platform, perhaps: that changed something.
      expect(message).not.toContain('nothing was changed');
      expect(await actor.said('hint')).toContain('WXOP_HOME');
      expect(readdirSync(record)).toEqual(['1.json']);
    } finally {
      chmodSync(record, 0o700);
    }
  });

  it.each<string>([
    '../outside',
    '..',
    '.',
    '',
    '/etc/passwd',
    'account/..',
    'account/../../outside',
    'account/a/b',
    'account/',
    'account/.hidden',
    'account/a\\b',
    'account/a\0b',
    'account/a\n',
    'account/a b',
    'account/CON',
    'account/nul',
    'aux',
    'attempt/Com1',
  ])('refuses a name that could leave the folder: %j', async (name) => {
    const { folder, store } = openFresh();
    const key = name as RecordKey;
    expect((await failureOf(store.read(key))).code).toBe('USAGE');
    expect((await failureOf(store.write(key, ticket(1), 0, { durable: false }))).code).toBe('USAGE');
    expect((await failureOf(Promise.resolve().then(() => store.remove(key as `attempt/${string}`)))).code).toBe(
      'USAGE',
    );
    expect((await failureOf(store.lock(`../${name}`, { lease: 1000 }))).code).toBe('USAGE');
    expect(existsSync(folder)).toBe(false);
  });
});

describe('durability', () => {
  /** What the record's folder held whenever something was flushed to disk: a file, or the folder with its names. */
  async function flushesOf(record: string, act: () => Promise<unknown>): Promise<[string, string[]][]> {
    const versions = (): string[] => readdirSync(record).filter((name) => /^\d+\.json$/.test(name));
    const flushes = await anyFlushesOf(() => (existsSync(record) ? versions().sort() : []), act);
    return flushes.map(({ kind, saw }) => [kind, saw]);
  }

  it('is a flushed file before it has its name, and a flushed name before the write is done', async () => {
    const { folder, store } = openFresh();
    await writeTickets(store, 1);
    const act = () => store.write('ticket', ticket(2), 1, { durable: true });
    expect(await flushesOf(join(folder, 'ticket'), act)).toEqual([
      ['file', ['1.json']],
      ['folder', ['1.json', '2.json']],
    ]);
  });

  it('of a first record begins with the folders above it', async () => {
    const { folder, store } = openFresh();
    const act = () => store.write('account/wx1', accountOf('wx1', 1), 0, { durable: true });
    const kinds = (await flushesOf(join(folder, 'account', 'wx1'), act)).map(([kind]) => kind);
    expect(kinds.slice(-2)).toEqual(['file', 'folder']);
    expect(kinds.filter((kind) => kind === 'folder').length).toBeGreaterThan(3);
  });

  it('is not paid for by what can be had again', async () => {
    const { folder, store } = openFresh();
    const act = () => store.write('ticket', ticket(1), 0, { durable: false });
    expect(await flushesOf(join(folder, 'ticket'), act)).toEqual([]);
  });
});

describe('damage', () => {
  const DAMAGES: [string, (content: string) => string][] = [
    ['an empty file', () => ''],
    ['a half-written file', (content) => content.slice(0, content.length / 2)],
    ['a file of zeroes', (content) => '\0'.repeat(content.length)],
    ['a file with something else in it', () => '[1, 2, 3]'],
    ['a record without a value', () => '{"format": 1, "version": 3}'],
  ];

  it.each(DAMAGES)('moves %s aside, names it, and lets the version before it count', async (_, damage) => {
    const { folder, store, clock } = openFresh();
    await writeTickets(store, 3);
    const path = join(folder, 'ticket', '3.json');
    const damaged = damage(readFileSync(path, 'utf8'));
    writeFileSync(path, damaged);
    const failure = await failureOf(store.read('ticket'));
    expect(failure.code).toBe('RECORD_DAMAGED');
    const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:.]/g, '');
    const aside = `${path}.damaged-${stamp}`;
    expect(failure.message).toContain(path);
    expect(failure.message).toContain(aside);
    expect(failure.hint?.en).toContain('wxop accounts sync');
    expect(readFileSync(aside, 'utf8')).toBe(damaged);
    expect(modeOf(aside)).toBe('600');
    expect(await store.read('ticket')).toEqual({ version: 2, value: ticket(2) });
    expect((await store.write('ticket', ticket(7), 2, { durable: true })).version).toBe(3);
    expect((await store.read('ticket'))?.value).toEqual(ticket(7));
    for (let version = 4; version <= 9; version++) {
      await store.write('ticket', ticket(version), version - 1, { durable: false });
    }
    expect(readFileSync(aside, 'utf8')).toBe(damaged);
  });

  it('has nothing after the only version was damaged, and takes a new one', async () => {
    const { folder, store } = openFresh();
    await writeTickets(store, 1);
    writeFileSync(join(folder, 'ticket', '1.json'), '{');
    expect((await failureOf(store.read('ticket'))).code).toBe('RECORD_DAMAGED');
    expect(await store.read('ticket')).toBeUndefined();
    expect(await store.isLeftOver('ticket')).toBe(true);
    expect((await store.write('ticket', ticket(1), 0, { durable: true })).version).toBe(1);
    expect(await store.isLeftOver('ticket')).toBe(false);
  });

  it('takes a record that is being written for the first time for no damaged one', async () => {
    const { folder, store } = openFresh();
    mkdirSync(join(folder, 'account', 'wx1'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'account', 'wx1', '.1.99-1-x.tmp'), '{"format":', { mode: 0o600 });
    expect(await store.list('account')).toEqual(['wx1']);
    expect(await store.isLeftOver('account/wx1')).toBe(false);
  });

  it.each([
    ['with a value', { format: 3, version: 2, value: { ticket: 'of tomorrow' } }],
    ['of another shape', { format: 3, version: 2, sealed: 'AAECAwQ' }],
  ])('leaves a record of a newer format %s as it is', async (_, record) => {
    const { folder, store } = openFresh();
    await writeTickets(store, 1);
    const path = join(folder, 'ticket', '2.json');
    const content = `${JSON.stringify(record)}  \n`;
    writeFileSync(path, content, { mode: 0o600 });
    for (let time = 0; time < 2; time++) {
      const failure = await failureOf(store.read('ticket'));
      expect(failure.code).toBe('RECORD_NEWER');
      expect(failure.message).toContain(path);
    }
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(readdirSync(join(folder, 'ticket')).sort()).toEqual(['1.json', '2.json']);
  });
});

describe('tidiness', () => {
  it('keeps the newest three versions at most', async () => {
    const { folder, store } = openFresh();
    for (let version = 1; version <= 12; version++) {
      await store.write('ticket', ticket(version), version - 1, { durable: false });
      const kept = Array.from({ length: Math.min(version, 3) }, (_, index) => `${version - index}.json`);
      expect(readdirSync(join(folder, 'ticket')).sort()).toEqual(kept.sort());
    }
  });

  it('leaves no temporary file behind, after a conflict neither', async () => {
    const { folder, store } = openFresh();
    await writeTickets(store, 2);
    await failureOf(store.write('ticket', ticket(9), 0, { durable: true }));
    expect(readdirSync(join(folder, 'ticket')).sort()).toEqual(['1.json', '2.json']);
  });

  it('clears away what a writer that died left, and nothing of one at work', async () => {
    const { folder, store, clock } = openFresh();
    await writeTickets(store, 1);
    const age = (name: string, milliseconds: number): void => {
      const path = join(folder, 'ticket', name);
      writeFileSync(path, 'half', { mode: 0o600 });
      utimesSync(path, (clock.now() - milliseconds) / 1000, (clock.now() - milliseconds) / 1000);
    };
    age('.0123456789abcdef.tmp', 2 * 3_600_000);
    age('.fedcba9876543210.tmp', 60_000);
    expect((await store.read('ticket'))?.version).toBe(1);
    await store.write('ticket', ticket(2), 1, { durable: false });
    expect(readdirSync(join(folder, 'ticket')).sort()).toEqual(['.fedcba9876543210.tmp', '1.json', '2.json']);
  });

  it('removes a record with what a writer that died left in its folder', async () => {
    const { folder, store } = openFresh();
    const attempt = { id: 'a', createdAt: 1, expiresAt: 2, codes: [] };
    await store.write('attempt/a', attempt, 0, { durable: true });
    writeFileSync(join(folder, 'attempt', 'a', '.2.9-1-x.tmp'), 'half', { mode: 0o600 });
    await store.remove('attempt/a', 1);
    expect(readdirSync(join(folder, 'attempt'))).toEqual([]);
  });

  it('does not take a file where its folder belongs for another writer', async () => {
    const { folder, store } = openFresh();
    await writeTickets(store, 1);
    writeFileSync(join(folder, 'component-token'), '');
    const value = { token: 't', expiresAt: 2, obtainedAt: 1 };
    const failure = await failureOf(store.write('component-token', value as never, 0, { durable: true }));
    expect(failure.code).toBe('STORE_NOT_WRITABLE');
  });

  it('does not list what is no record', async () => {
    const { folder, store } = openFresh();
    await store.write('attempt/a', { id: 'a', createdAt: 1, expiresAt: 2, codes: [] }, 0, { durable: true });
    mkdirSync(join(folder, 'attempt', 'b'), { mode: 0o700 });
    writeFileSync(join(folder, 'attempt', '.DS_Store'), '');
    const found: string[] = [];
    for (const id of await store.list('attempt')) if (await store.read(`attempt/${id}`)) found.push(id);
    expect(found).toEqual(['a']);
  });
});

describe('processes', () => {
  it('frees the lock of a holder that was killed, for one waiter after the other', async () => {
    const folder = temporaryFolder();
    const inside = join(folder, 'inside');
    const holder = startActor('hold', { folder });
    await holder.said('held');
    const waiters = Array.from({ length: 4 }, () => startActor('takeInTurn', { folder, inside }));
    await Promise.all(waiters.map((waiter) => waiter.said('waiting')));
    expect(existsSync(inside)).toBe(false);
    holder.process.kill('SIGKILL');
    await holder.finished;
    expect(await Promise.all(waiters.map((waiter) => waiter.finished))).toEqual([0, 0, 0, 0]);
  });

  it.each([true, false])(
    'ends with a lease that nobody renewed, whatever the clock on the wall says (lease told: %s)',
    async (isTold) => {
      const folder = temporaryFolder();
      const lease = 20_000;
      const ahead = Date.now() + 86_400_000;
      await openFileStore(folder, { pid: 1, host: () => 'other', now: () => ahead }).lock('contended', { lease });
      const path = join(folder, 'lock', 'contended', '1.json');
      // As earlier versions wrote it.
      if (!isTold) writeFileSync(path, readFileSync(path, 'utf8').replace(`,"lease":${lease}`, ''));
      let inside = 0;
      const waits = await Promise.all(
        Array.from({ length: 3 }, async () => {
          let time = 0;
          const store = openFileStore(folder, {
            elapsed: () => time,
            sleep: (milliseconds) => Promise.resolve(void (time += milliseconds)),
          });
          const lock = await store.lock('contended', { lease });
          expect(++inside).toBe(1);
          await store.read('ticket');
          inside--;
          await lock.release();
          return time;
        }),
      );
      // Each has a clock of its own here: only the first one to take it must have waited for the whole lease.
      expect(Math.max(...waits)).toBeGreaterThanOrEqual(lease);
      expect(Math.min(...waits)).toBeGreaterThan(lease / 2);
      expect(Math.max(...waits)).toBeLessThan(lease + 5_000);
    },
  );

  it('waits for the lease of a holder on another machine, of whose life it cannot know', async () => {
    const folder = temporaryFolder();
    const holder = startActor('hold', { folder });
    await holder.said('held');
    const store = openFileStore(folder, { host: () => 'another', isAlive: () => false });
    const interruption = new AbortController();
    let looks = 0;
    const waiting = failureOf(
      openFileStore(folder, {
        host: () => 'another',
        isAlive: () => false,
        sleep: async () => {
          if (++looks > 5) interruption.abort();
          interruption.signal.throwIfAborted();
          await store.read('ticket');
        },
      }).lock('contended', { lease: 1000, signal: interruption.signal }),
    );
    expect((await waiting).code).toBe('CANCELLED');
    expect(looks).toBe(6);
  });

  it('loses no record of eight writers, and shows no reader a torn one', async () => {
    const folder = temporaryFolder();
    const store = openFileStore(folder);
    const writers = Array.from({ length: 8 }, (_, writer) => startActor('writeRecords', { folder, writer, count: 25 }));
    let atWork = true;
    const done = Promise.all(writers.map((writer) => writer.finished)).finally(() => (atWork = false));
    let reads = 0;
    while (atWork) {
      for (const appId of await store.list('account')) {
        const found = await store.read(`account/${appId}`);
        if (!found) continue;
        reads++;
        expect(found.value).toEqual(accountOf(appId, found.version));
      }
    }
    await done;
    expect(reads).toBeGreaterThan(0);
    const names = await store.list('account');
    expect(names).toHaveLength(200);
    for (const appId of names) {
      expect(await store.read(`account/${appId}`)).toEqual({ version: 2, value: accountOf(appId, 2) });
    }
  });

  it('counts every write of four processes exactly once', async () => {
    const folder = temporaryFolder();
    const counters = Array.from({ length: 4 }, () => startActor('increment', { folder, count: 100 }));
    await Promise.all(counters.map((counter) => counter.finished));
    const found = await openFileStore(folder).read('ticket');
    expect({ version: found?.version, count: found?.value.createTime }).toEqual({ version: 400, count: 400 });
  });

  it('calls no write a conflict that counts, wherever and however long its writer is stopped', async () => {
    const folder = temporaryFolder();
    const store = openFileStore(folder);
    let [mine, theirs] = [0, 0];
    let seen = 0;
    const writeThem = async (count: number): Promise<void> => {
      for (const enough = mine + count; mine < enough;) {
        const found = await store.read('ticket');
        try {
          const next = ticket((found?.value.createTime ?? 0) + 1);
          seen = (await store.write('ticket', next, found?.version ?? 0, { durable: false })).version;
          mine++;
        } catch (error) {
          if (!isError(error, 'STORE_CONFLICT')) throw error;
        }
      }
    };
    // How often a writer is stopped just where it matters is chance.
    while (mine < 100) {
      const actor = startActor('increment', { folder, count: 300 });
      theirs += 300;
      let atWork = true;
      const done = actor.finished.finally(() => (atWork = false));
      for (let round = 0; atWork; round++) {
        await new Promise(setImmediate);
        const version = (await store.read('ticket'))?.version ?? 0;
        if (version === seen) continue;
        // It has just linked its version, and perhaps not yet looked what became of it.
        actor.process.kill('SIGSTOP');
        // Enough for that version to be tidied away, and from time to time for anybody to forget who wrote it.
        await writeThem(round % 5 === 0 ? 40 : 5);
        actor.process.kill('SIGCONT');
      }
      await done;
    }
    const found = await store.read('ticket');
    expect({ version: found?.version, count: found?.value.createTime }).toEqual({
      version: theirs + mine,
      count: theirs + mine,
    });
  });
});
