/** Changing a record that others may change at the same time. */
import { isError } from '../sentences/wxop-error.ts';
import type { RecordKey, Records, Store } from '../store/store.ts';

export type CompareAndSet = <Key extends RecordKey>(
  key: Key,
  change: (old: Records[Key] | undefined) => Records[Key] | undefined,
  durable?: boolean,
) => Promise<Records[Key] | undefined>;

/** Read, change, compare-and-set, until it holds. `change` returns undefined to leave the record as it is. */
export const createCompareAndSet =
  (store: Store): CompareAndSet =>
  async (key, change, durable = true) => {
    for (;;) {
      const old = await store.read(key);
      const value = change(old?.value);
      if (value === undefined) return old?.value;
      try {
        return (await store.write(key, value, old?.version ?? 0, { durable })).value;
      } catch (error) {
        if (!isError(error, 'STORE_CONFLICT')) throw error;
      }
    }
  };
