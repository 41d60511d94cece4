/** Bulk runs: what an interrupted one, or one with failures, leaves for the next. */
import type { RunRecord, Store } from '../store/store.ts';
import { createCompareAndSet } from './compare-and-set.ts';

export type RunName = 'refresh' | 'sync';

/** Milliseconds. An older run is not continued. */
const OVER_AFTER = 60 * 60 * 1000;
/** Milliseconds between two saves of what is done. */
const SAVE_EVERY = 1_000;

export interface Run {
  readonly startedAt: number;
  /** True if it continues an earlier run. */
  readonly isResumed: boolean;
  isDone(appId: string): boolean;
  /** How many were done when it began. */
  readonly doneBefore: number;
  /** Remembers an account that is done; saved about once a second. */
  note(appId: string): Promise<void>;
  /** Saves what is done. `isOver`: nothing is left, and the next run begins anew. */
  end(isOver: boolean): Promise<void>;
}

export interface RunOptions {
  store: Store;
  now: () => number;
  name: RunName;
  /** Begins anew, whatever was left. */
  restart: boolean;
}

/** Continues the unfinished run, or begins one; it is in the store before this resolves. */
export async function openRun({ store, now, name, restart }: RunOptions): Promise<Run> {
  const key = `run/${name}` as const;
  const update = createCompareAndSet(store);
  const left = (await store.read(key))?.value;
  const isResumed =
    left !== undefined && !restart && left.finishedAt === undefined && left.startedAt > now() - OVER_AFTER;
  const startedAt = isResumed ? left.startedAt : now();
  const done = new Set(isResumed ? left.done : []);
  const doneBefore = done.size;
  let saving: Promise<void> | undefined;
  let savedAt = now();

  /** Two processes may work on the same run: what the other one did counts too. */
  async function save(finishedAt?: number): Promise<void> {
    const makeValue = (old: RunRecord | undefined): RunRecord | undefined => {
      if (old && old.startedAt > startedAt) return undefined;
      if (old?.startedAt === startedAt) for (const appId of old.done) done.add(appId);
      return finishedAt === undefined ? { startedAt, done: [...done] } : { startedAt, done: [], finishedAt };
    };
    await update(key, makeValue, false);
  }

  if (!isResumed) await save();
  return {
    startedAt,
    isResumed,
    doneBefore,
    isDone: (appId) => done.has(appId),
    note: async (appId) => {
      done.add(appId);
      if (saving || now() - savedAt < SAVE_EVERY) return;
      savedAt = now();
      saving = save().finally(() => (saving = undefined));
      await saving;
    },
    end: async (isOver) => {
      await saving?.catch(() => undefined);
      await save(isOver ? now() : undefined);
    },
  };
}
