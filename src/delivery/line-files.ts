/**
 * Lines that are only ever appended, in files of one process: several processes share a folder and never a file.
 * Lines of one turn of the event loop share a write. A line is written before its promise resolves.
 */
// `promises` is loaded at its first use, so that a starting listener does not wait for it.
import { promises as disk, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { flushFolder } from '../runtime/flush-folder.ts';
import { codeOf, makePrivateFolder, readError, writeError } from '../store/private-file.ts';

/** `always`: on disk before the promise resolves. `interval`: within 200 ms; the death of the process loses nothing. */
export type Sync = 'interval' | 'always';

const SYNC_EVERY = 200;
const LINE_FEED = 0x0a;

export interface LineFilesOptions {
  folder: string;
  sync: Sync;
  now: () => number;
  /** Of the next file: sorts after those before it. */
  newName: () => string;
  /** A file is closed when it is this large or this old. */
  maxBytes: number;
  maxAge: number;
  /** Runs whenever a new file was begun. */
  begun: () => Promise<void>;
}

/** The place of a line. */
export interface LinePlace {
  file: string;
  offset: number;
  length: number;
}

export interface LineFiles {
  append(line: string): Promise<LinePlace>;
  close(): Promise<void>;
}

interface Waiting {
  line: string;
  done: (place: LinePlace) => void;
  failed: (error: unknown) => void;
}

interface Current {
  name: string;
  handle: FileHandle;
  size: number;
  begunAt: number;
}

export function createLineFiles(options: LineFilesOptions): LineFiles {
  const { folder, sync, now } = options;
  let waiting: Waiting[] = [];
  let draining: Promise<void> | undefined;
  let current: Current | undefined;
  let syncing: NodeJS.Timeout | undefined;

  function append(line: string): Promise<LinePlace> {
    return new Promise((done, failed) => {
      waiting.push({ line, done, failed });
      draining ??= drain();
    });
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await new Promise(setImmediate);
      const batch = waiting;
      waiting = [];
      try {
        const places = await writeBatch(batch.map(({ line }) => line));
        batch.forEach(({ done }, index) => done(places[index] as LinePlace));
      } catch (error) {
        await undo();
        for (const { failed } of batch) failed(writeError(error, folder));
      }
    }
    draining = undefined;
  }

  async function writeBatch(lines: string[]): Promise<LinePlace[]> {
    const file = await fileToWrite();
    const lengths = lines.map((line) => Buffer.byteLength(line));
    const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length + 1, 0));
    let size = 0;
    const places = lines.map((line, index): LinePlace => {
      const offset = size;
      size += bytes.write(line, offset);
      size = bytes.writeUInt8(LINE_FEED, size);
      return { file: file.name, offset: file.size + offset, length: lengths[index] ?? 0 };
    });
    // The system takes them into its memory, which is quicker than waking a thread that gives them to it.
    for (let at = 0; at < bytes.length;) at += writeSync(file.handle.fd, bytes, at);
    file.size += size;
    if (sync === 'always') await file.handle.datasync();
    else syncing ??= setTimeout(syncNow, SYNC_EVERY).unref();
    return places;
  }

  /** Cuts the file after its last whole line. If not even that works, the next line begins a new file. */
  async function undo(): Promise<void> {
    try {
      await current?.handle.truncate(current.size);
    } catch {
      await closeCurrent();
    }
  }

  function syncNow(): void {
    syncing = undefined;
    // A disk that fails here fails the next write too, which is reported.
    current?.handle.datasync().catch(() => undefined);
  }

  async function fileToWrite(): Promise<Current> {
    if (current && (current.size >= options.maxBytes || now() - current.begunAt >= options.maxAge)) {
      await closeCurrent();
    }
    if (current) return current;
    await makePrivateFolder(folder, true);
    const name = options.newName();
    current = { name, handle: await disk.open(join(folder, name), 'ax', 0o600), size: 0, begunAt: now() };
    await flushFolder(folder);
    await options.begun();
    return current;
  }

  async function closeCurrent(): Promise<void> {
    const closing = current;
    current = undefined;
    clearTimeout(syncing);
    syncing = undefined;
    await closing?.handle.datasync().catch(() => undefined);
    await closing?.handle.close().catch(() => undefined);
    // Nothing was written into it.
    if (closing?.size === 0) await disk.unlink(join(folder, closing.name)).catch(() => undefined);
  }

  return {
    append,
    close: async () => {
      await draining;
      await closeCurrent();
    },
  };
}

export interface LineFile {
  name: string;
  size: number;
  /** Of its last line, milliseconds. */
  changedAt: number;
}

/** The files of a folder whose names match, oldest first; none if there is no folder. */
export async function listFiles(folder: string, pattern: RegExp): Promise<LineFile[]> {
  let names: string[];
  try {
    names = await disk.readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw readError(error, folder);
  }
  const files: LineFile[] = [];
  for (const name of names.filter((candidate) => pattern.test(candidate)).sort()) {
    const found = await disk.stat(join(folder, name)).catch(() => undefined);
    if (found) files.push({ name, size: found.size, changedAt: found.mtimeMs });
  }
  return files;
}

/** The bytes of a file from an offset on; empty when it is gone. */
export async function readFrom(path: string, offset: number, length?: number): Promise<Buffer> {
  let handle: FileHandle;
  try {
    handle = await disk.open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw readError(error, path);
  }
  try {
    const size = length ?? Math.max(0, (await handle.stat()).size - offset);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

export interface Retention {
  /** Milliseconds after its last line that a file may stay. */
  age: number;
  /** Of all files of the folder. */
  bytes: number;
}

/** Removes the oldest files that are too old or exceed the size; `isOpen` ones stay. When the newest removed line was written. */
export async function retain(
  folder: string,
  files: LineFile[],
  { age, bytes }: Retention,
  now: number,
  isOpen: (file: LineFile) => boolean,
): Promise<number> {
  let newest = 0;
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const file of files) {
    const isOver = file.changedAt < now - age || total > bytes;
    if (!isOver || isOpen(file)) continue;
    await disk.unlink(join(folder, file.name)).catch(() => undefined);
    total -= file.size;
    newest = Math.max(newest, file.changedAt);
  }
  return newest;
}
