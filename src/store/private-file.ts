/** Files and folders that only their owner may read, and what their failures mean. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from '../runtime/flush-folder.ts';
import type { Owner } from '../runtime/own-files.ts';
import { en, text, type Text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { mkdir, openFile, writeNew, type OpenFile } from './small-files.ts';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** For what waits for the disk: in the thread pool, which is loaded when it is needed. */
const openToFlush = async (path: string, flags: number, mode?: number): Promise<FileHandle> =>
  (await import('node:fs/promises')).open(path, flags, mode);

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** Creates a folder, and those above it, for its owner only. `durable`: their names survive a power cut. */
export async function makePrivateFolder(directory: string, durable: boolean): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined || !durable) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await flushFolder(dirname(made));
}

/** Writes a new file for its owner only; fails when it exists. `durable`: on disk before the promise resolves. */
export async function writePrivateFile(path: string, content: string | Buffer, durable: boolean): Promise<void> {
  if (!durable) return writeNew(path, content, NEW, 0o600);
  const file = await openToFlush(path, NEW, 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The file's text, or undefined when there is none. Throws NOT_PRIVATE; see `expectOwnFile`. */
export async function readPrivateFile(path: string, owner: Owner): Promise<string | undefined> {
  let file: OpenFile;
  try {
    file = await openFile(path, constants.O_RDONLY);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw readError(error, path);
  }
  try {
    await file.expectOwn(owner);
    return await file.readFile('utf8');
  } catch (error) {
    throw readError(error, path);
  } finally {
    await file.close();
  }
}

/** What a failed read means: STORE_UNAVAILABLE. */
export function readError(error: unknown, path: string): WxopError {
  if (error instanceof WxopError) return error;
  return new WxopError(
    'STORE_UNAVAILABLE',
    text(`Cannot read ${path} (${codeOf(error)}).`, `无法读取 ${path}（${codeOf(error)}）。`),
    { cause: error, hint: text('Check who owns it and its mode.', '请检查其属主和权限。') },
  );
}

const MAKE_WRITABLE = text(
  'Make it writable for this user, or set WXOP_HOME to a folder that is.',
  '请为当前用户开放写权限，或将 WXOP_HOME 指向可写目录。',
);
const NOT_WRITABLE = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'ENOTSUP',
  'EISDIR',
  'ENOTDIR',
  'EEXIST',
]);

/** What a failed write means: STORE_NOT_WRITABLE where the disk or its rights are the cause. `so`: what follows. */
export function writeError(error: unknown, place: string, so?: Text): unknown {
  const code = codeOf(error);
  if (error instanceof WxopError || code === undefined || !NOT_WRITABLE.has(code)) return error;
  const follows = so ? text(en`; ${so}`, zh`；${so}`) : '';
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return new WxopError(
    'STORE_NOT_WRITABLE',
    text(en`Cannot write in ${place} (${code})${follows}.`, zh`无法写入 ${place}（${code}）${follows}。`),
    {
      cause: error,
      hint: full ? text('Free some space, then run it again.', '请释放磁盘空间后重试。') : MAKE_WRITABLE,
    },
  );
}
