// How long a command takes, `wxop listen` until it accepts connections, and `wxop menu get` without the round trip of its one
// request, as a multiple of `node -e 0` in the same run.
//
//   npm run build && node bench/startup.mjs [runs] [--peers]
//
// Medians of interleaved runs (31 by default) with an emptied environment, so that the machine's drift hits all alike.
// `--peers` adds other tools' `--version`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median, report, timed } from './measuring.mjs';
import { installPeer } from './peers.mjs';
import { startSandbox } from '../dist/sandbox.js';

const BIN = resolve(import.meta.dirname, '../bin/wxop.js');
const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: { peers: { type: 'boolean' } } });
const runs = Number(positionals[0] ?? 31);
/** The command of each, in its folder. wrangler: the last one that Node 20 runs. */
const PEERS = [
  { id: '@stripe/cli', packages: ['@stripe/cli@1.52.0'], bin: '@stripe/cli/bin/shim.js' },
  { id: 'vercel', packages: ['vercel@58.0.0'], bin: 'vercel/dist/vc.js' },
  { id: 'wrangler', packages: ['wrangler@4.80.0'], bin: 'wrangler/bin/wrangler.js' },
];
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
const { stdout: accessToken } = await timed([BIN, 'token', 'get', appId], settings);

const commands = [
  { id: 'node -e 0', argv: ['-e', '0'] },
  { id: 'wxop --version', argv: [BIN, '--version'] },
  { id: 'wxop --help', argv: [BIN, '--help'] },
  { id: 'wxop token get', argv: [BIN, 'token', 'get', appId] },
];
const EXECUTABLE = resolve(import.meta.dirname, '../dist-executable/wxop');
if (existsSync(EXECUTABLE)) commands.push({ id: 'executable --version', file: EXECUTABLE, argv: ['--version'] });
const OURS = commands.length;
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

/** Milliseconds of `wxop menu get` with a stored token: the sandbox answers from this process meanwhile. */
async function firstRequest() {
  const start = process.hrtime.bigint();
  const code = await run(['menu', 'get', appId, '--json'], settings);
  if (code !== 0) throw new Error(`menu get ended with ${code}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Milliseconds of the same request alone, over a connection of its own. */
async function roundTrip() {
  const url = `${settings.WXOP_API_URL}/cgi-bin/get_current_selfmenu_info?access_token=${accessToken.trim()}`;
  const start = process.hrtime.bigint();
  const answer = await new Promise((done) => get(url, { agent: false }, done));
  await answer.toArray();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

for (const { id, packages, bin } of flags.peers ? PEERS : []) {
  const peer = installPeer(...packages);
  if (peer)
    commands.push({
      id: `${id} --version`,
      argv: [join(peer.folder, 'node_modules', bin), '--version'],
      env: { HOME: home },
    });
}

const READY = { id: 'wxop listen' };
const REQUEST = { id: 'wxop menu get, without its round trip' };
const readyTimes = [];
const requestTimes = [];
const roundTrips = [];
const times = commands.map(() => []);
for (let round = -2; round < runs; round++) {
  commands.forEach(({ file = process.execPath, argv, env = settings }, index) => {
    const start = process.hrtime.bigint();
    const { status } = spawnSync(file, argv, { env, stdio: 'ignore' });
    const took = Number(process.hrtime.bigint() - start) / 1e6;
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}`);
    if (round >= 0) times[index].push(took);
  });
  const [accepting, request, trip] = [await ready(), await firstRequest(), await roundTrip()];
  if (round < 0) continue;
  readyTimes.push(accepting);
  requestTimes.push(request);
  roundTrips.push(trip);
}
await sandbox.close();
rmSync(home, { recursive: true, force: true });

const base = median(times[0]);
console.log(`Node ${process.version}, ${runs} interleaved runs, medians`);
const row = ({ id }, value) => ({ id, value, unit: 'ms', ratio: value / base });
const rows = commands.map((command, index) => row(command, median(times[index])));
rows.splice(OURS, 0, row(READY, median(readyTimes)), row(REQUEST, median(requestTimes) - median(roundTrips)));
process.exitCode = report('startup', rows) ? 0 : 1;
