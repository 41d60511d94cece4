/** A secret from the file that a `…_FILE` variable names. */
import { readFileSync } from 'node:fs';
import { decodeText } from './decode-text.ts';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

export function readSecretFile(path: string, variable: string): string {
  try {
    return decodeText(readFileSync(path)).trim();
  } catch (error) {
    throw new WxopError(
      'SETTINGS_INVALID',
      text(`${variable}: cannot read ${path}.`, `${variable}：无法读取 ${path}。`),
      {
        cause: error,
        hint: text('Point it to a file that this user can read.', '请指向当前用户可读的文件。'),
      },
    );
  }
}
