/** The files of `service/`, tried with the programs that they are for, where these are installed. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { installed } from '../support/installed.ts';
import { eventually, freePort, startWxop, wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

const SERVICE = resolve(import.meta.dirname, '../../service');
const fileOf = (name: string): string => readFileSync(join(SERVICE, name), 'utf8');
const run = promisify(execFile);

const has = (program: string): boolean => installed(program, 'what is in service/ for it is not tried') !== undefined;

const trustProxy = (): string => /^Environment=WXOP_TRUST_PROXY=(.*)$/m.exec(fileOf('wxop.service'))?.[1] ?? '';

/** The listener as the unit runs it. */
async function listener() {
  const sandbox = startWxop(['sandbox', '--port', '0', '--json']);
  const { env } = await sandbox.json<{ env: Record<string, string> }>('sandbox');
  const flags = ['--json', '--verbose'];
  const listening = startWxop(['listen', ...flags], { ...env, WXOP_PORT: '0', WXOP_TRUST_PROXY: trustProxy() });
  const { url } = await listening.json<{ url: string }>('listening');
  return { env, port: new URL(url).port, errors: listening.stderr };
}

/** What a client at 127.0.0.2 does through the proxy is told as his, whatever he claims about himself. */
async function expectSeen(port: number, protocol: 'http' | 'https', errors: () => string): Promise<void> {
  const { request } = protocol === 'https' ? await import('node:https') : await import('node:http');
  const sent = request({
    ...{ host: '127.0.0.1', port, path: '/wechat/event', method: 'POST', localAddress: '127.0.0.2' },
    ...{ rejectUnauthorized: false, headers: { 'X-Forwarded-For': '203.0.113.9', 'Content-Length': 0 } },
  });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(400);
  await eventually(() => /missing-parameters {2}[\d.]+ ms {2}127\.0\.0\.2$/m.test(errors()) || undefined);
}

/** Starts a program that stays in the foreground; resolves when its port accepts. */
async function serve(program: string, argv: string[], port: number, env: Record<string, string> = {}): Promise<void> {
  const child = spawn(program, argv, { stdio: 'ignore', env: { ...process.env, ...env } });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await eventually(
    () =>
      new Promise<true | undefined>((done) => {
        const socket = connect(port, '127.0.0.1', () => done(true)).on('error', () => done(undefined));
        socket.on('connect', () => socket.destroy());
      }),
  );
}

/** Every genuine push gets through and every forged one is refused, by the proxy or behind it. */
async function expectPasses(url: string, env: Record<string, string>): Promise<void> {
  const argv = ['trigger', 'text', '--forge', 'all', '--to', `${url}/wechat/message/$APPID$`, '--json'];
  const { code, stdout } = await wxop(argv, env);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; name: string; verdict: string });
  expect(lines.filter(({ type, verdict }) => type === 'push' && verdict !== 'pass')).toEqual([]);
  expect(code).toBe(0);
}

test('the unit takes 143 for the end that it is, and asks for no rights', () => {
  const unit = fileOf('wxop.service');
  for (const line of [
    'SuccessExitStatus=143',
    'StartLimitIntervalSec=0',
    'RestartPreventExitStatus=2',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
  ]) {
    expect(unit.split('\n')).toContain(line);
  }
  // A secret in the environment of a unit can be read by everybody.
  expect(unit).not.toMatch(/^Environment=WXOP_(?:COMPONENT_APPSECRET|MESSAGE_TOKEN|ENCODING_AES_KEY)=/m);
});

test.skipIf(!has('systemd-analyze'))('systemd finds nothing wrong with the unit, and little exposed', async () => {
  const path = join(temporaryFolder(), 'wxop.service');
  // Verified where wxop is not installed.
  writeFileSync(path, fileOf('wxop.service').replace('/usr/local/bin/wxop', '/bin/true'));
  const { stdout, stderr } = await run('systemd-analyze', ['verify', path]);
  expect(stdout + stderr).toBe('');
  const { stdout: exposure } = await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', path]);
  expect(exposure).toMatch(/Overall exposure level for wxop\.service: [01]\.\d OK/);
});

describe.skipIf(!has('nginx') || !has('openssl'))('behind nginx', () => {
  test('pushes get through over TLS, forged ones do not', async () => {
    const folder = temporaryFolder();
    const [plainPort, tlsPort] = [await freePort(), await freePort()];
    const { env, port, errors } = await listener();
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '1'],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ]);
    const site = fileOf('nginx.conf')
      .replaceAll('127.0.0.1:7788', `127.0.0.1:${port}`)
      .replace('listen 80;', `listen 127.0.0.1:${plainPort};`)
      .replace('listen 443 ssl;', `listen 127.0.0.1:${tlsPort} ssl;`)
      .replace(/(ssl_certificate) .*;/, `$1 ${certificate};`)
      .replace(/(ssl_certificate_key) .*;/, `$1 ${key};`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/t;`,
    );
    const config = join(folder, 'nginx.conf');
    writeFileSync(
      config,
      `daemon off;\npid ${folder}/nginx.pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\naccess_log off;\n${temporary.join('\n')}\n${site}\n}\n`,
    );
    mkdirSync(join(folder, 't'), { mode: 0o777 });
    const { stderr } = await run('nginx', ['-t', '-e', `${folder}/error.log`, '-c', config]);
    expect(stderr).toContain('test is successful');
    await serve('nginx', ['-e', `${folder}/error.log`, '-c', config], tlsPort);
    await expectPasses(`https://127.0.0.1:${tlsPort}`, { ...env, NODE_EXTRA_CA_CERTS: certificate });
    await expectSeen(tlsPort, 'https', errors);
    const moved = await fetch(`http://127.0.0.1:${plainPort}/healthz`, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([301, 'https://127.0.0.1/healthz']);
  });
});

describe.skipIf(!has('caddy'))('behind Caddy', () => {
  test('pushes get through, forged ones do not', async () => {
    const folder = temporaryFolder();
    const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    await run('caddy', ['validate', '--adapter', 'caddyfile', '--config', join(SERVICE, 'Caddyfile')], {
      env: { ...process.env, ...env },
    });
    const site = await freePort();
    const behind = await listener();
    const config = join(folder, 'Caddyfile');
    const changed = fileOf('Caddyfile')
      .replaceAll('127.0.0.1:7788', `127.0.0.1:${behind.port}`)
      .replace(/^wx\.example\.com/m, `http://127.0.0.1:${site}`);
    writeFileSync(config, changed.replace(/^{/m, '{\n\tadmin off'));
    await serve('caddy', ['run', '--adapter', 'caddyfile', '--config', config], site, env);
    await expectPasses(`http://127.0.0.1:${site}`, behind.env);
    await expectSeen(site, 'http', behind.errors);
  });
});
