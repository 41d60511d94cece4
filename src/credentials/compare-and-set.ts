/** Changing a record that others may change at the same time. */
import { isError } from '../sentences/wxop-error.ts';
import type { RecordKey, Records, Store } from '../store/store.ts';

/** `change` returns undefined to leave the record as it is; gives the value that is stored afterwards. */
export type CompareAndSet = <Key extends RecordKey>(
  key: Key,
  change: (old: Records[Key] | undefined) => Records[Key] | undefined,
  durable?: boolean,
) => Promise<Records[Key] | undefined>;

/** Reads, decides and writes again as long as another process writes in between. */
export async function untilNoConflict<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isError(error, 'STORE_CONFLICT')) throw error;
    }
  }
}

export const createCompareAndSet =
  (store: Store): CompareAndSet =>
  (key, change, durable = true) =>
    untilNoConflict(async () => {
      const old = await store.read(key);
      const value = change(old?.value);
      if (value === undefined) return old?.value;
      return (await store.write(key, value, old?.version ?? 0, { durable })).value;
    });
