/** A file that a command writes where its flag says (-o, --qr). */
import { writeFile } from 'node:fs/promises';
import { text, WxopError } from '../errors.ts';

/** Throws USAGE where it cannot be written. `mode` counts for a new file only. */
export async function writeOutput(path: string, content: string | Buffer, mode?: number): Promise<void> {
  await writeFile(path, content, { mode }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/** What is said of a path that a command was told to write to. */
export const unwritable = (path: string, cause: unknown): WxopError =>
  new WxopError('USAGE', text(`Cannot write ${path}.`, `无法写入 ${path}。`), {
    cause,
    hint: text('Name a file in a folder that exists and is yours.', '请指定一个存在且可写的目录中的文件。'),
  });
