/**
 * A process of its own for tests: `node actor.cjs <act> <JSON>`. It says what it did in lines of JSON on stdout.
 * `actors.ts` bundles and starts it.
 */
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isError, toWxopError } from '../../src/sentences/wxop-error.ts';
import { isAlive } from '../../src/runtime/is-alive.ts';
import { createAttempts } from '../../src/credentials/attempts.ts';
import { COMPONENT } from '../../src/wechat-api/call.ts';
import { createKeeper } from '../../src/credentials/keeper.ts';
import { createTransport } from '../../src/wechat-api/transport.ts';
import { createFileStore } from '../../src/store/file-store.ts';
import { openRedisConnection } from '../../src/store/redis-connection.ts';
import { createRedisStore } from '../../src/store/redis-store.ts';
import { createSealer } from '../../src/store/seal.ts';
import type { AccountRecord } from '../../src/protocol/account-record.ts';
import { SANDBOX_COMPONENT } from '../../src/sandbox/sandbox-options.ts';

export interface Orders {
  folder: string;
  /** On this server instead of in the folder. */
  redis?: string;
  componentAppId?: string;
  /** Turns encryption on, by this key. */
  key?: string;
  /** Milliseconds. */
  lease?: number;
  /** A file that only one process at a time may create. */
  inside?: string;
  writer?: number;
  count?: number;
  apiUrl?: string;
  attempt?: string;
  /** Whose token is asked for; the component's where there is none. */
  account?: string;
}

const [act = '', json = '{}'] = process.argv.slice(2);
const orders = JSON.parse(json) as Orders;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const delayed = async (milliseconds: number): Promise<void> => void (await delay(milliseconds));

const world = {
  componentAppId: orders.componentAppId ?? 'wx5a4db0c0ffee0001',
  now: Date.now,
  pid: process.pid,
  host: hostname,
  isAlive: (pid: number) => isAlive(pid, () => process.kill(pid, 0)),
  elapsed: () => performance.now(),
  sleep: delayed,
  warn: () => undefined,
  sealer: orders.key === undefined ? undefined : createSealer(orders.key),
};
// Patient: the machine may be slow, and no act is about a Redis that is away.
const openConnection = (url: string) =>
  openRedisConnection({ url, elapsed: () => performance.now(), sleep: delayed, deadline: () => 30_000 });
const store =
  orders.redis === undefined
    ? createFileStore({ ...world, folder: orders.folder })
    : createRedisStore({ ...world, connection: openConnection(orders.redis) });

/** Long enough that a torn file would show, and equal in all its parts. */
export const accountOf = (appId: string, round: number): AccountRecord => ({
  appId,
  nickName: `${appId} ${round} `.repeat(400),
  userName: `${appId} ${round} `.repeat(400),
  kind: 'mp',
  funcInfo: [round],
  authorizedAt: round,
});

async function hold(): Promise<void> {
  await store.lock('contended', { lease: orders.lease ?? 600_000 });
  say({ held: process.pid });
  setInterval(() => undefined, 60_000);
}

/** Holds the lock, and when it is told to (SIGUSR2) goes on as if it still had it. */
async function holdTooLong(): Promise<void> {
  const before = await store.read('ticket');
  const lock = await store.lock('contended', { lease: orders.lease ?? 600_000 });
  const endOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'done',
      (error: unknown) => toWxopError(error).code,
    );
  const goOn = async (): Promise<void> => {
    const ticket = { ticket: 'late', createTime: 9, receivedAt: 0 };
    const wrote = await endOf(store.write('ticket', ticket, before?.version ?? 0, { durable: true }));
    say({ renewed: await endOf(lock.renew()), wrote });
    process.exit();
  };
  process.on('SIGUSR2', () => void goOn());
  setInterval(() => undefined, 60_000);
  say({ held: process.pid });
}

async function takeInTurn(): Promise<void> {
  say({ waiting: process.pid });
  const lock = await store.lock('contended', { lease: orders.lease ?? 600_000 });
  const inside = orders.inside ?? '';
  // Fails when another process is inside.
  closeSync(openSync(inside, 'wx'));
  for (let look = 0; look < 20; look++) await store.read('ticket');
  unlinkSync(inside);
  await lock.release();
  say({ took: process.pid });
  await store.close();
}

async function writeRecords(): Promise<void> {
  for (let index = 0; index < (orders.count ?? 0); index++) {
    const appId = `wx${orders.writer}x${index}`;
    const { version } = await store.write(`account/${appId}`, accountOf(appId, 1), 0, { durable: false });
    await store.write(`account/${appId}`, accountOf(appId, 2), version, { durable: false });
  }
  say({ wrote: orders.count });
}

async function increment(): Promise<void> {
  for (let done = 0; done < (orders.count ?? 0);) {
    const old = await store.read('ticket');
    const createTime = (old?.value.createTime ?? 0) + 1;
    try {
      await store.write('ticket', { ticket: 'counter', createTime, receivedAt: 0 }, old?.version ?? 0, {
        durable: false,
      });
      done++;
    } catch (error) {
      if (!isError(error, 'STORE_CONFLICT')) throw error;
    }
  }
  say({ incremented: orders.count });
  await store.close();
}

/** Asks for everything that would need an exchange, and says how each ended. */
async function exchange(): Promise<void> {
  const { appId: componentAppId, secret } = SANDBOX_COMPONENT;
  const apiUrl = orders.apiUrl ?? '';
  const transport = createTransport({ apiUrl, proxies: {}, now: Date.now, sleep: delayed });
  const keeper = createKeeper({
    sleep: delayed,
    store,
    send: transport.send,
    now: Date.now,
    componentAppId,
    secret: () => secret,
    learn: () => undefined,
    warn: () => undefined,
  });
  const attempts = createAttempts({
    store,
    keeper,
    now: Date.now,
    componentAppId,
    publicUrl: () => apiUrl,
    mpUrl: apiUrl,
    openUrl: apiUrl,
  });
  const endOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'done',
      (error: unknown) => toWxopError(error).code,
    );
  const holder = orders.account === undefined ? COMPONENT : { account: orders.account };
  say({ token: await endOf(keeper.token(holder)), settled: await endOf(attempts.settle(orders.attempt ?? '')) });
  await transport.close();
}

async function writeOnce(): Promise<void> {
  try {
    await store.write('ticket', { ticket: 'new', createTime: 2, receivedAt: 0 }, 1, { durable: true });
    say({ end: 'done' });
  } catch (error) {
    const { code, message, hint } = toWxopError(error);
    say({ end: code, message, hint: hint?.en });
  }
}

/** Turns encryption on and off again, until it is killed. */
async function reseal(): Promise<void> {
  for (let round = 0; ; round++) {
    for (const form of ['sealed', 'plain'] as const) {
      for (const name of await store.list('account')) await store.reseal(`account/${name}`, form);
    }
    say({ resealed: round });
  }
}

const ACTS: Record<string, () => Promise<void>> = {
  hold,
  holdTooLong,
  reseal,
  takeInTurn,
  writeRecords,
  increment,
  exchange,
  writeOnce,
};

if (act in ACTS) {
  ACTS[act]?.().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  });
}
