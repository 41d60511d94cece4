/** The stores that are tortured: a folder, and a Redis of our own that can be killed and started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { startCluster } from './cluster-place.ts';
import { COMPONENT_APPID, openStore, sleep, type Address } from './open-store.ts';
import type { Store } from '../src/store/store.ts';

export interface Place {
  kind: 'file' | 'redis' | 'cluster';
  address: Address;
  /** The variables with which the built command uses the same store. */
  environment: Record<string, string>;
  open(key?: string): Promise<Store>;
  /** SIGKILL to the server and a new start on its files; of a cluster, what befalls one. On files there is nobody to kill. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

function opener(address: Address) {
  const opened: Store[] = [];
  return {
    open: async (key?: string): Promise<Store> => {
      const store = await openStore(address, { key });
      opened.push(store);
      return store;
    },
    closeAll: async () => void (await Promise.all(opened.map((store) => store.close()))),
  };
}

export function filePlace(home: string): Place {
  const address = { folder: join(home, 'state', COMPONENT_APPID) };
  const { open, closeAll } = opener(address);
  return {
    kind: 'file',
    address,
    environment: { WXOP_HOME: home },
    open,
    crash: () => Promise.resolve(),
    close: closeAll,
  };
}

/** Every write is on disk before it is answered: with less, a crash may take what was promised to be durable. */
export async function redisPlace(scratch: string): Promise<Place> {
  const directory = join(scratch, 'redis');
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const settings = { port, bind: '127.0.0.1', dir: directory, save: '', appendonly: 'yes', appendfsync: 'always' };
  const argv = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    server = spawn('redis-server', argv, { stdio: 'ignore' });
    while (!(await isThere(port))) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
      await sleep(10);
    }
  };
  const kill = async (): Promise<void> => {
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };
  await start();
  const { open, closeAll } = opener({ url });
  return {
    kind: 'redis',
    address: { url },
    environment: { WXOP_HOME: join(scratch, 'home'), WXOP_STORE: url },
    open,
    crash: async () => {
      await kill();
      await start();
    },
    close: async () => {
      await closeAll();
      await kill();
    },
  };
}

/** Six nodes; what was acknowledged is on two of them. */
export async function clusterPlace(scratch: string): Promise<Place> {
  const cluster = await startCluster(scratch);
  const { open, closeAll } = opener({ url: cluster.url });
  return {
    kind: 'cluster',
    address: { url: cluster.url },
    environment: { WXOP_HOME: join(scratch, 'home'), WXOP_STORE: cluster.url },
    open,
    crash: cluster.crash,
    close: async () => {
      await closeAll();
      await cluster.close();
    },
  };
}

const isThere = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      answer(true);
    });
    socket.on('error', () => answer(false));
  });
