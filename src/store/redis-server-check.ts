/** How a Redis is set up: what it may lose is told, and one that throws away credentials is refused. */
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import type { RedisConnection } from './redis-connection.ts';

export interface RedisServerCheck {
  /** Once, before the first write: warns, or throws STORE_NOT_WRITABLE where credentials would be evicted. */
  approve(): Promise<void>;
  advice(): Promise<Text[]>;
}

export function createRedisServerCheck(
  connection: RedisConnection,
  key: string,
  warn: (sentence: Text) => void,
): RedisServerCheck {
  const { place } = connection;
  let approved: Promise<void> | undefined;

  /** It may refuse to say. */
  async function look(): Promise<{ advice: Text[]; eviction?: string }> {
    const ask = (...command: string[]): Promise<string> => connection.send(key, command).then(String, () => '');
    const [persistence = '', memory = '', replication = ''] = await Promise.all(
      ['persistence', 'memory', 'replication'].map((section) => ask('INFO', section)),
    );
    // Some providers leave them out of INFO, others deny CONFIG.
    const fact = async (inInfo: string, setting: string): Promise<string | undefined> =>
      new RegExp(`^${inInfo}:(\\S+)`, 'm').exec(memory)?.[1] ?? (await ask('CONFIG', 'GET', setting)).split(',')[1];
    const [policy = 'noeviction', limit = '0'] = await Promise.all([
      fact('maxmemory_policy', 'maxmemory-policy'),
      fact('maxmemory', 'maxmemory'),
    ]);
    const evicts = policy.startsWith('allkeys-');
    return {
      advice: [
        ...(/^role:slave/m.test(replication) ? [replica(place)] : []),
        ...(/^aof_enabled:0/m.test(persistence) ? [forgetful(place)] : []),
        ...(evicts ? [evicting(place, policy)] : []),
        ...(policy.startsWith('volatile-') && limit !== '0' ? [evictingLocks(place, policy)] : []),
      ],
      ...(evicts && limit !== '0' && { eviction: policy }),
    };
  }

  async function judge(): Promise<void> {
    // Whether it is there at all is asked beside: if not, nothing else is waited for.
    const [{ advice, eviction }] = await Promise.all([look(), connection.send(key, ['EXISTS', key])]);
    if (eviction === undefined) return advice.forEach(warn);
    throw new WxopError('STORE_NOT_WRITABLE', evicting(place, eviction), { hint: SET_NO_EVICTION });
  }

  return {
    approve: () =>
      (approved ??= judge().catch((error: unknown) => {
        approved = undefined;
        throw error;
      })),
    advice: async () => (await look()).advice,
  };
}

const forgetful = (place: string): Text =>
  text(
    `${place} keeps no append-only file: what it is given is lost when it stops. Set \`appendonly yes\`.`,
    `${place} 未开启 AOF：停止后数据会丢失。请设置 \`appendonly yes\`。`,
  );

const evicting = (place: string, policy: string): Text =>
  text(
    `${place} may throw away credentials when its memory is full (${policy}). Set \`maxmemory-policy noeviction\`.`,
    `${place} 内存不足时可能淘汰凭据（${policy}）。请设置 \`maxmemory-policy noeviction\`。`,
  );

const evictingLocks = (place: string, policy: string): Text =>
  text(
    `${place} may throw away locks and what is still to be forwarded when its memory is full (${policy}). Set \`maxmemory-policy noeviction\`.`,
    `${place} 内存不足时可能淘汰锁与待转发的推送（${policy}）。请设置 \`maxmemory-policy noeviction\`。`,
  );

const replica = (place: string): Text =>
  text(
    `${place} is a replica: what it says may be old, and it takes no writes. Name the primary.`,
    `${place} 是从节点：读到的内容可能已过时，且不可写入。请填写主节点地址。`,
  );

const SET_NO_EVICTION = text(
  'Set it: CONFIG SET maxmemory-policy noeviction, and in redis.conf or in the console of your provider.',
  '请执行 CONFIG SET maxmemory-policy noeviction，并写入 redis.conf 或在云服务商控制台中修改。',
);
