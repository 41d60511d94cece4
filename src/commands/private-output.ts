/** A file with credentials: for its owner only, never half there, and never over another one unasked. */
import { link, open, rename, stat, unlink } from 'node:fs/promises';
import { text, WxopError } from '../errors.ts';
import { unwritable } from './output.ts';

/** Throws USAGE when the file is there already. */
export async function expectNoFile(path: string): Promise<void> {
  if (await stat(path).catch(() => undefined)) throw isThere(path);
}

/** Throws as `unwritable` says, and USAGE when it is there already and `force` is not given. */
export async function writePrivateOutput(path: string, content: string, force: boolean): Promise<void> {
  const temporary = `${path}.${Math.random().toString(36).slice(2)}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    if (force) await rename(temporary, path);
    else await publish(temporary, path);
  } catch (error) {
    if (error instanceof WxopError) throw error;
    throw unwritable(path, error);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw isThere(path);
    // A memory stick knows no hard links.
    await expectNoFile(path);
    await rename(temporary, path);
  }
}

const isThere = (path: string): WxopError =>
  new WxopError('USAGE', text(`${path} is there already.`, `${path} 已存在。`), {
    hint: text('Name another file, or say --force.', '请换一个文件名，或使用 --force。'),
  });
