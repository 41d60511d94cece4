/** A file that a command reads where its flag or argument says. */
import { readFile } from 'node:fs/promises';
import { text, WxopError, type Text } from '../errors.ts';

/** Throws USAGE where it cannot be read. */
export const readInput = (path: string): Promise<Buffer> =>
  readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });

/** What is said of a path that a command was told to read; `hint` where it must be more than any file. */
export const unreadable = (
  path: string,
  cause: unknown,
  hint: Text = text('Name a file that exists and is yours.', '请指定存在且可读的文件。'),
): WxopError => new WxopError('USAGE', text(`Cannot read ${path}.`, `无法读取 ${path}。`), { cause, hint });
