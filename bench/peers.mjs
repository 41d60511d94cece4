// What a user would take instead of wxop, installed into a temporary folder and never beside it.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeFolder } from './measuring.mjs';

export const EASYWECHAT = ['node-easywechat@3.6.2', 'node-socialite@1.4.1'];

/**
 * The folder and a `require` of what is inside. Undefined, and a line says so, where it does not install; the folder goes
 * when this process ends.
 */
export function installPeer(...packages) {
  const { folder } = makeFolder('disk');
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  try {
    const argv = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...packages];
    execFileSync('npm', argv, { cwd: folder, stdio: 'ignore', timeout: 300_000 });
  } catch {
    console.log(`${packages[0]} could not be installed: left out.`);
    return undefined;
  }
  return { folder, require: createRequire(join(folder, 'package.json')) };
}
