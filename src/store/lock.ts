/**
 * Locks across processes, made of versioned records: taking, renewing and releasing are compare-and-set writes,
 * so of several waiters that find a dead holder exactly one wins, and a holder that lost its lock learns of it.
 */
import { isError, text, WxopError } from '../errors.ts';
import type { Lock, LockOptions, Stored } from './store.ts';

export interface LockRecord {
  /** Absent when the lock is free. */
  holder?: { pid: number; host: string; expiresAt: number };
}

export interface LockWorld {
  now: () => number;
  pid: number;
  host: () => string;
  /** Whether a process of this machine still runs. */
  isAlive: (pid: number) => boolean;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  read: (name: string) => Promise<Stored<LockRecord> | undefined>;
  write: (name: string, value: LockRecord, expected: number) => Promise<Stored<LockRecord>>;
}

const FIRST_POLL = 10;
const SLOWEST_POLL = 200;
/** The part of a lease that is enough for the next slow step. */
export const STILL_FRESH = 0.75;

export function createLocks(world: LockWorld): (name: string, options: LockOptions) => Promise<Lock> {
  const isFree = ({ holder }: LockRecord): boolean =>
    !holder || holder.expiresAt <= world.now() || (holder.host === world.host() && !world.isAlive(holder.pid));

  return async (name, { lease, signal }) => {
    let until = 0;
    /** Takes or renews it: the next version names us. */
    const hold = async (current: number): Promise<number> => {
      const expiresAt = world.now() + lease;
      const holder = { pid: world.pid, host: world.host(), expiresAt };
      const written = await world.write(name, { holder }, current);
      until = expiresAt;
      return written.version;
    };
    let version = await take();

    async function take(): Promise<number> {
      for (let pause = FIRST_POLL; ; pause = Math.min(pause * 1.5, SLOWEST_POLL)) {
        const current = await world.read(name);
        if (!current || isFree(current.value)) {
          try {
            return await hold(current?.version ?? 0);
          } catch (error) {
            if (!isError(error, 'STORE_CONFLICT')) throw error;
          }
        }
        // Spread out, so that waiters that were woken together do not stay in step.
        await world.sleep(pause * (0.5 + Math.random()), signal);
      }
    }

    return {
      async renew() {
        if (until - world.now() >= lease * STILL_FRESH) return;
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
        await world.write(name, {}, version).catch(() => undefined);
      },
    };
  };
}
