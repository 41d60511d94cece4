/** A redis-server of the test's own, on a free port, gone after it; and a hand to fill it with. */
import { spawn, spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { openRedisConnection, type RedisConnection } from '../../src/store/redis-connection.ts';
import { freePort } from './processes.ts';
import { sleep } from './platform.ts';
import { temporaryFolder } from './world.ts';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export interface RedisServer {
  /** `redis://127.0.0.1:<port>` */
  url: string;
  port: number;
  run: (...command: string[]) => ReturnType<RedisConnection['send']>;
}

export async function startRedis({ password = '' } = {}): Promise<RedisServer> {
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes'];
  const auth = password ? ['--requirepass', password] : [];
  const server = spawn('redis-server', [...flags, ...auth, '--dir', temporaryFolder()], { stdio: 'ignore' });
  const user = password ? `:${password}@` : '';
  const connection = openRedisConnection({
    url: `redis://${user}127.0.0.1:${port}`,
    elapsed: () => performance.now(),
    sleep,
  });
  onTestFinished(async () => {
    await connection.close();
    server.kill('SIGKILL');
  });
  const run = (...command: string[]) => connection.send(command[1] ?? '', command);
  for (const deadline = Date.now() + 20_000; ;) {
    if (
      await run('PING').then(
        () => true,
        () => false,
      )
    )
      return { url: `redis://127.0.0.1:${port}`, port, run };
    if (Date.now() > deadline) throw new Error('redis-server did not start');
    await sleep(20);
  }
}
