/**
 * The Store on plain JSON files: a folder per record, a file per version.
 *
 * A version is written to a private temporary file, flushed, and then linked to `<version>.json`. The link fails when
 * that version exists, which makes every write a compare-and-set without any lock, and no reader ever meets a torn file.
 * The newest three versions stay: they are the history, and what a damaged newest one falls back to.
 *
 * Old versions are removed, and then their numbers are free again: a late writer must not link to one of them.
 * 1. A writer of version n makes its temporary file, and then looks whether version n - 1 exists.
 * 2. A remover removes version n - 1 first, then lists the folder, removes the temporary files for n, and then version n.
 * If the writer still saw n - 1, its temporary file was there before the list was made: it is gone, and the link fails.
 */
import { dirname, join } from 'node:path';
import { flushName } from '../runtime/flush-folder.ts';
import { expectOwnFolder } from '../runtime/own-files.ts';
import { storeId } from './store-id.ts';
import { text } from '../sentences/text.ts';
import { createLocks, type LockRecord, type LockEnvironment } from './lock.ts';
import { codeOf, makePrivateFolder, readError, readPrivateFile, writeError, writePrivateFile } from './private-file.ts';
import { checkedKey, conflict, createRecordCodec, damaged, type Decoded } from './record.ts';
import type { Sealer } from './seal.ts';
import { linkFile, readdir, readFile, rename, rm, rmdir, stat, turn, unlink } from './small-files.ts';
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
const NAME = /^[A-Za-z0-9_-]+$/;
const VERSION_FILE = /^(\d+)\.json$/;
/** A temporary file for this version. */
const NEXT_VERSION_FILE = /^\.(\d+)\..*\.tmp$/;
/** In the name of a damaged version that was moved aside, before the time. */
const ASIDE = '.damaged-';
/** A temporary file this old (milliseconds) was left by a writer that died. */
const ABANDONED_AFTER = 60 * 60 * 1000;
/** Larger than any record: if there is room for this, there is room for the next record. */
const PROOF_BYTES = 32 * 1024;
const NOTHING_CHANGED = text('nothing was changed', '未作任何更改');

export interface FileStoreOptions extends Omit<LockEnvironment, 'read' | 'write'> {
  /** `<home>/state/<component appid>` */
  folder: string;
  componentAppId: string;
  /** The user who must own the files; undefined where that is not checked. */
  userId?: number;
  /** Encrypts what is written; undefined leaves it plain. */
  sealer?: Sealer;
}

export function createFileStore(options: FileStoreOptions): Store {
  const { folder, now, sealer } = options;
  const owner = { userId: options.userId, warn: options.warn };
  const codec = createRecordCodec(options.componentAppId, sealer);
  let written = 0;
  let tightened: Promise<void> | undefined;

  const folderOf = (key: string): string => join(folder, checkedKey(key));
  const nameWriter = (): string => `${options.pid}-${++written}-${Math.random().toString(36).slice(2)}`;
  const nextFile = (directory: string, version: number): string => join(directory, `.${version}.${nameWriter()}.tmp`);
  const tightenOnce = (): Promise<void> =>
    (tightened ??= Promise.resolve()
      .then(() => expectOwnFolder(folder, owner))
      .catch((error: unknown) => {
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
      const content = await readPrivateFile(path, owner);
      // Removed between listing and opening, because newer versions exist.
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
    const temporary = nextFile(directory, version);
    const content = codec.encode({ key, version, writtenAt: now(), value });
    await turn();
    try {
      if (expected === 0) await makePrivateFolder(directory, durable);
      await publish(temporary, content, { key, directory, version, durable });
      await tidy(directory, { version, own: temporary, now: now() });
      if (durable) await flushName(join(directory, `${version}.json`));
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
    content: string,
    { key, directory, version, durable }: { key: string; directory: string; version: number; durable: boolean },
  ): Promise<void> {
    try {
      await tightenOnce();
      await writePrivateFile(temporary, content, durable);
      if (!(await isNext(directory, version))) throw conflict(key);
      await linkFile(temporary, join(directory, `${version}.json`));
    } catch (error) {
      // The version is there already; or the folder or the temporary file is gone: another writer got there first.
      throw ['EEXIST', 'ENOENT'].includes(codeOf(error) ?? '') ? conflict(key) : error;
    }
  }

  /** Every version that is still there and whole, oldest first. */
  async function* past(key: string): AsyncGenerator<Decoded & { version: number; path: string; content: string }> {
    const directory = folderOf(key);
    for (const version of await versions(directory)) {
      const path = join(directory, `${version}.json`);
      const content = await readPrivateFile(path, owner);
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
      const content = await readPrivateFile(join(directory, `${version}.json`), owner);
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
      const temporary = nextFile(directory, version);
      try {
        await writePrivateFile(temporary, codec.encode({ key, version, writtenAt, value }, form), true);
        // Removed meanwhile, as an old version or with its record: it must not come back.
        if ((await readPrivateFile(path, owner)) !== content) continue;
        await rename(temporary, path);
        await flushName(path);
        changed++;
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw writeError(error, directory);
      } finally {
        await unlink(temporary).catch(() => undefined);
      }
    }
    return changed;
  }

  /** Proves that a file can be made there. If the folder does not exist yet, its parent is tested. */
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
    await prove(first, Buffer.alloc(PROOF_BYTES, '\n'));
    // All are on the same disk, whose space was just tested; permissions differ by folder.
    for (const directory of others) await prove(directory, '');
  }

  return {
    place: folder,
    id: () =>
      storeId(
        () => read('store'),
        (value) => write('store', value, 0, { durable: true }),
      ),
    read: <Key extends RecordKey>(key: Key) => read<Records[Key]>(key),
    write,
    history: <Key extends RecordKey>(key: Key) => history<Records[Key]>(key),
    forms,
    reseal,
    proveWritable,
    isLeftOver: async (key) => {
      const entries = await names(folderOf(key));
      return versionsIn(entries).length === 0 && entries.some((name) => name.includes(ASIDE));
    },
    // Folders collect other files (.DS_Store): only names that wxop could have given count.
    list: async (kind) => (await names(join(folder, kind))).filter((name) => NAME.test(name)).sort(),
    remove: async (key, expected) => {
      if (expected !== undefined) return removeUpTo(key, folderOf(key), expected);
      await rm(folderOf(key), { recursive: true, force: true });
      // An attempt ends long before its record is removed: nobody holds its lock any more.
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

/** Whether the version before it exists; for the first, whether there is none at all. */
async function isNext(directory: string, version: number): Promise<boolean> {
  if (version === 1) return (await versions(directory)).length === 0;
  return stat(join(directory, `${version - 1}.json`)).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

/** Removes version by version, the newest last. If another is written meanwhile, it stays, and so does the folder. */
async function removeUpTo(key: string, directory: string, expected: number): Promise<void> {
  const found = await versions(directory);
  if ((found.at(-1) ?? expected) > expected) throw conflict(key);
  try {
    const asides = (await names(directory)).filter((name) => name.includes(ASIDE));
    for (const name of [...asides, ...found.map((version) => `${version}.json`)]) await unlink(join(directory, name));
    const left = await names(directory);
    // Their writers died or are too late; a faster one has left a version here.
    for (const name of left.filter((name) => name.endsWith('.tmp'))) await unlink(join(directory, name));
    if (left.every((name) => name.endsWith('.tmp'))) await rmdir(directory);
  } catch (error) {
    // Gone already, or in use again.
    if (!['ENOENT', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw writeError(error, directory);
  }
}

/** Removes what is older than the history, oldest first, and temporary files whose writers are late or dead. */
async function tidy(
  directory: string,
  { version, own, now }: { version: number; own: string; now: number },
): Promise<void> {
  const newestToGo = version - KEPT_VERSIONS;
  try {
    for (let isDone = false; !isDone;) {
      // List again each time: late temporary files may have appeared.
      const entries = await readdir(directory);
      for (const name of entries) {
        const path = join(directory, name);
        if (!name.endsWith('.tmp') || path === own) continue;
        const isLate = Number(NEXT_VERSION_FILE.exec(name)?.[1] ?? version) <= newestToGo;
        if (isLate || (await stat(path)).mtimeMs < now - ABANDONED_AFTER) await unlink(path);
      }
      const [oldest = version, next = version] = versionsIn(entries);
      if (oldest <= newestToGo) await unlink(join(directory, `${oldest}.json`));
      isDone = next > newestToGo;
    }
  } catch {
    // Another writer is tidying this folder too; the next write removes whatever remains.
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

/** Moves a damaged file aside, so that the version before it counts again. */
async function moveAside(path: string, now: number) {
  const aside = `${path}${ASIDE}${new Date(now).toISOString().replaceAll(/[-:.]/g, '')}`;
  return rename(path, aside).then(
    () => damaged(path, aside),
    () => damaged(path, undefined),
  );
}
