/** Programs without rights, for when they are started by root, whom modes do not stop. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NOBODY = 65534;

export const isRoot = process.getuid?.() === 0;

/** Gives a file or folder to the one that a program without rights runs as. */
export const nobody = { uid: NOBODY, gid: NOBODY };

/** Flags of Node: a program gives up the rights of root before its first line. The folder holds what they need. */
export function withoutRights(folder: string): string[] {
  if (!isRoot) return [];
  const path = join(folder, 'without-rights.cjs');
  // It gives them up itself: the Node that runs it may be one that only root may start.
  writeFileSync(path, `process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});\n`);
  return ['--require', path];
}
