/**
 * A cluster of three primaries with a replica each. A crash is a primary that is killed and comes back as the replica of
 * its heir, a slot that moves, or a primary that is cut off for longer than the others wait.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { clusterLayout, PRIMARIES } from '../test/support/cluster-layout.ts';
import { freePort } from '../test/support/free-port.ts';
import { COMPONENT_APPID, sleep } from './open-store.ts';

/** Milliseconds after which a node is taken for dead. */
const NODE_TIMEOUT = 1_000;

export interface TorturedCluster {
  url: string;
  crash(): Promise<void>;
  close(): Promise<void>;
}

export async function startCluster(scratch: string): Promise<TorturedCluster> {
  const ports = await Promise.all(
    Array.from({ length: PRIMARIES * 2 }, async () => ({ port: await freePort(), bus: await freePort() })),
  );
  const { ids, files } = clusterLayout(ports);
  const children: ChildProcess[] = [];
  let crashes = 0;

  function start(at: number): void {
    const { port = 0, bus = 0 } = ports[at] ?? {};
    const settings: Record<string, string | number> = {
      port,
      bind: '127.0.0.1',
      dir: join(scratch, `node-${at}`),
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      'repl-diskless-sync-delay': 0,
      'cluster-enabled': 'yes',
      'cluster-port': bus,
      'cluster-config-file': 'nodes.conf',
      'cluster-node-timeout': NODE_TIMEOUT,
    };
    const argv = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    children[at] = spawn('redis-server', argv, { stdio: 'ignore' });
  }

  async function kill(at: number): Promise<void> {
    const child = children[at];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async function ask(at: number, ...command: string[]): Promise<unknown> {
    const socket = { host: '127.0.0.1', port: ports[at]?.port, reconnectStrategy: false as const };
    const client = createClient({ socket, RESP: 2 }).on('error', () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(command);
    } finally {
      client.destroy();
    }
  }

  const hasRole = async (at: number, role: 'master' | 'slave'): Promise<boolean> =>
    String(await ask(at, 'ROLE').catch(() => '')).startsWith(role);

  /** Every slot is served, and every primary has its replica again. */
  async function isWhole(): Promise<boolean> {
    for (const at of ports.keys()) {
      const [state, replication] = [
        String(await ask(at, 'CLUSTER', 'INFO').catch(() => '')),
        String(await ask(at, 'INFO', 'replication').catch(() => '')),
      ];
      if (!state.includes('cluster_state:ok')) return false;
      if (!/role:master[^]*state=online|master_link_status:up/.test(replication)) return false;
    }
    return true;
  }

  const until = async (look: () => Promise<boolean>): Promise<void> => {
    while (!(await look())) await sleep(20);
  };

  const slot = async (): Promise<string> => String(await ask(0, 'CLUSTER', 'KEYSLOT', `{${COMPONENT_APPID}}`));

  async function ownerOf(moved: string): Promise<number> {
    const ranges = (await ask(0, 'CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
    const range = ranges.find(([from, to]) => from <= Number(moved) && Number(moved) <= to);
    return ports.findIndex(({ port }) => port === range?.[2][1]);
  }

  async function reshard(moved: string, from: number): Promise<void> {
    const primaries = (
      await Promise.all([...ports.keys()].map(async (at) => ((await hasRole(at, 'master')) ? at : -1)))
    ).filter((at) => at >= 0 && at !== from);
    const to = primaries[crashes % primaries.length] ?? from;
    await ask(to, 'CLUSTER', 'SETSLOT', moved, 'IMPORTING', ids[from] ?? '');
    await ask(from, 'CLUSTER', 'SETSLOT', moved, 'MIGRATING', ids[to] ?? '');
    for (;;) {
      const keys = (await ask(from, 'CLUSTER', 'GETKEYSINSLOT', moved, '3')) as string[];
      if (keys.length === 0) break;
      await ask(from, 'MIGRATE', '127.0.0.1', String(ports[to]?.port), '', '0', '5000', 'KEYS', ...keys);
    }
    for (const at of [to, from]) await ask(at, 'CLUSTER', 'SETSLOT', moved, 'NODE', ids[to] ?? '');
  }

  for (const at of ports.keys()) {
    mkdirSync(join(scratch, `node-${at}`), { recursive: true });
    writeFileSync(join(scratch, `node-${at}`, 'nodes.conf'), files[at] ?? '');
    start(at);
  }
  await until(isWhole);

  return {
    url: `redis+cluster://${ports.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    crash: async () => {
      const moved = await slot();
      const owner = await ownerOf(moved);
      const kind = crashes++ % 3;
      if (kind === 1) await reshard(moved, owner);
      else {
        // What it has is there again when it is a replica: by then another answers for the slot.
        if (kind === 0) await kill(owner);
        else children[owner]?.kill('SIGSTOP');
        const heirs = [...ports.keys()].filter((at) => at !== owner && at % PRIMARIES === owner % PRIMARIES);
        await until(async () => (await Promise.all(heirs.map((at) => hasRole(at, 'master')))).includes(true));
        if (kind === 0) start(owner);
        else children[owner]?.kill('SIGCONT');
        await until(() => hasRole(owner, 'slave'));
      }
      await until(isWhole);
    },
    close: async () => void (await Promise.all([...ports.keys()].map(kill))),
  };
}
