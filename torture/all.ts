/** Every torture run, and how one is run on one store. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorizations } from './authorizations.ts';
import { damages } from './damage.ts';
import { exchanges } from './exchanges.ts';
import { fullDisk } from './full-disk.ts';
import { locks } from './locks.ts';
import { clusterPlace, filePlace, redisPlace, type Place } from './places.ts';
import { createRandom } from './random.ts';
import { releases } from './releases.ts';
import { readersAndWriters } from './readers-and-writers.ts';
import type { Outcome, Run } from './run.ts';
import { prepareWorkers } from './workers.ts';

export const RUNS: Run[] = [readersAndWriters, exchanges, fullDisk, locks, damages, authorizations, releases];

export interface Settings {
  seed: number;
  isLong: boolean;
  /** Where `worker.ts` stands. */
  source: string;
}

export interface Result extends Outcome {
  name: string;
  store: Place['kind'];
  seconds: number;
}

async function openPlace(kind: Place['kind'], scratch: string): Promise<Place> {
  if (kind === 'file') return filePlace(join(scratch, 'home'));
  return kind === 'redis' ? redisPlace(scratch) : clusterPlace(scratch);
}

/** Everything that it starts and writes is gone afterwards, whatever happens. */
export async function torture({ name, run }: Run, store: Place['kind'], settings: Settings): Promise<Result> {
  const scratch = mkdtempSync(join(tmpdir(), 'wxop-torture-'));
  chmodSync(scratch, 0o755);
  const from = performance.now();
  mkdirSync(join(scratch, 'bundle'), { mode: 0o755 });
  const workers = await prepareWorkers(settings.source, join(scratch, 'bundle'));
  const place = await openPlace(store, scratch);
  try {
    const random = createRandom(settings.seed);
    const bin = join(settings.source, '../bin/wxop.js');
    const ground = { random, place, scratch, bin, isLong: settings.isLong, startWorker: workers.start };
    const outcome = await run(ground).catch((error: unknown) => ({
      counts: {},
      broken: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    }));
    return { name, store, ...outcome, seconds: Math.round((performance.now() - from) / 1000) };
  } finally {
    workers.killAll();
    await place.close();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
