import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask } from '../support/listener.ts';
import { eventually, freePort, startWxop, STAYS_OPEN, wxop, type Environment } from '../support/processes.ts';

interface SandboxLine {
  url: string;
  env: Environment;
}
interface State {
  calls: Record<string, number>;
  accounts: { appId: string; nickName: string; authorized: boolean }[];
  ticket: string;
  preAuthCodes: string[];
}
interface LinkLine {
  launchUrl: string;
  mobileUrl: string;
  pcUrl: string;
  expiresAt: string;
}
interface AuthorizedLine {
  account: { appId: string; nickName: string; kind: string; funcInfo: number[]; expiresAt: string };
}

async function openSandbox(...flags: string[]) {
  const port = await freePort();
  const pushUrl = `http://127.0.0.1:${port}/wechat/event`;
  const messageUrl = `http://127.0.0.1:${port}/wechat/message/$APPID$`;
  const process = startWxop([
    'sandbox',
    '--port',
    '0',
    '--push-url',
    pushUrl,
    '--message-url',
    messageUrl,
    '--json',
    ...flags,
  ]);
  const { url, env } = await process.json<SandboxLine>('sandbox');
  return {
    url,
    env,
    port,
    state: async () => JSON.parse((await ask(`${url}/_sandbox/state`)).body) as State,
    post: async (path: string, body: object) =>
      JSON.parse((await ask(`${url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) })).body) as Record<
        string,
        never
      >,
  };
}

const preAuthCodeOf = (link: string): string => new URL(link).searchParams.get('pre_auth_code') ?? '';

/** A file for every record and lock, deep. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const secretsOf = (env: Environment, ...more: string[]): string[] => [
  env.WXOP_COMPONENT_APPSECRET ?? '',
  env.WXOP_MESSAGE_TOKEN ?? '',
  env.WXOP_ENCODING_AES_KEY ?? '',
  ...more,
];

function expectNoSecrets(output: string, secrets: string[]): void {
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(2);
    expect(output).not.toContain(secret);
  }
  expect(output).not.toMatch(/(?:ticket|refreshtoken|queryauthcode)@@@\w/);
}

describe('the main job with separate processes', () => {
  test('listen, authorize, consent, menu get, token get', async () => {
    const sandbox = await openSandbox('--ticket-interval', '1s');
    const { env } = sandbox;

    const listen = startWxop(['listen', '--json', '--verbose'], env);
    const listening = await listen.json<{ url: string; eventUrl: string; messageUrl: string; redirectUrl: string }>(
      'listening',
    );
    expect(listening).toEqual({
      type: 'listening',
      url: `http://127.0.0.1:${sandbox.port}`,
      eventUrl: `http://127.0.0.1:${sandbox.port}/wechat/event`,
      messageUrl: `http://127.0.0.1:${sandbox.port}/wechat/message/$APPID$`,
      redirectUrl: `http://127.0.0.1:${sandbox.port}/authorize/callback`,
    });
    await listen.json('ticket');
    const trace = / {2}#\d+ {2}event {2}component_verify_ticket {2}- {2}200 {2}accepted {2}[\d.]+ ms {2}127\.0\.0\.1$/m;
    await eventually(() => trace.test(listen.stderr()) || undefined);

    const authorize = startWxop(['authorize', '--json', '--verbose', '--type', 'mp'], env);
    const link = await authorize.json<LinkLine>('link');
    const { accounts } = await sandbox.state();
    const merchant = accounts[0] ?? { appId: '', nickName: '' };
    const { redirectUrl } = await sandbox.post('consent', {
      preAuthCode: preAuthCodeOf(link.pcUrl),
      appId: merchant.appId,
    });
    // Where the exchange takes long, the page says so and reloads itself.
    await eventually(async () => {
      const { status, body } = await ask(redirectUrl as unknown as string);
      expect(status).toBe(200);
      return body.includes(merchant.nickName) || undefined;
    });

    const { account } = await authorize.json<AuthorizedLine>('authorized');
    expect(account).toMatchObject({ appId: merchant.appId, nickName: merchant.nickName, kind: 'mp' });
    expect(account.funcInfo).toContain(15);
    expect((await authorize.finished).code).toBe(0);
    await listen.json<AuthorizedLine>('authorized', (line) => line.account.appId === merchant.appId);
    expect((await sandbox.state()).calls['/cgi-bin/component/api_query_auth']).toBe(1);

    const menu = await wxop(['menu', 'get', merchant.appId, '--json'], env);
    expect(menu.code).toBe(0);
    expect(JSON.parse(menu.stdout)).toMatchObject({ is_menu_open: 1 });
    const tree = await wxop(['menu', 'get', merchant.appId, '--verbose'], env);
    expect(tree.stdout).toContain('└─ 我的');

    const token = await wxop(['token', 'get', merchant.appId], env);
    expect(token.code).toBe(0);
    expect(token.stdout).toMatch(/^[\w-]{60,}\n$/);
    expect(token.stderr).toBe('');

    const stopped = await listen.stop('SIGINT');
    expect(stopped.code).toBe(130);
    const state = await sandbox.state();
    const everything = [stopped, await authorize.finished, tree].map((run) => run.stdout + run.stderr).join('\n');
    expectNoSecrets(everything, secretsOf(env, state.ticket, token.stdout.trim()));

    for (const file of filesUnder(env.WXOP_HOME ?? '')) {
      expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
      // A journal is a document a line.
      const content = readFileSync(file, 'utf8');
      const documents = file.endsWith('.jsonl') ? content.trimEnd().split('\n') : [content];
      for (const document of documents) JSON.parse(document);
    }
  });

  test('authorize works alone: it starts the push, waits for a ticket, and answers the event', async () => {
    const sandbox = await openSandbox('--ticket-interval', '10m');
    const authorize = startWxop(['authorize', '--json'], sandbox.env);
    const link = await authorize.json<LinkLine>('link');
    const [, merchant] = (await sandbox.state()).accounts;
    const { redirectUrl } = await sandbox.post('consent', {
      preAuthCode: preAuthCodeOf(link.mobileUrl),
      appId: merchant?.appId ?? '',
    });
    await ask(redirectUrl as unknown as string);
    const finished = await authorize.finished;
    expect(finished.code).toBe(0);
    const state = await sandbox.state();
    expect(state.calls['/cgi-bin/component/api_query_auth']).toBe(1);
    expect((state as unknown as { pushes: Record<string, { lastBody: string }> }).pushes.authorized?.lastBody).toBe(
      'success',
    );
  });

  test('the event alone is enough: nobody follows the redirect', async () => {
    const sandbox = await openSandbox();
    const authorize = startWxop(['authorize', '--json'], sandbox.env);
    const link = await authorize.json<LinkLine>('link');
    const [merchant] = (await sandbox.state()).accounts;
    await sandbox.post('consent', { preAuthCode: preAuthCodeOf(link.pcUrl), appId: merchant?.appId ?? '' });
    expect((await authorize.finished).code).toBe(0);
    expect((await sandbox.state()).calls['/cgi-bin/component/api_query_auth']).toBe(1);
  });

  test('--no-wait prints the link and ends; the running listener does the rest', async () => {
    const sandbox = await openSandbox('--ticket-interval', '1s');
    const alone = await wxop(['authorize', '--no-wait'], sandbox.env);
    expect(alone.code).toBe(5);
    const listen = startWxop(['listen', '--json'], sandbox.env);
    await listen.json('ticket');
    const printed = await wxop(['authorize', '--no-wait'], sandbox.env);
    expect(printed.code).toBe(0);
    expect(printed.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/authorize\/[0-9a-f]{20}\n$/);
    const [preAuthCode] = (await sandbox.state()).preAuthCodes;
    const [merchant] = (await sandbox.state()).accounts;
    await sandbox.post('consent', { preAuthCode, appId: merchant?.appId });
    await listen.json<AuthorizedLine>('authorized');
  });

  test('a pasted redirect URL finishes an attempt; one of another store is refused', async () => {
    const sandbox = await openSandbox('--ticket-interval', '1s');
    await startWxop(['listen', '--until', 'ticket'], sandbox.env).finished;
    const authorize = startWxop(['authorize', '--json', '--no-listen'], sandbox.env);
    const link = await authorize.json<LinkLine>('link');
    const [merchant] = (await sandbox.state()).accounts;
    const { redirectUrl } = await sandbox.post('consent', {
      preAuthCode: preAuthCodeOf(link.pcUrl),
      appId: merchant?.appId,
    });
    const url = redirectUrl as unknown as string;
    const pasted = await wxop(['authorize', '--code', '-'], sandbox.env, `${url}\n`);
    expect(pasted).toMatchObject({ code: 0 });
    expect(pasted.stdout).toContain(merchant?.appId);
    expect((await authorize.finished).code).toBe(0);
    const again = await wxop(['authorize', '--code', url, '--json'], sandbox.env);
    expect(again.code).toBe(0);
    expect((await sandbox.state()).calls['/cgi-bin/component/api_query_auth']).toBe(1);
    const foreign = await wxop(
      ['authorize', '--code', url.replace(/attempt=\w+/, 'attempt=00000000000000000000')],
      sandbox.env,
    );
    expect(foreign.code).toBe(2);
    expect(foreign.stderr).toContain('belongs to no attempt');
  });

  test('a port that somebody else holds ends listen and authorize with 5', async () => {
    const sandbox = await openSandbox();
    const env = { ...sandbox.env, WXOP_PORT: new URL(sandbox.url).port };
    for (const command of ['listen', 'authorize']) {
      const { code, stderr, stdout } = await wxop([command, '--json'], env);
      expect(code).toBe(5);
      expect(stdout).toBe('');
      expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
        error: { code: 'PORT_TAKEN', exitCode: 5 },
      });
    }
  });

  test('a ticket that comes before the request for it is answered ends the wait', async () => {
    const sandbox = await openSandbox();
    const { ticket } = await sandbox.state();
    // Everything is passed on to the sandbox; the ticket is stored while the request for it is under way.
    const onTheWay = createServer((asked, answer) => {
      void (async () => {
        const path = asked.url ?? '';
        if (path.includes('api_start_push_ticket')) await wxop(['ticket', 'set'], sandbox.env, ticket);
        const got = await ask(`${sandbox.url}${path}`, { method: 'POST', body: await text(asked) });
        answer.end(got.body);
      })();
    });
    await new Promise<void>((done) => onTheWay.listen(0, '127.0.0.1', done));
    onTestFinished(() => void onTheWay.close());
    const { port } = onTheWay.address() as AddressInfo;
    const env = { ...sandbox.env, WXOP_API_URL: `http://127.0.0.1:${port}` };
    const authorize = startWxop(['authorize', '--no-listen', '--timeout', '60s', '--json'], env);
    expect(await authorize.json<LinkLine>('link')).toMatchObject({ expiresAt: expect.any(String) as string });
  });

  test('a merchant who never comes ends the wait with 5', async () => {
    const sandbox = await openSandbox();
    await wxop(['ticket', 'set'], sandbox.env, (await sandbox.state()).ticket);
    const { code, stderr } = await wxop(['authorize', '--timeout', '2s'], sandbox.env);
    expect(code).toBe(5);
    expect(stderr).toContain('Nobody authorized');
  });
});

describe('eight processes that ask at once', () => {
  test('for an expired token cause one exchange', async () => {
    const sandbox = await openSandbox('--ticket-interval', '1s', '--latency', '200ms', '--rotate');
    const { env } = sandbox;
    const listen = startWxop(['listen', '--json'], env);
    await listen.json('ticket');
    const [merchant] = (await sandbox.state()).accounts;
    const appId = merchant?.appId ?? '';
    await sandbox.post('push', { event: 'authorized', appId });
    await listen.json('authorized');
    await listen.stop();

    // The platform's clock moves on: both tokens have expired, and wxop still believes in them.
    await sandbox.post('advance', { seconds: 3 * 3600 });
    const before = (await sandbox.state()).calls;
    const menus = await Promise.all(Array.from({ length: 8 }, () => wxop(['menu', 'get', appId, '--json'], env)));
    expect(menus.map(({ code }) => code)).toEqual(Array(8).fill(0));
    const after = (await sandbox.state()).calls;
    const exchanges = (path: string): number => (after[path] ?? 0) - (before[path] ?? 0);
    expect(exchanges('/cgi-bin/component/api_component_token')).toBe(1);
    // The first is refused for the expired component token; only the second one is an exchange.
    expect(exchanges('/cgi-bin/component/api_authorizer_token')).toBe(2);
  });

  test('for a token that nobody has cause one exchange', async () => {
    const sandbox = await openSandbox('--latency', '200ms');
    const { ticket } = await sandbox.state();
    await wxop(['ticket', 'set'], sandbox.env, ticket);
    const tokens = await Promise.all(Array.from({ length: 8 }, () => wxop(['token', 'component'], sandbox.env)));
    expect(new Set(tokens.map(({ stdout }) => stdout)).size).toBe(1);
    expect(tokens.map(({ code }) => code)).toEqual(Array(8).fill(0));
    expect((await sandbox.state()).calls['/cgi-bin/component/api_component_token']).toBe(1);
  });
});

describe('CI: no terminal, environment only, a throw-away home', () => {
  test('ticket set, accounts sync, menu get, token get', async () => {
    const sandbox = await openSandbox();
    const { env } = sandbox;
    const { ticket, accounts } = await sandbox.state();
    for (const { appId } of accounts.slice(0, 2)) await sandbox.post('push', { event: 'authorized', appId });
    const appId = accounts[1]?.appId ?? '';

    expect((await wxop(['ticket', 'set'], env, ticket)).code).toBe(0);
    const synced = await wxop(['accounts', 'sync', '--json'], env);
    expect(synced.code).toBe(0);
    expect(JSON.parse(synced.stdout)).toHaveLength(2);
    const menu = await wxop(['menu', 'get', appId, '--json'], env);
    expect(JSON.parse(menu.stdout)).toMatchObject({ is_menu_open: 1 });
    const token = await wxop(['token', 'get', appId, '--json'], env);
    expect(JSON.parse(token.stdout)).toMatchObject({ appId });
  });

  test('nothing hangs on a stdin that stays open and silent', async () => {
    const sandbox = await openSandbox();
    for (const argv of [['init'], ['token', 'get', 'wx0000000000000000'], ['ticket', 'show'], ['accounts', 'list']]) {
      const started = startWxop(argv, sandbox.env, STAYS_OPEN);
      expect((await started.finished).code).toBeTypeOf('number');
    }
  });
});

test('the demo runs the whole job, touches nothing of the caller, and ends with the menu', async () => {
  const home = (await openSandbox()).env.WXOP_HOME ?? '';
  const { code, stdout, stderr } = await wxop(['demo'], { WXOP_HOME: home, WXOP_COMPONENT_APPID: 'nonsense' });
  expect(code).toBe(0);
  expect(stdout).toContain('春风茶馆');
  expect(stdout).toContain('在线点单');
  expect(stderr).toContain('█');
  expect(stderr).toContain('wxop init');
  expect(readdirSync(home)).toEqual([]);
});

test('an interrupted listener ends with 143 and its events are all answered', async () => {
  const sandbox = await openSandbox('--ticket-interval', '100ms');
  const listen = startWxop(['listen', '--json'], sandbox.env);
  await eventually(() => (listen.lines.filter((line) => line.includes('"ticket"')).length > 5 ? true : undefined));
  expect((await listen.stop('SIGTERM')).code).toBe(143);
});
