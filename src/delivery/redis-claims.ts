/**
 * Claims of the Redis journal: for each target the ids of the entries that it is owed, each with the time until which a
 * listener has claimed it. A claim that is not renewed is taken over by exactly one other listener; one on an entry whose
 * target no listener has is unroutable, and set aside.
 */
import type { RedisConnection, RedisReply } from '../store/redis-connection.ts';
import type { Delivery } from './journal.ts';

const RENEW_EVERY = 20_000;
const PAGE = 500;

/** KEYS: owed, tries. ARGV: lowest score, lease or empty to set it aside (score 0), most. Gives id, tries, id, tries… */
const TAKE_OVER = `
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

/** KEYS: owed, targets. ARGV: target. How many entries are set aside; a target that is owed nothing is forgotten. */
const COUNT_UNROUTABLE = `
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
  /** Milliseconds after which an entry is removed, and with it what is owed. */
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
  /** Claims an entry for these targets, and renews the claim until it is noted as over. */
  claim(id: string, targets: readonly string[]): void;
  /** Takes over what a target is owed and nobody claims, page by page. */
  takeOver(target: string): AsyncGenerator<Claim[]>;
  /**
   * Sets aside what other targets than these are owed and nobody claims, and counts it by target: a listener that has
   * the target takes it over.
   */
  unroutable(
    but: readonly string[],
    each: (claim: Claim, target: string) => Promise<void>,
  ): Promise<Map<string, number>>;
  note(delivery: Delivery, written: string, isOver: boolean): Promise<void>;
  /** Releases all claims: others may take over at once. */
  release(): Promise<void>;
}

export function createRedisClaims({ connection, key, lease, age, most }: RedisClaimsOptions): RedisClaims {
  const [targets, deliveries] = [key('targets'), key('deliveries')];
  const owed = (target: string): string => key(`owed:${target}`);
  const tries = (target: string): string => key(`tries:${target}`);
  /** By target, the entries that this process is to forward. */
  const claimed = new Map<string, Set<string>>();
  let renewing: NodeJS.Timeout | undefined;

  const run = (script: string, keys: string[], values: string[]): Promise<RedisReply> =>
    connection.send(targets, ['EVAL', script, String(keys.length), ...keys, ...values]);

  function claim(id: string, to: readonly string[]): void {
    for (const target of to) claimed.set(target, (claimed.get(target) ?? new Set()).add(id));
    if (to.length > 0) renewing ??= setInterval(renew, Math.min(RENEW_EVERY, (lease * 1000) / 3)).unref();
  }

  /** If this fails, others take over: at worst an entry is forwarded twice. */
  const renew = (): void => void extend(lease).catch(() => undefined);

  async function extend(seconds: number): Promise<void> {
    for (const [target, set] of claimed) {
      const ids = [...set];
      for (let from = 0; from < ids.length; from += PAGE) {
        await run(RENEW, [owed(target)], [String(seconds), ...ids.slice(from, from + PAGE)]);
      }
    }
  }

  /** Pages until there are no more. `lowest`: what is set aside has the score 0. */
  async function* pages(target: string, lowest: string, how: string): AsyncGenerator<Claim[]> {
    for (let count = PAGE; count === PAGE;) {
      const taken = (await run(TAKE_OVER, [owed(target), tries(target)], [lowest, how, String(PAGE)])) as string[];
      count = taken.length / 2;
      const claims = Array.from({ length: count }, (_, at) => ({
        id: taken[at * 2] ?? '',
        tries: Number(taken[at * 2 + 1]),
      }));
      // Except our own, whose renewal came late.
      yield claims.filter(({ id }) => !claimed.get(target)?.has(id));
    }
  }

  return {
    claim,
    keysOf: (to) => [targets, ...to.map(owed)],
    takeOver: async function* (target) {
      for await (const page of pages(target, '-inf', String(lease))) {
        for (const { id } of page) claim(id, [target]);
        yield page;
      }
    },
    unroutable: async (but, each) => {
      const counts = new Map<string, number>();
      for (const target of (await connection.send(targets, ['SMEMBERS', targets])) as string[]) {
        if (but.includes(target)) continue;
        for await (const page of pages(target, '(0', '')) {
          await Promise.all(page.map((claim) => each(claim, target)));
        }
        const count = Number(await run(COUNT_UNROUTABLE, [owed(target), targets], [target]));
        if (count > 0) counts.set(target, count);
      }
      return counts;
    },
    note: async ({ id, target, tries: made }, written, isOver) => {
      if (isOver) claimed.get(target)?.delete(id);
      const values = [id, isOver ? '' : String(made), written, most, String(age)];
      await run(NOTE, [owed(target), tries(target), deliveries], values);
    },
    release: async () => {
      clearInterval(renewing);
      // If Redis cannot be reached, the leases end by themselves.
      await extend(0).catch(() => undefined);
      claimed.clear();
    },
  };
}
