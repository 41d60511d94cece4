/** Taking an account away: marked first, and only what is marked can be deleted. */
import { isError } from '../sentences/wxop-error.ts';
import type { AccountRecord, Store } from '../store/store.ts';
import type { CompareAndSet } from './compare-and-set.ts';

export interface AccountRemoval {
  /** Marks an account as removed; gives it as it is now, or undefined when there is none. */
  remove(appId: string): Promise<AccountRecord | undefined>;
  /** Deletes an account that is marked, its token and its history; says whether it did. */
  purge(appId: string): Promise<boolean>;
}

export interface AccountRemovalOptions {
  store: Store;
  update: CompareAndSet;
  now: () => number;
}

export function createAccountRemoval({ store, update, now }: AccountRemovalOptions): AccountRemoval {
  return {
    remove: (appId) =>
      update(`account/${appId}`, (account) =>
        account && account.removedAt === undefined ? { ...account, removedAt: now() } : undefined,
      ),
    purge: async (appId) => {
      for (;;) {
        const found = await store.read(`account/${appId}`);
        if (found?.value.removedAt === undefined) return false;
        // The mark goes last: after a crash in between it is still there, and the same command goes on.
        await store.remove(`token/${appId}`);
        try {
          await store.remove(`account/${appId}`, found.version);
          return true;
        } catch (error) {
          // Written meanwhile: by a new authorization, maybe, and then it stays.
          if (!isError(error, 'STORE_CONFLICT')) throw error;
        }
      }
    },
  };
}
