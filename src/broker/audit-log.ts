/** Who used the broker for what: a line for each key, call, account, client and result within a second, with their number. */
import { join } from 'node:path';
import { createEntryIds, newWriter } from '../delivery/entry-ids.ts';
import { createLineFiles, listFiles, readFrom, retain, type Retention } from '../delivery/line-files.ts';
import type { RedisConnection } from '../store/redis-connection.ts';

export interface Use {
  /** Milliseconds, of the first of them. */
  at: number;
  /** The key's name; empty where none was recognized. */
  key: string;
  /** The client's. */
  address: string;
  method: string;
  /** Without its query. */
  path: string;
  /** An appid, or `component`; absent where none was named. */
  account?: string;
  status: number;
  count: number;
}

export interface UseFilter {
  key?: string;
  account?: string;
  since?: number;
  /** The newest so many. */
  limit: number;
}

export interface AuditLog {
  /** On disk before it resolves. */
  append(uses: readonly Use[]): Promise<void>;
  /** Oldest first. */
  read(filter: UseFilter): Promise<Use[]>;
  close(): Promise<void>;
}

const DAY = 24 * 60 * 60 * 1000;
const RETENTION: Retention = { age: 90 * DAY, bytes: 256 * 1024 * 1024 };
const FILE_BYTES = 8 * 1024 * 1024;
const NAME = /^[0-9a-z]{21}\.jsonl$/;
/** Lines on Redis, which holds them in memory. */
const MOST_ON_REDIS = 100_000;
const PAGE = 500;

const fits = (use: Use, { key, account, since = 0 }: UseFilter): boolean =>
  use.at >= since && (key === undefined || use.key === key) && (account === undefined || use.account === account);

function usesIn(lines: readonly string[]): Use[] {
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Use];
    } catch {
      // Torn by a kill.
      return [];
    }
  });
}

export interface FileAuditLogOptions {
  /** `<home>/state/<component appid>/broker-log` */
  folder: string;
  now: () => number;
  random: () => number;
}

export function createFileAuditLog({ folder, now, random }: FileAuditLogOptions): AuditLog {
  const newId = createEntryIds(newWriter(random), now);
  const files = createLineFiles({
    folder,
    sync: 'always',
    now,
    newName: () => `${newId()}.jsonl`,
    maxBytes: FILE_BYTES,
    maxAge: DAY,
    begun: async () => {
      const isOpen = ({ changedAt }: { changedAt: number }): boolean => changedAt > now() - DAY;
      await retain(folder, await listFiles(folder, NAME), RETENTION, now(), isOpen);
    },
  });
  return {
    append: async (uses) => void (await Promise.all(uses.map((use) => files.append(JSON.stringify(use))))),
    read: async (filter) => {
      const found: Use[] = [];
      // Brokers of one machine write a file each: they overlap, but no file is older than a day at its beginning.
      for (const { name, changedAt } of (await listFiles(folder, NAME)).reverse()) {
        if (changedAt < (filter.since ?? 0)) continue;
        const oldest = found.length >= filter.limit ? (found[found.length - filter.limit]?.at ?? 0) : 0;
        if (changedAt < oldest) continue;
        const lines = (await readFrom(join(folder, name), 0)).toString('utf8').split('\n');
        found.push(...usesIn(lines).filter((use) => fits(use, filter)));
        found.sort((one, other) => one.at - other.at);
      }
      return found.slice(-filter.limit);
    },
    close: files.close,
  };
}

export function createRedisAuditLog(connection: RedisConnection, componentAppId: string): AuditLog {
  const stream = `wxop:{${componentAppId}}:broker-log`;
  return {
    append: async (uses) => {
      // One entry for the batch. Sent twice after a lost answer, it would count twice: rather that than not at all.
      const lines = uses.map((use) => JSON.stringify(use)).join('\n');
      await connection.send(stream, ['XADD', stream, 'MAXLEN', '~', String(MOST_ON_REDIS), '*', 'uses', lines]);
    },
    read: async (filter) => {
      const found: Use[] = [];
      for (let from = '+'; found.length < filter.limit;) {
        const command = ['XREVRANGE', stream, from, String(filter.since ?? 0), 'COUNT', String(PAGE)];
        const page = (await connection.send(stream, command)) as [string, string[]][];
        for (const [, [, lines = '']] of page) {
          found.unshift(...usesIn(lines.split('\n')).filter((use) => fits(use, filter)));
        }
        const last = page.at(-1);
        if (!last || page.length < PAGE) break;
        from = `(${last[0]}`;
      }
      return found.sort((one, other) => one.at - other.at).slice(-filter.limit);
    },
    close: () => Promise.resolve(),
  };
}
