/** Makes new names survive a power cut. */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { isWindows } from './windows-files.ts';

/** What a file system answers that cannot flush folders: some of networks. */
const HAS_NONE = ['EINVAL', 'ENOTSUP', 'EISDIR'];

/** In the thread pool, which is loaded when it is needed: this waits for the disk. */
async function flush(path: string, flags: number): Promise<void> {
  const handle = await (await import('node:fs/promises')).open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes the names in a folder; Windows has no such thing, and refuses it. */
export async function flushFolder(directory: string): Promise<void> {
  if (isWindows) return;
  await flush(directory, constants.O_RDONLY).catch((error: NodeJS.ErrnoException) => {
    if (!HAS_NONE.includes(error.code ?? '')) throw error;
  });
}

/** Flushes the name of a new file. On Windows through the file: NTFS logs its names with it, in order. */
export async function flushName(path: string): Promise<void> {
  if (!isWindows) return flushFolder(dirname(path));
  await flush(path, constants.O_RDWR).catch((error: NodeJS.ErrnoException) => {
    // Others have replaced it meanwhile: they flush what is newer.
    if (error.code !== 'ENOENT') throw error;
  });
}
