/**
 * The Store on plain JSON files: a folder per record, a file per version.
 *
 * A version is written to a private temporary file, flushed, and then linked to `<version>.json`. The link fails when
 * that version exists, which makes every write a compare-and-set without any lock, and no reader ever meets a torn file.
 * The newest three versions stay: they are the history, and what a damaged newest one falls back to.
 */
import { dirname, join } from 'node:path';
import { isError, text } from '../errors.ts';
import { createLocks, type LockRecord, type LockWorld } from './lock.ts';
import {
  codeOf,
  flushFolder,
  makePrivateFolder,
  readError,
  readPrivateFile,
  tightenFolder,
  writeError,
  writePrivateFile,
} from './private-file.ts';
import { checkedKey, conflict, createRecordCodec, damaged, type Decoded } from './record.ts';
import type { Sealer } from './seal.ts';
import { link, readdir, readFile, rename, rm, rmdir, stat, turn, unlink } from './small-files.ts';
import type {
  Form,
  PastVersion,
  RecordKey,
  RecordKind,
  Records,
  Store,
  Stored,
  WriteOptions,
  Written,
} from './store.ts';

const KEPT_VERSIONS = 3;
const REMEMBERED_WRITERS = 32;
const NAME = /^[A-Za-z0-9_-]+$/;
const VERSION_FILE = /^(\d+)\.json$/;
/** A temporary file this old (milliseconds) was left by a writer that died. */
const ABANDONED_AFTER = 60 * 60 * 1000;
/** More bytes than any record has: where these fit, the next record fits. */
const PROOF = Buffer.alloc(32 * 1024, '\n');
const NOTHING_CHANGED = text('nothing was changed', '未作任何更改');

export interface FileStoreOptions extends Omit<LockWorld, 'read' | 'write'> {
  /** `<home>/state/<component appid>` */
  folder: string;
  componentAppId: string;
  /** Encrypts what is written; undefined leaves it plain. */
  sealer?: Sealer;
}

export function createFileStore(options: FileStoreOptions): Store {
  const { folder, now, warn, sealer } = options;
  const codec = createRecordCodec(options.componentAppId, sealer);
  let written = 0;
  let tightened: Promise<void> | undefined;

  const folderOf = (key: string): string => join(folder, checkedKey(key));
  const nameWriter = (): string => `${options.pid}-${++written}-${Math.random().toString(36).slice(2)}`;
  const tightenOnce = (): Promise<void> =>
    (tightened ??= tightenFolder(folder, warn).catch((error: unknown) => {
      tightened = undefined;
      throw error;
    }));

  async function read<Value>(key: string): Promise<Stored<Value> | undefined> {
    const directory = folderOf(key);
    for (;;) {
      await turn();
      const version = (await versions(directory)).at(-1);
      if (version === undefined) return undefined;
      const path = join(directory, `${version}.json`);
      const content = await readPrivateFile(path, warn);
      // Gone between listing and opening: newer versions have come meanwhile.
      if (content === undefined) continue;
      const record = codec.decode(content, { key, version, path });
      if (record) return { version, value: record.value as Value };
      // Another reader may have moved it already, and a writer may have used its number again.
      if ((await readFile(path, 'utf8').catch(() => undefined)) === content) throw await moveAside(path, now());
    }
  }

  async function write<Value>(key: string, value: Value, expected: number, { durable }: WriteOptions) {
    const directory = folderOf(key);
    const version = expected + 1;
    const writer = nameWriter();
    const temporary = join(directory, `.${writer}.tmp`);
    await turn();
    try {
      // A later version has its folder; where it is gone, the look at the version before says so.
      if (expected === 0) await makePrivateFolder(directory, durable);
      await tightenOnce();
      const after = await writersUpTo(directory, expected);
      if (after === undefined) throw conflict(key);
      await writePrivateFile(
        temporary,
        codec.encode({ key, version, writer, after, writtenAt: now(), value }),
        durable,
      );
      await publish(temporary, directory, version, { key, writer });
      if (durable) await flushFolder(directory);
    } catch (error) {
      throw writeError(error, directory);
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
    return { version, value };
  }

  /** Links the finished file to its version number; throws STORE_CONFLICT when it is not the next one. */
  async function publish(
    temporary: string,
    directory: string,
    version: number,
    { key, writer }: { key: string; writer: string },
  ): Promise<void> {
    // The first version is free again once there were four: only a look at all of them tells.
    if (version === 1 && (await versions(directory)).length > 0) throw conflict(key);
    const target = join(directory, `${version}.json`);
    try {
      await link(temporary, target);
    } catch (error) {
      throw codeOf(error) === 'EEXIST' ? conflict(key) : error;
    }
    // A writer that slept while others wrote and tidied up may have linked a number that is free again, but old. Numbers
    // less than KEPT_VERSIONS behind the newest were never freed: whoever is ahead of us there built on this write.
    const entries = await readdir(directory);
    const newest = versionsIn(entries).at(-1) ?? 0;
    if (newest >= version + KEPT_VERSIONS && !(await writersUpTo(directory, newest))?.includes(writer)) {
      await unlink(target).catch(() => undefined);
      throw conflict(key);
    }
    await tidy(directory, entries, { version, own: temporary, now: now() });
  }

  async function id(): Promise<string> {
    const stored = await read<Records['store']>('store');
    if (stored) return stored.value.id;
    // Loaded where it is needed: a cached token, which every script asks for, is read without it.
    const { randomBytes } = await import('node:crypto');
    try {
      return (await write('store', { id: randomBytes(12).toString('hex') }, 0, { durable: true })).value.id;
    } catch (error) {
      if (isError(error, 'STORE_CONFLICT')) return id();
      throw error;
    }
  }

  /** Every version that is still there and whole, oldest first. */
  async function* past(key: string): AsyncGenerator<Decoded & { version: number; path: string; content: string }> {
    const directory = folderOf(key);
    for (const version of await versions(directory)) {
      const path = join(directory, `${version}.json`);
      const content = await readPrivateFile(path, warn);
      if (content === undefined) continue;
      const record = codec.decode(content, { key, version, path });
      if (record) yield { ...record, version, path, content };
    }
  }

  async function history<Value>(key: string): Promise<PastVersion<Value>[]> {
    const found: PastVersion<Value>[] = [];
    for await (const { version, value, writtenAt } of past(key)) {
      found.unshift({ version, value: value as Value, writtenAt });
    }
    return found.slice(0, KEPT_VERSIONS);
  }

  async function forms(key: string): Promise<Form[]> {
    const directory = folderOf(key);
    const found: Form[] = [];
    for (const version of await versions(directory)) {
      const content = await readPrivateFile(join(directory, `${version}.json`), warn);
      if (content !== undefined) found.unshift(codec.formOf(content));
    }
    return found.slice(0, KEPT_VERSIONS);
  }

  /** Versions never change, only their form: a new file takes the old one's name, and readers get one or the other. */
  async function reseal(key: string, form: Written = sealer ? 'sealed' : 'plain'): Promise<number> {
    const directory = folderOf(key);
    let changed = 0;
    for await (const { version, path, content, value, writtenAt, isSealed } of past(key)) {
      if (isSealed === codec.seals(key, form)) continue;
      const temporary = join(directory, `.${nameWriter()}.tmp`);
      try {
        const { writer, after } = JSON.parse(content) as { writer?: string; after?: string[] };
        await writePrivateFile(temporary, codec.encode({ key, version, writer, after, writtenAt, value }, form), true);
        // A writer may have tidied it away meanwhile, or its owner removed the record: it must not come back.
        if ((await readPrivateFile(path, warn)) !== content) continue;
        await rename(temporary, path);
        await flushFolder(directory);
        changed++;
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw writeError(error, directory);
      } finally {
        await unlink(temporary).catch(() => undefined);
      }
    }
    return changed;
  }

  /** Proves that a file can be made there. A folder that is still to be made is ours: then the one above it counts. */
  async function prove(directory: string, content: Buffer | string): Promise<void> {
    const path = join(directory, `.${nameWriter()}.tmp`);
    try {
      if (directory === folder) await makePrivateFolder(folder, false);
      await writePrivateFile(path, content, false);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && directory !== folder) return prove(dirname(directory), content);
      throw writeError(error, directory, NOTHING_CHANGED);
    } finally {
      await unlink(path).catch(() => undefined);
    }
  }

  async function proveWritable(...places: (RecordKey | RecordKind)[]): Promise<void> {
    const [first = folder, ...others] = places.map(folderOf);
    await prove(first, PROOF);
    // One disk holds them all: its room was just proven, rights differ from folder to folder.
    for (const directory of others) await prove(directory, '');
  }

  return {
    place: folder,
    id,
    read: <Key extends RecordKey>(key: Key) => read<Records[Key]>(key),
    write,
    history: <Key extends RecordKey>(key: Key) => history<Records[Key]>(key),
    forms,
    reseal,
    proveWritable,
    // Others leave things in folders (.DS_Store): only what could be a name of ours is one.
    list: async (kind) => (await names(join(folder, kind))).filter((name) => NAME.test(name)).sort(),
    remove: async (key, expected) => {
      if (expected !== undefined) return removeUpTo(key, folderOf(key), expected);
      await rm(folderOf(key), { recursive: true, force: true });
      // An attempt is over long before it is forgotten: nobody holds its lock any more.
      const lock = key.startsWith('attempt/') ? folderOf(`lock/${key.replace('/', '-')}`) : undefined;
      if (lock !== undefined) await rm(lock, { recursive: true, force: true });
    },
    lock: createLocks({
      ...options,
      read: (name) => read<LockRecord>(`lock/${name}`),
      write: (name, value, expected) => write<LockRecord>(`lock/${name}`, value, expected, { durable: false }),
    }),
    close: () => Promise.resolve(),
  };
}

/**
 * Who wrote this version and those before it, newest first: tells whether a write is part of what came after it.
 * Undefined when there is no such version.
 */
async function writersUpTo(directory: string, version: number): Promise<string[] | undefined> {
  if (version === 0) return [];
  let content: string;
  try {
    content = await readFile(join(directory, `${version}.json`), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { writer, after = [] } = JSON.parse(content) as { writer: string; after?: string[] };
    return [writer, ...after].slice(0, REMEMBERED_WRITERS);
  } catch {
    // Damaged: nobody can have built on it knowingly.
    return [];
  }
}

/** Version by version, the newest last: one that is written meanwhile stays, and so does its folder. */
async function removeUpTo(key: string, directory: string, expected: number): Promise<void> {
  const found = await versions(directory);
  if ((found.at(-1) ?? expected) > expected) throw conflict(key);
  try {
    const asides = (await names(directory)).filter((name) => name.includes('.damaged-'));
    for (const name of [...asides, ...found.map((version) => `${version}.json`)]) await unlink(join(directory, name));
    if ((await names(directory)).length === 0) await rmdir(directory);
  } catch (error) {
    // Gone already, or in use again.
    if (!['ENOENT', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw writeError(error, directory);
  }
}

async function tidy(
  directory: string,
  entries: string[],
  { version, own, now }: { version: number; own: string; now: number },
): Promise<void> {
  try {
    for (const name of entries) {
      const path = join(directory, name);
      const old = Number(VERSION_FILE.exec(name)?.[1] ?? version);
      const isTemporary = name.endsWith('.tmp') && path !== own;
      const isAbandoned = isTemporary && (await stat(path)).mtimeMs < now - ABANDONED_AFTER;
      if (old <= version - KEPT_VERSIONS || isAbandoned) await unlink(path);
    }
  } catch {
    // Another writer tidies the same folder; what is left over, the next write removes.
  }
}

async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw readError(error, directory);
  }
}

const versions = async (directory: string): Promise<number[]> => versionsIn(await names(directory));

function versionsIn(entries: string[]): number[] {
  const numbers = entries.map((name) => Number(VERSION_FILE.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

/** A damaged file is moved aside, so that the version before it counts again. */
async function moveAside(path: string, now: number) {
  const aside = `${path}.damaged-${new Date(now).toISOString().replaceAll(/[-:.]/g, '')}`;
  return rename(path, aside).then(
    () => damaged(path, aside),
    () => damaged(path, undefined),
  );
}
