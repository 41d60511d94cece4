/** Files and folders that only their owner may read, and what their failures mean. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from '../runtime/flush-folder.ts';
import { en, text, type Text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { chmod, mkdir, openFile, stat, writeNew, type OpenFile } from './small-files.ts';

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

/** The file's text, or undefined when there is none. A mode that lets others read is repaired, with a warning. */
export async function readPrivateFile(path: string, warn: (warning: Text) => void): Promise<string | undefined> {
  let file: OpenFile;
  try {
    file = await openFile(path, constants.O_RDONLY);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw readError(error, path);
  }
  try {
    const { mode } = await file.stat();
    if (mode & 0o077) await tighten(file, mode, path, warn);
    return await file.readFile('utf8');
  } catch (error) {
    throw readError(error, path);
  } finally {
    await file.close();
  }
}

async function tighten(file: OpenFile, mode: number, path: string, warn: (warning: Text) => void): Promise<void> {
  try {
    await file.chmod(0o600);
    // Where modes are not kept (Windows, some network mounts) there is nothing to repair or to warn of.
    if ((await file.stat()).mode & 0o077) return;
  } catch {
    return;
  }
  warnOfMode(path, mode, '600', warn);
}

function warnOfMode(path: string, mode: number, now: string, warn: (warning: Text) => void): void {
  const was = (mode & 0o777).toString(8);
  warn(
    text(
      `${path} was open to others (mode ${was}); now ${now}.`,
      `${path} 曾可被他人访问（权限 ${was}），已改为 ${now}。`,
    ),
  );
}

/** Takes the rights of others off a folder, with a warning. */
export async function tightenFolder(directory: string, warn: (warning: Text) => void): Promise<void> {
  const { mode } = await stat(directory);
  if (!(mode & 0o077)) return;
  await chmod(directory, 0o700).catch(() => undefined);
  if (!((await stat(directory)).mode & 0o077)) warnOfMode(directory, mode, '700', warn);
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
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EFBIG', 'ENOTSUP', 'ENOTDIR', 'EEXIST']);

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
