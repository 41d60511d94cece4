/** Statement 22 of what a good command-line tool does: the package, and the way to WeChat. */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { issue, passOn, serveTls } from '../support/doctor-setup.ts';
import { errorOf } from '../support/error-line.ts';
import { installed } from '../support/installed.ts';
import { wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('22. The package', () => {
  it('can be run out of a clone', () => accessSync(join(ROOT, 'bin/wxop.js'), constants.X_OK));

  it('runs nothing when it is installed, and works with scripts disabled and without optional dependencies', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    for (const hook of ['preinstall', 'install', 'postinstall']) expect(manifest.scripts).not.toHaveProperty(hook);
    const folder = temporaryFolder();
    const npm = (...argv: string[]): string =>
      execFileSync('npm', argv, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const packed = npm('pack', ROOT, '--silent', '--ignore-scripts').trim();
    npm('install', '--prefix', folder, '--ignore-scripts', '--omit=optional', '--offline', `./${packed}`);
    const installedBin = join(folder, 'node_modules/.bin/wxop');
    const run = spawnSync(installedBin, ['sandbox', '--help'], { encoding: 'utf8', cwd: folder });
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toContain('wxop sandbox');
    // What only an optional dependency can do says so.
    const jq = spawnSync(installedBin, ['map', '--jq', '.'], { encoding: 'utf8', cwd: folder });
    expect([jq.status, jq.stdout]).toEqual([2, '']);
    expect(jq.stderr).toContain('needs the package jq-wasm');
  });
});

/** A proxy that knows one way, and counts who takes it. */
async function startProxy(): Promise<{ url: string; passed: string[] }> {
  const passed: string[] = [];
  const server = createServer();
  server.on('connect', ({ url = '' }, socket, head) => {
    passed.push(url);
    const target = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    for (const end of [target, socket]) end.on('error', () => target.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, passed };
}

const openssl = installed('openssl', 'no proxy is tried with a private CA');

describe.skipIf(!openssl)('22. The way to WeChat', () => {
  it('takes the proxy of the environment and a private CA, and NO_PROXY leads past it', async () => {
    const [sandbox, proxy] = await Promise.all([startSandbox(), startProxy()]);
    onTestFinished(() => sandbox.close());
    const { key, chain, ca } = issue(2, 'intermediate');
    const wechat = await serveTls({ key, cert: chain }, passOn(sandbox.url));
    const host = new URL(wechat).host;
    const env = { ...sandbox.env, WXOP_API_URL: wechat, HTTPS_PROXY: proxy.url };
    await wxop(['ticket', 'set'], env, sandbox.state().ticket);
    const call = ['ip', '--json'];
    const unknown = await wxop(call, env);
    expect([unknown.code, unknown.stdout, errorOf(unknown).code]).toEqual([5, '', 'NETWORK']);
    expect(errorOf(unknown).hint).toContain('NODE_EXTRA_CA_CERTS');
    const trusting = { ...env, NODE_EXTRA_CA_CERTS: ca };
    expect((await wxop(call, trusting)).code).toBe(0);
    expect(new Set(proxy.passed)).toEqual(new Set([host]));
    const before = proxy.passed.length;
    expect((await wxop(call, { ...trusting, NO_PROXY: 'localhost' })).code).toBe(0);
    expect(proxy.passed).toHaveLength(before);
  });
});
