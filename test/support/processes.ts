/** Runs the built command as its users do: real processes, an emptied environment, real streams. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** The built command, or an installed package's: CI runs scenarios on what is published. */
export const BIN = process.env.WXOP_TEST_BIN ?? resolve(import.meta.dirname, '../../bin/wxop.js');
/** Of compiled code, as a user has one: most of a short command's time is compiling. */
export const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache');

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  process: ChildProcess;
  /** Lines of stdout so far. */
  lines: string[];
  /** Everything on stderr so far. */
  stderr: () => string;
  /** The first stdout line, past or future, that is JSON with this type; rejects when the process ends without it. */
  json: <Value>(type: string, matches?: (value: Value) => boolean) => Promise<Value>;
  finished: Promise<Finished>;
  stop: (signal?: NodeJS.Signals) => Promise<Finished>;
}

/** As stdin: nothing comes, and no end. */
export const STAYS_OPEN = Symbol('stays open');

export type Environment = Record<string, string>;

const emptied = (environment: Environment): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  WXOP_LANG: 'en',
  XDG_CACHE_HOME: CACHE,
  ...environment,
});

/** Starts the command and leaves it running; it is killed when the test ends. `flags` are for Node itself. */
export function startWxop(
  argv: string[],
  environment: Environment = {},
  stdin: string | Buffer | typeof STAYS_OPEN = '',
  flags: string[] = [],
): Started {
  const child = spawn(process.execPath, [...flags, BIN, ...argv], { env: emptied(environment), stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  let stderr = '';
  const watchers = new Set<() => void>();
  const wake = (): void => watchers.forEach((watcher) => watcher());
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
    wake();
  });
  if (stdin !== STAYS_OPEN) child.stdin.end(stdin);
  const finished = once(child, 'close').then(() => {
    wake();
    return { code: child.exitCode, stdout: lines.map((line) => `${line}\n`).join(''), stderr };
  });

  const json = <Value>(type: string, matches: (value: Value) => boolean = () => true): Promise<Value> =>
    new Promise((found, failed) => {
      const look = (): void => {
        for (const line of lines) {
          if (!line.startsWith('{')) continue;
          const value = JSON.parse(line) as { type?: string };
          if (value.type === type && matches(value as Value)) {
            watchers.delete(look);
            found(value as Value);
            return;
          }
        }
        if (child.exitCode !== null || child.signalCode !== null) {
          watchers.delete(look);
          failed(new Error(`ended (${child.exitCode}) without ${type}\n${lines.join('\n')}\n${stderr}`));
        }
      };
      watchers.add(look);
      look();
    });

  return {
    process: child,
    lines,
    stderr: () => stderr,
    json,
    finished,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return finished;
    },
  };
}

/** Runs the command to its end. */
export async function wxop(argv: string[], environment: Environment = {}, stdin?: string | Buffer): Promise<Finished> {
  return startWxop(argv, environment, stdin).finished;
}

export { freePort } from './free-port.ts';

/** Looks until it finds something; for what no event announces. */
export async function eventually<Value>(look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  for (const deadline = Date.now() + 120_000; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('it never happened');
    await new Promise((done) => setTimeout(done, 20));
  }
}
