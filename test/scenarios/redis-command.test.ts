/** The built command on Redis: passwords that never show, TLS, and a server that is not there. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { installed } from '../support/installed.ts';
import { eventually, freePort, wxop, type Environment } from '../support/processes.ts';
import { hasRedis, ownRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/world.ts';

const openssl = installed('openssl', 'Redis over TLS is not tried');

async function settings(store: string): Promise<Environment> {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  return { ...sandbox.env, WXOP_HOME: temporaryFolder(), WXOP_STORE: store };
}

describe.skipIf(!hasRedis)('the command on Redis', () => {
  it('takes a password with every character, and shows it nowhere', async () => {
    const password = 'p@ss:w/o#r?d%&é+1';
    const encoded = encodeURIComponent(password);
    const redis = await ownRedis({ password });
    const env = await settings(redis.url.replace('//', `//:${encoded}@`));
    const outputs: string[] = [];
    const run = async (argv: string[], changes: Environment = {}, stdin?: string): Promise<number | null> => {
      const { code, stdout, stderr } = await wxop(argv, { ...env, ...changes }, stdin);
      outputs.push(stdout, stderr);
      return code;
    };
    expect(await run(['ticket', 'set', '--verbose'], {}, 'ticket@@@one')).toBe(0);
    expect(await run(['ticket', 'show', '--json', '--verbose'])).toBe(0);
    expect(await run(['profile', 'show', '--verbose'])).toBeTypeOf('number');
    const wrong = 'wr0ng%2Fpass';
    const other = { WXOP_STORE: redis.url.replace('//', `//:${wrong}@`) };
    expect(await run(['ticket', 'show', '--verbose'], other)).toBe(5);
    expect(await run(['ticket', 'show', '--json', '--verbose'], other)).toBe(5);
    expect(await run(['ticket', 'show', '--store', env.WXOP_STORE ?? ''])).toBe(2);
    expect(await run(['ticket', 'show'], { WXOP_STORE: `redis://:${password}@127.0.0.1` })).toBe(2);
    expect(await run(['ticket', 'show'], { WXOP_STORE: 'redis://:100%wr0ng@127.0.0.1:1' })).toBe(2);
    await redis.stop();
    expect(await run(['ticket', 'show', '--verbose'])).toBe(5);
    for (const secret of [password, encoded, wrong, 'wr0ng/pass', '100%wr0ng']) {
      expect(outputs.join('\n')).not.toContain(secret);
    }
  });

  it('says where no Redis is, and what to do, and stores nothing elsewhere', async () => {
    const env = await settings(`redis://127.0.0.1:${await freePort()}/3`);
    const { code, stdout, stderr } = await wxop(['ticket', 'set', '--json'], env, 'ticket@@@one');
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    const hint = expect.stringContaining('Check that Redis runs') as string;
    const error = { code: 'STORE_UNAVAILABLE', exitCode: 5, retryable: true, hint };
    expect(JSON.parse(stderr)).toMatchObject({ error });
    expect(existsSync(join(env.WXOP_HOME ?? '', 'state'))).toBe(false);
  });

  it.skipIf(!openssl)('speaks TLS, and only with a server whose certificate it can check', async ({ skip }) => {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    });
    const tls = [
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
      '--tls-auth-clients',
      'no',
    ];
    const redis = await ownRedis({ tls }).catch((error: unknown) =>
      // A server that cannot speak it does not know its settings.
      String(error).includes('tls-port') ? skip('redis-server was built without TLS') : Promise.reject(error),
    );
    const env = await settings(redis.url);
    const trusting = { ...env, NODE_EXTRA_CA_CERTS: cert };
    expect((await wxop(['ticket', 'set'], trusting, 'ticket@@@one')).code).toBe(0);
    expect((await wxop(['ticket', 'show', '--reveal'], trusting)).stdout).toBe('ticket@@@one\n');
    const untrusting = await wxop(['ticket', 'show', '--json'], env);
    expect(untrusting.code).toBe(5);
    expect(untrusting.stderr).toMatch(/SELF_SIGNED|certificate/i);
  });

  /** Everything that a command asks of a store: records, their history, locks, lists, its own advice. */
  async function expectWholeJob(env: Environment, sandbox: Sandbox): Promise<void> {
    const [{ appId = '' } = {}] = sandbox.state().accounts;
    await sandbox.push({ event: 'authorized', appId });
    const jobs: [string[], string?][] = [
      [['ticket', 'set'], sandbox.state().ticket],
      [['accounts', 'sync']],
      [['token', 'refresh', '--all']],
      [['token', 'get', appId]],
      [['accounts', 'list']],
      [['store', 'show']],
      [['events', 'list']],
    ];
    for (const [argv, stdin] of jobs) {
      const { code, stderr } = await wxop(argv, env, stdin);
      expect([argv, code, stderr.split('\n').filter((line) => line.startsWith('error'))]).toEqual([argv, 0, []]);
    }
  }

  it('works on a cluster', async () => {
    // By itself its bus takes a port of the kernel's own range, which may be in use.
    const bus = String(await freePort());
    const redis = await ownRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', bus] });
    await redis.send('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await eventually(async () => String(await redis.send('CLUSTER', 'INFO')).includes('cluster_state:ok') || undefined);
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const store = `redis+cluster://127.0.0.1:${redis.port}?wait=0`;
    await expectWholeJob({ ...sandbox.env, WXOP_HOME: temporaryFolder(), WXOP_STORE: store }, sandbox);
    expect(String(await redis.send('KEYS', '*'))).toContain('account');
  });

  it('finds the primary by asking Sentinel', async () => {
    const redis = await ownRedis();
    const sentinel = await openSentinel(redis.port);
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const store = `redis+sentinel://127.0.0.1:${sentinel}/2?master=kept&wait=0`;
    await expectWholeJob({ ...sandbox.env, WXOP_HOME: temporaryFolder(), WXOP_STORE: store }, sandbox);
    expect(String(await redis.send('INFO', 'keyspace'))).toContain('db2:');
  });
});

/** A Sentinel of its own that watches one primary; its port. */
async function openSentinel(primary: number): Promise<number> {
  const folder = temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor kept 127.0.0.1 ${primary} 1\n`);
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  onTestFinished(async () => {
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  });
  const client = createClient({ socket: { port, host: '127.0.0.1' } }).on('error', () => undefined);
  await client.connect();
  await client.sendCommand(['PING']);
  client.destroy();
  return port;
}
