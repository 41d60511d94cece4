// How long a command takes, and `wxop listen` until it accepts connections, as a multiple of `node -e 0` in the same run.
//
//   npm run build && node bench/startup.mjs [runs]
//
// Medians of interleaved runs (31 by default) with an emptied environment, so that the machine's drift hits all alike.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median, report } from './measuring.mjs';
import { startSandbox } from '../dist/sandbox.js';

const BIN = resolve(import.meta.dirname, '../bin/wxop.js');
const runs = Number(process.argv[2] ?? 31);
const home = mkdtempSync(join(tmpdir(), 'wxop-bench-'));
const sandbox = await startSandbox();
const settings = { ...sandbox.env, WXOP_HOME: home, XDG_CACHE_HOME: join(home, 'cache') };

/** The sandbox lives in this process: what talks to it must not block it. */
function run(argv, env, input) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [BIN, ...argv], { env, stdio: ['pipe', 'ignore', 'inherit'] });
    child.on('close', done);
    child.stdin.end(input);
  });
}

// One authorized account with a token in the store.
await run(['ticket', 'set', '--quiet'], settings, sandbox.state().ticket);
const [{ appId }] = sandbox.state().accounts;
await sandbox.push({ event: 'authorized', appId });
await run(['accounts', 'sync'], settings);
await run(['token', 'get', appId], settings);

const commands = [
  { id: 'node -e 0', argv: ['-e', '0'] },
  { id: 'wxop --version', argv: [BIN, '--version'], limit: 1.6 },
  { id: 'wxop --help', argv: [BIN, '--help'], limit: 1.8 },
  { id: 'wxop token get', argv: [BIN, 'token', 'get', appId], limit: 2 },
];
/** Milliseconds from the start of a listener to its first line, which it prints when it accepts connections. */
async function ready() {
  const start = process.hrtime.bigint();
  const argv = [BIN, 'listen', '--json', '--no-start-push', '--port', '0'];
  const child = spawn(process.execPath, argv, { env: settings, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((done) => child.once('close', done));
  await new Promise((done) => child.stdout.once('data', done));
  const took = Number(process.hrtime.bigint() - start) / 1e6;
  child.kill();
  await ended;
  return took;
}

const READY = { id: 'wxop listen', limit: 2.5 };
const readyTimes = [];
const times = commands.map(() => []);
for (let round = -2; round < runs; round++) {
  commands.forEach(({ argv }, index) => {
    const start = process.hrtime.bigint();
    const { status } = spawnSync(process.execPath, argv, { env: settings, stdio: 'ignore' });
    const took = Number(process.hrtime.bigint() - start) / 1e6;
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}`);
    if (round >= 0) times[index].push(took);
  });
  const took = await ready();
  if (round >= 0) readyTimes.push(took);
}
await sandbox.close();
rmSync(home, { recursive: true, force: true });

const base = median(times[0]);
console.log(`Node ${process.version}, ${runs} interleaved runs, medians`);
const rows = [...commands, READY].map(({ id, limit }, index) => {
  const value = median(times[index] ?? readyTimes);
  return { id, value, unit: 'ms', ratio: value / base, ...(limit && { limit }) };
});
process.exitCode = report('startup', rows) ? 0 : 1;
