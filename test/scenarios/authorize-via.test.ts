/** `wxop authorize --via`: a laptop with one key, and the listener of its team, which makes the link and takes what comes back. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { ask } from '../support/listener.ts';
import { eventually, freePort, startWxop, type Started } from '../support/processes.ts';
import { startWay } from '../support/way.ts';
import { runWxop, temporaryFolder, type RunResult } from '../support/world.ts';

const SECRETS = /refreshtoken@@@|"accessToken"|ticket@@@|queryauthcode@@@/;

interface Team {
  url: string;
  sandbox: Sandbox;
  listener: Started;
  /** Appids of merchants, in order. */
  accounts: string[];
  key: (name: string, accounts: string, scopes?: string) => Promise<string>;
  start: () => Started;
}

async function startTeam({ hasTicket = true } = {}): Promise<Team> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const sandbox = await startSandbox({
    accounts: 3,
    pushUrl: hasTicket ? `${url}/wechat/event` : 'http://127.0.0.1:1/',
  });
  onTestFinished(() => sandbox.close());
  const start = (): Started =>
    startWxop(['listen', '--attach', '--json', '--no-start-push', '--port', port], sandbox.env);
  const listener = start();
  await listener.json('listening');
  if (hasTicket) {
    await sandbox.push({ event: 'component_verify_ticket' });
    await listener.json('ticket');
  }
  return {
    url,
    sandbox,
    listener,
    start,
    accounts: sandbox.state().accounts.map(({ appId }) => appId),
    key: async (name, accounts, scopes = 'authorize') => {
      const argv = ['serve', 'key', 'add', name, '--accounts', accounts, '--scopes', scopes];
      const { code, stdout, stderr } = await runWxop(argv, { environment: sandbox.env });
      if (code !== 0) throw new Error(stderr);
      return stdout.trim();
    },
  };
}

interface Laptop {
  /** The line of the link, once it is there. */
  link: Promise<{ launchUrl: string; pcUrl: string; returnUrl?: string }>;
  /** All of stderr so far. */
  said: () => string;
  finished: Promise<RunResult>;
  interrupt: () => void;
}

function authorize(via: string, key: string, ...flags: string[]): Laptop {
  const interruption = new AbortController();
  let said = '';
  let finished: Promise<RunResult> = Promise.reject(new Error());
  finished.catch(() => undefined);
  const link = new Promise<Awaited<Laptop['link']>>((found, failed) => {
    finished = runWxop(['authorize', '--via', via, '--json', ...flags], {
      environment: { WXOP_HOME: temporaryFolder(), WXOP_BROKER_KEY: key },
      signal: interruption.signal,
      printed: (stdout) => stdout.includes('\n') && found(JSON.parse(stdout.split('\n')[0] ?? '') as never),
      shown: (stderr) => (said = stderr),
    });
    void finished.then(({ stderr }) => failed(new Error(stderr)));
  });
  link.catch(() => undefined);
  return {
    link,
    said: () => said,
    finished,
    interrupt: () => interruption.abort(new DOMException('SIGINT', 'AbortError')),
  };
}

async function consent({ sandbox }: Team, { pcUrl }: { pcUrl: string }, appId = ''): Promise<void> {
  const preAuthCode = new URL(pcUrl).searchParams.get('pre_auth_code') ?? '';
  await ask(sandbox.consent({ preAuthCode, appId }).redirectUrl);
}

const lastLine = ({ stdout }: RunResult): Record<string, unknown> =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;

describe('authorize --via', () => {
  it('shows the link of the listener and the account that comes back, for two laptops at once, and no secret', async () => {
    const team = await startTeam();
    const [first = '', second = ''] = team.accounts;
    const key = await team.key('anna', 'all');
    const back = ['--return-url', `https://127.0.0.1:${new URL(team.url).port}/done`, '--state', 'x'];
    const laptops = [
      authorize(team.url, key, '--type', 'mp', '--only-sets', '15,11', ...back),
      authorize(team.url, key),
    ];
    const [one, other] = await Promise.all(laptops.map(({ link }) => link));
    expect(one?.launchUrl).toMatch(new RegExp(`^${team.url}/authorize/[0-9a-f]{20}$`));
    expect(one?.returnUrl).toBe(`${back[1]}?state=x`);
    expect(new URL(one?.pcUrl ?? '').searchParams.get('category_id_list')).toBe('15|11');
    await consent(team, other as never, second);
    await consent(team, one as never, first);
    const ended = await Promise.all(laptops.map(({ finished }) => finished));
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(ended.map(lastLine)).toMatchObject([
      { type: 'authorized', account: { appId: first, kind: 'mp', expiresAt: expect.any(String) as string } },
      { type: 'authorized', account: { appId: second } },
    ]);
    for (const { stdout, stderr } of ended) expect(stdout + stderr).not.toMatch(SECRETS);
    const log = await eventually(async () => {
      const { stdout } = await runWxop(['serve', 'log', '--key', 'anna', '--json'], { environment: team.sandbox.env });
      const uses = JSON.parse(stdout) as { method: string; path: string; account?: string; status: number }[];
      return uses.filter(({ method }) => method === 'GET').length >= 3 ? uses : undefined;
    });
    expect(log).toContainEqual(expect.objectContaining({ method: 'GET', path: '/attach', status: 101 }));
    expect(log).toContainEqual(expect.objectContaining({ method: 'POST', path: '/attach/authorize', status: 201 }));
    expect(log).toContainEqual(
      expect.objectContaining({ method: 'GET', path: '/attach/authorize', account: first, status: 200 }),
    );
  }, 40_000);

  it('hears what became of its link although the way broke, and the listener started anew meanwhile', async () => {
    const team = await startTeam();
    const [first = ''] = team.accounts;
    const way = await startWay(team.url);
    const laptop = authorize(way.url, await team.key('anna', 'all'));
    const link = await laptop.link;
    way.cut();
    await eventually(() => laptop.said().includes('Trying again') || undefined);
    await team.listener.stop('SIGKILL');
    const again = team.start();
    await again.json('listening');
    await consent(team, link, first);
    const ended = await laptop.finished;
    expect([ended.code, lastLine(ended)]).toMatchObject([0, { type: 'authorized', account: { appId: first } }]);
  }, 40_000);

  it('waits for a ticket, ends in time, and at Ctrl-C, and says so', async () => {
    const team = await startTeam({ hasTicket: false });
    const key = await team.key('anna', 'all');
    const late = authorize(team.url, key, '--timeout', '2s');
    const laptop = authorize(team.url, key, '--no-wait');
    expect(errorOf(await late.finished)).toMatchObject({ code: 'TIMEOUT', message: 'No ticket came.' });
    await runWxop(['ticket', 'set'], { environment: team.sandbox.env, stdin: team.sandbox.state().ticket ?? '' });
    expect((await laptop.finished).code).toBe(0);
    expect((await laptop.link).launchUrl).toContain('/authorize/');
    const timed = authorize(team.url, key, '--timeout', '3s');
    const stopped = authorize(team.url, key);
    await stopped.link;
    stopped.interrupt();
    expect((await stopped.finished).code).toBe(130);
    expect(errorOf(await timed.finished)).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/^Nobody authorized within/) as string,
    });
  }, 40_000);

  it('makes no link for an account that its key is not for', async () => {
    const team = await startTeam();
    const [first = '', second = '', third = ''] = team.accounts;
    const only = await team.key('only', first);
    const laptop = authorize(team.url, only, '--timeout', '3s');
    const link = await laptop.link;
    expect(new URL(link.pcUrl).searchParams.get('biz_appid')).toBe(first);
    await consent(team, link, second);
    const ended = errorOf(await laptop.finished);
    expect(ended).toMatchObject({ code: 'TIMEOUT' });
    expect(ended.hint).toContain(`${second} authorized, but the link was made for ${first}`);
    const cases: [key: string, flags: string[], code: string, said: RegExp][] = [
      [only, ['--biz-appid', second], 'KEY_NOT_ALLOWED', new RegExp(`may not use the account ${second}`)],
      [await team.key('two', `${first},${third}`), [], 'KEY_NOT_ALLOWED', /its own accounts only/],
      [await team.key('events', 'all', 'events'), [], 'KEY_NOT_ALLOWED', /no scope authorize/],
      [`${only.slice(0, -4)}AAAA`, [], 'KEY_REFUSED', /does not know this key/],
      [only, ['--return-url', 'https://evil.example/'], 'USAGE', /leads to evil\.example/],
      [only, ['--code', '-'], 'USAGE', /--code does not go with --via/],
      [only, ['--no-listen'], 'USAGE', /--no-listen does not go with --via/],
      [only, ['--forward-to', 'http://127.0.0.1:1'], 'USAGE', /--forward-to does not go with --via/],
      [only, ['--qr', 'code.gif'], 'USAGE', /--qr takes a file/],
    ];
    for (const [key, flags, code, said] of cases) {
      const refused = errorOf(await authorize(team.url, key, ...flags).finished);
      expect([flags, refused]).toMatchObject([flags, { code, message: expect.stringMatching(said) as string }]);
    }
    const key = await team.key('anna', 'all');
    const revoked = authorize(team.url, key);
    const { launchUrl } = await revoked.link;
    await runWxop(['serve', 'key', 'revoke', 'anna'], { environment: team.sandbox.env });
    expect(errorOf(await revoked.finished)).toMatchObject({ code: 'KEY_REFUSED' });
    expect(launchUrl).toContain('/authorize/');
  }, 40_000);
});
