// What a user would take instead of wxop, installed into a temporary folder and never beside it.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeFolder } from './measuring.mjs';

export const EASYWECHAT = ['node-easywechat@3.6.2', 'node-socialite@1.4.1'];

/**
 * The folder and a `require` of what is inside: one that has them already (WXOP_TEST_SDKS), or a new one, which goes when this
 * process ends. Undefined, and a line says so, where they do not install.
 */
export function installPeer(...packages) {
  const there = process.env.WXOP_TEST_SDKS;
  const names = packages.map((wanted) => wanted.replace(/(?<=.)@.*/, ''));
  if (there && names.every((name) => existsSync(join(there, 'node_modules', name)))) return opened(there);
  const { folder } = makeFolder('disk');
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  try {
    const argv = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...packages];
    execFileSync('npm', argv, { cwd: folder, stdio: 'ignore', timeout: 300_000 });
  } catch {
    console.log(`${packages[0]} could not be installed: left out.`);
    return undefined;
  }
  return opened(folder);
}

const opened = (folder) => ({ folder, require: createRequire(join(folder, 'package.json')) });
