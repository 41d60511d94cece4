/** Counts each use of the broker, and writes once a second what there was: no answer waits for the log. */
import { createCompareAndSet } from '../credentials/compare-and-set.ts';
import type { Store } from '../store/store.ts';
import type { AuditLog, Use } from './audit-log.ts';

const EVERY = 1_000;
/** Kinds of use within a second: further ones are counted together, so that strangers fill neither memory nor disk. */
const MOST_KINDS = 2_000;
/** The same of those who show no valid key: nobody drives what callers did out of the log. */
const MOST_STRANGERS = 20;
/** Characters of a path. */
const MOST_OF_PATH = 200;

export type OneUse = Omit<Use, 'count'>;

export interface Usage {
  note(use: OneUse): void;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

export interface UsageOptions {
  store: Store;
  log: AuditLog;
  /** A caller may put a secret where a name belongs. */
  redact: (line: string) => string;
  /** It could not be written, or can be again. */
  onTrouble: (error: unknown) => void;
}

export function createUsage({ store, log, redact, onTrouble }: UsageOptions): Usage {
  const update = createCompareAndSet(store);
  let kinds = new Map<string, Use>();
  let strangers = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  function note(use: OneUse): void {
    const kind = `${use.key} ${use.status} ${use.account} ${use.address} ${use.method} ${use.path}`;
    const seen = kinds.get(kind);
    if (seen) return void seen.count++;
    const isStranger = use.key === '';
    if (isStranger) strangers++;
    if (isStranger ? strangers > MOST_STRANGERS : kinds.size >= MOST_KINDS) {
      const { key, status, at } = use;
      const others = kinds.get(`${key} ${status}`);
      if (others) others.count++;
      else kinds.set(`${key} ${status}`, { at, key, status, address: '', method: '', path: '', count: 1 });
    } else kinds.set(kind, { ...use, path: redact(use.path).slice(0, MOST_OF_PATH), count: 1 });
    timer ??= setTimeout(() => void write(), EVERY).unref();
  }

  function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const uses = [...kinds.values()];
    kinds = new Map();
    strangers = 0;
    if (uses.length === 0) return writing;
    return (writing = writing.then(() => keep(uses)));
  }

  async function keep(uses: Use[]): Promise<void> {
    try {
      await log.append(uses);
      for (const key of new Set(uses.map((use) => use.key).filter(Boolean))) {
        const own = uses.filter((use) => use.key === key);
        const added = own.reduce((sum, { count }) => sum + count, 0);
        await update(
          `caller-use/${key}`,
          (old) => ({
            uses: (old?.uses ?? 0) + added,
            lastUsedAt: Math.max(old?.lastUsedAt ?? 0, ...own.map(({ at }) => at)),
          }),
          false,
        );
      }
    } catch (error) {
      onTrouble(error);
    }
  }

  return {
    note,
    close: async () => {
      await write();
      await log.close();
    },
  };
}
