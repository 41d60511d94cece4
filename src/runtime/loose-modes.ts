/** Which files and folders others on this machine may read. Changes nothing: reading a record repairs its mode. */
import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface LooseModes {
  /** `path` within the folder; empty for the folder itself. */
  loose: { path: string; mode: number }[];
  looked: number;
  /** False where there was more than was looked at. */
  isWhole: boolean;
  /** False where modes mean nothing (Windows). */
  hasModes: boolean;
}

/** The folder itself and everything in it, up to `most` of them. */
export async function looseModes(folder: string, platform: string, most = 20_000): Promise<LooseModes> {
  const found: LooseModes = { loose: [], looked: 0, isWhole: true, hasModes: platform !== 'win32' };
  if (!found.hasModes) return found;
  const waiting = [folder];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.looked >= most) return { ...found, isWhole: false };
    // It may be gone by now: a listener writes and tidies while we look.
    const stats = await lstat(path).catch(() => undefined);
    if (!stats || stats.isSymbolicLink()) continue;
    found.looked++;
    if (stats.mode & 0o077) found.loose.push({ path: relative(folder, path), mode: stats.mode & 0o777 });
    if (!stats.isDirectory()) continue;
    const names = await readdir(path).catch(() => []);
    waiting.push(
      ...names
        .sort()
        .reverse()
        .map((name) => join(path, name)),
    );
  }
  return found;
}
