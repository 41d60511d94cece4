/** Files of another library, read as they are: their modes and content are not ours to repair. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { Json } from '../runtime/json-object.ts';
import { codeOf, readError } from '../store/private-file.ts';
import { unreadableItem } from './source.ts';

/** Bytes: larger than any of these files. */
const LARGEST = 1024 * 1024;

/** The names in a folder, sorted; none where there is no such folder. */
export async function fileNames(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw readError(error, directory);
  }
}

/** Throws USAGE when there is no such folder. */
export async function expectFolder(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new WxopError('USAGE', text(`There is no folder ${directory}.`, `没有目录 ${directory}。`), {
    hint: text('Name the folder that the library writes its files to.', '请指定该程序库写入文件的目录。'),
  });
}

/** The JSON object in a file, undefined when there is no file. Throws STORE_UNREADABLE. */
export async function readObject(directory: string, name: string): Promise<Json | undefined> {
  const path = join(directory, name);
  let content: string;
  try {
    if ((await stat(path)).size > LARGEST) throw unreadableItem(path);
    content = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error instanceof WxopError ? error : unreadableItem(path);
  }
  try {
    const document: unknown = JSON.parse(content);
    if (typeof document === 'object' && document !== null) return document as Json;
  } catch {
    // Reported below.
  }
  throw unreadableItem(path);
}
