// What wxop weighs: the package as it is published, and the memory of an idle listener against idle Node.
//
//   npm run build && node bench/footprint.mjs [--seconds 5]
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BIN, makeFolder, median, report } from './measuring.mjs';
import { settings } from './pushes.mjs';

const { values: flags } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } });
const ROOT = resolve(import.meta.dirname, '..');

const [{ unpackedSize, size, files }] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
);
const { dependencies = {} } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8'));
console.log(`${files.length} files; the largest:`);
for (const { path, size: bytes } of files.toSorted((a, b) => b.size - a.size).slice(0, 8)) {
  console.log(`  ${(bytes / 1000).toFixed(0).padStart(5)} kB  ${path}`);
}
const package_ = report('package', [
  { id: 'unpacked', value: unpackedSize / 1e6, unit: 'MB' },
  { id: 'packed', value: size / 1e6, unit: 'MB' },
  { id: 'dependencies', value: Object.keys(dependencies).length, unit: '' },
]);

const BARE = "require('node:http').createServer().listen(0)";
const { folder, close } = makeFolder('tmpfs');
const SERVERS = [
  { id: 'node', argv: ['-e', 'setInterval(() => undefined, 1e6)'] },
  { id: 'node:http', argv: ['-e', BARE] },
  { id: 'wxop listen', argv: [BIN, 'listen', '--json', '--no-start-push'] },
];
/** MB that are in memory, shared pages included. */
const residentOf = ({ pid }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000;
const sizes = SERVERS.map(() => []);
for (let round = 0; round < 3; round++) {
  const env = { ...settings(folder, 0), XDG_CACHE_HOME: folder };
  const children = SERVERS.map(({ argv }) => spawn(process.execPath, argv, { env, stdio: 'ignore' }));
  // The first listener of all fills the cache of compiled code, and does not count.
  await new Promise((done) => setTimeout(done, (round > 0 ? Number(flags.seconds) : 2) * 1000));
  children.forEach((child, index) => {
    if (round > 0) sizes[index].push(residentOf(child));
    child.kill();
  });
}
const base = median(sizes[0]);
const memory = report(
  'memory',
  SERVERS.map(({ id }, index) => {
    const value = median(sizes[index]);
    return { id, value, unit: 'MB', ratio: value / base };
  }),
);
close();
process.exitCode = package_ && memory ? 0 : 1;
