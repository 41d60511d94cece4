/** The Journal on files of JSON lines: a file for each process, rotated, kept for a while. */
import { join } from 'node:path';
import {
  fits,
  isOver,
  type Delivery,
  type Journal,
  type JournalEntry,
  type Journaled,
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
import { WxopError } from '../sentences/wxop-error.ts';
import { keyNeeded } from '../store/record.ts';
import type { Sealer } from '../store/seal.ts';
import { createFileClaims } from './file-claims.ts';

const HOUR = 60 * 60 * 1000;
/** A file is read whole: small enough for that, large enough that few are needed. */
const FILE_BYTES = 16 * 1024 * 1024;
const FILE_AGE = HOUR;
/** Milliseconds by which the time of a file may lie behind the clock: systems take it from a coarser one. */
const COARSE = 1_000;
/** Milliseconds between two looks for new lines. */
const FOLLOW_EVERY = 200;
const TIME_DIGITS = 9;
const SEQUENCE_DIGITS = 4;
const WRITER_DIGITS = 8;
const NAME = /^[0-9a-z]{21}\.jsonl$/;

const DEFAULT_RETENTION: Retention = { age: 7 * 24 * HOUR, bytes: 1024 ** 3 };

export interface FileJournalOptions {
  /** `<home>/state/<component appid>/journal` */
  folder: string;
  sync?: Sync;
  /** What is not given has a default. */
  retention?: Partial<Retention>;
  sealer?: Sealer;
  now: () => number;
  random: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  pid: number;
  host: () => string;
  isAlive: (pid: number) => boolean;
  /** Bytes after which a file is closed and the next one begun. */
  fileBytes?: number;
}

/** What is owed to a target that is none of ours. */
interface Foreign {
  id: string;
  target: string;
  last?: Delivery;
}

export function createFileJournal(options: FileJournalOptions): Journal {
  const { folder, now, sealer, fileBytes = FILE_BYTES, sync = 'interval' } = options;
  const retention = { ...DEFAULT_RETENTION, ...options.retention };
  const deliveryFolder = join(folder, 'deliveries');
  // Not secret, only unlike any other; node:crypto takes milliseconds to load, and the port is not open yet.
  const writer = options.random().toString(36).slice(2).padEnd(WRITER_DIGITS, '0').slice(0, WRITER_DIGITS);
  const newId = createIds(writer, now);
  const owners = createFileClaims({ ...options, folder: join(folder, 'owners'), writer });
  /** Entry and target, of this process and of those that it took over. */
  const owed = new Set<string>();
  /** Writers that were taken over and whose files were not read to the end yet. */
  const inherited = new Set<string>();
  /** Writers that were taken over and owe to targets that are none of ours, and how much each of these is owed. */
  const strandedWriters = new Set<string>();
  const stranded = new Map<string, number>();
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
        await retain(place, await listFiles(place, NAME), retention, now(), isOpen);
      },
    });
  }

  const written = (value: object, context: string): string => {
    const line = JSON.stringify(value);
    return sealer ? sealer.seal(line, context) : line;
  };
  /** Undefined for a line that is torn. Throws SETTINGS_MISSING, SETTINGS_INVALID where a key is missing or wrong. */
  const read = <Value>(line: string, context: string): Value | undefined => {
    if (!sealer && line.startsWith('v1.')) throw keyNeeded(folder);
    try {
      return JSON.parse(line.startsWith('{') ? line : (sealer?.open(line, context) ?? '')) as Value;
    } catch (error) {
      if (error instanceof WxopError) throw error;
      return undefined;
    }
  };
  const readLines = <Value>(bytes: Buffer, context: string): Value[] =>
    bytes
      .toString('utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : (read<Value>(line, context) ?? [])));
  const readFile = async <Value>(place: string, name: string, context: string): Promise<Value[]> =>
    readLines<Value>(await readFrom(join(place, name), 0), context);

  async function append(pushed: Omit<JournalEntry, 'id'>): Promise<Journaled> {
    const entry = { id: newId(), ...pushed };
    if (entry.owed.length > 0) await owners.claim();
    const place = await files.entries.append(written(entry, 'journal'));
    for (const target of entry.owed) owed.add(`${entry.id} ${target}`);
    return { entry, place: `${place.file}:${place.offset}:${place.length}` };
  }

  async function at(place: string): Promise<JournalEntry | undefined> {
    const [name = '', offset, length] = place.split(':');
    const bytes = await readFrom(join(folder, name), Number(offset), Number(length));
    return read<JournalEntry>(bytes.toString('utf8'), 'journal');
  }

  async function list(filter: Parameters<Journal['list']>[0]): Promise<JournalEntry[]> {
    const { since = 0, limit = Infinity } = filter;
    let found: JournalEntry[] = [];
    for (const file of (await listFiles(folder, NAME)).reverse()) {
      const oldest = found.length >= limit ? (found[0]?.receivedAt ?? 0) : since;
      // Nothing in it is newer than what was found: files of several processes overlap.
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
    const read = new Map<string, number>();
    const { since = Infinity } = filter;
    for (const { name, size, changedAt } of await listFiles(folder, NAME)) {
      read.set(name, changedAt < since - COARSE ? size : 0);
    }
    while (!signal.aborted) {
      const fresh: JournalEntry[] = [];
      for (const { name, size } of await listFiles(folder, NAME)) {
        const from = read.get(name) ?? 0;
        // What could not be written whole was taken out again.
        if (size < from) read.set(name, size);
        if (size <= from) continue;
        const bytes = await readFrom(join(folder, name), from);
        // A line that is being written is read when it is whole.
        const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
        read.set(name, from + whole.length);
        fresh.push(...readLines<JournalEntry>(whole, 'journal'));
      }
      fresh.sort((a, b) => (a.id < b.id ? -1 : 1));
      yield* fresh.filter((entry) => fits(entry, filter));
      await options.sleep(FOLLOW_EVERY, signal);
    }
  }

  async function note(delivery: Delivery): Promise<void> {
    if (isOver(delivery)) owed.delete(`${delivery.id} ${delivery.target}`);
    await files.deliveries.append(written(delivery, 'delivery'));
  }

  async function deliveries(isWanted: (id: string) => boolean = () => true): Promise<Delivery[]> {
    const newest = new Map<string, Delivery>();
    for (const { name } of await listFiles(deliveryFolder, NAME)) {
      for (const delivery of await readFile<Delivery>(deliveryFolder, name, 'delivery')) {
        const key = `${delivery.id} ${delivery.target}`;
        if (isWanted(delivery.id) && (newest.get(key)?.at ?? 0) <= delivery.at) newest.set(key, delivery);
      }
    }
    return [...newest.values()];
  }

  const stillOwing = (): Set<string> => new Set([...owed].map(writerOf));

  /** Once what a writer owed to us is done, another that has its other targets may come and take it. */
  async function releaseStranded(): Promise<void> {
    const busy = strandedWriters.size > 0 ? stillOwing() : strandedWriters;
    for (const writer of strandedWriters) {
      if (busy.has(writer)) continue;
      strandedWriters.delete(writer);
      await owners.release(writer);
    }
  }

  async function* orphans(targets: readonly string[]): AsyncGenerator<AbandonedEntry> {
    await releaseStranded();
    for (const writer of await owners.takeOver()) inherited.add(writer);
    if (inherited.size === 0) return;
    const dead = new Set(inherited);
    const noted = await deliveries((id) => dead.has(writerOf(id)));
    const known = new Map(noted.map((delivery) => [`${delivery.id} ${delivery.target}`, delivery]));
    const foreign: Foreign[] = [];
    for (const { name } of await listFiles(folder, NAME)) {
      if (!dead.has(writerOf(name))) continue;
      let offset = 0;
      for (const line of (await readFrom(join(folder, name), 0)).toString('utf8').split('\n')) {
        const length = Buffer.byteLength(line);
        const entry = read<JournalEntry>(line, 'journal');
        for (const target of entry?.owed ?? []) {
          const key = `${entry?.id} ${target}`;
          const last = known.get(key);
          // What was owed already was taken up by an earlier look, which did not come to the end.
          if (!entry || owed.has(key) || (last && isOver(last))) continue;
          if (!targets.includes(target)) {
            foreign.push({ id: entry.id, target, last });
            continue;
          }
          owed.add(key);
          yield { entry, place: `${name}:${offset}:${length}`, target, tries: last?.tries ?? 0 };
        }
        offset += length + 1;
      }
    }
    await Promise.all(foreign.map(strand));
    // Only now: what cannot be read (its key is missing) is still owed, and looked at again.
    for (const writer of dead) inherited.delete(writer);
  }

  async function strand({ id, target, last }: Foreign): Promise<void> {
    if (last?.state !== 'stranded') {
      const { url = target, tries = 0 } = last ?? {};
      await note({ id, target, url, state: 'stranded', tries, at: now() });
    }
    strandedWriters.add(writerOf(id));
    stranded.set(target, (stranded.get(target) ?? 0) + 1);
  }

  return {
    append,
    at,
    note,
    list,
    find,
    follow,
    deliveries: () => deliveries(),
    abandoned: orphans,
    unroutable: () => Promise.resolve([...stranded].map(([target, count]) => ({ target, count }))),
    close: async () => {
      owners.stop();
      await files.entries.close();
      await files.deliveries.close();
      const owing = stillOwing();
      await owners.settle((name) => owing.has(name) || inherited.has(name) || strandedWriters.has(name));
    },
  };
}

/** Ids: time, a number within the millisecond, who wrote it. A clock that is set back does not set them back. */
function createIds(writer: string, now: () => number): () => string {
  let time = 0;
  let sequence = 0;
  return () => {
    const current = now();
    if (current > time) [time, sequence] = [current, 0];
    else if (++sequence >= 36 ** SEQUENCE_DIGITS) [time, sequence] = [time + 1, 0];
    const digits = (number: number, length: number): string => number.toString(36).padStart(length, '0');
    return `${digits(time, TIME_DIGITS)}${digits(sequence, SEQUENCE_DIGITS)}${writer}`;
  };
}

const timeOf = (id: string): number => Number.parseInt(id.slice(0, TIME_DIGITS), 36);
const writerOf = (id: string): string =>
  id.slice(TIME_DIGITS + SEQUENCE_DIGITS, TIME_DIGITS + SEQUENCE_DIGITS + WRITER_DIGITS);
