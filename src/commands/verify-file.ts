/** Reads a verification file (校验文件) that the operator was given. */
import { basename } from 'node:path';
import { text, WxopError } from '../errors.ts';
import { readInput } from './input.ts';

const NAME = /^[A-Za-z0-9_-]+\.txt$/;
const MOST_BYTES = 16 * 1024;

/** Its name and its bytes as base64. Throws USAGE for what can be none. */
export async function readVerifyFile(path: string): Promise<Record<string, string>> {
  const name = basename(path);
  if (!NAME.test(name)) {
    throw new WxopError('USAGE', text(`${name} is no name of a 校验文件.`, `${name} 不是校验文件的名称。`), {
      hint: text(
        'Keep the name that the console gave it: 0qwMjOAYmX.txt.',
        '请保持控制台给出的文件名，如 0qwMjOAYmX.txt。',
      ),
    });
  }
  const bytes = await readInput(path);
  if (bytes.length > 0 && bytes.length <= MOST_BYTES) return { [name]: bytes.toString('base64') };
  throw new WxopError('USAGE', text(`${name} is empty or larger than 16 KiB.`, `${name} 为空或超过 16 KiB。`), {
    hint: text('A 校验文件 is one short line.', '校验文件只有很短的一行。'),
  });
}
