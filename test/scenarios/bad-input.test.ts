/** What bad input gets, as an operator meets it: exit code, sentence, next step, and nothing stored lost or changed. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { here } from '../support/here.ts';
import { freePort, startWxop, type Environment } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** A home with a ticket, one account and its token; and the account's appid. */
async function settledHome(sandbox: Sandbox): Promise<{ env: Environment; appId: string }> {
  const env = sandbox.env;
  const appId = sandbox.state().accounts[0]?.appId ?? '';
  await sandbox.push({ event: 'authorized', appId });
  await here(['ticket', 'set'], env, sandbox.state().ticket);
  expect((await here(['accounts', 'sync'], env)).code).toBe(0);
  expect((await here(['token', 'get', appId], env)).code).toBe(0);
  return { env, appId };
}

/** Every credential in a home, by file; locks come and go. */
function credentials(home: string): Record<string, string> {
  const files = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/lock/'))
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file, readFileSync(file, 'utf8')]));
}

const recordFolder = (env: Environment, ...path: string[]): string =>
  join(env.WXOP_HOME ?? '', 'state', env.WXOP_COMPONENT_APPID ?? '', ...path);

describe('without settings', () => {
  test.each([
    [['listen'], 'WXOP_MESSAGE_TOKEN'],
    [['authorize'], 'WXOP_COMPONENT_APPSECRET'],
    [['menu', 'get', 'wx0123456789abcdef'], 'WXOP_COMPONENT_APPID'],
    [['ticket', 'show'], 'WXOP_COMPONENT_APPID'],
  ])('%j ends with 2 and names the variables', async (argv, variable) => {
    const home = temporaryFolder();
    const finished = await here([...argv, '--json'], { WXOP_HOME: home });
    expect(finished).toMatchObject({ code: 2, stdout: '' });
    expect(errorOf(finished)).toMatchObject({ code: 'SETTINGS_MISSING', exitCode: 2 });
    expect(errorOf(finished).hint).toContain(variable);
    expect(readdirSync(home)).toEqual([]);
  });

  test('a wrong shape is named with its origin', async () => {
    const finished = await here(['listen', '--json'], { WXOP_HOME: temporaryFolder(), WXOP_COMPONENT_APPID: 'gh_123' });
    expect(finished.code).toBe(2);
    expect(errorOf(finished)).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(errorOf(finished).message).toContain('WXOP_COMPONENT_APPID');
  });

  test('one path for both URLs is refused', async () => {
    const environment = {
      WXOP_HOME: temporaryFolder(),
      WXOP_COMPONENT_APPID: 'wx0123456789abcdef',
      WXOP_MESSAGE_TOKEN: 'token',
      WXOP_ENCODING_AES_KEY: 'k'.repeat(43),
    };
    const finished = await here(['listen', '--json', '--event-path', '/a', '--message-path', '/a'], environment);
    expect(finished.code).toBe(2);
    expect(errorOf(finished)).toMatchObject({ code: 'SETTINGS_INVALID' });
  });

  test('a damaged settings file is left as it is', async () => {
    const home = temporaryFolder();
    const path = join(home, 'config.json');
    writeFileSync(path, '{"profiles": {"default": {"componentAppSecret": "planted-secret-0000"', { mode: 0o600 });
    for (const argv of [['listen'], ['init', '--generate'], ['profile', 'list']]) {
      const finished = await here([...argv, '--verbose'], { WXOP_HOME: home });
      expect(finished.code).toBe(2);
      expect(finished.stderr).toContain(path);
      expect(finished.stderr).not.toContain('planted-secret');
    }
    expect(readFileSync(path, 'utf8')).toContain('planted-secret-0000');
  });
});

describe('a platform that cannot be had', () => {
  test('unreachable: 5, names the host, and what is stored stays', async () => {
    const sandbox = await openSandbox();
    const { env, appId } = await settledHome(sandbox);
    const before = credentials(env.WXOP_HOME ?? '');
    const unreachable = { ...env, WXOP_API_URL: `http://127.0.0.1:${await freePort()}` };
    const finished = await here(['token', 'refresh', appId, '--json'], unreachable);
    expect(finished).toMatchObject({ code: 5, stdout: '' });
    expect(errorOf(finished)).toMatchObject({ code: 'NETWORK', retryable: true });
    expect(errorOf(finished).message).toContain(new URL(unreachable.WXOP_API_URL).host);
    expect(credentials(env.WXOP_HOME ?? '')).toEqual(before);
    expect((await here(['token', 'get', appId], env)).code).toBe(0);
  });

  test('answering HTML: 5, says so, and what is stored stays', async () => {
    const sandbox = await openSandbox();
    const { env, appId } = await settledHome(sandbox);
    const before = credentials(env.WXOP_HOME ?? '');
    const gateway = createServer((_request, response) => response.writeHead(502).end('<html>Bad Gateway</html>'));
    await new Promise<void>((done) => gateway.listen(0, '127.0.0.1', done));
    onTestFinished(() => void gateway.close());
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    for (const argv of [
      ['menu', 'get', appId],
      ['token', 'refresh', appId],
    ]) {
      const finished = await here([...argv, '--json'], { ...env, WXOP_API_URL: url });
      expect(finished).toMatchObject({ code: 5, stdout: '' });
      expect(errorOf(finished).message).toContain('HTML');
    }
    expect(credentials(env.WXOP_HOME ?? '')).toEqual(before);
  });

  test('an answer that is lost half-way is no loss: the account comes back', async () => {
    const sandbox = await openSandbox({ rotate: true });
    const { env, appId } = await settledHome(sandbox);
    sandbox.addFault('api_authorizer_token=truncated*1');
    // The platform has changed the refresh token, and we never saw the new one.
    expect((await here(['token', 'refresh', appId], env)).code).toBe(5);
    expect((await here(['token', 'refresh', appId], env)).code).toBe(0);
    expect((await here(['menu', 'get', appId], env)).code).toBe(0);
  });

  test('61004 names the address to enter and reminds to publish, in both languages', async () => {
    const sandbox = await openSandbox({ allowedIps: ['203.0.113.7'] });
    const { ticket } = sandbox.state();
    await here(['ticket', 'set'], sandbox.env, ticket);
    const finished = await here(['token', 'component', '--json'], sandbox.env);
    expect(finished.code).toBe(3);
    expect(errorOf(finished)).toMatchObject({ code: 'IP_NOT_ALLOWED', requestIp: '127.0.0.1' });
    expect(errorOf(finished).rid).toMatch(/^[0-9a-f]{8}-/);
    expect(errorOf(finished).hint).toMatch(/127\.0\.0\.1.*白名单IP.*全网发布/);
    const zh = await here(['token', 'component', '--lang', 'zh'], sandbox.env);
    expect(zh.stderr).toMatch(/127\.0\.0\.1.*白名单IP.*全网发布/);
  });
});

describe('a damaged record', () => {
  test('is moved aside and named; the version before it counts again', async () => {
    const sandbox = await openSandbox();
    const { env, appId } = await settledHome(sandbox);
    await here(['token', 'refresh', appId], env);
    const folder = recordFolder(env, 'token', appId);
    writeFileSync(join(folder, '2.json'), '{"format":1,"ver');
    const finished = await here(['token', 'get', appId, '--json'], env);
    expect(finished).toMatchObject({ code: 1, stdout: '' });
    expect(errorOf(finished)).toMatchObject({ code: 'RECORD_DAMAGED' });
    expect(errorOf(finished).message).toContain(join(folder, '2.json'));
    const [aside] = readdirSync(folder).filter((name) => name.includes('damaged'));
    expect(aside).toMatch(/^2\.json\.damaged-\d{8}T/);
    expect(readFileSync(join(folder, aside ?? ''), 'utf8')).toBe('{"format":1,"ver');
    expect((await here(['token', 'get', appId], env)).code).toBe(0);
  });

  test('of a newer wxop is refused and left byte for byte', async () => {
    const sandbox = await openSandbox();
    const { env, appId } = await settledHome(sandbox);
    const path = join(recordFolder(env, 'account', appId), '9.json');
    const content = '{"format":3,"version":9,"value":{"something":"new"}}\n';
    writeFileSync(path, content, { mode: 0o600 });
    const finished = await here(['accounts', 'show', appId, '--json'], env);
    expect(finished.code).toBe(1);
    expect(errorOf(finished)).toMatchObject({ code: 'RECORD_NEWER' });
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  test('readable by others is repaired with a warning', async () => {
    const sandbox = await openSandbox();
    const { env, appId } = await settledHome(sandbox);
    const path = join(recordFolder(env, 'token', appId), '1.json');
    writeFileSync(path, readFileSync(path), { mode: 0o644 });
    chmodSync(path, 0o644);
    const finished = await here(['token', 'get', appId], env);
    expect(finished.code).toBe(0);
    expect(finished.stderr).toContain('644');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

test('a listener with the wrong AES key says what is wrong, keeps serving, and stores nothing', async () => {
  const port = await freePort();
  const pushUrl = `http://127.0.0.1:${port}/wechat/event`;
  const sandbox = await openSandbox({ pushUrl });
  const wrong = { ...sandbox.env, WXOP_ENCODING_AES_KEY: 'a'.repeat(43) };
  const listen = startWxop(['listen', '--json', '--no-start-push'], wrong);
  await listen.json('listening');
  expect(await sandbox.push({ event: 'component_verify_ticket' })).toEqual({ status: 400, body: 'bad-padding' });
  expect(await listen.json('rejected')).toEqual({ type: 'rejected', reason: 'bad-padding', status: 400 });
  expect((await here(['ticket', 'show'], wrong)).code).toBe(4);
  await listen.stop();

  // With the right key as the previous one, the same push is fine.
  const rotated = { ...wrong, WXOP_PREVIOUS_ENCODING_AES_KEY: sandbox.env.WXOP_ENCODING_AES_KEY ?? '' };
  const again = startWxop(['listen', '--json', '--no-start-push'], rotated);
  await again.json('listening');
  expect(await sandbox.push({ event: 'component_verify_ticket' })).toEqual({ status: 200, body: 'success' });
  await again.json('ticket');
});

test('without the secret, listen takes tickets and says what it cannot do', async () => {
  const port = await freePort();
  const sandbox = await openSandbox({ pushUrl: `http://127.0.0.1:${port}/wechat/event` });
  const { WXOP_COMPONENT_APPSECRET: _secret, ...env } = sandbox.env;
  const listen = startWxop(['listen', '--json'], env);
  await listen.json('listening');
  await sandbox.push({ event: 'component_verify_ticket' });
  await listen.json('ticket');
  expect(listen.stderr()).toContain('No AppSecret yet');
  expect((await here(['ticket', 'show'], env)).code).toBe(0);
});

test('secrets come from files; a file that cannot be read is named', async () => {
  const folder = temporaryFolder();
  const sandbox = await openSandbox();
  mkdirSync(join(folder, 'secrets'));
  const path = join(folder, 'secrets', 'appsecret');
  writeFileSync(path, `${sandbox.env.WXOP_COMPONENT_APPSECRET}\n`);
  const { WXOP_COMPONENT_APPSECRET: _secret, ...env } = sandbox.env;
  await here(['ticket', 'set'], env, sandbox.state().ticket);
  expect((await here(['token', 'component'], { ...env, WXOP_COMPONENT_APPSECRET_FILE: path })).code).toBe(0);
  const unreadable = await here(['ticket', 'start'], { ...env, WXOP_COMPONENT_APPSECRET_FILE: `${path}-gone` });
  expect(unreadable.code).toBe(2);
  expect(unreadable.stderr).toContain(`${path}-gone`);
});
