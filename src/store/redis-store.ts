/**
 * The Store on Redis: a hash per record, that holds the newest version's number and the last three versions.
 * Every write is one script that compares and sets; names are appids and digests, never secrets.
 * All keys carry `{<component appid>}`: several components share a server, and a cluster keeps one together.
 */
import { storeId } from './store-id.ts';
import { checkedKey, conflict, createRecordCodec, damaged } from './record.ts';
import type { RedisConnection } from './redis-connection.ts';
import { createRedisLocks, type RedisLockEnvironment } from './redis-lock.ts';
import { createRedisServerCheck } from './redis-server-check.ts';
import type { Sealer } from './seal.ts';
import type { PastVersion, RecordKey, Records, Store, Stored, WriteOptions, Written } from './store.ts';

const KEPT_VERSIONS = 3;
/** Larger than any record: if there is room for this, there is room for the next record. */
const PROOF = '-'.repeat(8 * 1024);

/** The newest version and its text. */
const READ = `
local version = redis.call('HGET', KEYS[1], 'version')
if not version then return false end
return {version, redis.call('HGET', KEYS[1], 'value:' .. version) or ''}`;

/**
 * Compare-and-set. A write whose answer was lost is sent again: its writer's name tells that it was done already,
 * as long as its version is among those kept. What was done already is written once more, or WAIT would not wait for it.
 */
const WRITE = `
local expected, writer, kept = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[5])
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version ~= expected then
  if redis.call('HGET', KEYS[1], 'writer:' .. (expected + 1)) ~= writer then return 0 end
  redis.call('HSET', KEYS[1], 'writer:' .. (expected + 1), writer)
  return 1
end
local mine, old = expected + 1, expected + 1 - kept
redis.call('HSET', KEYS[1], 'version', mine, 'value:' .. mine, ARGV[3], 'writer:' .. mine, writer)
redis.call('HDEL', KEYS[1], 'value:' .. old, 'writer:' .. old)
if ARGV[4] ~= '' then redis.call('SADD', KEYS[2], ARGV[4]) end
return 1`;

/** Writes what is there once more, so that WAIT waits for it. */
const TOUCH = `
local version = redis.call('HGET', KEYS[1], 'version')
if version then redis.call('HSET', KEYS[1], 'version', version) end
return 1`;

/** Of the field of a damaged version that was put aside. */
const ASIDE = 'damaged:';

/** Puts a damaged newest version aside, so that the one before it counts again. */
const SET_ASIDE = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
if (redis.call('HGET', KEYS[1], 'value:' .. ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[2])
redis.call('HDEL', KEYS[1], 'value:' .. ARGV[1], 'writer:' .. ARGV[1])
local before = tonumber(ARGV[1]) - 1
if redis.call('HEXISTS', KEYS[1], 'value:' .. before) == 1 then redis.call('HSET', KEYS[1], 'version', before)
else redis.call('HDEL', KEYS[1], 'version') end
return 1`;

const REPLACE_FORM = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`;

const REMOVE = `
if ARGV[2] ~= '' and (redis.call('HGET', KEYS[1], 'version') or ARGV[2]) ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return 1`;

export interface RedisStoreOptions extends Omit<RedisLockEnvironment, 'run' | 'runDurably' | 'keyOf'> {
  connection: RedisConnection;
  componentAppId: string;
  /** Encrypts what is written; undefined leaves it plain. */
  sealer?: Sealer;
}

export function createRedisStore(options: RedisStoreOptions): Store {
  const { connection, componentAppId, sealer, now, warn } = options;
  const codec = createRecordCodec(componentAppId, sealer);
  const prefix = `wxop:{${componentAppId}}`;
  let written = 0;

  const recordKey = (key: string): string => `${prefix}:record:${checkedKey(key)}`;
  const indexOf = (key: string): string => `${prefix}:index:${key.split('/')[0]}`;
  const nameOf = (key: string): string => key.split('/')[1] ?? '';
  const pathOf = (key: string, version: number): string => `${connection.place} ${recordKey(key)} version ${version}`;
  const nameWriter = (): string => `${options.pid}-${++written}-${Math.random().toString(36).slice(2)}`;

  const evaluation = (script: string, keys: string[], values: (string | number)[]): [string, string[]] => [
    keys[0] ?? prefix,
    ['EVAL', script, String(keys.length), ...keys, ...values.map(String)],
  ];
  const run: RedisLockEnvironment['run'] = (...script) => connection.send(...evaluation(...script));
  const runDurably: RedisLockEnvironment['run'] = (...script) => connection.sendDurably(...evaluation(...script));

  async function read<Value>(key: string): Promise<Stored<Value> | undefined> {
    for (;;) {
      const found = (await run(READ, [recordKey(key)], [])) as [string, string] | null;
      if (!found) return undefined;
      const [version, content] = [Number(found[0]), found[1]];
      const record = codec.decode(content, { key, version, path: pathOf(key, version) });
      if (record) return { version, value: record.value as Value };
      const aside = `${ASIDE}${version}-${new Date(now()).toISOString().replaceAll(/[-:.]/g, '')}`;
      const moved = await run(SET_ASIDE, [recordKey(key)], [version, content, aside]);
      // Not moved: a newer version has come meanwhile.
      if (moved === 1) throw damaged(pathOf(key, version), aside);
    }
  }

  async function write<Value>(
    key: string,
    value: Value,
    expected: number,
    { durable }: WriteOptions,
  ): Promise<Stored<Value>> {
    await server.approve();
    const version = expected + 1;
    const writer = nameWriter();
    const content = codec.encode({ key, version, writer, writtenAt: now(), value });
    const keys = [recordKey(key), indexOf(key)];
    const values = [expected, writer, content, nameOf(key), KEPT_VERSIONS];
    const done = await (durable ? runDurably : run)(WRITE, keys, values);
    if (done !== 1) throw conflict(key);
    return { version, value };
  }

  /** The versions that are still there, as their texts, newest first. */
  async function texts(key: string): Promise<{ version: number; content: string }[]> {
    const flat = (await connection.send(recordKey(key), ['HGETALL', recordKey(key)])) as string[];
    return flat
      .flatMap((field, index) => {
        const version = index % 2 === 0 ? /^value:(\d+)$/.exec(field)?.[1] : undefined;
        return version === undefined ? [] : [{ version: Number(version), content: flat[index + 1] ?? '' }];
      })
      .sort((a, b) => b.version - a.version);
  }

  async function history<Value>(key: string): Promise<PastVersion<Value>[]> {
    return (await texts(key)).flatMap(({ version, content }) => {
      const record = codec.decode(content, { key, version, path: pathOf(key, version) });
      return record ? [{ version, value: record.value as Value, writtenAt: record.writtenAt }] : [];
    });
  }

  async function reseal(key: string, form: Written = sealer ? 'sealed' : 'plain'): Promise<number> {
    let changed = 0;
    for (const { version, content } of await texts(key)) {
      const record = codec.decode(content, { key, version, path: pathOf(key, version) });
      if (!record || record.isSealed === codec.seals(key, form)) continue;
      const { writer } = JSON.parse(content) as { writer?: string };
      const { value, writtenAt } = record;
      const other = codec.encode({ key, version, writer, writtenAt, value }, form);
      changed += Number(await run(REPLACE_FORM, [recordKey(key)], [`value:${version}`, content, other]));
    }
    return changed;
  }

  const server = createRedisServerCheck(connection, prefix, warn);
  const lock = createRedisLocks({
    ...options,
    run,
    runDurably,
    keyOf: (name) => `${prefix}:lock:${checkedKey(name)}`,
  });

  return {
    place: connection.place,
    id: () =>
      storeId(
        () => read('store'),
        (value) => write('store', value, 0, { durable: true }),
      ),
    read: <Key extends RecordKey>(key: Key) => read<Records[Key]>(key),
    write,
    confirm: async (key) => void (await runDurably(TOUCH, [recordKey(key)], [])),
    history: <Key extends RecordKey>(key: Key) => history<Records[Key]>(key),
    forms: async (key) => (await texts(key)).map(({ content }) => codec.formOf(content)),
    reseal,
    proveWritable: async () => {
      await server.approve();
      const set = (value: string) => connection.sendDurably(prefix, ['SET', `${prefix}:proof`, value, 'PX', '1000']);
      // The server looks at its memory before a write, not after: only the second tells that the first had room.
      await Promise.all([set(PROOF), set('')]);
    },
    isLeftOver: async (key) => {
      const fields = (await connection.send(prefix, ['HKEYS', recordKey(key)])) as string[];
      return !fields.includes('version') && fields.some((field) => field.startsWith(ASIDE));
    },
    list: async (kind) => ((await connection.send(prefix, ['SMEMBERS', `${prefix}:index:${kind}`])) as string[]).sort(),
    remove: async (key, expected) => {
      const done = await run(REMOVE, [recordKey(key), indexOf(key)], [nameOf(key), expected ?? '']);
      if (done !== 1) throw conflict(key);
    },
    lock: async (name, how) => {
      await server.approve();
      return lock(name, how);
    },
    advice: server.advice,
    close: () => connection.close(),
  };
}
