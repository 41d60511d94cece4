/**
 * A process that is made to be killed: `node worker.cjs <act> <JSON>`. A line on stdout is written at once (a pipe is
 * synchronous), so what was said before a SIGKILL was done before it. `workers.ts` bundles and starts it.
 */
import { isError, toWxopError } from '../src/sentences/wxop-error.ts';
import type { Lock, Store } from '../src/store/store.ts';
import { openStore, sleep, type Address } from './open-store.ts';
import { createRandom } from './random.ts';
import { counted, problemOf, tallyIn } from './tally.ts';

export interface Orders {
  address: Address;
  seed?: number;
  slot?: number;
  /** The accounts to act on. */
  appIds?: string[];
  /** Milliseconds. */
  lease?: number;
  apiUrl?: string;
  /** Every write must survive the server, not every tenth. */
  isDurable?: boolean;
  /** The step of an exchange at which it kills itself; none when absent. */
  dieAt?: number;
}

const [act = '', json = '{}'] = process.argv.slice(2);
const orders = JSON.parse(json) as Orders;
const { appIds = [], slot = 0, lease = 1000 } = orders;
const random = createRandom(orders.seed ?? 0);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** Adds one to a record after the other, for ever. */
async function write(store: Store): Promise<void> {
  for (;;) {
    const appId = random.pick(appIds);
    try {
      const old = await store.read(`account/${appId}`);
      const value = counted(appId, old?.value, slot);
      // Few of them: what is tortured is the order of steps, not the disk.
      const durable = orders.isDurable === true || random.chance(10);
      const { version } = await store.write(`account/${appId}`, value, old?.version ?? 0, { durable });
      say({ wrote: appId, version, count: tallyIn(value)[slot] });
    } catch (error) {
      // Whether a write arrived whose answer never came, nobody knows.
      if (isError(error, 'STORE_UNAVAILABLE')) say({ doubt: appId });
      else if (!isError(error, 'STORE_CONFLICT')) throw error;
    }
  }
}

/** Reads for ever, and says what it must never see. */
async function read(store: Store): Promise<void> {
  const newest = new Map<string, number>();
  for (let reads = 1; ; reads++) {
    const appId = random.pick(appIds);
    try {
      const found = await store.read(`account/${appId}`);
      if (!found) continue;
      const problem = problemOf(appId, found);
      if (problem) say({ broken: problem });
      if (found.version < (newest.get(appId) ?? 0)) say({ broken: `${appId} went back to version ${found.version}` });
      newest.set(appId, found.version);
    } catch (error) {
      if (!isError(error, 'STORE_UNAVAILABLE')) say({ broken: `a read failed: ${String(error)}` });
    }
    if (reads % 50 === 0) say({ reads: 50 });
  }
}

/** Counts steps, and dies at the one that was ordered: before or after it was done, as the number falls. */
function createSteps() {
  let steps = 0;
  const step = (): void => {
    if (++steps === orders.dieAt) process.kill(process.pid, 'SIGKILL');
  };
  return async <Value>(work: () => Promise<Value>): Promise<Value> => {
    step();
    const value = await work();
    step();
    return value;
  };
}

/** Replaces one token after the other, for ever, or until its step has come. */
async function exchange(store: Store): Promise<void> {
  const { createPlatformSide } = await import('./platform-side.ts');
  const around = createSteps();
  const stepping: Store = {
    ...store,
    write: (key, value, expected, options) => around(() => store.write(key, value, expected, options)),
    lock: (name): Promise<Lock> => around(() => store.lock(name, { lease })),
  };
  const { keeper } = createPlatformSide(stepping, orders.apiUrl ?? '', (send) => (endpoint, args, token) => {
    return around(() => send(endpoint, args, token));
  });
  say({ ready: slot });
  for (;;) {
    const appId = random.pick(appIds);
    try {
      const { accessToken } = await keeper.token({ account: appId });
      await keeper.replace({ account: appId }, accessToken);
      say({ got: appId });
    } catch (error) {
      const { code, errcode, message } = toWxopError(error);
      say({ failed: code, errcode, message, appId });
    }
  }
}

/** One exchange, and how it ended. */
async function exchangeOnce(store: Store): Promise<void> {
  const { createPlatformSide } = await import('./platform-side.ts');
  const { keeper, close } = createPlatformSide(store, orders.apiUrl ?? '');
  try {
    const { accessToken } = await keeper.token({ account: appIds[0] ?? '' });
    await keeper.replace({ account: appIds[0] ?? '' }, accessToken);
    say({ end: 'done' });
  } catch (error) {
    say({ end: toWxopError(error).code });
  }
  await close();
}

/** Takes the lock, says so, and holds it. */
async function hold(store: Store): Promise<void> {
  say({ waiting: process.pid });
  await store.lock('contended', { lease });
  say({ held: process.pid });
  setInterval(() => undefined, 60_000);
}

/** Holds the lock until it is stopped; awake again, it goes on as if nothing had happened. */
async function sleepThrough(store: Store): Promise<void> {
  const appId = appIds[0] ?? '';
  const lock = await store.lock('contended', { lease });
  const old = await store.read(`account/${appId}`);
  const awake = new Promise((done) => process.once('SIGCONT', done));
  const running = setInterval(() => undefined, 60_000);
  say({ held: process.pid });
  await awake;
  const endOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error: unknown) => toWxopError(error).code,
    );
  const value = counted(appId, old?.value, slot);
  const written = await endOf(store.write(`account/${appId}`, value, old?.version ?? 0, { durable: true }));
  const renewed = await endOf(lock.renew());
  await lock.release();
  say({ woke: { written, renewed } });
  clearInterval(running);
}

const ACTS: Record<string, (store: Store) => Promise<void>> = {
  write,
  read,
  exchange,
  exchangeOnce,
  hold,
  sleepThrough,
};

/** Those whose Redis is killed under them hear of it as a listener would: after so many milliseconds. */
const IMPATIENT = [write, read, exchange];
const IMPATIENCE = 900;

async function main(): Promise<void> {
  const perform = ACTS[act]!;
  const store = await openStore(orders.address, IMPATIENT.includes(perform) ? { deadline: IMPATIENCE } : {});
  await perform(store);
  await sleep(0);
  await store.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
