/** What the broker is made of, and what it leaves behind: keys of its callers, and who used it for what. */
import type { AuditLog } from '../broker/audit-log.ts';
import type { CallerKeys } from '../broker/caller-keys.ts';
import { brokerLogFolder } from '../runtime/folders.ts';
import { lazy } from '../runtime/lazy.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Settings } from '../settings/resolve-settings.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import type { Store } from '../store/store.ts';

export interface BrokerServices {
  keys(): Promise<CallerKeys>;
  log(): Promise<AuditLog>;
}

export interface BrokerServicesOptions {
  runtime: Runtime;
  settings: Settings;
  random: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  store: () => Promise<Store>;
  redis: (url: string) => Promise<RedisConnection>;
}

export function createBrokerServices(options: BrokerServicesOptions): BrokerServices {
  const { runtime, settings, random, sleep } = options;
  const { now } = runtime;
  const { componentAppId } = settings.need('componentAppId');

  const log = lazy(async (): Promise<AuditLog> => {
    const { createFileAuditLog, createRedisAuditLog } = await import('../broker/audit-log.ts');
    const place = settings.get('store');
    return place.startsWith('redis')
      ? createRedisAuditLog(await options.redis(place), componentAppId)
      : createFileAuditLog({ folder: brokerLogFolder(runtime, componentAppId), now, random });
  });

  return {
    keys: lazy(async () => {
      const { createCallerKeys } = await import('../broker/caller-keys.ts');
      return createCallerKeys({ store: await options.store(), componentAppId, now, sleep });
    }),
    log,
  };
}
