// What the benchmarks share: processes that are timed, the sandbox beside them, places to store in.
import { fork, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { holds, limitOf } from './limits.mjs';

export const BIN = resolve(import.meta.dirname, '../bin/wxop.js');
const PEAK = resolve(import.meta.dirname, 'peak.cjs');

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** `short` where `npm run bench` takes the short forms: limits that the start of a command weighs in are others then. */
const FORM = process.env.BENCH_FORM ?? 'full';

/**
 * Prints what was measured and, under `npm run bench`, hands it on. A row: `id`, `value` with its `unit`, and the `ratio` to
 * the first row of its group. limits.mjs has what it must hold, unless the row has a `limit` of its own, which was measured
 * too. Says whether all held.
 */
export function report(group, rows) {
  const ROWS = process.env.BENCH_ROWS;
  let held = true;
  for (const { id, value, unit, ratio, more = '', ...row } of rows) {
    const { limit = row.limit, atLeast } = limitOf(group, id, FORM);
    const isHeld = holds(ratio ?? value, limit, atLeast);
    held &&= isHeld;
    const bound =
      limit === undefined ? '' : `(${atLeast ? 'at least' : 'at most'} ${limit}${ratio === undefined ? '' : '×'})`;
    const number = unit === '' && ratio !== undefined ? '' : `${inDigits(value).padStart(9)} ${unit}`;
    const shown = [id.padEnd(38), number.padEnd(16)];
    if (ratio !== undefined) shown.push(`${ratio.toFixed(2).padStart(5)}×`);
    console.log([...shown, isHeld ? '' : 'BROKEN', bound, more].filter((part) => part !== '').join('  '));
  }
  if (ROWS) appendFileSync(ROWS, `${JSON.stringify({ group, node: process.versions.node, rows })}\n`);
  return held;
}

/** A number with the digits that say something. */
export const inDigits = (value) =>
  value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : String(Math.round(value));

/** Runs a process of Node to its end: milliseconds, memory at most in MiB, stdout. Throws when it ends in another way. */
export function timed(argv, env, input = '', expected = 0) {
  return new Promise((done, failed) => {
    const start = performance.now();
    const child = spawn(process.execPath, ['--require', PEAK, ...argv], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    let [stdout, stderr, peak] = ['', '', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdio[3].on('data', (chunk) => (peak += chunk));
    child.stdin.end(input);
    let took = 0;
    child.on('exit', () => (took = performance.now() - start));
    child.on('close', (code) => {
      if (code === expected) done({ took, memory: Number(peak) / 1024, stdout });
      else failed(new Error(`${argv.slice(0, 4).join(' ')} ended with ${code}\n${stderr.slice(-2000)}`));
    });
  });
}

export const wxop = (argv, env, input, expected) => timed([BIN, ...argv], env, input, expected);

/** The sandbox in its own process; `tell` sends it a message and resolves with its calls so far. */
export function startPlatform(options) {
  const child = fork(resolve(import.meta.dirname, 'platform.mjs'), [JSON.stringify(options)], {
    env: { PATH: process.env.PATH },
  });
  let asked = 0;
  const tell = (message) =>
    new Promise((done) => {
      const id = ++asked;
      const hear = (answer) => {
        if (answer.id !== id) return;
        child.off('message', hear);
        done(answer.calls);
      };
      child.on('message', hear);
      child.send({ id, ...message });
    });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('message', (started) =>
      done({
        ...started,
        tell,
        close: () =>
          new Promise((gone) => {
            child.once('exit', gone);
            child.disconnect();
          }),
      }),
    );
  });
}

/** A folder that `close` takes away: in memory where the machine has such a place, or on disk. */
export function makeFolder(where) {
  const parent = where === 'tmpfs' && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(parent, 'wxop-bench-'));
  const close = () => {
    process.off('exit', close);
    rmSync(folder, { recursive: true, force: true });
  };
  // A benchmark that fails leaves nothing behind.
  process.once('exit', close);
  return { folder, close };
}

/** A redis-server of its own, its append-only file in memory as the files are. */
export async function startRedis() {
  const { folder, close } = makeFolder('tmpfs');
  const port = await new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => done(free));
    });
  });
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--appendonly', 'yes', '--save', '', '--dir', folder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  process.once('exit', () => child.kill());
  await new Promise((ready, failed) => {
    child.once('error', failed);
    child.stdout.on('data', (chunk) => /Ready to accept/.test(String(chunk)) && ready());
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    close: () =>
      new Promise((gone) => {
        child.once('exit', gone);
        child.kill();
      }).then(close),
  };
}

/**
 * Microseconds of processor time that a process and its children have used, where /proc tells it: other work on the machine
 * is not in it.
 */
export function processorTime({ pid }) {
  try {
    let own = 0;
    let children = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      own += Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'), 10) / 1000;
      const started = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').match(/\d+/g) ?? [];
      children += started.reduce((sum, child) => sum + processorTime({ pid: child }), 0);
    }
    return own + children;
  } catch {
    return NaN;
  }
}
