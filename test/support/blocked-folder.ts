import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './world.ts';

/** Whoever reads this file waits, and does not come to an end; until it is put back. Whatever the machine's speed. */
export function block(path: string): { putBack: () => void } {
  const aside = join(temporaryFolder(), 'aside');
  renameSync(path, aside);
  execFileSync('mkfifo', ['-m', '600', path]);
  return {
    putBack: () => {
      rmSync(path);
      renameSync(aside, path);
    },
  };
}
