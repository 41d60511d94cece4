/** The parts of a Redis URL, as settings and `wxop import` take it. */

export interface RedisUrl {
  /** Whose keys are there, from `wxjava+redis://…`. */
  library?: string;
  /** For the client: without library and prefix. */
  url: string;
  /** `redis:`, `rediss:`, `redis+sentinel:` or `redis+cluster:`. */
  scheme: string;
  /** Several of a Sentinel or a cluster. */
  hosts: string[];
  credentials: { username?: string; password?: string };
  database: number;
  /** The name that Sentinel knows the primary by. */
  master?: string;
  /**
   * How many replicas must have what was written before it counts. Where a failover comes by itself, one, unless the URL
   * says otherwise.
   */
  wait: number;
  /** What the library's keys begin with. */
  prefix?: string;
}

const SHAPE = /^(?:(wxjava|wechatpy)\+)?(([a-z+]+:)\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?)(?:\?(.*))?$/;

/** Reads a URL in its checked form; the URL parser takes none with several hosts. */
export function parseRedisUrl(written: string): RedisUrl {
  const [, library, address = '', scheme = '', user = '', hosts = '', path = '', query = ''] =
    SHAPE.exec(written) ?? [];
  const [username = '', password = ''] = user.split(':').map(decoded);
  const prefix = parameter(query, 'prefix');
  const master = parameter(query, 'master');
  const wait = parameter(query, 'wait') ?? (scheme.startsWith('redis+') ? '1' : '0');
  return {
    ...(library !== undefined && { library }),
    url: query === '' || prefix !== undefined ? address : `${address}?${query}`,
    scheme,
    hosts: hosts.split(','),
    credentials: { ...(username && { username }), ...(password && { password }) },
    database: Number(path || 0),
    ...(master !== undefined && { master }),
    wait: Number(wait),
    ...(prefix !== undefined && { prefix }),
  };
}

/** The same URL without user and password. */
export const withoutSecrets = (url: string): string => url.replace(/^([a-z+]+:\/\/)[^@/]*@/, '$1');

/** Not URLSearchParams: a plus sign in a prefix is a plus sign. */
function parameter(query: string, name: string): string | undefined {
  const found = query.split('&').find((one) => one.startsWith(`${name}=`));
  return found === undefined ? undefined : decoded(found.slice(name.length + 1));
}

/** What is no percent-encoding stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
