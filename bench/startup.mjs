// How long a command takes, and `wxop listen` until it accepts connections, as a multiple of `node -e 0` in the same run.
//
//   npm run build && node bench/startup.mjs [runs]
//
// Medians of interleaved runs (31 by default) with an emptied environment, so that the machine's drift hits all alike.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
  { name: 'node -e 0', argv: ['-e', '0'], limit: Infinity },
  { name: 'wxop --version', argv: [BIN, '--version'], limit: 1.6 },
  { name: 'wxop --help', argv: [BIN, '--help'], limit: 1.8 },
  { name: 'wxop token get (cached)', argv: [BIN, 'token', 'get', appId], limit: 2 },
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

const READY = { name: 'wxop listen, accepting', limit: 2.5 };
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

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const base = median(times[0]);
console.log(`Node ${process.version}, ${runs} interleaved runs, medians`);
let isOver = false;
[...commands, READY].forEach(({ name, limit }, index) => {
  const time = median(times[index] ?? readyTimes);
  const ratio = time / base;
  isOver ||= ratio > limit;
  const bound = limit === Infinity ? '' : `  (limit ${limit.toFixed(1)}×)`;
  console.log(`${name.padEnd(26)} ${time.toFixed(1).padStart(7)} ms  ${ratio.toFixed(2)}×${bound}`);
});
process.exitCode = isOver ? 1 : 0;
