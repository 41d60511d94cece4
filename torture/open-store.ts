/** Opens the store under torture, in whatever process it is wanted. */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../src/runtime/is-alive.ts';
import type { RedisConnection } from '../src/store/redis-connection.ts';
import type { Store } from '../src/store/store.ts';

export const COMPONENT_APPID = 'wx5a4db0c0ffee0001';

/** Where it is: `<home>/state/<component appid>`, or a Redis. */
export type Address = { folder: string } | { url: string };

export const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  void (await delay(milliseconds, undefined, { signal }));

/** Milliseconds for a command to Redis: the machine is made slow, and a Redis that is killed comes back. */
const PATIENT = 30_000;

interface Opening {
  /** Turns encryption on. */
  key?: string;
  /** Milliseconds for a command to Redis. */
  deadline?: number;
  componentAppId?: string;
}

export async function openStore(address: Address, opening: Opening = {}): Promise<Store> {
  const { key, deadline, componentAppId = COMPONENT_APPID } = opening;
  const sealer = key === undefined ? undefined : (await import('../src/store/seal.ts')).createSealer(key);
  const common = {
    componentAppId,
    sealer,
    now: Date.now,
    pid: process.pid,
    host: hostname,
    isAlive: (pid: number) => isAlive(pid, () => process.kill(pid, 0)),
    elapsed: () => performance.now(),
    sleep,
    warn: () => undefined,
  };
  if ('folder' in address) {
    const { createFileStore } = await import('../src/store/file-store.ts');
    return createFileStore({ ...common, folder: address.folder });
  }
  const { createRedisStore } = await import('../src/store/redis-store.ts');
  return createRedisStore({ ...common, connection: await connectionTo(address.url, deadline) });
}

/** As `openStore` opens it. */
export async function connectionTo(url: string, deadline = PATIENT): Promise<RedisConnection> {
  const { openRedisConnection } = await import('../src/store/redis-connection.ts');
  return openRedisConnection({ url, elapsed: () => performance.now(), sleep, deadline: () => deadline });
}
