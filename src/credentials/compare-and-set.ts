/** Changing a record that others may change at the same time. */
import { isError } from '../sentences/wxop-error.ts';
import type { RecordKey, Records, Store } from '../store/store.ts';

/** `change` returns undefined to leave the record as it is; gives the value that is stored afterwards. */
export type CompareAndSet = <Key extends RecordKey>(
  key: Key,
  change: (old: Records[Key] | undefined) => Records[Key] | undefined,
  durable?: boolean,
) => Promise<Records[Key] | undefined>;

/** Reads, decides and writes; begins again whenever another process wrote in between. */
export async function untilNoConflict<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isError(error, 'STORE_CONFLICT')) throw error;
    }
  }
}

/** Milliseconds: how long, and how often, a write is tried while the store is away. */
const STORE_PATIENCE = 10_000;
const STORE_PAUSE = 250;

/** Tries again while the store cannot be reached: a short outage must not lose what WeChat has just issued. */
export const createPatientUpdate =
  (update: CompareAndSet, sleep: (milliseconds: number) => Promise<void>): CompareAndSet =>
  async (...change) => {
    for (let waited = 0; ; waited += STORE_PAUSE) {
      try {
        return await update(...change);
      } catch (error) {
        if (!isError(error, 'STORE_UNAVAILABLE') || waited >= STORE_PATIENCE) throw error;
        await sleep(STORE_PAUSE);
      }
    }
  };

export const createCompareAndSet =
  (store: Store): CompareAndSet =>
  (key, change, durable = true) =>
    untilNoConflict(async () => {
      const old = await store.read(key);
      const value = change(old?.value);
      if (value === undefined) {
        if (durable && old) await store.confirm?.(key);
        return old?.value;
      }
      return (await store.write(key, value, old?.version ?? 0, { durable })).value;
    });
