/** A real redis-server of a test file: its own folder and port, an append-only file, and everything that can befall it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import {
  openRedisConnection,
  type RedisConnection,
  type RedisConnectionOptions,
} from '../../src/store/redis-connection.ts';
import { createRedisStore, type RedisStoreOptions } from '../../src/store/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import { installed } from './installed.ts';
import { freePort } from './processes.ts';
import { sleep } from './sleep.ts';

export const hasRedis = installed('redis-server', 'nothing of the Redis store is tested') !== undefined;

export interface TestRedis {
  port: number;
  url: string;
  /** Sends one command, as an administrator would. */
  send(...command: string[]): Promise<unknown>;
  /** Ends it with SIGTERM, or with SIGKILL. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port with the same files. Resolves when it answers. */
  start(): Promise<void>;
  pause(): void;
  resume(): void;
}

export interface RedisOptions {
  args?: string[];
  password?: string;
  /** Instead of its plain port. */
  tls?: string[];
  /** Where others must know it before it starts. */
  port?: number;
}

async function startRedis({ args = [], password, tls, port: wanted }: RedisOptions = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'wxop-redis-'));
  const port = wanted ?? (await freePort());
  let server: ChildProcess | undefined;
  const url = `redis${tls ? 's' : ''}://127.0.0.1:${port}`;

  async function send(...command: string[]): Promise<unknown> {
    const client = createClient({
      url,
      password,
      socket: { reconnectStrategy: false, connectTimeout: 5_000, ...(tls && { tls: true, rejectUnauthorized: false }) },
      RESP: 2,
      // Its own is five seconds.
      commandOptions: { timeout: undefined },
    }).on('error', () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(command);
    } finally {
      client.destroy();
    }
  }

  const start = async (): Promise<void> => {
    const listen = tls ? ['--port', '0', '--tls-port', String(port), ...tls] : ['--port', String(port)];
    const kept = ['--dir', folder, '--appendonly', 'yes', '--save', '', '--loglevel', 'warning'];
    const secret = password === undefined ? [] : ['--requirepass', password];
    const child = spawn('redis-server', ['--bind', '127.0.0.1', ...listen, ...kept, ...secret, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    server = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    for (;;) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}\n${output}`);
      const answer = await send('PING').catch(String);
      if (answer === 'PONG' || /LOADING|NOAUTH/.test(String(answer))) return;
      await sleep(10);
    }
  };

  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    const child = server;
    server = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    // A stopped process takes nothing but SIGKILL.
    child.kill('SIGCONT');
    child.kill(signal);
    await closed;
  };

  await start();
  const redis: TestRedis = {
    port,
    url,
    send,
    stop,
    start,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
  };
  ENDINGS.set(redis, async () => {
    await stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return redis;
}

const ENDINGS = new WeakMap<TestRedis, () => Promise<void>>();

/** Stops it for good and removes its files. */
const endRedis = async (redis: TestRedis): Promise<void> => ENDINGS.get(redis)?.();

/** One server for a whole test file; call it at the top. */
export function useRedis(options: RedisOptions = {}): () => TestRedis {
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    if (hasRedis) redis = await startRedis(options);
  });
  afterAll(async () => {
    if (redis) await endRedis(redis);
  });
  return () => {
    if (!redis) throw new Error('redis-server is not installed');
    return redis;
  };
}

/** A server of this test alone, because it comes to harm. */
export async function ownRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const redis = await startRedis(options);
  onTestFinished(() => endRedis(redis));
  return redis;
}

let components = 0;

/** A component that no other test of this process has. */
export const freshComponent = (): string => `wx${String(++components).padStart(16, '0')}`;

/** Milliseconds for a command: the machine may be slow. */
export const PATIENT = 30_000;

/**
 * As the context opens it, but patient: `deadline`, asked at each command, is shorter where a test waits for its end.
 * Closed after the test.
 */
export function connectionTo(url: string, options: Partial<RedisConnectionOptions> = {}): RedisConnection {
  const world = { url, elapsed: () => performance.now(), sleep, deadline: () => PATIENT };
  const connection = openRedisConnection({ ...world, ...options });
  onTestFinished(() => connection.close());
  return connection;
}

export function openRedisStore(url: string, options: Partial<RedisStoreOptions> = {}): Store {
  return createRedisStore({
    connection: connectionTo(url),
    componentAppId: 'wx5a4db0c0ffee0001',
    now: Date.now,
    pid: process.pid,
    host: hostname,
    isAlive: () => true,
    elapsed: () => performance.now(),
    sleep,
    warn: () => undefined,
    ...options,
  });
}

/** Every key with everything in it, as text. */
export async function everything(redis: TestRedis): Promise<Record<string, string>> {
  const keys = ((await redis.send('KEYS', '*')) as string[]).sort();
  const read: Record<string, string[]> = { hash: ['HGETALL'], set: ['SMEMBERS'], stream: ['XRANGE', '-', '+'] };
  const entries: [string, string][] = [];
  for (const key of keys) {
    const type = String(await redis.send('TYPE', key));
    const [command = 'GET', ...range] = read[type] ?? [];
    entries.push([key, JSON.stringify(await redis.send(command, key, ...range))]);
  }
  return Object.fromEntries(entries);
}

export interface Proxy {
  port: number;
  /** The next answer is lost: its command has been run, and then the line is cut. */
  loseNextReply(): void;
  /** How many answers were lost so far. */
  lost(): number;
}

/** A line that can be cut at the worst moment. */
export async function startProxy(target: number): Promise<Proxy> {
  let isArmed = false;
  let lost = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', cut).on('close', cut);
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (!isArmed) return void client.write(chunk);
      isArmed = false;
      lost++;
      cut();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { port, loseNextReply: () => void (isArmed = true), lost: () => lost };
}
