/** The Journal on files of JSON lines: a file for each process, rotated, kept for a while. */
// `promises` is loaded at its first use, so that a starting listener does not wait for it.
import { promises as disk } from 'node:fs';
import { join } from 'node:path';
import {
  fits,
  isOver,
  type Delivery,
  type Journal,
  type JournalEntry,
  type Journaled,
  type JournalReader,
  type AbandonedEntry,
} from './journal.ts';
import {
  createLineFiles,
  listFiles,
  readFrom,
  retain,
  type LineFiles,
  type Retention,
  type Sync,
} from './line-files.ts';
import type { Sealer } from '../store/seal.ts';
import { createEntryIds, newWriter, timeOf, writerOf } from './entry-ids.ts';
import { createFileClaims } from './file-claims.ts';
import { createLineCodec } from './line-codec.ts';

const HOUR = 60 * 60 * 1000;
/** Bytes. Files are read whole: small enough for memory, large enough for few files. */
const FILE_BYTES = 16 * 1024 * 1024;
const FILE_AGE = HOUR;
/** Milliseconds by which a file's time may lag: file systems use a coarser clock. */
const COARSE = 1_000;
/** Milliseconds between two searches for new lines. */
const FOLLOW_EVERY = 200;
/** Until when entries were removed. */
const REMOVED = 'removed';
const NAME = /^[0-9a-z]{21}\.jsonl$/;

const DEFAULT_RETENTION: Retention = { age: 7 * 24 * HOUR, bytes: 1024 ** 3 };

export interface FileJournalOptions {
  /** `<home>/state/<component appid>/journal` */
  folder: string;
  sync?: Sync;
  /** Defaults: seven days, 1 GiB. */
  retention?: Partial<Retention>;
  sealer?: Sealer;
  now: () => number;
  /** Milliseconds from any moment on, never set back; `now` where it is left out. */
  elapsed?: () => number;
  random: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  pid: number;
  host: () => string;
  isAlive: (pid: number) => boolean;
  /** Bytes after which a file is closed and the next one begun. */
  fileBytes?: number;
}

/** An entry owed to a target that this process does not have. */
interface Unroutable {
  id: string;
  target: string;
  last?: Delivery;
}

export function createFileJournal(options: FileJournalOptions): Journal {
  const { folder, now, elapsed = now, sealer, fileBytes = FILE_BYTES, sync = 'interval' } = options;
  const retention = { ...DEFAULT_RETENTION, ...options.retention };
  const deliveryFolder = join(folder, 'deliveries');
  // Not node:crypto: loading it takes milliseconds, and the port is not open yet.
  const writer = newWriter(options.random);
  const newId = createEntryIds(writer, now);
  const [startedAt, startedElapsed] = [now(), elapsed()];
  /** A clock that jumps days ahead makes nothing old. */
  const steadyNow = (): number => Math.min(now(), startedAt + elapsed() - startedElapsed);
  const claims = createFileClaims({ ...options, folder: join(folder, 'owners'), writer });
  const codec = createLineCodec(folder, sealer);
  /** `<entry> <target>` that this process is to forward: its own entries and those it took over. */
  const owed = new Set<string>();
  /** Writers that were taken over, but whose files have not been read to the end yet. */
  const unread = new Set<string>();
  /** Writers that were taken over and owe something to targets that this process does not have; how much, by target. */
  const unroutableWriters = new Set<string>();
  const unroutable = new Map<string, number>();
  const files = { entries: lineFiles(folder, sync), deliveries: lineFiles(deliveryFolder, 'interval') };

  function lineFiles(place: string, how: Sync): LineFiles {
    return createLineFiles({
      folder: place,
      sync: how,
      now,
      newName: () => `${newId()}.jsonl`,
      maxBytes: fileBytes,
      maxAge: FILE_AGE,
      begun: async () => {
        const isOpen = ({ name, size }: { name: string; size: number }): boolean =>
          size < fileBytes && timeOf(name) > now() - FILE_AGE;
        const removed = await retain(place, await listFiles(place, NAME), retention, steadyNow(), isOpen);
        if (place === folder && removed > 0) await noteRemoved(removed);
      },
    });
  }

  const lostBefore = async (): Promise<number> =>
    Number((await readFrom(join(folder, REMOVED), 0)).toString('utf8')) || 0;

  /** For who asks for what is gone. A journal goes on without. */
  async function noteRemoved(until: number): Promise<void> {
    const newest = Math.max(until, await lostBefore());
    await disk.writeFile(join(folder, REMOVED), String(Math.ceil(newest)), { mode: 0o600 }).catch(() => undefined);
  }

  const readLines = <Value>(bytes: Buffer, context: string): Value[] =>
    bytes
      .toString('utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : (codec.read<Value>(line, context) ?? [])));
  const readFile = async <Value>(place: string, name: string, context: string): Promise<Value[]> =>
    readLines<Value>(await readFrom(join(place, name), 0), context);

  async function append(pushed: Omit<JournalEntry, 'id'>): Promise<Journaled> {
    const entry = { id: newId(), ...pushed };
    if (entry.owed.length > 0) await claims.claim();
    const place = await files.entries.append(codec.write(entry, 'journal'));
    for (const target of entry.owed) owed.add(`${entry.id} ${target}`);
    return { entry, place: `${place.file}:${place.offset}:${place.length}` };
  }

  async function at(place: string): Promise<JournalEntry | undefined> {
    const [name = '', offset, length] = place.split(':');
    const bytes = await readFrom(join(folder, name), Number(offset), Number(length));
    return codec.read<JournalEntry>(bytes.toString('utf8'), 'journal');
  }

  async function list(filter: Parameters<Journal['list']>[0]): Promise<JournalEntry[]> {
    const { since = 0, limit = Infinity } = filter;
    let found: JournalEntry[] = [];
    for (const file of (await listFiles(folder, NAME)).reverse()) {
      const oldest = found.length >= limit ? (found[0]?.receivedAt ?? 0) : since;
      // Nothing in this file is newer than what was found; an earlier file may have newer lines, from another process.
      if (file.changedAt < oldest - COARSE) continue;
      const entries = await readFile<JournalEntry>(folder, file.name, 'journal');
      found.push(...entries.filter((entry) => fits(entry, filter)));
      found.sort((a, b) => (a.id < b.id ? -1 : 1));
      if (found.length > limit) found = found.slice(-limit);
    }
    return found;
  }

  async function find(id: string): Promise<JournalEntry | undefined> {
    for (const { name } of await listFiles(folder, NAME)) {
      if (writerOf(name) !== writerOf(id)) continue;
      const found = (await readFile<JournalEntry>(folder, name, 'journal')).find((entry) => entry.id === id);
      if (found) return found;
    }
    return undefined;
  }

  async function* follow(filter: Parameters<Journal['follow']>[0], signal: AbortSignal) {
    const readTo = new Map<string, number>();
    const { since = Infinity } = filter;
    for (const { name, size, changedAt } of await listFiles(folder, NAME)) {
      readTo.set(name, changedAt < since - COARSE ? size : 0);
    }
    while (!signal.aborted) {
      const fresh: JournalEntry[] = [];
      for (const { name, size } of await listFiles(folder, NAME)) {
        const from = readTo.get(name) ?? 0;
        // Smaller than before: an incomplete line was cut off again.
        if (size < from) readTo.set(name, size);
        if (size <= from) continue;
        const bytes = await readFrom(join(folder, name), from);
        // A line that is still being written is read the next time.
        const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
        readTo.set(name, from + whole.length);
        fresh.push(...readLines<JournalEntry>(whole, 'journal'));
      }
      fresh.sort((a, b) => (a.id < b.id ? -1 : 1));
      yield* fresh.filter((entry) => fits(entry, filter));
      await options.sleep(FOLLOW_EVERY, signal);
    }
  }

  async function note(delivery: Delivery): Promise<void> {
    if (isOver(delivery)) owed.delete(`${delivery.id} ${delivery.target}`);
    await files.deliveries.append(codec.write(delivery, 'delivery'));
  }

  async function deliveries(isWanted: (id: string) => boolean = () => true): Promise<Delivery[]> {
    const newest = new Map<string, Delivery>();
    for (const { name } of await listFiles(deliveryFolder, NAME)) {
      for (const delivery of await readFile<Delivery>(deliveryFolder, name, 'delivery')) {
        const key = `${delivery.id} ${delivery.target}`;
        if (isWanted(delivery.id) && isNewer(delivery, newest.get(key))) newest.set(key, delivery);
      }
    }
    return [...newest.values()];
  }

  const writersOwing = (): Set<string> => new Set([...owed].map(writerOf));

  /** When our part of a writer's entries is done, a listener that has its other targets may take it over. */
  async function releaseUnroutable(): Promise<void> {
    const busy = unroutableWriters.size > 0 ? writersOwing() : unroutableWriters;
    for (const writer of unroutableWriters) {
      if (busy.has(writer)) continue;
      unroutableWriters.delete(writer);
      await claims.release(writer);
    }
  }

  async function* abandoned(targets: readonly string[]): AsyncGenerator<AbandonedEntry> {
    await releaseUnroutable();
    for (const writer of await claims.takeOver()) unread.add(writer);
    if (unread.size === 0) return;
    const dead = new Set(unread);
    const noted = await deliveries((id) => dead.has(writerOf(id)));
    const known = new Map(noted.map((delivery) => [`${delivery.id} ${delivery.target}`, delivery]));
    const others: Unroutable[] = [];
    for (const { name } of await listFiles(folder, NAME)) {
      if (!dead.has(writerOf(name))) continue;
      let offset = 0;
      for (const line of (await readFrom(join(folder, name), 0)).toString('utf8').split('\n')) {
        const length = Buffer.byteLength(line);
        const entry = codec.read<JournalEntry>(line, 'journal');
        for (const target of entry?.owed ?? []) {
          const key = `${entry?.id} ${target}`;
          const last = known.get(key);
          // Owed already: an earlier run, which did not finish, took it over.
          if (!entry || owed.has(key) || (last && isOver(last))) continue;
          if (!targets.includes(target)) {
            others.push({ id: entry.id, target, last });
            continue;
          }
          owed.add(key);
          yield { entry, place: `${name}:${offset}:${length}`, target, tries: last?.tries ?? 0 };
        }
        offset += length + 1;
      }
    }
    await Promise.all(others.map(setAside));
    // Only now: what could not be read, because its key was missing, is still owed and is tried again.
    for (const writer of dead) unread.delete(writer);
  }

  async function setAside({ id, target, last }: Unroutable): Promise<void> {
    if (last?.state !== 'stranded') {
      const { url = target, tries = 0 } = last ?? {};
      await note({ id, target, url, state: 'stranded', tries, at: now() });
    }
    unroutableWriters.add(writerOf(id));
    unroutable.set(target, (unroutable.get(target) ?? 0) + 1);
  }

  return {
    append,
    at,
    note,
    list,
    find,
    follow,
    read: (since) =>
      lateReader(async () => {
        const { createFileReader } = await import('./file-reader.ts');
        const read = (line: string) => codec.read<JournalEntry>(line, 'journal');
        return createFileReader({ folder, pattern: NAME, since, read });
      }),
    lostBefore,
    deliveries: () => deliveries(),
    abandoned,
    unroutable: () => Promise.resolve([...unroutable].map(([target, count]) => ({ target, count }))),
    close: async () => {
      await files.entries.close();
      await files.deliveries.close();
      const owing = writersOwing();
      await claims.close((name) => owing.has(name) || unread.has(name) || unroutableWriters.has(name));
    },
  };
}

/** A reader that is loaded for its first piece. */
function lateReader(open: () => Promise<JournalReader>): JournalReader {
  let reader: Promise<JournalReader> | undefined;
  return { next: async () => (await (reader ??= open())).next() };
}

/** By the number of tries, then by time: a clock that was set back must not make an older try the newest one. */
const isNewer = (one: Delivery, other: Delivery | undefined): boolean =>
  !other || one.tries > other.tries || (one.tries === other.tries && one.at >= other.at);
