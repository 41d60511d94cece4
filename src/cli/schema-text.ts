/** The schemas that lie in the package, beside `dist` and `src`. An executable has them inside (executable.mjs). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../schema');

/** Of `accounts-list`: `schema/accounts-list.json`. Undefined where there is none. */
export function schemaText(name: string): string | undefined {
  try {
    return readFileSync(join(FOLDER, `${name}.json`), 'utf8');
  } catch {
    return undefined;
  }
}
