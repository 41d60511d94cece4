/** Where credentials are kept: the store that the settings name, and what another library has stored. Each is opened once. */
import type { Text } from '../sentences/text.ts';
import { isAlive } from '../runtime/is-alive.ts';
import { lazy } from '../runtime/lazy.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { Sleep } from '../runtime/sleep.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import type { Sealer } from '../store/seal.ts';
import type { Source } from '../migration/source.ts';
import type { Store } from '../store/store.ts';
import { stateFolder } from '../runtime/folders.ts';
import { type Runtime } from '../runtime/runtime.ts';

export interface StoreOpenerOptions {
  runtime: Runtime;
  settings: () => Settings;
  machine: () => string;
  warn: (sentence: Text) => void;
  sleep: Sleep;
  /** Not aborted until a stopped listener has finished its work. */
  workingSleep: Sleep;
  elapsed: () => number;
  isListening: () => boolean;
  /** Takes what is to be closed with the run. */
  toClose: (close: () => Promise<void>) => void;
}

export interface StoreOpener {
  store(): Promise<Store>;
  /** What another library has stored; `from` in its checked form. */
  openSource(from: string): Promise<Source>;
  redis(url: string): Promise<RedisConnection>;
  /** Undefined without a key. */
  openSealer(): Promise<Sealer | undefined>;
}

export function createStoreOpener(options: StoreOpenerOptions): StoreOpener {
  const { runtime, settings, machine, warn, sleep, workingSleep, elapsed } = options;
  const { now } = runtime;

  const openSealer = async (): Promise<Sealer | undefined> => {
    const key = settings().find('storeKey');
    return key === undefined ? undefined : (await import('../store/seal.ts')).createSealer(key);
  };

  const store = lazy(async (): Promise<Store> => {
    const { componentAppId } = settings().need('componentAppId');
    const place = settings().get('store');
    const sealer = await openSealer();
    const { pid, probeProcess } = runtime;
    const common = {
      componentAppId,
      sealer,
      now,
      pid,
      host: machine,
      isAlive: (other: number) => isAlive(other, probeProcess),
      elapsed,
      sleep,
      warn,
    };
    if (place === 'file') {
      const { createFileStore } = await import('../store/file-store.ts');
      return createFileStore({ ...common, userId: runtime.userId, folder: stateFolder(runtime, componentAppId) });
    }
    const { library, url, prefix = '' } = (await import('../store/redis-url.ts')).parseRedisUrl(place);
    const connection = await redis(url);
    if (library === 'wxjava') {
      const { createWxJavaStore } = await import('../migration/wxjava-store.ts');
      return createWxJavaStore({ connection, componentAppId, prefix, now });
    }
    const { createRedisStore } = await import('../store/redis-store.ts');
    return createRedisStore({ ...common, connection });
  });

  const redis = async (url: string): Promise<RedisConnection> => {
    const { openRedisConnection, COMMAND_DEADLINE, PUSH_DEADLINE } = await import('../store/redis-connection.ts');
    const deadline = (): number => (options.isListening() ? PUSH_DEADLINE : COMMAND_DEADLINE);
    const connection = openRedisConnection({ url, elapsed, sleep: workingSleep, deadline });
    options.toClose(connection.close);
    return connection;
  };

  return {
    store,
    openSource: async (from) => {
      const { openSource } = await import('../migration/open-source.ts');
      const { componentAppId } = settings().need('componentAppId');
      return openSource({ from, componentAppId, now, connect: redis, toClose: options.toClose });
    },
    redis,
    openSealer,
  };
}
