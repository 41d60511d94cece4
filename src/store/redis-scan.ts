/** The names of keys, asked for in pages: a server that others work on is not held up. */
import type { RedisConnection } from './redis-connection.ts';

/** What stands between `before` and `after` in the names of all keys that have both, sorted. */
export async function scanNames(connection: RedisConnection, before: string, after = ''): Promise<string[]> {
  const literal = (part: string): string => part.replaceAll(/[*?[\]\\^-]/g, '\\$&');
  const pattern = `${literal(before)}*${literal(after)}`;
  const found = new Set<string>();
  let cursor = '0';
  do {
    const command = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000'];
    const [next, keys] = (await connection.send(before, command)) as [string, string[]];
    for (const key of keys) found.add(key.slice(before.length, key.length - after.length));
    cursor = next;
  } while (cursor !== '0');
  return [...found].sort();
}
