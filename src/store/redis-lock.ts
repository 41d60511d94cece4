/**
 * Locks on Redis: one key with the holder's mark, that the server lets go when the lease ends; its clock is the only
 * one that counts. Renewing and releasing compare the mark, so nobody touches a lock that became another's.
 */
import { text, WxopError } from '../errors.ts';
import { STILL_FRESH } from './lock.ts';
import type { Reply } from './redis-connection.ts';
import type { Lock, LockOptions } from './store.ts';

export interface RedisLockWorld {
  now: () => number;
  pid: number;
  /** Names this machine: processes of one name can tell whether the other still runs. */
  host: () => string;
  isAlive: (pid: number) => boolean;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  run: (script: string, keys: string[], values: (string | number)[]) => Promise<Reply>;
  keyOf: (name: string) => string;
}

const FIRST_POLL = 10;
const SLOWEST_POLL = 200;

/** Takes it when it is free, or when the mark is already ours (the answer was lost). Gives the holder's mark. */
const TAKE = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`;
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

export function createRedisLocks(world: RedisLockWorld): (name: string, options: LockOptions) => Promise<Lock> {
  const { run, keyOf, now, pid } = world;
  let taken = 0;

  const isDead = (mark: string): boolean => {
    const [holder, host] = mark.split(' ');
    return host === world.host() && !world.isAlive(Number(holder));
  };

  return async (name, { lease, signal }) => {
    const key = keyOf(name);
    const mark = `${pid} ${world.host()} ${++taken}-${Math.random().toString(36).slice(2)}`;
    let until = 0;
    for (let pause = FIRST_POLL; ; pause = Math.min(pause * 1.5, SLOWEST_POLL)) {
      const asked = now();
      const holder = String(await run(TAKE, [key], [mark, lease]));
      if (holder === mark) {
        until = asked + lease;
        break;
      }
      // Compared by its mark: of several waiters that find it dead one frees it, and then one takes it.
      if (isDead(holder)) await run(RELEASE, [key], [holder]);
      else await world.sleep(pause * (0.5 + Math.random()), signal);
    }

    return {
      async renew() {
        if (until - now() >= lease * STILL_FRESH) return;
        const asked = now();
        if ((await run(RENEW, [key], [mark, lease])) !== 1) {
          throw new WxopError(
            'STORE_CONFLICT',
            text(`The lock on ${name} was lost to another process.`, `对 ${name} 的锁已被其他进程取得。`),
            { hint: text('Run it again.', '请重新运行。') },
          );
        }
        until = asked + lease;
      },
      async release() {
        await run(RELEASE, [key], [mark]).catch(() => undefined);
      },
    };
  };
}
