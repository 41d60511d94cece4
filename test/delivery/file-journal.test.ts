import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isError } from '../../src/sentences/wxop-error.ts';
import { createFileJournal, type FileJournalOptions } from '../../src/delivery/file-journal.ts';
import type { Journal } from '../../src/delivery/journal.ts';
import { createSealer } from '../../src/store/seal.ts';
import { all } from '../support/to-array.ts';
import { APPID, delivered, idsOf, pushed } from '../support/journal-samples.ts';
import { sleep } from '../support/sleep.ts';
import { temporaryFolder } from '../support/world.ts';

function journalIn(folder: string, options: Partial<FileJournalOptions> = {}): Journal {
  const journal = createFileJournal({
    folder,
    now: Date.now,
    random: Math.random,
    sleep,
    pid: process.pid,
    host: () => 'test',
    isAlive: () => true,
    ...options,
  });
  onTestFinished(() => journal.close());
  return journal;
}

const filesIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.jsonl'));

describe('what was appended', () => {
  it('is in the file before the promise resolves, for its owner only', async () => {
    const folder = join(temporaryFolder(), 'state', 'journal');
    const journal = journalIn(folder);
    const { entry } = await journal.append(pushed());
    const [name = ''] = filesIn(folder);
    expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toEqual(entry);
    expect([statSync(folder).mode & 0o777, statSync(join(folder, name)).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it('has an id of its own that sorts by time, whatever the clock does', async () => {
    let time = 1_700_000_000_000;
    const journal = journalIn(temporaryFolder(), { now: () => time });
    const appended: string[] = [];
    for (const step of [0, 0, 1, -60_000, 0, 60_001]) {
      time += step;
      appended.push((await journal.append(pushed())).entry.id);
    }
    expect(new Set(appended).size).toBe(appended.length);
    expect([...appended].sort()).toEqual(appended);
  });

  it('shares writes with a thousand others at once, and all come back in order', async () => {
    const journal = journalIn(temporaryFolder());
    const all = await Promise.all(Array.from({ length: 1000 }, (_, at) => journal.append(pushed({ createTime: at }))));
    const listed = await journal.list({});
    expect(listed.map(({ createTime }) => createTime)).toEqual(all.map((_, at) => at));
    for (const { entry, place } of [all[0], all[567], all[999]].flatMap((found) => found ?? [])) {
      expect(await journal.at(place)).toEqual(entry);
      expect(await journal.find(entry.id)).toEqual(entry);
    }
    expect(await journal.find('0'.repeat(21))).toBeUndefined();
  });

  it('is in the file with sync always, too', async () => {
    const journal = journalIn(temporaryFolder(), { sync: 'always' });
    const { entry } = await journal.append(pushed());
    expect(idsOf(await journal.list({}))).toEqual([entry.id]);
  });

  it('is refused where nothing can be written, and taken again afterwards', async () => {
    const folder = join(temporaryFolder(), 'journal');
    const journal = journalIn(folder);
    writeFileSync(folder, 'in the way');
    await expect(journal.append(pushed())).rejects.toThrow();
    rmSync(folder);
    const { entry } = await journal.append(pushed());
    expect(idsOf(await journal.list({}))).toEqual([entry.id]);
  });
});

describe('reading', () => {
  it('skips a torn line and lines of nonsense', async () => {
    const folder = temporaryFolder();
    let time = 1_700_000_000_000;
    const now = (): number => time++;
    const journal = journalIn(folder, { now });
    const { entry: first } = await journal.append(pushed());
    const [name = ''] = filesIn(folder);
    appendFileSync(join(folder, name), '\u0000\u0000\n{"id":"torn","rec');
    const { entry: second } = await journalIn(folder, { now }).append(pushed());
    expect(idsOf(await journal.list({}))).toEqual([first.id, second.id]);
  });

  it('merges the files of several processes, and gives the newest', async () => {
    const folder = temporaryFolder();
    let time = 1_700_000_000_000;
    const now = (): number => time++;
    const [one, two] = [journalIn(folder, { now }), journalIn(folder, { now })];
    const appended: string[] = [];
    for (let round = 0; round < 20; round++) {
      appended.push((await (round % 3 ? one : two).append(pushed({ receivedAt: time }))).entry.id);
    }
    expect(filesIn(folder)).toHaveLength(2);
    expect(idsOf(await one.list({}))).toEqual(appended);
    expect(idsOf(await two.list({ limit: 5 }))).toEqual(appended.slice(-5));
  });

  it('filters by type, event, account and time', async () => {
    const journal = journalIn(temporaryFolder());
    const { entry: text } = await journal.append(pushed({ receivedAt: 1000 }));
    const { entry: click } = await journal.append(pushed({ type: 'event', event: 'CLICK', receivedAt: 2000 }));
    const { entry: other } = await journal.append(pushed({ appId: 'wxother', receivedAt: 3000 }));
    const ids = async (filter: object): Promise<string[]> => idsOf(await journal.list(filter));
    expect(await ids({ types: ['text'] })).toEqual([text.id, other.id]);
    expect(await ids({ events: ['click', 'view'] })).toEqual([click.id]);
    expect(await ids({ appIds: ['wxother'] })).toEqual([other.id]);
    expect(await ids({ since: 2000 })).toEqual([click.id, other.id]);
  });

  it('follows what comes, from another process too, until it is stopped', async () => {
    const folder = temporaryFolder();
    const [writer, reader] = [journalIn(folder), journalIn(folder)];
    await writer.append(pushed({ createTime: 1 }));
    const stop = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const { createTime } of reader.follow({}, stop.signal)) {
        seen.push(createTime);
        if (seen.length === 2) stop.abort();
      }
    })().catch(() => undefined);
    // The first look has happened when the second entry comes.
    await new Promise((done) => setImmediate(done));
    while (seen.length < 2) {
      await writer.append(pushed({ createTime: 2 }));
      await sleep(20);
    }
    await following;
    expect(new Set(seen)).toEqual(new Set([2]));
  });
});

describe('following since a time', () => {
  it('gives what came since then first, then what comes', async () => {
    const folder = temporaryFolder();
    const journal = journalIn(folder);
    const now = Date.now();
    for (const receivedAt of [now - 60_000, now - 2_000, now - 1_000]) await journal.append(pushed({ receivedAt }));
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const { receivedAt } of journalIn(folder).follow({ since: now - 10_000 }, stop.signal)) {
      seen.push(receivedAt - now);
      if (seen.length === 2) await journal.append(pushed({ receivedAt: now + 5 }));
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([-2_000, -1_000, 5]);
  });
});

describe('files', () => {
  it('are closed at their size; the oldest go when all are too large', async () => {
    const folder = temporaryFolder();
    const journal = journalIn(folder, { fileBytes: 2_000, retention: { age: 60_000, bytes: 8_000 } });
    const appended: string[] = [];
    for (let round = 0; round < 100; round++) appended.push((await journal.append(pushed())).entry.id);
    const sizes = filesIn(folder).map((name) => statSync(join(folder, name)).size);
    expect(Math.max(...sizes)).toBeLessThan(2_000 + 400);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(8_000 + 2 * 2_400);
    const kept = idsOf(await journal.list({}));
    expect(kept).toEqual(appended.slice(-kept.length));
    expect(kept.length).toBeGreaterThan(20);
    // Who asks for what is gone hears until when; another process says the same.
    const [oldest] = await journal.list({});
    const lost = await journalIn(folder).lostBefore();
    expect(lost).toBeGreaterThan(Date.now() - 60_000);
    expect(lost).toBeLessThanOrEqual((oldest?.receivedAt ?? 0) + 2_000);
    expect(await journalIn(temporaryFolder()).lostBefore()).toBe(0);
  });

  it('that are past their time are removed, whoever wrote them', async () => {
    const folder = temporaryFolder();
    const day = 24 * 60 * 60 * 1000;
    const old = journalIn(folder, { now: () => Date.now() - 8 * day });
    await old.append(pushed());
    await old.close();
    const [name = ''] = filesIn(folder);
    const then = (Date.now() - 8 * day) / 1000;
    utimesSync(join(folder, name), then, then);
    const { entry } = await journalIn(folder).append(pushed());
    expect(idsOf(await journalIn(folder).list({}))).toEqual([entry.id]);
    expect(filesIn(folder)).not.toContain(name);
  });

  it('stay when the clock jumps days ahead: nothing has become old by that', async () => {
    const folder = temporaryFolder();
    let now = Date.now();
    const journal = journalIn(folder, { now: () => now, elapsed: () => 0 });
    const { entry } = await journal.append(pushed());
    now += 30 * 24 * 60 * 60 * 1000;
    const { entry: next } = await journal.append(pushed());
    expect(filesIn(folder)).toHaveLength(2);
    expect(idsOf(await journal.list({}))).toEqual([entry.id, next.id]);
  });

  it('that another process may still write to stay, however large all are', async () => {
    const folder = temporaryFolder();
    const [one, two] = [journalIn(folder), journalIn(folder, { retention: { age: 60_000, bytes: 1 } })];
    const { entry: first } = await one.append(pushed());
    const { entry: second } = await two.append(pushed());
    // Within one millisecond the order of two processes is chance.
    expect(idsOf(await one.list({})).sort()).toEqual([first.id, second.id].sort());
  });
});

describe('a sealed journal', () => {
  const [key, other] = ['a'.repeat(64), 'b'.repeat(64)];

  it('shows nothing on the disk, and everything to a reader with the key', async () => {
    const folder = temporaryFolder();
    const journal = journalIn(folder, { sealer: createSealer(key) });
    const { entry, place } = await journal.append(pushed());
    await journal.note(delivered(entry.id));
    for (const name of filesIn(folder)) expect(readFileSync(join(folder, name), 'utf8')).not.toContain(APPID);
    expect(await journal.list({})).toEqual([entry]);
    expect(await journal.at(place)).toEqual(entry);
    expect(idsOf(await journal.deliveries())).toEqual([entry.id]);
  });

  it('is not taken for an empty one without the key, or with another', async () => {
    const folder = temporaryFolder();
    await journalIn(folder, { sealer: createSealer(key) }).append(pushed());
    const failure = async (journal: Journal): Promise<unknown> => journal.list({}).catch((error: unknown) => error);
    expect(isError(await failure(journalIn(folder)), 'SETTINGS_MISSING')).toBe(true);
    expect(isError(await failure(journalIn(folder, { sealer: createSealer(other) })), 'SETTINGS_INVALID')).toBe(true);
  });

  it('reads what was written before it was sealed', async () => {
    const folder = temporaryFolder();
    const { entry } = await journalIn(folder).append(pushed());
    expect(idsOf(await journalIn(folder, { sealer: createSealer(key) }).list({}))).toEqual([entry.id]);
  });
});

describe('what a dead listener owed', () => {
  /** Processes by their number: those in it are alive. */
  const processes = (...alive: number[]) => ({
    of: (pid: number) => ({ pid, isAlive: (asked: number) => alive.includes(asked) }),
    kill: (pid: number) => alive.splice(alive.indexOf(pid), 1),
  });

  it('goes to one other: what was not forwarded, and was not given up', async () => {
    const folder = temporaryFolder();
    const { of, kill } = processes(1, 2, 3);
    const dying = journalIn(folder, of(1));
    const owed = ['shop'];
    const { entry: done } = await dying.append(pushed({ owed }));
    const { entry: dead } = await dying.append(pushed({ owed }));
    const { entry: failed } = await dying.append(pushed({ owed }));
    const { entry: fresh } = await dying.append(pushed({ owed: ['shop', 'other'] }));
    await dying.append(pushed());
    await dying.note(delivered(done.id));
    await dying.note(delivered(dead.id, { state: 'dead' }));
    await dying.note(delivered(failed.id, { state: 'failed', tries: 3 }));
    const [one, two] = [journalIn(folder, of(2)), journalIn(folder, of(3))];
    expect(await all(one.abandoned(owed))).toEqual([]);
    kill(1);
    const taken = await Promise.all([all(one.abandoned(owed)), all(two.abandoned(owed))]);
    expect(taken.map(({ length }) => length).sort()).toEqual([0, 2]);
    expect(taken.flat().map(({ entry, tries, target }) => [entry.id, tries, target])).toEqual([
      [failed.id, 3, 'shop'],
      [fresh.id, 0, 'shop'],
    ]);
    expect(await all(two.abandoned(owed))).toEqual([]);
    expect(await one.at(taken.flat()[1]?.place ?? '')).toEqual(fresh);
  });

  it('goes on to a third when the second dies too, and to nobody when it is done', async () => {
    const folder = temporaryFolder();
    const { of, kill } = processes(1, 2, 3, 4);
    const { entry } = await journalIn(folder, of(1)).append(pushed({ owed: ['shop'] }));
    kill(1);
    expect(await all(journalIn(folder, of(2)).abandoned(['shop']))).toHaveLength(1);
    kill(2);
    const third = journalIn(folder, of(3));
    expect(await all(third.abandoned(['shop']))).toHaveLength(1);
    await third.note(delivered(entry.id));
    await third.close();
    expect(readdirSync(join(folder, 'owners')).filter((name) => name.includes('.by-'))).toEqual([]);
    kill(3);
    expect(await all(journalIn(folder, of(4)).abandoned(['shop']))).toEqual([]);
  });

  it('is found by a process that got the same number', async () => {
    const folder = temporaryFolder();
    const { of } = processes(1);
    await journalIn(folder, of(1)).append(pushed({ owed: ['shop'] }));
    expect(await all(journalIn(folder, of(1)).abandoned(['shop']))).toHaveLength(1);
  });

  it('on another machine, is found when it has been silent', async () => {
    const folder = temporaryFolder();
    await journalIn(folder, { host: () => 'elsewhere' }).append(pushed({ owed: ['shop'] }));
    const here = journalIn(folder);
    expect(await all(here.abandoned(['shop']))).toEqual([]);
    const owners = join(folder, 'owners');
    const then = Date.now() / 1000 - 120;
    for (const name of readdirSync(owners)) utimesSync(join(owners, name), then, then);
    expect(await all(here.abandoned(['shop']))).toHaveLength(1);
  });

  it('waits for the key where it is sealed, and is not forgotten meanwhile', async () => {
    const folder = temporaryFolder();
    const { of, kill } = processes(1, 2, 3);
    const sealer = createSealer('a'.repeat(64));
    const { entry } = await journalIn(folder, { ...of(1), sealer }).append(pushed({ owed: ['shop'] }));
    kill(1);
    const keyless = journalIn(folder, of(2));
    for (let look = 0; look < 2; look++) {
      await expect(all(keyless.abandoned(['shop']))).rejects.toMatchObject({ code: 'SETTINGS_MISSING' });
    }
    await keyless.close();
    kill(2);
    const taken = await all(journalIn(folder, { ...of(3), sealer }).abandoned(['shop']));
    expect(taken.map(({ entry: { id } }) => id)).toEqual([entry.id]);
  });

  it('is given once, even if the listener that takes it over stops in the middle', async () => {
    const folder = temporaryFolder();
    const { of, kill } = processes(1, 2);
    const dying = journalIn(folder, of(1));
    const ids: string[] = [];
    for (let number = 0; number < 3; number++) ids.push((await dying.append(pushed({ owed: ['shop'] }))).entry.id);
    kill(1);
    const heir = journalIn(folder, of(2));
    const taken: string[] = [];
    for await (const { entry } of heir.abandoned(['shop'])) {
      taken.push(entry.id);
      if (taken.length === 2) break;
    }
    taken.push(...(await all(heir.abandoned(['shop']))).map(({ entry }) => entry.id));
    expect(taken).toEqual(ids);
    expect(await all(heir.abandoned(['shop']))).toEqual([]);
  });

  it('to targets that this listener lacks is kept for another that has them, while both live', async () => {
    const folder = temporaryFolder();
    const { of, kill } = processes(1, 2, 3);
    const dying = journalIn(folder, of(1));
    const { entry: ours } = await dying.append(pushed({ owed: ['shop'] }));
    const { entry: foreign } = await dying.append(pushed({ owed: ['stock'] }));
    kill(1);
    const [one, two] = [journalIn(folder, of(2)), journalIn(folder, of(3))];
    expect((await all(one.abandoned(['shop']))).map(({ entry: { id } }) => id)).toEqual([ours.id]);
    expect(await one.unroutable(['shop'])).toEqual([{ target: 'stock', count: 1 }]);
    expect(await one.deliveries()).toMatchObject([{ id: foreign.id, target: 'stock', state: 'stranded', tries: 0 }]);
    // Not before its own are done: the other may have its targets too.
    expect(await all(one.abandoned(['shop']))).toEqual([]);
    expect(await all(two.abandoned(['shop', 'stock']))).toEqual([]);
    await one.note(delivered(ours.id));
    expect(await all(one.abandoned(['shop']))).toEqual([]);
    expect((await all(two.abandoned(['shop', 'stock']))).map(({ entry: { id } }) => id)).toEqual([foreign.id]);
    expect(await all(one.abandoned(['shop', 'stock']))).toEqual([]);
    await two.note(delivered(foreign.id, { target: 'stock' }));
    for (const journal of [one, two]) await journal.close();
    expect(readdirSync(join(folder, 'owners')).filter((name) => name.includes('.by-'))).toEqual([]);
  });

  it('leaves nothing behind if nothing is owed', async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const journal = journalIn(folder);
    const { entry } = await journal.append(pushed({ owed: ['shop'] }));
    await journal.note(delivered(entry.id));
    await journal.close();
    expect(readdirSync(join(folder, 'owners'))).toEqual([]);
  });
});
