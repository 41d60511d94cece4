/**
 * The Journal on Redis: a stream for the component, that several machines write to and follow. Who received a push holds
 * a lease on forwarding it, and renews it; where it dies, exactly one other takes the lease over.
 * No consumer group: the machine that must answer WeChat is the one that must forward, and a group would choose another.
 */
import { randomUUID } from 'node:crypto';
import { WxopError } from '../errors.ts';
import type { RedisConnection, Reply } from '../store/redis-connection.ts';
import { keyNeeded } from '../store/record.ts';
import type { Sealer } from '../store/seal.ts';
import { fits, type Delivery, type EntryFilter, type Journal, type JournalEntry, type Orphan } from './journal.ts';
import type { Retention } from './line-files.ts';

/** Seconds without a renewal after which a listener is dead. */
const LEASE = 60;
const RENEW_EVERY = 20_000;
const FOLLOW_EVERY = 200;
const PAGE = 500;
/** Redis keeps all of it in memory: far less than a disk would. */
const DEFAULT_RETENTION: Retention = { age: 7 * 24 * 60 * 60 * 1000, bytes: 128 * 1024 * 1024 };
/** What an entry takes, about. */
const ENTRY_BYTES = 1_280;

/** Sent twice, it appends once. KEYS: stream, owed, token. ARGV: entry, most, age, lease, targets… */
const APPEND = `
local known = redis.call('GET', KEYS[3])
if known then return known end
local now = redis.call('TIME')
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'entry', ARGV[1])
redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f', now[1] * 1000 - ARGV[3]))
for at = 5, #ARGV do redis.call('ZADD', KEYS[2], now[1] + ARGV[4], id .. ' ' .. ARGV[at]) end
redis.call('SET', KEYS[3], id, 'EX', 10)
return id`;

/** KEYS: owed, tries. ARGV: lease, most, targets… Gives member, tries, member, tries… */
const ADOPT = `
local now = redis.call('TIME')
local wanted, taken = {}, {}
for at = 3, #ARGV do wanted[ARGV[at]] = true end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now[1])) do
  if #taken >= ARGV[2] * 2 then break end
  if wanted[string.match(member, ' (.*)$')] then
    redis.call('ZADD', KEYS[1], now[1] + ARGV[1], member)
    taken[#taken + 1] = member
    taken[#taken + 1] = redis.call('HGET', KEYS[2], member) or '0'
  end
end
return taken`;

/** KEYS: owed. ARGV: lease, members… */
const RENEW = `
local now = redis.call('TIME')
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', now[1] + ARGV[1], ARGV[at]) end
return 1`;

/** KEYS: owed, tries, deliveries. ARGV: member, tries or empty when it is over, delivery, most. */
const NOTE = `
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'delivery', ARGV[3])
if ARGV[2] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
return 1`;

export interface RedisJournalOptions {
  connection: RedisConnection;
  componentAppId: string;
  /** What is not given has a default. */
  retention?: Partial<Retention>;
  sealer?: Sealer;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Seconds; for tests. */
  lease?: number;
}

export function createRedisJournal(options: RedisJournalOptions): Journal {
  const { connection, componentAppId, sealer, lease = LEASE } = options;
  const retention = { ...DEFAULT_RETENTION, ...options.retention };
  const key = (name: string): string => `wxop:{${componentAppId}}:${name}`;
  const [stream, owed, tries, delivered] = [key('journal'), key('owed'), key('tries'), key('deliveries')];
  const most = String(Math.max(1, Math.floor(retention.bytes / ENTRY_BYTES)));
  /** What this process is to forward. */
  const held = new Set<string>();
  let renewing: NodeJS.Timeout | undefined;

  const run = (script: string, keys: string[], values: string[]): Promise<Reply> =>
    connection.send(stream, ['EVAL', script, String(keys.length), ...keys, ...values]);
  const written = (value: object, context: string): string => {
    const line = JSON.stringify(value);
    return sealer ? sealer.seal(line, context) : line;
  };
  /** Undefined for what is damaged. Throws SETTINGS_MISSING, SETTINGS_INVALID where a key is missing or wrong. */
  const read = <Value>(line: string, context: string): Value | undefined => {
    if (!sealer && line.startsWith('v1.')) throw keyNeeded(connection.place);
    try {
      return JSON.parse(line.startsWith('{') ? line : (sealer?.open(line, context) ?? '')) as Value;
    } catch (error) {
      if (error instanceof WxopError) throw error;
      return undefined;
    }
  };

  function hold(members: readonly string[]): void {
    for (const member of members) held.add(member);
    if (members.length > 0) renewing ??= setInterval(renew, Math.min(RENEW_EVERY, (lease * 1000) / 3)).unref();
  }

  function renew(): void {
    const members = [...held];
    for (let from = 0; from < members.length; from += PAGE) {
      // Who cannot renew is dead to the others: they forward it, at worst once more.
      run(RENEW, [owed], [String(lease), ...members.slice(from, from + PAGE)]).catch(() => undefined);
    }
  }

  async function range(command: 'XRANGE' | 'XREVRANGE', from: string, to: string, count = PAGE) {
    const rows = (await connection.send(stream, [command, stream, from, to, 'COUNT', String(count)])) as [
      string,
      string[],
    ][];
    return rows.map(([id, [, line = '']]) => {
      const entry = read<Omit<JournalEntry, 'id'>>(line, 'journal');
      return { id, entry: entry && { id, ...entry } };
    });
  }

  async function find(id: string): Promise<JournalEntry | undefined> {
    if (!/^\d+-\d+$/.test(id)) return undefined;
    return (await range('XRANGE', id, id, 1))[0]?.entry;
  }

  async function list(filter: EntryFilter): Promise<JournalEntry[]> {
    const { since = 0, limit = Infinity } = filter;
    const found: JournalEntry[] = [];
    for (let from = '+'; ;) {
      const page = await range('XREVRANGE', from, String(Math.max(0, since - 1)));
      for (const { entry } of page) if (entry && fits(entry, filter) && found.length < limit) found.push(entry);
      const last = page.at(-1);
      if (!last || page.length < PAGE || found.length >= limit) return found.reverse();
      from = `(${last.id}`;
    }
  }

  async function* follow(filter: EntryFilter, signal: AbortSignal) {
    const [newest] = await range('XREVRANGE', '+', '-', 1);
    let last = newest?.id ?? '0-0';
    while (!signal.aborted) {
      const page = await range('XRANGE', `(${last}`, '+');
      for (const { id, entry } of page) {
        last = id;
        if (entry && fits(entry, filter)) yield entry;
      }
      if (page.length < PAGE) await options.sleep(FOLLOW_EVERY, signal);
    }
  }

  async function deliveries(): Promise<Delivery[]> {
    const newest = new Map<string, Delivery>();
    for (let from = '-'; ;) {
      const command = ['XRANGE', delivered, from, '+', 'COUNT', String(PAGE)];
      const page = (await connection.send(delivered, command)) as [string, string[]][];
      for (const [, [, line = '']] of page) {
        const delivery = read<Delivery>(line, 'delivery');
        if (delivery) newest.set(`${delivery.id} ${delivery.target}`, delivery);
      }
      const last = page.at(-1);
      if (!last || page.length < PAGE) return [...newest.values()];
      from = `(${last[0]}`;
    }
  }

  async function* orphans(targets: readonly string[]): AsyncGenerator<Orphan> {
    const taken = (await run(ADOPT, [owed, tries], [String(lease), String(PAGE), ...targets])) as string[];
    for (let at = 0; at < taken.length; at += 2) {
      const member = taken[at] ?? '';
      const [id = '', target = ''] = member.split(' ');
      // Our own, where the renewal came late.
      if (held.has(member)) continue;
      const entry = await find(id);
      if (!entry) {
        await connection.send(owed, ['ZREM', owed, member]);
        continue;
      }
      hold([member]);
      yield { entry, place: id, target, tries: Number(taken[at + 1]) };
    }
  }

  return {
    append: async (pushed) => {
      const keys = [stream, owed, key(`once:${randomUUID()}`)];
      const values = [written(pushed, 'journal'), most, String(retention.age), String(lease), ...pushed.owed];
      const id = (await run(APPEND, keys, values)) as string;
      hold(pushed.owed.map((target) => `${id} ${target}`));
      return { entry: { id, ...pushed }, place: id };
    },
    at: find,
    find,
    list,
    follow,
    deliveries,
    orphans,
    note: async (delivery) => {
      const member = `${delivery.id} ${delivery.target}`;
      const isOver = delivery.state !== 'failed';
      if (isOver) held.delete(member);
      const values = [member, isOver ? '' : String(delivery.tries), written(delivery, 'delivery'), most];
      await run(NOTE, [owed, tries, delivered], values);
    },
    close: () => {
      clearInterval(renewing);
      return Promise.resolve();
    },
  };
}
