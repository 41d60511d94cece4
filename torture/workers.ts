/** Processes that are made to be killed: they act on the store and say in lines of JSON what they did. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rolldown } from 'rolldown';
import { withoutRights } from '../test/support/rights.ts';
import type { Orders } from './worker.ts';

export type Line = Record<string, unknown>;

export interface Worker {
  /** Which incarnation of which worker it is; for the run's own use. */
  slot: number;
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** The next line, past or to come, that has this key; rejects when the process ends without it. Not with `heard`. */
  said<Value>(key: string): Promise<Value>;
  /** When it has ended and every line it wrote was heard. Rejects when it ended by its own mistake. */
  ended: Promise<void>;
}

export interface WorkerOptions {
  slot?: number;
  heard?: (line: Line) => void;
  /** Without rights, though we may run as root, whom modes do not stop. */
  asNobody?: boolean;
  /** Nobody asks for its end: killed, it stays in the table of processes until its parent is killed, too. */
  unreaped?: boolean;
}

export type StartWorker = (act: string, orders: Orders, options?: WorkerOptions) => Worker;

/** Bundles `worker.ts` into a folder, once. */
export async function prepareWorkers(source: string, folder: string): Promise<{ start: StartWorker; killAll(): void }> {
  const bundle = await rolldown({ input: join(source, 'worker.ts'), platform: 'node' });
  await bundle.write({ dir: folder, format: 'cjs', entryFileNames: 'worker.cjs', chunkFileNames: '[name].cjs' });
  await bundle.close();
  const running = new Set<ChildProcess>();

  const start: StartWorker = (act, orders, { slot = 0, heard, asNobody = false, unreaped = false } = {}) => {
    const flags = asNobody ? withoutRights(folder) : [];
    const command = [process.execPath, ...flags, join(folder, 'worker.cjs'), act, JSON.stringify(orders)];
    // What the shell becomes knows nothing of the child that it was given.
    const [program = '', ...argv] = unreaped ? ['sh', '-c', '"$@" & exec sleep 3600', 'sh', ...command] : command;
    const child = spawn(program, argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: folder,
      env: { PATH: process.env.PATH },
    });
    running.add(child);
    const lines: Line[] = [];
    const watchers = new Set<() => void>();
    let stderr = '';
    let hasEnded = false;
    createInterface({ input: child.stdout }).on('line', (text) => {
      // The last line of a process that was killed may be half a line: it was not said.
      const line = text.endsWith('}') ? (JSON.parse(text) as Line) : undefined;
      if (!line) return;
      if (heard) return heard(line);
      lines.push(line);
      watchers.forEach((look) => look());
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    const ended = once(child, 'close').then(() => {
      hasEnded = true;
      running.delete(child);
      watchers.forEach((look) => look());
      if (child.signalCode === null && child.exitCode !== 0) throw new Error(`${act} ended by itself\n${stderr}`);
    });
    ended.catch(() => undefined);
    return {
      slot,
      pid: child.pid ?? 0,
      kill: (signal) => void child.kill(signal),
      said: <Value>(key: string) =>
        new Promise<Value>((found, failed) => {
          const look = (): void => {
            const index = lines.findIndex((line) => key in line);
            if (index >= 0) found(lines.splice(index, 1)[0]?.[key] as Value);
            else if (hasEnded) failed(new Error(`${act} ended without ${key}\n${stderr}`));
            else return;
            watchers.delete(look);
          };
          watchers.add(look);
          look();
        }),
      ended,
    };
  };
  return { start, killAll: () => running.forEach((child) => child.kill('SIGKILL')) };
}
