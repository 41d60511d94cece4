/** Programs of this machine that some tests need. Where one is missing its tests are skipped, and a line says so. */
import { spawnSync } from 'node:child_process';

/** The path of the first of these programs that is there; otherwise undefined, and what goes `untested` is said. */
export function installed(programs: string | string[], untested: string): string | undefined {
  const names = [programs].flat();
  for (const name of names) {
    const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  console.warn(`skipped: no ${names.join(' or ')} on this machine, so ${untested}`);
  return undefined;
}
