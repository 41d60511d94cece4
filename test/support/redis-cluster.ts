/** Real nodes that replicate: a primary with a replica, a Sentinel over them, and a cluster of three primaries with a replica each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { clusterLayout, PRIMARIES } from './cluster-layout.ts';
import { eventually, freePort } from './processes.ts';
import { ownRedis, type TestRedis } from './redis.ts';
import { temporaryFolder } from './world.ts';

/** Otherwise a primary waits five seconds for more replicas to come. */
const QUICK = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];

/** A primary, and a replica that has all that it has. */
export async function startPair(): Promise<{ primary: TestRedis; replica: TestRedis }> {
  const primary = await ownRedis({ args: QUICK });
  return { primary, replica: await startReplica(primary) };
}

export async function startReplica(primary: TestRedis): Promise<TestRedis> {
  const replica = await ownRedis({ args: [...QUICK, '--replicaof', '127.0.0.1', String(primary.port)] });
  await isInStep(replica);
  return replica;
}

const isInStep = (replica: TestRedis): Promise<unknown> =>
  eventually(async () => /master_link_status:up/.test(String(await replica.send('INFO', 'replication'))) || undefined);

/** The replica stays, and hears nothing more from its primary: it follows a port where nobody is. */
export const cutOff = (replica: TestRedis): Promise<unknown> => replica.send('REPLICAOF', '127.0.0.1', '1');

/** A Sentinel that watches a primary called `kept`, and takes it for dead after 500 ms; its port. */
export async function openSentinel(primary: number, replicas = 0): Promise<number> {
  const folder = temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, `sentinel monitor kept 127.0.0.1 ${primary} 1`];
  const quick = ['sentinel down-after-milliseconds kept 500', 'sentinel failover-timeout kept 3000'];
  writeFileSync(file, [...lines, ...quick, ''].join('\n'));
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  onTestFinished(async () => {
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  });
  await eventually(async () => {
    const answer = await sendTo(port, 'SENTINEL', 'REPLICAS', 'kept').catch(() => undefined);
    return Array.isArray(answer) && answer.length >= replicas ? true : undefined;
  });
  return port;
}

async function sendTo(port: number, ...command: string[]): Promise<unknown> {
  const { createClient } = await import('@redis/client');
  const socket = { port, host: '127.0.0.1', reconnectStrategy: false as const };
  const client = createClient({ socket, RESP: 2 }).on('error', () => undefined);
  try {
    await client.connect();
    return await client.sendCommand(command);
  } finally {
    client.destroy();
  }
}

export interface TestCluster {
  url: string;
  /** Three primaries, then the replica of each, as they were at the start. */
  nodes: TestRedis[];
  idOf(node: TestRedis): string;
  /** Which primary has this slot now. */
  ownerOf(slot: number): Promise<TestRedis>;
  slotOf(key: string): Promise<number>;
  /** Moves a slot with all its keys, one after the other. */
  reshard(slot: number, to: TestRedis): Promise<void>;
  isWhole(): Promise<unknown>;
}

/** Six nodes that know each other from the first moment. `nodeTimeout`: milliseconds after which one is taken for dead. */
export async function startCluster(nodeTimeout = 300): Promise<TestCluster> {
  const folder = temporaryFolder();
  const ports = await Promise.all(
    Array.from({ length: PRIMARIES * 2 }, async () => ({ port: await freePort(), bus: await freePort() })),
  );
  const { ids, files } = clusterLayout(ports);
  const nodes = await Promise.all(
    ports.map(({ port, bus }, self) => {
      const file = join(folder, `${self}.conf`);
      writeFileSync(file, files[self] ?? '');
      const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', file, '--cluster-port', String(bus)];
      return ownRedis({ port, args: [...QUICK, ...cluster, '--cluster-node-timeout', String(nodeTimeout)] });
    }),
  );
  const byPort = (port: number): TestRedis => nodes.find((node) => node.port === port)!;
  const idOf = (node: TestRedis): string => ids[nodes.indexOf(node)] ?? '';

  async function ownerOf(slot: number): Promise<TestRedis> {
    for (const node of nodes) {
      const ranges = (await node.send('CLUSTER', 'SLOTS').catch(() => [])) as [number, number, [string, number]][];
      const range = ranges.find(([from, to]) => from <= slot && slot <= to);
      if (range) return byPort(range[2][1]);
    }
    throw new Error(`nobody has slot ${slot}`);
  }

  const cluster: TestCluster = {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    idOf,
    ownerOf,
    slotOf: async (key) => Number(await nodes[0]?.send('CLUSTER', 'KEYSLOT', key)),
    reshard: async (slot, to) => {
      const from = await ownerOf(slot);
      await to.send('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', idOf(from));
      await from.send('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', idOf(to));
      for (;;) {
        const keys = (await from.send('CLUSTER', 'GETKEYSINSLOT', String(slot), '1')) as string[];
        if (keys.length === 0) break;
        await from.send('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
      }
      for (const node of [to, from]) await node.send('CLUSTER', 'SETSLOT', String(slot), 'NODE', idOf(to));
    },
    isWhole: () =>
      eventually(async () => {
        for (const node of nodes) {
          const [info, replication] = [await node.send('CLUSTER', 'INFO'), await node.send('INFO', 'replication')].map(
            String,
          );
          if (!/cluster_state:ok/.test(info ?? '')) return undefined;
          if (!/role:master[^]*state=online|master_link_status:up/.test(replication ?? '')) return undefined;
        }
        return true;
      }),
  };
  await cluster.isWhole();
  return cluster;
}
