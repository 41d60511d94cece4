/** Replacing a file as a whole: a reader sees the old one or the new one, and so it stays after a crash. */
import { promises as disk, renameSync, rmSync, writeFileSync } from 'node:fs';
import { patiently, patientlySync } from './windows-files.ts';

export interface ReplaceOptions {
  /** False: throws EEXIST where there is a file already. */
  overwrite: boolean;
}

/** For its owner only, and its content is on the disk before the promise resolves. */
export async function replaceFile(
  path: string,
  content: string | Buffer,
  { overwrite }: ReplaceOptions,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await disk.open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await patiently(() => (overwrite ? disk.rename(temporary, path) : publish(temporary, path)));
  } finally {
    await disk.unlink(temporary).catch(() => undefined);
  }
}

/** The same at once, for what may be lost in a power cut. `mode` counts for the new file. */
export function replaceFileSync(path: string, content: string, mode = 0o600): void {
  const temporary = temporaryBeside(path);
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode });
    patientlySync(() => renameSync(temporary, path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Processes that share the folder do not write into each other's file. The global `crypto`: to import node:crypto would
 * load it, which takes milliseconds, before a listener has opened its port.
 */
const temporaryBeside = (path: string): string => `${path}.${crypto.randomUUID()}.tmp`;

/** A link never takes the place of a file, not even of one that another process makes at this moment. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await disk.link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    // FAT, as on a memory stick, has no hard links.
    if (await disk.stat(path).catch(() => undefined)) {
      throw Object.assign(new Error(`${path} exists`, { cause: error }), { code: 'EEXIST' });
    }
    await disk.rename(temporary, path);
  }
}
