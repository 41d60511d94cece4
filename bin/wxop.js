#!/usr/bin/env node
'use strict';
// Gives the real runtime to run(), and its number to the process. Nothing else in wxop touches `process`.
const { join } = require('node:path');
const { loadCached } = require('./load-cached.js');
const { run, version } = loadCached(join(__dirname, '../dist'), 'cli.js');

// SIGBREAK is Ctrl-Break, on Windows only.
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGBREAK: 130 };
const interruption = new AbortController();
let interruptedBy;

const interrupt = (signal) => {
  // A second signal, the same or another, finds no handler and ends the process at once.
  for (const each of Object.keys(EXIT_CODES)) process.off(each, interrupt);
  interruptedBy = signal;
  interruption.abort(new DOMException(signal, 'AbortError'));
};
for (const signal of Object.keys(EXIT_CODES)) process.on(signal, interrupt);

// Whoever reads us may stop reading (`| head -1`): that is their good right, and no failure.
let isReaderGone = false;
const guarded = (stream) =>
  stream.listenerCount('error') > 0
    ? stream
    : stream.on('error', (error) => {
        // EOF: so says Windows.
        if (error.code !== 'EPIPE' && error.code !== 'EOF') throw error;
        isReaderGone = true;
        interruption.abort(new DOMException('EPIPE', 'AbortError'));
      });

run({
  argv: process.argv.slice(2),
  version,
  environment: process.env,
  get stdin() {
    return process.stdin;
  },
  // Getters: a stream that is not needed is not opened, which every start would pay for.
  get stdout() {
    return guarded(process.stdout);
  },
  get stderr() {
    return guarded(process.stderr);
  },
  signal: interruption.signal,
  now: Date.now,
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
}).then((code) => {
  process.exitCode = isReaderGone ? 0 : interruptedBy ? EXIT_CODES[interruptedBy] : code;
});
