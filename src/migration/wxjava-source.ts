/** Importing from WxJava: the same layout as the store of a running one. */
import { isError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import { type Source, unreadableItem } from './source.ts';
import { createWxJavaStore } from './wxjava-store.ts';

export interface RedisSourceOptions {
  connection: RedisConnection;
  componentAppId: string;
  prefix: string;
  now: () => number;
}

export function createWxJavaSource(options: RedisSourceOptions): Source {
  const store = createWxJavaStore(options);
  return {
    library: text('WxJava', 'WxJava'),
    place: store.place,
    lookedFor: store.lookedFor,
    ticket: async () => (await store.read('ticket'))?.value,
    accounts: async function* () {
      for (const appId of await store.list('account')) {
        try {
          const refreshToken = (await store.read(`account/${appId}`))?.value.refreshToken;
          yield refreshToken ? { appId, refreshToken } : { appId, error: unreadableItem(appId) };
        } catch (error) {
          if (!isError(error, 'STORE_UNREADABLE')) throw error;
          yield { appId, error };
        }
      }
    },
  };
}
