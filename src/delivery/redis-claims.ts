/**
 * Who is to forward what, on Redis: for each target the ids of the entries that it is owed, and until when a listener
 * holds each. What no listener renews is taken by exactly one other; what is owed to a target that nobody has rests.
 */
import type { RedisConnection, RedisReply } from '../store/redis-connection.ts';
import type { Delivery } from './journal.ts';

const RENEW_EVERY = 20_000;
const PAGE = 500;

/** KEYS: owed, tries. ARGV: lowest, lease or empty to lay it to rest, most. Gives id, tries, id, tries… */
const TAKE = `
local now = redis.call('TIME')
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], now[1], 'LIMIT', 0, ARGV[3])) do
  redis.call('ZADD', KEYS[1], ARGV[2] == '' and 0 or now[1] + ARGV[2], id)
  taken[#taken + 1] = id
  taken[#taken + 1] = redis.call('HGET', KEYS[2], id) or '0'
end
return taken`;

/** KEYS: owed. ARGV: lease, ids… */
const RENEW = `
local now = redis.call('TIME')
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', now[1] + ARGV[1], ARGV[at]) end
return 1`;

/** KEYS: owed, targets. ARGV: target. How much of it rests; a target that is owed nothing is forgotten. */
const RESTING = `
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
return redis.call('ZCOUNT', KEYS[1], 0, 0)`;

/** KEYS: owed, tries, deliveries. ARGV: id, tries or empty when it is over, delivery, most, age. */
const NOTE = `
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'delivery', ARGV[3])
if ARGV[2] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
return 1`;

export interface RedisClaimsOptions {
  connection: RedisConnection;
  /** The name of a key of this component. */
  key: (name: string) => string;
  /** Seconds without a renewal after which a listener is dead. */
  lease: number;
  /** Milliseconds after which an entry is gone, and with it what is owed of it. */
  age: number;
  /** Deliveries that are kept. */
  most: string;
}

export interface Claim {
  id: string;
  tries: number;
}

export interface RedisClaims {
  /** Keys that an append writes for these targets, the set of all targets first. */
  keysOf(targets: readonly string[]): string[];
  /** Renews the lease on an entry until it is noted as over. */
  claim(id: string, targets: readonly string[]): void;
  /** What nobody holds of what a target is owed, page by page; it is ours then. */
  take(target: string): AsyncGenerator<Claim[]>;
  /** Lays to rest what nobody holds of what other targets are owed: who has one of them takes it. */
  rest(but: readonly string[], each: (debt: Claim, target: string) => Promise<void>): Promise<Map<string, number>>;
  note(delivery: Delivery, written: string, isOver: boolean): Promise<void>;
  /** What is held is free for others at once. */
  release(): Promise<void>;
}

export function createRedisClaims({ connection, key, lease, age, most }: RedisClaimsOptions): RedisClaims {
  const [targets, deliveries] = [key('targets'), key('deliveries')];
  const owed = (target: string): string => key(`owed:${target}`);
  const tries = (target: string): string => key(`tries:${target}`);
  /** By target, what this process is to forward. */
  const held = new Map<string, Set<string>>();
  let renewing: NodeJS.Timeout | undefined;

  const run = (script: string, keys: string[], values: string[]): Promise<RedisReply> =>
    connection.send(targets, ['EVAL', script, String(keys.length), ...keys, ...values]);

  function hold(id: string, to: readonly string[]): void {
    for (const target of to) held.set(target, (held.get(target) ?? new Set()).add(id));
    if (to.length > 0) renewing ??= setInterval(renew, Math.min(RENEW_EVERY, (lease * 1000) / 3)).unref();
  }

  /** Who cannot renew is dead to the others: they forward it, at worst once more. */
  const renew = (): void => void extend(lease).catch(() => undefined);

  async function extend(seconds: number): Promise<void> {
    for (const [target, set] of held) {
      const ids = [...set];
      for (let from = 0; from < ids.length; from += PAGE) {
        await run(RENEW, [owed(target)], [String(seconds), ...ids.slice(from, from + PAGE)]);
      }
    }
  }

  /** Pages until there is no more. `lowest`: what rests has the score 0. */
  async function* pages(target: string, lowest: string, how: string): AsyncGenerator<Claim[]> {
    for (let count = PAGE; count === PAGE;) {
      const taken = (await run(TAKE, [owed(target), tries(target)], [lowest, how, String(PAGE)])) as string[];
      count = taken.length / 2;
      const debts = Array.from({ length: count }, (_, at) => ({
        id: taken[at * 2] ?? '',
        tries: Number(taken[at * 2 + 1]),
      }));
      // Not our own, where the renewal came late.
      yield debts.filter(({ id }) => !held.get(target)?.has(id));
    }
  }

  return {
    claim: hold,
    keysOf: (to) => [targets, ...to.map(owed)],
    take: async function* (target) {
      for await (const page of pages(target, '-inf', String(lease))) {
        for (const { id } of page) hold(id, [target]);
        yield page;
      }
    },
    rest: async (but, each) => {
      const resting = new Map<string, number>();
      for (const target of (await connection.send(targets, ['SMEMBERS', targets])) as string[]) {
        if (but.includes(target)) continue;
        for await (const page of pages(target, '(0', '')) {
          await Promise.all(page.map((debt) => each(debt, target)));
        }
        const count = Number(await run(RESTING, [owed(target), targets], [target]));
        if (count > 0) resting.set(target, count);
      }
      return resting;
    },
    note: async ({ id, target, tries: made }, written, isOver) => {
      if (isOver) held.get(target)?.delete(id);
      const values = [id, isOver ? '' : String(made), written, most, String(age)];
      await run(NOTE, [owed(target), tries(target), deliveries], values);
    },
    release: async () => {
      clearInterval(renewing);
      // Where the store is away the leases end by themselves.
      await extend(0).catch(() => undefined);
      held.clear();
    },
  };
}
