/**
 * The Store on plain JSON files: a folder per record, a file per version.
 *
 * A version is written to a private temporary file, flushed, and then linked to `<version>.json`. The link fails when
 * that version exists, which makes every write a compare-and-set without any lock, and no reader ever meets a torn file.
 * The newest three versions stay: they are the history, and what a damaged newest one falls back to.
 */
import { link, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isError, text, WxopError, type Text } from '../errors.ts';
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
import type { RecordKey, Records, Store, Stored, WriteOptions } from './store.ts';

const FORMAT = 1;
const KEPT_VERSIONS = 3;
const REMEMBERED_WRITERS = 32;
const NAME = /^[A-Za-z0-9_-]+$/;
const VERSION_FILE = /^(\d+)\.json$/;
/** A temporary file this old (milliseconds) was left by a writer that died. */
const ABANDONED_AFTER = 60 * 60 * 1000;

export interface FileStoreOptions extends Omit<LockWorld, 'read' | 'write'> {
  /** `<home>/state/<component appid>` */
  folder: string;
  warn: (warning: Text) => void;
}

export function createFileStore(options: FileStoreOptions): Store {
  const { folder, now, warn } = options;
  let written = 0;
  let tightened: Promise<void> | undefined;

  async function read<Value>(key: string): Promise<Stored<Value> | undefined> {
    const directory = join(folder, checked(key));
    for (;;) {
      const version = (await versions(directory)).at(-1);
      if (version === undefined) return undefined;
      const path = join(directory, `${version}.json`);
      const content = await readPrivateFile(path, warn);
      // Gone between listing and opening: newer versions have come meanwhile.
      if (content === undefined) continue;
      const value = (await parseRecord(path, content, now())) as Value | undefined;
      if (value !== undefined) return { version, value };
    }
  }

  async function write<Value>(key: string, value: Value, expected: number, { durable }: WriteOptions) {
    const directory = join(folder, checked(key));
    const version = expected + 1;
    const writer = `${options.pid}-${++written}-${Math.random().toString(36).slice(2)}`;
    const temporary = join(directory, `.${writer}.tmp`);
    try {
      await makePrivateFolder(directory, durable);
      await (tightened ??= tightenFolder(folder, warn));
      const after = await writersUpTo(directory, expected);
      const record = { format: FORMAT, version, writer, after, writtenAt: new Date(now()).toISOString(), value };
      await writePrivateFile(temporary, `${JSON.stringify(record, null, 2)}\n`, durable);
      await publish(temporary, directory, version, { key, writer });
      if (durable) await flushFolder(directory);
    } catch (error) {
      throw writeError(error, directory);
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
    await tidy(directory, version, now());
    return { version, value };
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

  return {
    place: folder,
    id,
    read: <Key extends RecordKey>(key: Key) => read<Records[Key]>(key),
    write,
    // Others leave things in folders (.DS_Store): only what could be a name of ours is one.
    list: async (kind) => (await names(join(folder, kind))).filter((name) => NAME.test(name)).sort(),
    remove: (key) => rm(join(folder, checked(key)), { recursive: true, force: true }),
    lock: createLocks({
      ...options,
      read: (name) => read<LockRecord>(`lock/${name}`),
      write: (name, value, expected) => write<LockRecord>(`lock/${name}`, value, expected, { durable: false }),
    }),
    close: () => Promise.resolve(),
  };
}

/** Record names come from the outside (an appid in a URL): none may leave the folder. */
function checked(key: string): string {
  if (/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)?$/.test(key)) return key;
  throw new WxopError('USAGE', text(`Not a valid name: ${key}`, `名称无效：${key}`), {
    hint: text('An appid is wx and 16 hexadecimal digits.', 'AppID 为 wx 加 16 位十六进制字符。'),
  });
}

/** Links the finished file to its version number; throws STORE_CONFLICT when it is not the next one. */
async function publish(
  temporary: string,
  directory: string,
  version: number,
  { key, writer }: { key: string; writer: string },
): Promise<void> {
  const conflict = () =>
    new WxopError('STORE_CONFLICT', text(`Somebody else wrote ${key} first.`, `${key} 已被他人先行写入。`), {
      hint: text('Run it again.', '请重新运行。'),
    });
  if (((await versions(directory)).at(-1) ?? 0) !== version - 1) throw conflict();
  const target = join(directory, `${version}.json`);
  try {
    await link(temporary, target);
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? conflict() : error;
  }
  // A writer that slept while others wrote and tidied up may have linked a number that is free again, but old. Numbers
  // less than KEPT_VERSIONS behind the newest were never freed: whoever is ahead of us there built on this write.
  const newest = (await versions(directory)).at(-1) ?? 0;
  if (newest >= version + KEPT_VERSIONS && !(await writersUpTo(directory, newest)).includes(writer)) {
    await unlink(target).catch(() => undefined);
    throw conflict();
  }
}

/** Who wrote this version and those before it, newest first: tells whether a write is part of what came after it. */
async function writersUpTo(directory: string, version: number): Promise<string[]> {
  if (version === 0) return [];
  try {
    const content = await readFile(join(directory, `${version}.json`), 'utf8');
    const { writer, after = [] } = JSON.parse(content) as { writer: string; after?: string[] };
    return [writer, ...after].slice(0, REMEMBERED_WRITERS);
  } catch {
    // Gone meanwhile, or damaged: then nobody can have built on it knowingly.
    return [];
  }
}

async function tidy(directory: string, version: number, now: number): Promise<void> {
  try {
    for (const name of await readdir(directory)) {
      const old = Number(VERSION_FILE.exec(name)?.[1] ?? version);
      const abandoned = name.endsWith('.tmp') && (await stat(join(directory, name))).mtimeMs < now - ABANDONED_AFTER;
      if (old <= version - KEPT_VERSIONS || abandoned) await unlink(join(directory, name));
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

async function versions(directory: string): Promise<number[]> {
  const numbers = (await names(directory)).map((name) => Number(VERSION_FILE.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

/**
 * The value inside a record file, or undefined when the file was replaced while we looked. A damaged file is moved
 * aside, so that the version before it counts again.
 */
async function parseRecord(path: string, content: string, now: number): Promise<unknown> {
  let record: { format?: unknown; value?: unknown } | undefined;
  try {
    record = JSON.parse(content) as typeof record;
  } catch {
    record = undefined;
  }
  const { format, value } = record ?? {};
  if (format === FORMAT && typeof value === 'object' && value !== null) return value;
  if (typeof format === 'number' && format > FORMAT) {
    throw new WxopError(
      'RECORD_NEWER',
      text(`${path} was written by a newer wxop; it was left as it is.`, `${path} 由更新版本的 wxop 写入，未作改动。`),
      { hint: text('Update wxop on this machine.', '请升级本机的 wxop。') },
    );
  }
  // Another reader may have moved it already, and a writer may have used its number again.
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== content) return undefined;
  const aside = `${path}.damaged-${new Date(now).toISOString().replaceAll(/[-:.]/g, '')}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  throw new WxopError(
    'RECORD_DAMAGED',
    moved
      ? text(`${path} is damaged; it was moved to ${aside}.`, `${path} 已损坏，已移至 ${aside}。`)
      : text(`${path} is damaged.`, `${path} 已损坏。`),
    {
      hint: text(
        'Run it again: the version before it counts now. What is still missing comes back with `wxop accounts sync` (accounts) or the next push (ticket).',
        '请重新运行：将使用其前一版本。仍缺失的帐号可用 `wxop accounts sync` 恢复，ticket 会随下次推送恢复。',
      ),
    },
  );
}
