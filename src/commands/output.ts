/** A file that a command writes where its flag says (-o, --qr). */
import { writeFile } from 'node:fs/promises';
import { text, WxopError } from '../errors.ts';

/** Throws USAGE where it cannot be written, STORE_NOT_WRITABLE where the disk is full. `mode` counts for a new file only. */
export async function writeOutput(path: string, content: string | Buffer, mode?: number): Promise<void> {
  await writeFile(path, content, { mode }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/** The disk's limits: another name would not help. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** What is said of a path that a command was told to write to. */
export function unwritable(path: string, cause: unknown): WxopError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (FULL.includes(code)) {
    return new WxopError(
      'STORE_NOT_WRITABLE',
      text(`Cannot write ${path}: the disk is full (${code}).`, `无法写入 ${path}：磁盘已满（${code}）。`),
      { cause, hint: text('Free some space, then run it again.', '请释放磁盘空间后重试。') },
    );
  }
  return new WxopError('USAGE', text(`Cannot write ${path}.`, `无法写入 ${path}。`), {
    cause,
    hint: text('Name a file in a folder that exists and is yours.', '请指定一个存在且可写的目录中的文件。'),
  });
}
