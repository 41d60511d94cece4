/**
 * Locks across processes, made of versioned records: taking, renewing and releasing are compare-and-set writes,
 * so of several waiters that find a dead holder exactly one wins, and a holder that lost its lock learns of it.
 */
import { isError, WxopError } from '../sentences/wxop-error.ts';
import { text } from '../sentences/text.ts';
import { startWaiting, type LockHolder, type LockWaitOptions } from './lock-wait.ts';
import type { Lock, LockOptions, Stored } from './store.ts';

export interface LockRecord {
  /** Absent when the lock is free. `lease`: milliseconds; absent where an earlier version wrote it. */
  holder?: LockHolder & { expiresAt: number; lease?: number };
}

export interface LockEnvironment extends LockWaitOptions {
  now: () => number;
  pid: number;
  host: () => string;
  /** Whether a process of this machine still runs. */
  isAlive: (pid: number) => boolean;
  read: (name: string) => Promise<Stored<LockRecord> | undefined>;
  write: (name: string, value: LockRecord, expected: number) => Promise<Stored<LockRecord>>;
}

/** The part of a lease that is enough for the next slow step. */
export const STILL_FRESH = 0.75;

export function createLocks(environment: LockEnvironment): (name: string, options: LockOptions) => Promise<Lock> {
  const isFree = ({ holder }: LockRecord): boolean =>
    !holder ||
    holder.expiresAt <= environment.now() ||
    (holder.host === environment.host() && !environment.isAlive(holder.pid));

  return async (name, options) => {
    const { lease } = options;
    let until = 0;
    /** Takes or renews it: the next version names us. */
    const hold = async (current: number): Promise<number> => {
      const expiresAt = environment.now() + lease;
      const holder = { pid: environment.pid, host: environment.host(), expiresAt, lease };
      const written = await environment.write(name, { holder }, current);
      until = expiresAt;
      return written.version;
    };
    let version = await take();

    async function take(): Promise<number> {
      const wait = startWaiting(environment, options);
      let watched = { version: 0, since: 0 };
      for (;;) {
        const { version: current = 0, value = {} } = (await environment.read(name)) ?? {};
        if (current !== watched.version) watched = { version: current, since: environment.elapsed() };
        // Nobody renewed it for a whole lease: it has ended, whatever the clocks on the walls say.
        const isOver = environment.elapsed() - watched.since >= (value.holder?.lease ?? lease);
        if (isFree(value) || isOver) {
          try {
            return await hold(current);
          } catch (error) {
            if (!isError(error, 'STORE_CONFLICT')) throw error;
          }
        }
        await wait(value.holder);
      }
    }

    return {
      async renew() {
        if (until - environment.now() >= lease * STILL_FRESH) return;
        try {
          version = await hold(version);
        } catch (error) {
          if (!isError(error, 'STORE_CONFLICT')) throw error;
          throw new WxopError(
            'STORE_CONFLICT',
            text(`The lock on ${name} was lost to another process.`, `对 ${name} 的锁已被其他进程取得。`),
            { cause: error, hint: text('Run it again.', '请重新运行。') },
          );
        }
      },
      async release() {
        await environment.write(name, {}, version).catch(() => undefined);
      },
    };
  };
}
