/** The built command on Redis: passwords that never show, TLS, and a server that is not there. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { installed } from '../support/installed.ts';
import { freePort, wxop, type Environment } from '../support/processes.ts';
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
});
