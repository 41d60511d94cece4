/**
 * One connection to Redis: commands are answered in time, repeated across a restart of the server, or fail clearly.
 * The client's own queue and reconnecting are not used: whoever asks must learn within its own deadline how it went.
 */
import { createClient, createCluster, createSentinel, ErrorReply } from '@redis/client';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { parseRedisUrl, withoutSecrets } from './redis-url.ts';

export type RedisReply = string | number | null | RedisReply[];

export interface RedisConnection {
  /** Where it leads, without user and password: for messages. */
  readonly place: string;
  /**
   * Sends a command and gives its reply. It must be one that may be sent twice: a broken connection does not tell
   * whether it was run. Throws STORE_UNAVAILABLE, STORE_NOT_WRITABLE.
   */
  send(key: string, command: string[]): Promise<RedisReply>;
  /**
   * The same for a command that writes, and writes again when it is repeated: resolves when as many replicas have it as
   * the URL's `wait` demands, so that a failover to one of them does not lose it.
   */
  sendDurably(key: string, command: string[]): Promise<RedisReply>;
  close(): Promise<void>;
}

export interface RedisConnectionOptions {
  url: string;
  /** Milliseconds for one command with everything that is tried for it; asked at each. */
  deadline?: () => number;
  /** Milliseconds of a monotonic clock. */
  elapsed: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

interface Client {
  /** Rejects when it cannot be opened. */
  ready: Promise<unknown>;
  /** One after the other over one connection to the primary of this key; gives all replies. */
  run(key: string, commands: string[][]): Promise<unknown[]>;
  destroy(): void;
}

/** Of the first connection, which may lead far and through TLS. */
const CONNECT_DEADLINE = 3_000;
/** Where pushes are taken in: one must be answered within a second, whatever became of the store. */
export const PUSH_DEADLINE = 900;
/** Where somebody waits for a command: a machine with a hundred of them is slow, not broken. */
export const COMMAND_DEADLINE = 5_000;
const PAUSE = 50;
/** Milliseconds that a primary waits for its replicas before it tells how many have answered. */
const REPLICA_DEADLINE = 250;
const TICK = 100;
/** Its own deadline for a command is a timer and a signal that live for five seconds: thousands of them are 80 MB. */
const PLAIN = { RESP: 2, commandOptions: { timeout: undefined } } as const;

/** The server is starting, failing over, or a replica: soon another answer may come. */
const PASSING = /^(?:LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|BUSY|UNBLOCKED)\b/;
/** Redis 6 and older put what a script was told behind words of their own. */
const NOT_WRITABLE = /(?:^|: -)(?:READONLY|MISCONF|OOM|NOREPLICAS|NOPERM)\b/;

/** With `wait`, what must be on replicas has a connection of its own: nothing else waits behind it. */
export function openRedisConnection(options: RedisConnectionOptions): RedisConnection {
  const { wait } = parseRedisUrl(options.url);
  const line = openLine(options);
  const durable = wait > 0 ? openLine(options, wait) : line;
  return {
    place: withoutSecrets(options.url),
    send: line.send,
    sendDurably: durable.send,
    close: () => {
      line.close();
      durable.close();
      return Promise.resolve();
    },
  };
}

function openLine(
  { url, elapsed, sleep, deadline: commandDeadline = () => PUSH_DEADLINE }: RedisConnectionOptions,
  wait = 0,
) {
  const place = withoutSecrets(url);
  let current: Client | undefined;
  let wasEverConnected = false;

  function drop(client: Client): void {
    if (current === client) current = undefined;
    client.destroy();
  }

  async function send(key: string, command: string[]): Promise<RedisReply> {
    const commands = wait > 0 ? [command, ['WAIT', String(wait), String(REPLICA_DEADLINE)]] : [command];
    let isConnected = wasEverConnected;
    let reason: unknown;
    let deadline = elapsed() + (wasEverConnected ? commandDeadline() : Math.max(CONNECT_DEADLINE, commandDeadline()));
    for (;;) {
      const client: Client = (current ??= openClient(url, () => {
        if (current === client) current = undefined;
      }));
      try {
        await inTime(client.ready, deadline - elapsed());
        if (!isConnected) deadline = elapsed() + commandDeadline();
        isConnected = wasEverConnected = true;
        const [reply, replicas] = await inTime(client.run(key, commands), deadline - elapsed());
        if (wait > 0 && Number(replicas) < wait) throw new TooFewReplicas(Number(replicas), wait);
        return reply as RedisReply;
      } catch (error) {
        const isReply = error instanceof ErrorReply;
        if (isReply && !PASSING.test(error.message)) throw failure(error, place);
        if (!isReply && !(error instanceof TooFewReplicas)) drop(client);
        // What a try was told says more than that the last one, cut short by the deadline, was told nothing.
        if (!(error instanceof NoAnswer)) reason = error;
        // A server that was never there is told at once; one that was there may be on its way back.
        if (!isConnected || elapsed() + PAUSE >= deadline) throw failure(reason ?? error, place);
        await sleep(PAUSE);
      }
    }
  }

  return {
    send,
    close: () => {
      current?.destroy();
      current = undefined;
    },
  };
}

/** `redis://`, `rediss://`; `redis+sentinel://HOST,HOST/DB?master=NAME` and `redis+cluster://HOST,HOST`. */
function openClient(url: string, lost: () => void): Client {
  const socket = { connectTimeout: CONNECT_DEADLINE, reconnectStrategy: false as const };
  const { scheme, hosts, credentials, database, master } = parseRedisUrl(url);
  // Without a listener an error event would end the process; what failed is told to whoever waits for a command.
  const ignore = (): void => undefined;
  if (scheme === 'redis+cluster:') {
    const rootNodes = hosts.map((host) => ({ url: `redis://${host}` }));
    const defaults = { ...credentials, socket };
    const cluster = createCluster({ rootNodes, defaults, minimizeConnections: true, ...PLAIN }).on('error', ignore);
    return {
      ready: cluster.connect(),
      // Its own `sendCommand` asks every node where a command has no key (INFO, SCAN), and would send WAIT elsewhere.
      run: (key, commands) => {
        const route = { firstKey: key } as Parameters<typeof cluster._execute>[0];
        return cluster._execute(route, false, PLAIN.commandOptions, (node, options) =>
          Promise.all(commands.map((command) => node.sendCommand(command, options))),
        );
      },
      destroy: () => cluster.destroy(),
    };
  }
  if (scheme === 'redis+sentinel:') {
    const sentinel = createSentinel({
      name: master ?? 'mymaster',
      sentinelRootNodes: hosts.map((address) => {
        const { hostname, port } = new URL(`redis://${address}`);
        return { host: hostname, port: Number(port || 26379) };
      }),
      nodeClientOptions: { ...credentials, database, socket },
      ...PLAIN,
    }).on('error', ignore);
    return {
      ready: sentinel.connect(),
      run: (_key, commands) =>
        sentinel._execute(false, (node) => Promise.all(commands.map((command) => node.sendCommand(command)))),
      destroy: () => void sentinel.destroy(),
    };
  }
  const client = createClient({ url, socket, ...PLAIN }).on('error', lost);
  return {
    ready: client.connect(),
    run: (_key, commands) => Promise.all(commands.map((command) => client.sendCommand(command))),
    destroy: () => client.destroy(),
  };
}

class NoAnswer extends Error {}

class TooFewReplicas extends Error {
  readonly found: number;
  readonly wanted: number;

  constructor(found: number, wanted: number) {
    super(`${found} of ${wanted} replicas`);
    this.found = found;
    this.wanted = wanted;
  }
}

/**
 * Counted in short ticks: of the time in which this process did not get to run, which says nothing of the server, only
 * one tick counts.
 */
async function inTime<Value>(promise: Promise<Value>, milliseconds: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // What arrived while we could not run is looked at once more.
    const giveUp = (): void => void setImmediate(() => reject(new NoAnswer('it did not answer in time')));
    const wait = (left: number): void => {
      const tick = Math.max(0, Math.min(TICK, left));
      timer = setTimeout(() => (left > tick ? wait(left - tick) : giveUp()), tick);
    };
    wait(milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a failed command means. The reply is shown, but never the command: it contains secrets. */
function failure(error: unknown, place: string): WxopError {
  if (error instanceof TooFewReplicas) {
    const { found, wanted } = error;
    const sentence = text(
      `${place} has what was written on ${found} of its replicas; ${wanted} must have it.`,
      `${place} 写入的内容只有 ${found} 个从节点收到，要求 ${wanted} 个。`,
    );
    return new WxopError('STORE_UNAVAILABLE', sentence, { cause: error, hint: CHECK_REPLICAS });
  }
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  if (/^(?:NOAUTH|WRONGPASS|ERR invalid password|ERR AUTH)/.test(reason)) {
    const sentence = text(`${place} wants another password.`, `${place} 的密码不正确。`);
    return new WxopError('STORE_UNAVAILABLE', sentence, { cause: error, retryable: false, hint: SET_PASSWORD });
  }
  if (NOT_WRITABLE.test(reason)) {
    const sentence = text(`${place} takes no writes (${reason}).`, `${place} 不可写（${reason}）。`);
    return new WxopError('STORE_NOT_WRITABLE', sentence, { cause: error, hint: CHECK_DISK });
  }
  const sentence = text(`${place} cannot be used (${reason}).`, `无法使用 ${place}（${reason}）。`);
  return new WxopError('STORE_UNAVAILABLE', sentence, { cause: error, hint: CHECK_REDIS });
}

const SET_PASSWORD = text(
  'Set user and password in WXOP_STORE, or in a file that WXOP_STORE_FILE names.',
  '请在 WXOP_STORE 或 WXOP_STORE_FILE 指定的文件中设置用户名与密码。',
);
const CHECK_DISK = text(
  'Check its disk, maxmemory, and that it is the primary.',
  '请检查其磁盘、maxmemory，并确认其为主节点。',
);
const CHECK_REPLICAS = text(
  'Check its replicas. `?wait=0` in WXOP_STORE goes on without them: a failover may then lose what was written.',
  '请检查其从节点。WXOP_STORE 中加 `?wait=0` 可不等待从节点，但主从切换时可能丢失已写入的内容。',
);
const CHECK_REDIS = text(
  'Check that Redis runs and is reached from here. Nothing that was stored is lost.',
  '请确认 Redis 正在运行且本机可访问。已保存的内容不会丢失。',
);

function reasonOf(error: Error): string {
  const { code, errors } = error as { code?: string; errors?: { code?: string }[] };
  return code ?? errors?.[0]?.code ?? (error.message || error.name);
}
