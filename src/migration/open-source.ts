/** Opens what `wxop import` reads from, by the kind that its name begins with. */
import type { RedisConnection } from '../store/redis-connection.ts';
import { parseRedisUrl } from '../store/redis-url.ts';
import type { Source } from './source.ts';

export interface SourceOptions {
  /** `wxjava+redis://…`, `wechatpy+redis://…` or `wego:FOLDER`, in its checked form. */
  from: string;
  componentAppId: string;
  now: () => number;
  connect: (url: string) => Promise<RedisConnection>;
}

/** Throws USAGE when a folder is not there. */
export async function openSource({ from, componentAppId, now, connect }: SourceOptions): Promise<Source> {
  const [, folder] = /^wego:([^]+)$/.exec(from) ?? [];
  if (folder !== undefined) return (await import('./wego-source.ts')).openWegoSource(folder);

  const { library, url, prefix } = parseRedisUrl(from);
  const connection = await connect(url);
  const options = { connection, componentAppId, now };
  if (library === 'wxjava') {
    return (await import('./wxjava-source.ts')).createWxJavaSource({ ...options, prefix: prefix ?? '' });
  }
  return (await import('./wechatpy-source.ts')).createWechatpySource({ ...options, prefix: prefix ?? 'wechatpy' });
}
