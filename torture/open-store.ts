/** Opens the store under torture, in whatever process it is wanted. */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../src/is-alive.ts';
import type { Store } from '../src/store/store.ts';

export const COMPONENT_APPID = 'wx5a4db0c0ffee0001';

/** Where it is: `<home>/state/<component appid>`, or a Redis. */
export type Address = { folder: string } | { url: string };

export const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  void (await delay(milliseconds, undefined, { signal }));

export async function openStore(address: Address, key?: string): Promise<Store> {
  const sealer = key === undefined ? undefined : (await import('../src/store/seal.ts')).createSealer(key);
  const common = {
    componentAppId: COMPONENT_APPID,
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
  const { openRedisConnection } = await import('../src/store/redis-connection.ts');
  const { createRedisStore } = await import('../src/store/redis-store.ts');
  const connection = openRedisConnection({ url: address.url, elapsed: () => performance.now(), sleep });
  return createRedisStore({ ...common, connection });
}
