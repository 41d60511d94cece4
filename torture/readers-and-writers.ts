/**
 * Many processes read and write the same few records by compare-and-set, while writers are killed, stopped and woken.
 * Every acknowledged write must be part of the record, once; what was read must be whole, and never older than before.
 */
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountRecord } from '../src/protocol/account-record.ts';
import type { Store, Stored } from '../src/store/store.ts';
import type { Ground, Outcome, Run } from './run.ts';
import { counted, problemOf, tallyIn, type Tally } from './tally.ts';
import type { Worker } from './workers.ts';

const SHORT = { writers: 6, readers: 2, kills: 25, appIds: 3, crashes: 2 };
const LONG = { writers: 40, readers: 10, kills: 600, appIds: 8, crashes: 25 };
/** At most so many acknowledged writes between two kills. */
const GAP = 30;

async function run({ random, place, startWorker, isLong }: Ground): Promise<Outcome> {
  const size = isLong ? LONG : SHORT;
  const appIds = Array.from({ length: size.appIds }, (_, index) => `wx${index}`);
  const counts = { writes: 0, reads: 0, kills: 0, stops: 0, crashes: 0, doubts: 0 };
  const broken = new Set<string>();
  /** By record: the versions that were acknowledged, and each writer's highest count. */
  const versions = new Map(appIds.map((appId) => [appId, new Set<number>()]));
  const acknowledged = new Map(appIds.map((appId): [string, Tally] => [appId, {}]));
  const writers = new Map<number, Worker>();
  const stopped = new Map<Worker, number>();
  const replacing = new Set<Promise<void>>();
  let untilKill = GAP;
  let crashing: Promise<void> | undefined;
  let finish: () => void = () => undefined;
  const enough = new Promise<void>((done) => (finish = done));

  const startOne = (act: 'read' | 'write', slot: number): Worker =>
    startWorker(
      act,
      { address: place.address, appIds, slot, seed: random.below(2 ** 31), isDurable: place.kind === 'cluster' },
      { slot, heard: act === 'read' ? heardReader : (line) => heardWriter(slot, line) },
    );

  function heardReader({ reads, broken: problem }: Record<string, unknown>): void {
    if (typeof problem === 'string') broken.add(problem);
    counts.reads += Number(reads ?? 0);
  }

  function heardWriter(slot: number, { wrote, version, count, doubt }: Record<string, unknown>): void {
    if (doubt !== undefined) counts.doubts++;
    if (typeof wrote !== 'string') return;
    counts.writes++;
    const taken = versions.get(wrote)!;
    if (taken.has(Number(version))) broken.add(`${wrote} version ${String(version)} was acknowledged twice`);
    taken.add(Number(version));
    acknowledged.get(wrote)![slot] = Number(count);
    wakeStopped();
    if (--untilKill > 0 || counts.kills >= size.kills) return;
    untilKill = 1 + random.below(GAP);
    disturb();
  }

  function disturb(): void {
    // Lines that were waiting count too: somebody must be left to write the next ones.
    if (writers.size - stopped.size <= size.writers / 2) return;
    const victim = random.pick([...writers.values()]);
    if (random.chance(10) && !stopped.has(victim)) {
      counts.stops++;
      victim.kill('SIGSTOP');
      stopped.set(victim, 20 + random.below(200));
      return;
    }
    writers.delete(victim.slot);
    stopped.delete(victim);
    counts.kills++;
    victim.kill('SIGKILL');
    if (counts.kills >= size.kills) return finish();
    const replaced = victim.ended.then(() => void writers.set(victim.slot, startOne('write', victim.slot)));
    replacing.add(replaced);
    void replaced.then(() => replacing.delete(replaced));
    if (place.kind !== 'file' && counts.kills % Math.ceil(size.kills / size.crashes) === 0) {
      counts.crashes++;
      crashing = (crashing ?? Promise.resolve()).then(place.crash);
    }
  }

  /** Wakes writers after so many writes of others: by then their version is long built on, or tidied away. */
  function wakeStopped(): void {
    for (const [writer, left] of stopped) {
      if (left > 0) stopped.set(writer, left - 1);
      else {
        stopped.delete(writer);
        writer.kill('SIGCONT');
      }
    }
  }

  for (let slot = 0; slot < size.writers; slot++) writers.set(slot, startOne('write', slot));
  // In a cluster a reader may see what is not yet acknowledged, and a failover take it back.
  const readers = Array.from({ length: place.kind === 'cluster' ? 0 : size.readers }, (_, slot) =>
    startOne('read', slot),
  );
  const failed = (worker: Worker) => worker.ended.then(() => new Promise<never>(() => undefined));
  await Promise.race([enough, ...[...writers.values(), ...readers].map(failed)]);
  await Promise.all([crashing, ...replacing]);
  const left = [...writers.values(), ...readers];
  for (const worker of left) worker.kill('SIGKILL');
  await Promise.all(left.map(({ ended }) => ended));

  const store = await place.open();
  const inDoubt = counts.kills + left.length + counts.doubts;
  let unacknowledged = 0;
  for (const appId of appIds) {
    const found = await store.read(`account/${appId}`);
    if (!found) continue;
    const problem = problemOf(appId, found);
    if (problem) broken.add(problem);
    const tally = tallyIn(found.value);
    for (const [slot, count] of Object.entries(acknowledged.get(appId)!)) {
      if ((tally[slot] ?? 0) < count) broken.add(`${appId} lost an acknowledged write of writer ${slot}`);
    }
    unacknowledged += found.version - versions.get(appId)!.size;
    for (const sentence of await aftermath(store, appId, found)) broken.add(sentence);
  }
  if (unacknowledged > inDoubt) broken.add(`${unacknowledged} writes nobody made`);
  if ('folder' in place.address)
    for (const sentence of await leftovers(store, place.address.folder, appIds)) broken.add(sentence);
  return { counts, broken: [...broken] };
}

/** The history is three versions without a gap, and the next writer is not hindered. */
async function aftermath(store: Store, appId: string, { version, value }: Stored<AccountRecord>): Promise<string[]> {
  const problems: string[] = [];
  const history = await store.history(`account/${appId}`);
  const expected = [version, version - 1, version - 2].filter((number) => number > 0);
  if (JSON.stringify(history.map((past) => past.version)) !== JSON.stringify(expected)) {
    problems.push(`the history of ${appId} is not its last three versions`);
  }
  for (const past of history) {
    const problem = problemOf(appId, past);
    if (problem) problems.push(`in the history: ${problem}`);
  }
  const next = await store.write(`account/${appId}`, counted(appId, value, 0), version, { durable: true });
  if (next.version !== version + 1) problems.push(`the next version of ${appId} was ${next.version}`);
  return problems;
}

/** What killed writers left is gone with the first write after an hour. */
async function leftovers(store: Store, folder: string, appIds: string[]): Promise<string[]> {
  const longAgo = Date.now() / 1000 - 2 * 3600;
  const problems: string[] = [];
  for (const appId of appIds) {
    const record = join(folder, 'account', appId);
    if (!existsSync(record)) continue;
    for (const name of readdirSync(record)) if (name.endsWith('.tmp')) utimesSync(join(record, name), longAgo, longAgo);
    const found = await store.read(`account/${appId}`);
    await store.write(`account/${appId}`, counted(appId, found?.value, 0), found?.version ?? 0, { durable: false });
    const names = readdirSync(record);
    if (names.length !== Math.min(3, (found?.version ?? 0) + 1)) problems.push(`left in ${appId}: ${names.join(' ')}`);
  }
  return problems;
}

export const readersAndWriters: Run = { name: 'readers and writers', places: ['file', 'redis', 'cluster'], run };
