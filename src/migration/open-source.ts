/** Opens what `wxop import` reads from, by the kind that its name begins with. */
import type { RedisConnection } from '../store/redis-connection.ts';
import { parseRedisUrl } from '../store/redis-url.ts';
import type { Source } from './source.ts';

export interface SourceOptions {
  /** `wxjava+redis://…`, `wechatpy+redis://…`, `wego:FOLDER` or `wxcomponent+mysql://…`, in its checked form. */
  from: string;
  componentAppId: string;
  now: () => number;
  connect: (url: string) => Promise<RedisConnection>;
  toClose: (close: () => Promise<void>) => void;
}

/** Throws USAGE when a folder is not there, and where another component's data is. */
export async function openSource({ from, componentAppId, now, connect, toClose }: SourceOptions): Promise<Source> {
  const [, folder] = /^wego:([^]+)$/.exec(from) ?? [];
  if (folder !== undefined) return (await import('./wego-source.ts')).openWegoSource(folder);
  const [, database] = /^wxcomponent\+(mysql:.*)$/.exec(from) ?? [];
  if (database !== undefined) {
    return (await import('./wxcomponent-source.ts')).openWxComponentSource({ url: database, componentAppId, toClose });
  }

  const { library, url, prefix } = parseRedisUrl(from);
  const connection = await connect(url);
  const options = { connection, componentAppId, now };
  if (library === 'wxjava') {
    return (await import('./wxjava-source.ts')).createWxJavaSource({ ...options, prefix: prefix ?? '' });
  }
  return (await import('./wechatpy-source.ts')).createWechatpySource({ ...options, prefix: prefix ?? 'wechatpy' });
}
