/** Runs the command tree in this process, in a world of its own: streams are collected, the clock can be moved. */
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { run } from '../../src/cli.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { createSleep } from '../../src/runtime/sleep.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wxop-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

class Collector extends Writable {
  text = '';
  shown?: (text: string) => void;
  isTTY: boolean;
  columns: number;
  rows = 60;
  constructor(isTTY: boolean, columns: number) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    this.shown?.(this.text);
    done();
  }
}

/** As stdin: nothing comes, and no end. */
export const SILENT = Symbol('silent');

const stdinOf = (given: RunOptions['stdin']): Readable =>
  given === SILENT
    ? new Readable({ read: () => undefined })
    : Readable.from(given === undefined ? [] : typeof given === 'string' ? [given] : given);

/** As bin/program.js makes it. */
function machineName(): string {
  const names = [hostname()];
  try {
    names.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), readlinkSync('/proc/self/ns/pid'));
  } catch {
    // Only Linux has them.
  }
  return names.join('/');
}

export interface RunOptions {
  environment?: Record<string, string | undefined>;
  /** What comes, whole or in pieces. */
  stdin?: string | Buffer[] | typeof SILENT;
  /** Milliseconds that `SILENT` is waited for. */
  stdinPatience?: number;
  isTTY?: boolean;
  columns?: number;
  /** True: its locks are those of this machine's processes, as the built command's are. */
  isOfMachine?: boolean;
  now?: () => number;
  /** Milliseconds: no wait for a time takes longer than this. */
  longestSleep?: number;
  signal?: AbortSignal;
  /** Told all of stderr so far, each time that there is more. */
  shown?: (stderr: string) => void;
  /** The same of stdout. */
  printed?: (stdout: string) => void;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** One command from arguments to exit code, with nothing of the caller's environment but what is given. */
export async function runWxop(argv: string[], options: RunOptions = {}): Promise<RunResult> {
  const { signal = new AbortController().signal, longestSleep } = options;
  const sleep = createSleep(signal);
  const stdout = new Collector(options.isTTY ?? false, options.columns ?? 80);
  const stderr = new Collector(options.isTTY ?? false, options.columns ?? 80);
  stderr.shown = options.shown;
  stdout.shown = options.printed;
  const stdin = Object.assign(stdinOf(options.stdin), { isTTY: false });
  const world: Runtime = {
    argv,
    version: '0.0.0-test',
    environment: { WXOP_HOME: join(tmpdir(), 'wxop-test-nowhere'), WXOP_LANG: 'en', ...options.environment },
    stdin,
    stdinPatience: options.stdinPatience,
    stdout,
    stderr,
    signal,
    now: options.now ?? Date.now,
    ...(longestSleep !== undefined && {
      sleep: (milliseconds: number, until?: AbortSignal) => sleep(Math.min(milliseconds, longestSleep), until),
    }),
    pid: process.pid,
    userId: process.geteuid?.(),
    machine: options.isOfMachine ? machineName() : 'test',
    platform: process.platform,
    nodeVersion: process.versions.node,
    homeFolder: tmpdir(),
    probeProcess: options.isOfMachine ? (pid) => void process.kill(pid, 0) : () => undefined,
  };
  const code = await run(world);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
