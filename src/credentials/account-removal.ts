/** Taking an account away: marked first, and only what is marked can be deleted. */
import type { AccountRecord } from '../protocol/account-record.ts';
import type { Store } from '../store/store.ts';
import { untilNoConflict, type CompareAndSet } from './compare-and-set.ts';

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
    // Written meanwhile, perhaps by a new authorization: then the mark is gone, and the account stays.
    purge: (appId) =>
      untilNoConflict(async () => {
        const found = await store.read(`account/${appId}`);
        if (found?.value.removedAt === undefined) return false;
        // The mark goes last: after a crash in between it is still there, and the same command goes on.
        await store.remove(`token/${appId}`);
        await store.remove(`account/${appId}`, found.version);
        return true;
      }),
  };
}
