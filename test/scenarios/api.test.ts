/** `wxop api`, `quota`, `rid` and `ip` as they are typed, against the sandbox. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { here } from '../support/here.ts';
import { BIN, CACHE, type Environment, type Finished } from '../support/processes.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const LIST = '/cgi-bin/component/api_get_authorizer_list';

interface Open {
  sandbox: Sandbox;
  env: Environment;
  appIds: string[];
  calls: (path: string) => number;
}

async function open(options: SandboxOptions = {}): Promise<Open> {
  const sandbox = await startSandbox(options);
  const appIds = sandbox.state().accounts.map(({ appId }) => appId);
  for (const appId of appIds) await sandbox.push({ event: 'authorized', appId });
  const { env: environment } = sandbox;
  await runWxop(['ticket', 'set', '--quiet'], { environment, stdin: sandbox.state().ticket });
  expect((await runWxop(['accounts', 'sync', '--quiet'], { environment })).code).toBe(0);
  return { sandbox, env: sandbox.env, appIds, calls: (path) => sandbox.state().calls[path] ?? 0 };
}

async function openOwn(options: SandboxOptions = {}): Promise<Open> {
  const opened = await open(options);
  onTestFinished(() => opened.sandbox.close());
  return opened;
}

/** Like here(), in a process of its own, with stdout as bytes. */
async function wxopBytes(argv: string[], environment: Environment): Promise<{ code: number | null; stdout: Buffer }> {
  const env = { PATH: process.env.PATH, WXOP_LANG: 'en', XDG_CACHE_HOME: CACHE, ...environment };
  const child = spawn(process.execPath, [BIN, ...argv], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return { code: child.exitCode, stdout: Buffer.concat(chunks) };
}

let opened: Open;
let appId = '';
beforeAll(async () => {
  opened = await open();
  [appId = ''] = opened.appIds;
});
afterAll(() => opened.sandbox.close());
const run = (argv: string[], stdin?: string): Promise<Finished> => here(argv, opened.env, stdin);

describe('api', () => {
  test('prints the answer byte for byte, as the account that is named', async () => {
    const asked = await wxopBytes(['api', '/cgi-bin/get_current_selfmenu_info', '--as', appId], opened.env);
    const menu = await run(['menu', 'get', appId, '--json']);
    expect([asked.code, asked.stdout.toString('utf8')]).toEqual([0, menu.stdout.trimEnd()]);
    const toStdout = await run(['api', '/cgi-bin/get_current_selfmenu_info', '--as', appId, '-o', '-']);
    expect([toStdout.code, toStdout.stdout.trimEnd()]).toEqual([0, menu.stdout.trimEnd()]);
    const byName = await run(['api', 'cgi-bin/get_current_selfmenu_info', '--as', '春风', '--json']);
    expect([byName.code, byName.stdout.trimEnd(), byName.stderr]).toEqual([0, menu.stdout.trimEnd(), '']);
  });

  test('chooses method and token by the path, and names the component itself', async () => {
    const { code, stdout } = await run(['api', LIST, '--field', 'offset=1', '-F', 'count=2']);
    expect(code).toBe(0);
    const { total_count, list } = JSON.parse(stdout) as { total_count: number; list: { authorizer_appid: string }[] };
    expect([total_count, list.map(({ authorizer_appid }) => authorizer_appid)]).toEqual([5, opened.appIds.slice(1, 3)]);
    for (const data of ['{"offset":0,"count":1}', '{ "count": 1, "offset": 0 }']) {
      expect((await run(['api', 'POST', LIST, '--data', data])).code).toBe(0);
      expect((await run(['api', LIST, '-d', '-'], data)).code).toBe(0);
    }
  });

  test('fields keep their kinds; raw fields are text', async () => {
    const server = await echo();
    const env = { ...opened.env, WXOP_API_URL: server.url };
    const file = join(temporaryFolder(), 'content.txt');
    writeFileSync(file, '内容\n');
    const fields = ['a=1', 'b=true', 'c=null', 'd=x=y', 'e[f]=2', 'g[]=3', 'g[]=4', `h=@${file}`, 'i=0012'];
    const argv = ['api', 'POST', '/some/path', '--as', 'none', ...fields.flatMap((field) => ['-F', field])];
    const { stdout } = await here([...argv, '-f', 'j=1', '--query', 'q=1 2', '--query', 'q=三'], env);
    const seen = JSON.parse(stdout) as { url: string; body: string };
    expect(JSON.parse(seen.body)).toEqual({
      ...{ a: 1, b: true, c: null, d: 'x=y', e: { f: 2 }, g: [3, 4], h: '内容\n', i: '0012', j: '1' },
    });
    expect(new URL(seen.url, 'http://x').searchParams.getAll('q')).toEqual(['1 2', '三']);
  });

  test('data is sent as it is written; fields of a GET go into the query', async () => {
    const server = await echo();
    const env = { ...opened.env, WXOP_API_URL: server.url };
    const data = '{ "n": 12345678901234567890, "名": "值" }';
    const post = await here(['api', '/some/path', '--as', 'none', '--data', data], env);
    expect(JSON.parse(post.stdout)).toMatchObject({ method: 'POST', body: data });
    const get = await here(['api', 'get', 'some/path?x=1', '--as', 'none', '-F', 'y=2'], env);
    expect(JSON.parse(get.stdout)).toMatchObject({ method: 'GET', url: '/some/path?x=1&y=2', body: '' });
    const named = await here(['api', '/cgi-bin/component/api_start_push_ticket', '-d', data], env);
    expect((JSON.parse(named.stdout) as { body: string }).body).toBe(
      `{"component_appid":"${opened.env.WXOP_COMPONENT_APPID}", "n": 12345678901234567890, "名": "值" }`,
    );
  });

  test('a refusal: the answer on stdout as it came, explained on stderr; with --json nothing on stdout', async () => {
    const refused = await run(['api', '/cgi-bin/menu/nope', '--as', appId]);
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.stdout)).toMatchObject({ errcode: 40066 });
    expect(refused.stderr).toContain('there is no such API (40066');
    const json = await run(['api', '/cgi-bin/menu/nope', '--as', appId, '--json']);
    expect([json.code, json.stdout]).toEqual([3, '']);
    expect(errorOf(json)).toMatchObject({
      code: 'PLATFORM_REFUSED',
      errcode: 40066,
      rid: expect.any(String) as string,
    });
  });

  test.each([
    ['another host', ['https://evil.example/cgi-bin/menu/get', '--as', 'component']],
    ['credentials in the address', ['http://me@api.weixin.qq.com/cgi-bin/menu/get', '--as', 'component']],
    ['a token in the query', ['/cgi-bin/menu/get?access_token=x']],
    ['a token as a parameter', ['/cgi-bin/menu/get', '--query', 'component_access_token=x']],
    ['an escaped path', ['/cgi-bin/%74oken', '--as', 'none']],
    ['a path that nobody knows, without --as', ['/x/y']],
    ['an account path without --as', ['/cgi-bin/menu/get']],
    ['no method', ['/cgi-bin/menu/get', '/x']],
    ['a method alone', ['GET']],
    ['a GET with a body', ['GET', '/cgi-bin/menu/get', '--as', 'component', '-d', '{}']],
    ['a body twice', ['/cgi-bin/menu/create', '--as', 'component', '-d', '{}', '-F', 'a=1']],
    ['a field without a value', ['/cgi-bin/menu/create', '--as', 'component', '-F', 'a']],
    ['fields that contradict each other', ['/x', '--as', 'none', '-F', 'a=1', '-F', 'a[b]=1']],
    ['pages of what has none', ['/cgi-bin/menu/get', '--as', 'component', '--paginate']],
    ['--slurp alone', ['/cgi-bin/menu/get', '--as', 'component', '--slurp']],
    ['an exchange of credentials', ['/cgi-bin/component/api_component_token']],
    ['an exchange spelt otherwise', ['/cgi-bin/Component/API_query_auth/', '-d', '{}']],
    ['an exchange behind a detour', ['/cgi-bin/menu/../component//api_authorizer_token', '-d', '{}']],
  ])('%s is refused before anything is sent', async (_name, argv) => {
    const before = JSON.stringify(opened.sandbox.state().calls);
    const result = await runWxop(['api', ...argv, '--json'], { environment: opened.env });
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', 'USAGE']);
    expect(JSON.stringify(opened.sandbox.state().calls)).toBe(before);
  });

  test('a path that looks like another host stays on ours', async () => {
    const { code, stdout } = await run(['api', '//evil.example/cgi-bin/menu/get', '--as', 'none']);
    expect([code, stdout]).toEqual([3, expect.stringContaining('40066')]);
  });

  test('--force calls what changes credentials, and the answer is not stored', async () => {
    const argv = ['api', '/cgi-bin/component/api_authorizer_token', '--force'];
    const refused = await run([
      ...argv,
      '-F',
      `authorizer_appid=${appId}`,
      '-F',
      'authorizer_refresh_token=x',
      '--json',
    ]);
    expect(errorOf(refused)).toMatchObject({ errcode: 61023 });
  });

  test('a component whose codes belong to another service exchanges none, forced or not', async () => {
    const environment = { ...opened.env, WXOP_FORWARD_EVENTS: 'handover', WXOP_FORWARD_TO: 'http://127.0.0.1:9' };
    for (const path of ['/cgi-bin/component/api_query_auth', '/cgi-bin/component/Api_query_auth/?x=1']) {
      const result = await runWxop(['api', path, '--as', 'none', '--force', '--json'], { environment });
      expect([result.code, errorOf(result).code]).toEqual([2, 'HANDED_OVER']);
    }
  });

  test('--paginate: page after page as they were sent, or one array', async () => {
    const pages = await run(['api', LIST, '--paginate', '-F', 'count=2']);
    const documents = pages.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { list: unknown[] });
    expect(documents.map(({ list }) => list.length)).toEqual([2, 2, 1]);
    for (const flag of ['--slurp', '--json']) {
      const one = await run(['api', LIST, '--paginate', flag, '-d', '{"offset":0,"count":2}']);
      expect(JSON.parse(one.stdout)).toEqual(documents);
    }
    const users = await run(['api', '/cgi-bin/user/get', '--as', appId, '--paginate', '--slurp']);
    const lists = JSON.parse(users.stdout) as { data?: { openid: string[] } }[];
    const openIds = lists.flatMap(({ data }) => data?.openid ?? []);
    expect([openIds.length, new Set(openIds).size]).toEqual([250, 250]);
    for (const path of ['draft/batchget', 'freepublish/batchget']) {
      const { stdout } = await run(['api', `cgi-bin/${path}`, '--as', appId, '--paginate', '--slurp']);
      const items = (JSON.parse(stdout) as { item: unknown[] }[]).flatMap(({ item }) => item);
      expect(items.length).toBe(45);
    }
  });

  test('a page that is refused ends it, and leaves nothing of a single document', async () => {
    const { sandbox, env } = await openOwn();
    sandbox.addFault('api_get_authorizer_list=61011');
    const one = await here(['api', LIST, '--paginate', '--slurp'], env);
    expect([one.code, one.stdout]).toEqual([3, '']);
    expect(one.stderr).toContain('61011');
  });

  test('a file goes up and comes back, byte for byte', async () => {
    const folder = temporaryFolder();
    const picture = join(folder, '图 片.png');
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    writeFileSync(picture, bytes);
    const as = ['--as', appId];
    const up = await run([
      'api',
      'cgi-bin/media/upload',
      '--query',
      'type=image',
      '--upload',
      `media=@${picture}`,
      ...as,
    ]);
    expect([up.code, up.stderr]).toEqual([0, '']);
    const { media_id: mediaId } = JSON.parse(up.stdout) as { media_id: string };
    const get = ['api', '/cgi-bin/media/get', '--query', `media_id=${mediaId}`, ...as];
    const piped = await wxopBytes(get, opened.env);
    expect(piped.stdout.equals(bytes)).toBe(true);
    const saved = await run([...get, '-o', join(folder, 'back.png')]);
    // An answer may hold refresh tokens.
    expect(statSync(join(folder, 'back.png')).mode & 0o777).toBe(0o600);
    expect([saved.code, saved.stdout]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'back.png')).equals(bytes)).toBe(true);
    const onScreen = await runWxop(get, { environment: opened.env, isTTY: true });
    expect([onScreen.code, onScreen.stdout]).toEqual([2, '']);
    expect(onScreen.stderr).toContain('no text (70000 bytes, image/png)');
    const missing = await run([
      ...get.map((word) => word.replace(mediaId, 'x')),
      '-o',
      join(folder, 'none.png'),
      '--json',
    ]);
    expect([missing.code, errorOf(missing).errcode]).toEqual([3, 40007]);
    expect(() => readFileSync(join(folder, 'none.png'))).toThrow();
    const material = await run([
      'api',
      '/cgi-bin/material/add_material?type=image',
      '--upload',
      `media=@${picture}`,
      ...as,
    ]);
    const listed = await run(['api', '/cgi-bin/material/batchget_material', '-f', 'type=image', '--paginate', ...as]);
    const { item } = JSON.parse(listed.stdout) as { item: { media_id: string; name: string }[] };
    const { media_id: materialId } = JSON.parse(material.stdout) as { media_id: string };
    expect(item).toMatchObject([{ media_id: materialId, name: '图 片.png' }]);
  });

  test('a token that WeChat rejects is replaced once', async () => {
    const { sandbox, env, appIds, calls } = await openOwn();
    sandbox.addFault('get_current_selfmenu_info=42001*1');
    const healed = await here(['api', '/cgi-bin/get_current_selfmenu_info', '--as', appIds[0]!], env);
    expect([healed.code, healed.stderr]).toEqual([0, '']);
    sandbox.addFault('get_current_selfmenu_info=42001');
    const before = calls('/cgi-bin/get_current_selfmenu_info');
    expect((await here(['api', '/cgi-bin/get_current_selfmenu_info', '--as', appIds[0]!], env)).code).toBe(3);
    expect(calls('/cgi-bin/get_current_selfmenu_info') - before).toBe(2);
  });

  test('what may have been done is not done again: a POST whose answer was lost', async () => {
    const { sandbox, env, appIds, calls } = await openOwn();
    sandbox.addFault('create=reset*1');
    sandbox.addFault('get_current_selfmenu_info=reset*1');
    const data = '{"button":[{"type":"click","name":"a","key":"a"}]}';
    const post = await here(['api', '/cgi-bin/menu/create', '--as', appIds[0]!, '-d', data, '--json'], env);
    expect([post.code, errorOf(post).code, calls('/cgi-bin/menu/create')]).toEqual([5, 'NETWORK', 1]);
    const get = await here(['api', '/cgi-bin/get_current_selfmenu_info', '--as', appIds[0]!], env);
    expect([get.code, calls('/cgi-bin/get_current_selfmenu_info')]).toEqual([0, 2]);
  });

  test('what came from in between is no answer', async () => {
    const { sandbox, env, appIds } = await openOwn();
    sandbox.addFault('get_current_selfmenu_info=html');
    const page = await here(['api', '/cgi-bin/get_current_selfmenu_info', '--as', appIds[0]!, '--json'], env);
    expect([page.code, page.stdout, errorOf(page).code]).toEqual([5, '', 'NETWORK']);
  });

  test('--include prints the status and the headers; --verbose shows no token', async () => {
    const { stdout } = await run(['api', '-i', '/cgi-bin/getcallbackip']);
    expect(stdout).toMatch(/^HTTP 200\n(?:[^\n]+\n)*content-type: application\/json[^]*\n\n\{"ip_list":/);
    const { stderr } = await run(['api', '/cgi-bin/get_current_selfmenu_info', '--as', appId, '--verbose']);
    const { stdout: token } = await run(['token', 'get', appId]);
    expect(stderr).toContain('→ GET');
    expect(stderr).not.toContain(token.trim());
    expect(stderr).not.toContain('access_token=');
  });
});

/** Answers with what it was asked. */
async function echo(): Promise<{ url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.end(
        JSON.stringify({ method, url, type: headers['content-type'], body: Buffer.concat(chunks).toString() }),
      );
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('quota', () => {
  const RATES = { rateLimit: { calls: 10_000, seconds: 60 }, componentRateLimit: { calls: 1_000, seconds: 60 } };

  test('what is left, of one API and of the important ones', async () => {
    const { env, appIds } = await openOwn({ quota: 50 });
    const path = '/cgi-bin/component/api_get_authorizer_info';
    const one = await here(['quota', 'get', path.slice(1), '--json'], env);
    expect(one).toEqual({
      code: 0,
      stdout: `${JSON.stringify({
        holder: 'component',
        quotas: [{ path, dailyLimit: 50, used: 5, remain: 45, ...RATES }],
      })}\n`,
      stderr: '',
    });
    const all = await here(['quota', 'get'], env);
    expect(all.stdout).toContain(`${path}\t50\t5\t45\n`);
    const account = await here(['quota', 'get', '--as', appIds[0]!], env);
    expect(account.stdout).toContain('/cgi-bin/menu/create\t50\t0\t50\n');
    const foreign = await here(['quota', 'get', path, '--as', appIds[0]!, '--json'], env);
    expect([foreign.code, errorOf(foreign).errcode]).toEqual([3, 76022]);
    const nowhere = await here(['quota', 'get', '/cgi-bin/nowhere', '--json'], env);
    expect([nowhere.code, errorOf(nowhere).errcode]).toEqual([3, 76021]);
  });

  test('the component is helped out although no token can be had any more', async () => {
    const { sandbox, env, calls } = await openOwn({ quota: 1, accounts: 1 });
    const fresh = { ...env, WXOP_HOME: temporaryFolder() };
    await here(['ticket', 'set', '--quiet'], fresh, sandbox.state().ticket);
    const refused = await here(['token', 'component', '--json'], fresh);
    expect(errorOf(refused)).toMatchObject({ errcode: 45009 });
    const cleared = await here(['quota', 'clear', '--component', '--yes', '--json'], fresh);
    expect(cleared).toEqual({ code: 0, stdout: '{"cleared":"component","path":null}\n', stderr: '' });
    expect(calls('/cgi-bin/component/clear_quota/v2')).toBe(1);
    expect((await here(['token', 'component'], fresh)).code).toBe(0);
  });

  test('45009 passes after a clear; ten a month, then 48006', async () => {
    const { sandbox, env, appIds } = await openOwn({ quota: 2, accounts: 1 });
    const menu = ['api', '/cgi-bin/get_current_selfmenu_info', '--as', appIds[0]!, '--json'];
    expect((await here(menu, env)).code).toBe(0);
    expect((await here(menu, env)).code).toBe(0);
    const refused = await here(menu, env);
    expect(errorOf(refused)).toMatchObject({
      errcode: 45009,
      hint: expect.stringContaining('wxop quota clear') as string,
    });
    const clear = ['quota', 'clear', appIds[0]!, '--yes', '--json'];
    expect((await here(clear, env)).code).toBe(0);
    expect((await here(menu, env)).code).toBe(0);
    const path = '/cgi-bin/get_current_selfmenu_info';
    expect((await here([...clear, '--path', path], env)).stdout).toBe(
      `${JSON.stringify({ cleared: appIds[0], path })}\n`,
    );
    // Without the AppSecret, by the token.
    const { WXOP_COMPONENT_APPSECRET: _, ...poorer } = env;
    expect((await here(clear, poorer)).code).toBe(0);
    expect(sandbox.state().calls).toMatchObject({
      '/cgi-bin/component/clear_quota/v2': 1,
      '/cgi-bin/openapi/quota/clear': 1,
      '/cgi-bin/clear_quota': 1,
    });
    for (let spent = 3; spent < 10; spent++) expect((await here(clear, env)).code).toBe(0);
    expect(errorOf(await here(clear, env))).toMatchObject({ errcode: 48006 });
    sandbox.advance(32 * 24 * 3600 * 1000);
    expect((await here(clear, env)).code).toBe(0);
  });

  test.each([
    ['nobody is named', ['quota', 'clear', '--yes']],
    ['both are named', ['quota', 'clear', 'wx0123456789abcdef', '--component', '--yes']],
    ['nobody can be asked', ['quota', 'clear', '--component']],
    ['an account path without an account', ['quota', 'get', '/cgi-bin/menu/create']],
  ])('%s: nothing is spent', async (_name, argv) => {
    const result = await runWxop([...argv, '--json'], { environment: opened.env });
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', 'USAGE']);
    expect(opened.calls('/cgi-bin/component/clear_quota/v2')).toBe(0);
  });
});

describe('rid', () => {
  test('shows what WeChat saw, to the account that made the call, without secrets', async () => {
    const refused = await run(['api', '/cgi-bin/user/get?next_openid=nobody', '--as', appId, '--json']);
    const { rid } = errorOf(refused) as { rid: string };
    const seen = await run(['rid', rid, '--as', appId, '--json']);
    expect([seen.code, seen.stderr]).toEqual([0, '']);
    const request = JSON.parse(seen.stdout) as Record<string, unknown>;
    expect(request).toEqual({
      rid,
      holder: appId,
      invokedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      milliseconds: 12,
      clientIp: '127.0.0.1',
      url: '/cgi-bin/user/get?next_openid=nobody&access_token=***',
      requestBody: '',
      responseBody: `{"errcode":40003,"errmsg":"invalid openid rid: ${rid}"}`,
    });
    const lines = await run(['rid', `invalid openid rid: ${rid}`, '--as', '春风']);
    expect(lines.stdout).toMatch(/^at {6}.*\nfrom {4}127\.0\.0\.1\nurl {5}\/cgi-bin\/user/);
    const stranger = await run(['rid', rid, '--json']);
    expect([stranger.code, errorOf(stranger)]).toMatchObject([
      3,
      { errcode: 76003, hint: expect.stringContaining('--as <account>') as string },
    ]);
  });

  test('one that nobody knows, and one that is none', async () => {
    const unknown = await run(['rid', '00000000-00000000-00000000', '--json']);
    expect(errorOf(unknown)).toMatchObject({ errcode: 76001 });
    expect(errorOf(await run(['rid', '12-34', '--json']))).toMatchObject({ errcode: 76002 });
    expect(errorOf(await run(['rid', 'nonsense', '--json']))).toMatchObject({ code: 'USAGE' });
  });
});

describe('ip', () => {
  const [api, callback] = [
    ['203.0.113.10', '203.0.113.11'],
    ['198.51.100.20', '198.51.100.64/26'],
  ];

  test('plain lines for a firewall, or one document', async () => {
    expect((await run(['ip', 'callback'])).stdout).toBe(`${callback.join('\n')}\n`);
    expect((await run(['ip', 'api', '--json'])).stdout).toBe(`${JSON.stringify({ api })}\n`);
    expect((await run(['ip', '--json'])).stdout).toBe(`${JSON.stringify({ api, callback })}\n`);
    expect((await run(['ip'])).stdout).toContain('callback\t198.51.100.64/26\n');
  });
});
