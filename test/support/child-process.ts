/** Starts processes of their own on one store: `actor.ts`, bundled once for a test file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Orders } from './child-process-main.ts';
import { withoutRights } from './rights.ts';

export interface Actor {
  process: ChildProcess;
  /** The first line that has this key; rejects when the process ends without it. */
  said: <Value = unknown>(key: string) => Promise<Value>;
  /** Resolves with the exit code; rejects with what it wrote to stderr when that is not 0. */
  finished: Promise<number | null>;
}

export interface ActorOptions {
  /** Without rights, though the tests may run as root. */
  asNobody?: boolean;
}

export type StartActor = (act: string, orders: Orders, options?: ActorOptions) => Actor;

/** Call it at the top of a test file. */
export function useActors(): StartActor {
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wxop-actor-'));
    chmodSync(folder, 0o755);
    const bundle = await rolldown({ input: resolve(import.meta.dirname, 'child-process-main.ts'), platform: 'node' });
    await bundle.write({ file: join(folder, 'actor.cjs'), format: 'cjs', codeSplitting: false });
    await bundle.close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  return (act, orders, { asNobody = false } = {}) => {
    const flags = asNobody ? withoutRights(folder) : [];
    const child = spawn(process.execPath, [...flags, join(folder, 'actor.cjs'), act, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: folder,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines: Record<string, unknown>[] = [];
    const watchers = new Set<() => void>();
    let stderr = '';
    let hasEnded = false;
    const wake = (): void => watchers.forEach((watcher) => watcher());
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line) as Record<string, unknown>);
      wake();
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    const closed = once(child, 'close').then(() => {
      hasEnded = true;
      wake();
      return child.exitCode;
    });
    const finished = closed.then((code) => {
      if (code !== 0 && child.signalCode === null) throw new Error(`${act} ended with ${code}\n${stderr}`);
      return code;
    });
    // A test that does not look at the end of an actor is not failed by it.
    finished.catch(() => undefined);
    const said = <Value>(key: string): Promise<Value> =>
      new Promise((found, failed) => {
        const look = (): void => {
          const line = lines.find((candidate) => key in candidate);
          if (line) found(line[key] as Value);
          else if (hasEnded) failed(new Error(`${act} ended without ${key}\n${stderr}`));
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      });
    return { process: child, said, finished };
  };
}
