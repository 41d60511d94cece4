/**
 * Locks on Redis: one key with the holder's mark, that the server lets go when the lease ends; its clock is the only
 * one that counts. Renewing and releasing compare the mark, so nobody touches a lock that became another's.
 */
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { startWaiting, type LockHolder, type LockWaitOptions } from './lock-wait.ts';
import { STILL_FRESH } from './lock.ts';
import type { RedisReply } from './redis-connection.ts';
import type { Lock, LockOptions } from './store.ts';

export interface RedisLockEnvironment extends LockWaitOptions {
  now: () => number;
  pid: number;
  /** Names this machine: processes of one name can tell whether the other still runs. */
  host: () => string;
  isAlive: (pid: number) => boolean;
  run: (script: string, keys: string[], values: (string | number)[]) => Promise<RedisReply>;
  /** The same, and on replicas before it counts. */
  runDurably: RedisLockEnvironment['run'];
  keyOf: (name: string) => string;
}

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

export function createRedisLocks(
  environment: RedisLockEnvironment,
): (name: string, options: LockOptions) => Promise<Lock> {
  const { run, runDurably, keyOf, now, pid } = environment;
  let taken = 0;

  const isDead = ({ pid: holder, host }: LockHolder): boolean =>
    host === environment.host() && !environment.isAlive(holder);

  return async (name, options) => {
    const { lease } = options;
    const key = keyOf(name);
    const mark = `${pid} ${environment.host()} ${++taken}-${Math.random().toString(36).slice(2)}`;
    const wait = startWaiting(environment, options);
    let until = 0;
    for (;;) {
      const asked = now();
      const found = String(await runDurably(TAKE, [key], [mark, lease]));
      if (found === mark) {
        until = asked + lease;
        break;
      }
      const holder = holderOf(found);
      // Compared by its mark: of several waiters that find it dead one frees it, and then one takes it.
      if (isDead(holder)) await run(RELEASE, [key], [found]);
      else await wait(holder);
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

function holderOf(mark: string): LockHolder {
  const [pid, host = ''] = mark.split(' ');
  return { pid: Number(pid), host };
}
