/** Reads a release script, and says where it is wrong. */
import type { ReleaseScript } from './release-script.ts';

/** Throws USAGE. */
export function readReleaseScript(given: ReleaseScript | string): ReleaseScript {
  return typeof given === 'string' ? (JSON.parse(given) as ReleaseScript) : given;
}
