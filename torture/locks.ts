/**
 * The holder of a lock dies, whether its parent asks for its end or not: exactly one of many waiters has it, soon. The
 * holder is stopped: nobody has it before its lease ends; when it wakes up, it can neither write nor renew, and the
 * history that others made meanwhile is whole.
 */
import { once } from 'node:events';
import { sleep } from './open-store.ts';
import type { Ground, Outcome, Run } from './run.ts';
import { counted, problemOf } from './tally.ts';
import type { Worker } from './workers.ts';

const SHORT = { waiters: 3, chains: 1, unreaped: 1, stops: 1, patience: 20_000 };
const LONG = { waiters: 20, chains: 5, unreaped: 15, stops: 15, patience: 2_000 };
/** Milliseconds. */
const GIVE_UP = 60_000;
const LEASE = 1_500;
/** More than any run lasts. */
const LONG_LEASE = 3_600_000;

async function run(ground: Ground): Promise<Outcome> {
  const size = ground.isLong ? LONG : SHORT;
  const counts = { takeovers: 0, slowestTakeoverMs: 0, unreaped: 0, stops: 0, conflicts: 0 };
  const broken: string[] = [];
  for (let chain = 0; chain < size.chains; chain++) await killOneByOne(ground, size, { counts, broken });
  for (let death = 0; death < size.unreaped; death++) await killUnreaped(ground, size, { counts, broken });
  for (let stop = 0; stop < size.stops; stop++) await stopAndWake(ground, { counts, broken });
  return { counts, broken };
}

interface Notes {
  counts: { takeovers: number; slowestTakeoverMs: number; unreaped: number; stops: number; conflicts: number };
  broken: string[];
}

/** Each waiter becomes the holder, and is killed as that. */
async function killOneByOne(
  { place, startWorker, random }: Ground,
  { waiters: count, patience }: typeof SHORT,
  { counts, broken }: Notes,
): Promise<void> {
  const orders = { address: place.address, lease: LONG_LEASE };
  const waiters = new Set<Worker>();
  for (let waiter = 0; waiter < count; waiter++) waiters.add(startWorker('hold', orders, { slot: waiter }));
  await Promise.all([...waiters].map((waiter) => waiter.said('waiting')));
  const holders: Worker[] = [];
  let wake: () => void = () => undefined;
  for (const waiter of waiters) {
    waiter.said('held').then(
      () => {
        holders.push(waiter);
        wake();
      },
      () => undefined,
    );
  }
  for (let taken = 1; taken <= count; taken++) {
    const from = performance.now();
    const next = new Promise<void>((done) => (wake = done));
    if (holders.length < taken) await Promise.race([next, once(AbortSignal.timeout(GIVE_UP), 'abort')]);
    const took = Math.round(performance.now() - from);
    if (holders.length < taken) {
      broken.push('nobody took the lock of a dead holder');
      break;
    }
    if (taken > 1) noteTakeover(took, patience, { counts, broken });
    // Long enough for a second one to come, if it could.
    if (random.chance(20)) await sleep(400);
    if (holders.length !== taken) broken.push('two waiters took one lock');
    const holder = holders[taken - 1]!;
    holder.kill('SIGKILL');
    await holder.ended;
  }
  for (const waiter of waiters) waiter.kill('SIGKILL');
  await Promise.all([...waiters].map(({ ended }) => ended));
}

function noteTakeover(took: number, patience: number, { counts, broken }: Notes): void {
  counts.takeovers++;
  counts.slowestTakeoverMs = Math.max(counts.slowestTakeoverMs, took);
  if (took > patience) broken.push(`a dead holder's lock was free for ${took} ms`);
}

/** As in a container whose first process asks for nobody's end: the dead holder is still there to see. */
async function killUnreaped(
  { place, startWorker }: Ground,
  { patience }: typeof SHORT,
  { counts, broken }: Notes,
): Promise<void> {
  counts.unreaped++;
  const holder = startWorker('hold', { address: place.address, lease: LONG_LEASE }, { unreaped: true });
  process.kill(await holder.said<number>('held'), 'SIGKILL');
  const from = performance.now();
  const store = await place.open();
  const signal = AbortSignal.timeout(GIVE_UP);
  const lock = await store.lock('contended', { lease: LEASE, signal }).catch(() => undefined);
  if (lock) noteTakeover(Math.round(performance.now() - from), patience, { counts, broken });
  else broken.push('nobody took the lock of a dead holder');
  await lock?.release();
  holder.kill('SIGKILL');
  await holder.ended;
}

async function stopAndWake({ place, startWorker, random }: Ground, { counts, broken }: Notes): Promise<void> {
  const store = await place.open();
  const appId = `wx${counts.stops++}`;
  const versionsBefore = 1 + random.below(4);
  for (let version = 0; version < versionsBefore; version++) {
    const value = counted(appId, (await store.read(`account/${appId}`))?.value, 0);
    await store.write(`account/${appId}`, value, version, { durable: true });
  }
  const late = startWorker('sleepThrough', { address: place.address, appIds: [appId], slot: 1, lease: LEASE });
  const startedAt = Date.now();
  await late.said('held');
  late.kill('SIGSTOP');
  const lock = await store.lock('contended', { lease: LONG_LEASE });
  if (Date.now() - startedAt < LEASE) broken.push('a living holder lost its lock before its lease ended');
  const newer = 1 + random.below(6);
  for (let write = 0; write < newer; write++) {
    const found = await store.read(`account/${appId}`);
    const value = counted(appId, found?.value, 0);
    await store.write(`account/${appId}`, value, found?.version ?? 0, { durable: true });
  }
  const before = JSON.stringify(await store.history(`account/${appId}`));
  late.kill('SIGCONT');
  const woke = await late.said<{ written: string; renewed: string }>('woke');
  await late.ended;
  if (woke.written === 'STORE_CONFLICT' && woke.renewed === 'STORE_CONFLICT') counts.conflicts++;
  else broken.push(`a late holder wrote (${woke.written}) and renewed (${woke.renewed})`);
  const history = await store.history(`account/${appId}`);
  if (JSON.stringify(history) !== before) broken.push('a late holder changed the history');
  const total = versionsBefore + newer;
  if (history.length !== Math.min(3, total) || history[0]?.version !== total) broken.push('the history has gaps');
  for (const past of history) {
    const problem = problemOf(appId, past);
    if (problem) broken.push(problem);
  }
  // Its release must not have freed what is ours.
  const intruder = store.lock('contended', { lease: LEASE, signal: AbortSignal.timeout(100) });
  await intruder.then(
    () => broken.push('a late holder gave away the lock of the next one'),
    () => undefined,
  );
  await lock.release();
}

export const locks: Run = { name: 'locks', places: ['file', 'redis'], run };
