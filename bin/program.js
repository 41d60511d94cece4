'use strict';
// Gives the real runtime to run(), and its number to the process. Nothing else in wxop touches `process`.
const fs = require('node:fs');
const { join } = require('node:path');

// SIGBREAK is Ctrl-Break, on Windows only.
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGBREAK: 130 };
const interruption = new AbortController();
let interruptedBy;

/** What a service does at `systemctl reload`. */
let hangup;

const interrupt = (signal) => {
  if (signal === 'SIGHUP' && hangup) return hangup();
  // A second signal, the same or another, finds no handler and ends the process at once.
  for (const each of Object.keys(EXIT_CODES)) process.off(each, interrupt);
  interruptedBy = signal;
  interruption.abort(new DOMException(signal, 'AbortError'));
};
// A worker of `wxop listen --workers` is stopped by the process that started it, and ends with it. A terminal and systemd
// send their signal to all processes at once.
const workers = process.connected ? process.env.WXOP_WORKER : undefined;
if (workers) {
  process.on('message', (message) => typeof message === 'string' && interrupt(message));
  // What node:cluster still says to it when it is gone.
  process.on('error', () => undefined);
}
for (const signal of Object.keys(EXIT_CODES)) process.on(signal, workers ? () => undefined : interrupt);

// Whoever reads us may stop reading (`| head -1`): that is their good right, and no failure.
let isReaderGone = false;
function onWriteError(error) {
  // EOF: so says Windows.
  if (error.code !== 'EPIPE' && error.code !== 'EOF') throw error;
  isReaderGone = true;
  interruption.abort(new DOMException('EPIPE', 'AbortError'));
}
const guarded = (stream) => (stream.listenerCount('error') > 0 ? stream : stream.on('error', onWriteError));

/**
 * Opening process.stdout takes longer than all else that a short command does, and pipes and files need nothing of it:
 * its writes to them are synchronous, too. Undefined for a terminal, and on Windows.
 */
function openPlainStdout() {
  if (process.platform === 'win32') return undefined;
  try {
    const stat = fs.fstatSync(1);
    const isNull = stat.isCharacterDevice() && stat.rdev === fs.statSync('/dev/null').rdev;
    if (!isNull && !stat.isFile() && !stat.isFIFO() && !stat.isSocket()) return undefined;
  } catch {
    return undefined;
  }
  let isFull = false;
  const write = (chunk) => {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    try {
      while (!isFull && !isReaderGone && rest.length > 0) rest = rest.subarray(fs.writeSync(1, rest));
    } catch (error) {
      // A pipe that whoever started us has made non-blocking: from here on the stream waits for it.
      if (error.code === 'EAGAIN') isFull = true;
      else onWriteError(error);
    }
    return isFull && rest.length > 0 ? guarded(process.stdout).write(rest) : true;
  };
  return { fd: 1, write };
}
let stdout;

/** This command again, as a worker; node:cluster shares its ports among them. */
function startWorker(argv, count) {
  const cluster = require('node:cluster');
  // We are a worker of somebody else's cluster.
  if (!cluster.isPrimary) return undefined;
  cluster.schedulingPolicy = cluster.SCHED_RR;
  // A single executable has no script to be named before the arguments.
  const [exec, ...args] = require('node:sea').isSea() ? argv : [join(__dirname, 'wxop.js'), ...argv];
  cluster.setupPrimary({ exec, args });
  const worker = cluster.fork({ WXOP_WORKER: String(count) });
  worker.on('error', () => undefined);
  return {
    send: (message) => worker.send(message, () => undefined),
    onMessage: (hear) => worker.on('message', hear),
    onExit: (hear) => worker.on('exit', (code, signal) => hear(signal ?? code)),
    kill: () => worker.process.kill('SIGKILL'),
  };
}

/** `run` and `version` of src/cli.ts, as built. */
function start({ run, version }) {
  run({
    argv: process.argv.slice(2),
    version,
    environment: process.env,
    get stdin() {
      return process.stdin;
    },
    // Getters: a stream that is not needed is not opened, which every start would pay for.
    get stdout() {
      stdout ??= openPlainStdout() ?? guarded(process.stdout);
      return stdout;
    },
    get stderr() {
      return guarded(process.stderr);
    },
    signal: interruption.signal,
    onHangup: (hear) => {
      const { isatty } = require('node:tty');
      // A terminal that is closed ends what runs in it.
      if (![0, 1, 2].some(isatty)) hangup = hear;
    },
    now: Date.now,
    elapsed: () => {
      const [seconds, nanoseconds] = process.hrtime();
      return seconds * 1e3 + nanoseconds / 1e6;
    },
    pid: process.pid,
    userId: process.geteuid?.(),
    get machine() {
      const { readFileSync, readlinkSync } = require('node:fs');
      const names = [require('node:os').hostname()];
      // On Linux. Elsewhere the name must do.
      try {
        names.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), readlinkSync('/proc/self/ns/pid'));
      } catch {}
      return names.join('/');
    },
    platform: process.platform,
    nodeVersion: process.versions.node,
    get homeFolder() {
      return require('node:os').homedir();
    },
    resources: () => {
      const { rss, heapUsed } = process.memoryUsage();
      return { residentBytes: rss, heapBytes: heapUsed, active: process.getActiveResourcesInfo().length };
    },
    probeProcess: (pid) => process.kill(pid, 0),
    startWorker,
    worker: workers && {
      count: Number(workers),
      send: (message) => process.send(message, () => undefined),
      onMessage: (hear) => process.on('message', (message) => typeof message !== 'string' && hear(message)),
    },
  }).then((code) => {
    if (workers && process.connected) process.disconnect();
    process.exitCode = isReaderGone ? 0 : interruptedBy ? EXIT_CODES[interruptedBy] : code;
  });
}

module.exports = { start };
