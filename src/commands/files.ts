/** Files named on the command line: reading and writing them. */
import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context } from '../cli/context.ts';
import { decodeText } from '../runtime/decode-text.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import { replaceFile } from '../runtime/replace-file.ts';
import { expectFileName } from '../runtime/windows-files.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** Throws USAGE where it cannot be read. */
export const readInput = (path: string): Promise<Buffer> =>
  readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });

/** The text of a file, in whatever encoding Windows saved it; `-` is stdin. Throws USAGE where it cannot be read. */
export const readText = async ({ stdin }: Context, path: string): Promise<string> =>
  path === '-' ? stdin.text() : decodeText(await readInput(path));

/** The object that a JSON file holds; undefined where it is none. Throws USAGE where it cannot be read. */
export async function readJsonFile(context: Context, path: string): Promise<Json | undefined> {
  const written = await readText(context, path);
  try {
    const document: unknown = JSON.parse(written);
    return isObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** The error for a path that cannot be read; `hint` where not just any file will do. */
export const unreadable = (
  path: string,
  cause: unknown,
  hint: Text = text('Name a file that exists and that you may read.', '请指定存在且可读的文件。'),
): WxopError => new WxopError('USAGE', text(`Cannot read ${path}.`, `无法读取 ${path}。`), { cause, hint });

/** Throws USAGE where it cannot be written, STORE_NOT_WRITABLE where the disk is full. */
export async function writeOutput(path: string, content: string | Buffer): Promise<void> {
  expectFileName(path);
  await writeFile(path, content).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/**
 * The same for what may hold secrets: a new file for its owner only takes the place of one that is there, and nobody who
 * has that open reads on. What is no file, such as a pipe, gets the content.
 */
export async function writeSecretOutput(path: string, content: Buffer): Promise<void> {
  const real = await realpath(path).catch(() => path);
  const isFile = (await stat(real).catch(() => undefined))?.isFile() ?? true;
  if (!isFile) return writeOutput(real, content);
  await writePrivateOutput(real, content, true);
}

/** Limits of the disk: another name would not help. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** The error for a path that cannot be written to. */
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
    hint: text(
      'Name a file in a folder that exists and that you may write to.',
      '请指定一个存在且可写的目录中的文件。',
    ),
  });
}

/** Throws USAGE when the file already exists. */
export async function expectNoFile(path: string): Promise<void> {
  if (await stat(path).catch(() => undefined)) throw fileExists(path);
}

/** Readable by its owner only. Throws what `unwritable` makes, and USAGE for an existing file without `force`. */
export async function writePrivateOutput(path: string, content: string | Buffer, force: boolean): Promise<void> {
  expectFileName(path);
  await replaceFile(path, content, { overwrite: force }).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' && !force ? fileExists(path) : unwritable(path, error);
  });
}

const fileExists = (path: string): WxopError =>
  new WxopError('USAGE', text(`${path} already exists.`, `${path} 已存在。`), {
    hint: text('Name another file, or use --force.', '请换一个文件名，或使用 --force。'),
  });

const NAME = /^[A-Za-z0-9_-]+\.txt$/;
const MOST_BYTES = 16 * 1024;

/** A verification file (校验文件): its name, and its bytes as base64. Throws USAGE for what cannot be one. */
export async function readVerificationFile(path: string): Promise<Record<string, string>> {
  const name = basename(path);
  if (!NAME.test(name)) throw invalidName(name);
  const bytes = await readInput(path);
  if (bytes.length === 0 || bytes.length > MOST_BYTES) throw invalidSize(name);
  return { [name]: bytes.toString('base64') };
}

const invalidName = (name: string): WxopError =>
  new WxopError('USAGE', text(`${name} is not a valid name for a verification file.`, `${name} 不是校验文件的名称。`), {
    hint: text(
      'Keep the name from the console, for example 0qwMjOAYmX.txt.',
      '请保持控制台给出的文件名，如 0qwMjOAYmX.txt。',
    ),
  });

const invalidSize = (name: string): WxopError =>
  new WxopError('USAGE', text(`${name} is empty or larger than 16 KiB.`, `${name} 为空或超过 16 KiB。`), {
    hint: text('A verification file is one short line.', '校验文件只有很短的一行。'),
  });

/** Says where something was written, with a way there where the terminal can. */
export async function noteWritten({ terminal }: Context, path: string): Promise<void> {
  const file = (await terminal.paint('err')).link(path, pathToFileURL(path).href);
  terminal.note(text(en`Written to ${file}.`, zh`已写入 ${file}。`));
}
