/**
 * The Journal on Redis: one stream for the component, which several machines write and follow. The listener that receives
 * a push claims it; when that listener dies, exactly one other takes the claim over.
 * Not a consumer group: the listener that must answer WeChat must also forward, and a group would choose another.
 */
import { createHash, randomUUID } from 'node:crypto';
import { toWxopError } from '../sentences/wxop-error.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import type { Sealer } from '../store/seal.ts';
import {
  fits,
  isOver,
  type Delivery,
  type EntryFilter,
  type Journal,
  type JournalEntry,
  type Journaled,
  type JournalReader,
  type AbandonedEntry,
  type UnroutableEntries,
} from './journal.ts';
import type { Retention } from './line-files.ts';
import { createLineCodec } from './line-codec.ts';
import { createRedisClaims } from './redis-claims.ts';

/** Seconds after which claims that are not renewed are free. */
const LEASE = 60;
/** Seconds that a message is remembered: WeChat repeats it within a few seconds. */
const REMEMBER = 600;
const FOLLOW_EVERY = 200;
const RECONNECT_EVERY = 1_000;
const PAGE = 500;
/** Bytes. Redis holds them in memory, so far less than on a disk. */
const DEFAULT_RETENTION: Retention = { age: 7 * 24 * 60 * 60 * 1000, bytes: 128 * 1024 * 1024 };
/** Bytes of an entry, roughly. */
const ENTRY_BYTES = 1_280;

/**
 * Sent twice, it appends once. The identity is written last: it never exists without its entry.
 * KEYS: stream, token, identity, targets, owed… ARGV: entry, most, age, lease, seconds of the identity, targets…
 */
const APPEND = `
local known = redis.call('GET', KEYS[2])
if known then return known end
if ARGV[5] ~= '' and redis.call('EXISTS', KEYS[3]) == 1 then return false end
local now = redis.call('TIME')
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'entry', ARGV[1])
redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f', now[1] * 1000 - ARGV[3]))
for at = 6, #ARGV do
  redis.call('SADD', KEYS[4], ARGV[at])
  redis.call('ZADD', KEYS[at - 1], now[1] + ARGV[4], id)
  redis.call('PEXPIRE', KEYS[at - 1], ARGV[3])
end
redis.call('SET', KEYS[2], id, 'EX', 10)
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], id, 'EX', ARGV[5]) end
return id`;

export interface RedisJournalOptions {
  connection: RedisConnection;
  componentAppId: string;
  /** Defaults: seven days, 128 MiB. */
  retention?: Partial<Retention>;
  sealer?: Sealer;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Seconds; for tests. */
  lease?: number;
}

export function createRedisJournal(options: RedisJournalOptions): Journal {
  const { connection, componentAppId, sealer, lease = LEASE } = options;
  const retention = { ...DEFAULT_RETENTION, ...options.retention };
  const key = (name: string): string => `wxop:{${componentAppId}}:${name}`;
  const [stream, delivered] = [key('journal'), key('deliveries')];
  const most = String(Math.max(1, Math.floor(retention.bytes / ENTRY_BYTES)));
  const claims = createRedisClaims({ connection, key, lease, age: retention.age, most });
  const codec = createLineCodec(connection.place, sealer);

  async function range(command: 'XRANGE' | 'XREVRANGE', from: string, to: string, count = PAGE) {
    const rows = (await connection.send(stream, [command, stream, from, to, 'COUNT', String(count)])) as [
      string,
      string[],
    ][];
    return rows.map(([id, [, line = '']]) => {
      const entry = codec.read<Omit<JournalEntry, 'id'>>(line, 'journal');
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

  async function* follow(...[filter, signal, onOutage]: Parameters<Journal['follow']>) {
    const { since } = filter;
    // An id begins with its time, in milliseconds.
    let last = since === undefined ? (await range('XREVRANGE', '+', '-', 1))[0]?.id : `${Math.max(0, since - 1)}-0`;
    let isAway = false;
    while (!signal.aborted) {
      const page = await range('XRANGE', `(${last ?? '0-0'}`, '+').catch((error: unknown) => {
        const outage = toWxopError(error);
        if (!outage.retryable) throw error;
        if (!isAway) onOutage?.(outage);
        isAway = true;
      });
      if (!page) {
        await options.sleep(RECONNECT_EVERY, signal);
        continue;
      }
      if (isAway) onOutage?.(undefined);
      isAway = false;
      for (const { id, entry } of page) {
        last = id;
        if (entry && fits(entry, filter)) yield entry;
      }
      if (page.length < PAGE) await options.sleep(FOLLOW_EVERY, signal);
    }
  }

  function read(since: number): JournalReader {
    // An id begins with its time, in milliseconds.
    let last = `${Math.max(0, Math.floor(since) - 1)}-0`;
    return {
      next: async () => {
        const page = await range('XRANGE', `(${last}`, '+');
        last = page.at(-1)?.id ?? last;
        return page.flatMap(({ entry }) => entry ?? []);
      },
    };
  }

  async function lostBefore(): Promise<number> {
    // There is no stream yet, or a Redis before 7.0, which does not count.
    const told = await connection.send(stream, ['XINFO', 'STREAM', stream]).catch(() => []);
    const about = Array.isArray(told) ? told : [];
    const of = (name: string): unknown => about[about.indexOf(name) + 1];
    const [added, length] = [of('entries-added'), of('length')].map(Number);
    if (!added || length === undefined || added <= length) return 0;
    const [first = of('last-generated-id')] = (of('first-entry') ?? []) as unknown[];
    return Number.parseInt(String(first), 10) || 0;
  }

  async function deliveries(): Promise<Delivery[]> {
    const newest = new Map<string, Delivery>();
    for (let from = '-'; ;) {
      const command = ['XRANGE', delivered, from, '+', 'COUNT', String(PAGE)];
      const page = (await connection.send(delivered, command)) as [string, string[]][];
      for (const [, [, line = '']] of page) {
        const delivery = codec.read<Delivery>(line, 'delivery');
        if (delivery) newest.set(`${delivery.id} ${delivery.target}`, delivery);
      }
      const last = page.at(-1);
      if (!last || page.length < PAGE) return [...newest.values()];
      from = `(${last[0]}`;
    }
  }

  async function* abandoned(targets: readonly string[]): AsyncGenerator<AbandonedEntry> {
    for (const target of targets) {
      for await (const page of claims.takeOver(target)) {
        for (const { id, tries } of page) {
          const entry = await find(id);
          if (entry) yield { entry, place: id, target, tries };
          // Retention has removed it.
          else await note({ id, target, url: target, state: 'dead', tries, at: options.now(), reason: 'gone' });
        }
      }
    }
  }

  const note = (delivery: Delivery): Promise<void> =>
    claims.note(delivery, codec.write(delivery, 'delivery'), isOver(delivery));

  async function unroutable(targets: readonly string[]): Promise<UnroutableEntries[]> {
    const counts = await claims.unroutable(targets, ({ id, tries }, target) =>
      note({ id, target, url: target, state: 'stranded', tries, at: options.now() }),
    );
    return [...counts].map(([target, count]) => ({ target, count }));
  }

  async function appendOnce(pushed: Omit<JournalEntry, 'id'>, identity?: string): Promise<Journaled | undefined> {
    const seen = key(
      `seen:${createHash('sha256')
        .update(identity ?? '')
        .digest('hex')}`,
    );
    const seconds = identity === undefined ? '' : String(REMEMBER);
    const keys = [stream, key(`once:${randomUUID()}`), seen, ...claims.keysOf(pushed.owed)];
    const values = [
      codec.write(pushed, 'journal'),
      most,
      String(retention.age),
      String(lease),
      seconds,
      ...pushed.owed,
    ];
    const reply = await connection.send(stream, ['EVAL', APPEND, String(keys.length), ...keys, ...values]);
    if (reply === null) return undefined;
    const id = String(reply);
    claims.claim(id, pushed.owed);
    return { entry: { id, ...pushed }, place: id };
  }

  return {
    // An entry without an identity is never a repetition.
    append: async (pushed) => (await appendOnce(pushed)) as Journaled,
    appendOnce,
    at: find,
    find,
    list,
    follow,
    read,
    lostBefore,
    deliveries,
    abandoned,
    unroutable,
    note,
    close: claims.release,
  };
}
