/** Thousands of accounts, in small: what is done at once, what a failure or an interruption leaves, what it costs again. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { here } from '../support/here.ts';
import { eventually, freePort, startWxop, wxop, type Environment } from '../support/processes.ts';

const REFRESH = '/cgi-bin/component/api_authorizer_token';
const INFO = '/cgi-bin/component/api_get_authorizer_info';
const LIST = '/cgi-bin/component/api_get_authorizer_list';

interface Result {
  appId: string;
  expiresAt?: string | null;
  verdict?: string;
  error?: { code: string; message: string; errcode?: number; hint?: string };
}

const resultsOf = ({ stdout }: { stdout: string }): Result[] => JSON.parse(stdout) as Result[];

/** A component whose merchants have all authorized, and a home that has its ticket. */
async function open(options: SandboxOptions = {}) {
  const given = { accounts: 40, ...options };
  const sandbox = await startSandbox(given);
  onTestFinished(() => sandbox.close());
  const appIds = sandbox.state().accounts.map(({ appId }) => appId);
  for (const appId of appIds) await sandbox.push({ event: 'authorized', appId });
  await here(['ticket', 'set', '--quiet'], sandbox.env, sandbox.state().ticket);
  return { sandbox, env: sandbox.env, appIds, options: given, calls: callsOf(sandbox) };
}

const callsOf =
  (sandbox: Sandbox) =>
  (path: string): number =>
    sandbox.state().calls[path] ?? 0;

async function openSynced(options: SandboxOptions = {}) {
  const opened = await open(options);
  expect((await here(['accounts', 'sync', '--json'], opened.env)).code).toBe(0);
  return opened;
}

describe('token refresh --all', () => {
  test('renews every account once, and again the next time', async () => {
    const { env, calls, appIds } = await openSynced({ rotate: true });
    const first = await here(['token', 'refresh', '--all', '--json'], env);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(resultsOf(first).map(({ appId }) => appId)).toEqual(appIds.toSorted());
    expect(calls(REFRESH)).toBe(40);
    const second = await here(['token', 'refresh', '--all', '--json', '--concurrency', '3'], env);
    expect([second.code, resultsOf(second).length, calls(REFRESH)]).toEqual([0, 40, 80]);
  });

  test('failures are listed with the next step and end with 3; the next run tries only those', async () => {
    const { sandbox, env, calls } = await openSynced();
    sandbox.addFault('api_authorizer_token=50002*3');
    const first = await here(['token', 'refresh', '--all', '--json'], env);
    const failed = resultsOf(first).filter(({ error }) => error);
    expect([first.code, errorOf(first).code, failed.length]).toEqual([3, 'PARTLY_FAILED', 3]);
    for (const { error, expiresAt } of failed)
      expect([error?.errcode, error?.hint, expiresAt]).toEqual([50002, 'Contact the merchant.', null]);

    sandbox.addFault('api_authorizer_token=50002*1');
    const before = calls(REFRESH);
    const second = await here(['token', 'refresh', '--all'], env);
    expect([second.code, calls(REFRESH) - before, second.stdout.trim().split('\n').length]).toEqual([3, 3, 3]);
    expect(second.stderr).toContain('--restart starts over');
    expect(second.stderr).toMatch(/^1 × .*frozen.*\n {2}wx[0-9a-f]{16}\n {2}→ Contact the merchant\.$/m);

    const third = await here(['token', 'refresh', '--all', '--json'], env);
    expect([third.code, resultsOf(third).length]).toEqual([0, 1]);
    const all = await here(['token', 'refresh', '--all', '--json'], env);
    expect([all.code, all.stderr, resultsOf(all).length]).toEqual([0, '', 40]);
  });

  test('a stale refresh token that cannot be read again is an outage, not a merchant to ask', async () => {
    const { sandbox, env, appIds } = await openSynced({ accounts: 3 });
    await sandbox.push({ event: 'authorized', appId: appIds[0] });
    for (const call of ['info', 'list']) sandbox.addFault(`api_get_authorizer_${call}=reset`);
    const refused = await here(['token', 'refresh', '--all', '--json'], env);
    const codes = resultsOf(refused).flatMap(({ appId, error }) => (error ? [[appId, error.code]] : []));
    expect([refused.code, codes]).toEqual([3, [[appIds[0], 'NETWORK']]]);
    sandbox.clearFaults();
    expect((await here(['token', 'refresh', '--all', '--json'], env)).code).toBe(0);
  });

  test('killed in the middle, it leaves the rest to the next run; --restart does all of them', async () => {
    const { env, calls, options } = await openSynced({ rotate: true });
    options.latency = 50;
    const killed = startWxop(['token', 'refresh', '--all', '--concurrency', '2'], env);
    await eventually(() => (calls(REFRESH) >= 11 ? true : undefined));
    killed.process.kill('SIGKILL');
    await killed.finished;
    options.latency = 0;
    const before = calls(REFRESH);
    const next = await wxop(['token', 'refresh', '--all', '--json'], env);
    expect(next.code).toBe(0);
    // An answer that had not been stored is asked for again; a rotated refresh token is then read again first.
    expect(resultsOf(next).length).toBeLessThanOrEqual(40 - 9);
    expect(calls(REFRESH) - before).toBeLessThanOrEqual(40 - 9 + 2);

    options.latency = 50;
    const again = startWxop(['token', 'refresh', '--all', '--concurrency', '2'], env);
    const from = calls(REFRESH);
    await eventually(() => (calls(REFRESH) - from >= 5 ? true : undefined));
    again.process.kill('SIGKILL');
    await again.finished;
    options.latency = 0;
    const anew = await wxop(['token', 'refresh', '--all', '--restart', '--force', '--json'], env);
    expect([anew.code, anew.stderr, resultsOf(anew).length]).toEqual([0, '', 40]);
  });

  test('Ctrl-C starts no new ones, says how to go on and ends with 130', async () => {
    const { env, calls, options } = await openSynced();
    options.latency = 50;
    const running = startWxop(['token', 'refresh', '--all', '--concurrency', '2'], env);
    await eventually(() => (calls(REFRESH) >= 6 ? true : undefined));
    const stopped = await running.stop('SIGINT');
    const done = calls(REFRESH);
    expect([stopped.code, stopped.stdout]).toEqual([130, '']);
    expect(stopped.stderr).toContain('run the command again for the rest');
    expect(done).toBeLessThan(20);
    options.latency = 0;
    const next = await here(['token', 'refresh', '--all', '--json'], env);
    expect(next.code).toBe(0);
    expect(resultsOf(next).length).toBeLessThan(40);
  });

  test('two at once share the work: one exchange for each account', async () => {
    const { env, calls, options } = await openSynced();
    options.latency = 1_000;
    const from = calls(REFRESH);
    const first = startWxop(['token', 'refresh', '--all', '--concurrency', '1'], env);
    await eventually(() => (calls(REFRESH) > from ? true : undefined));
    const second = startWxop(['token', 'refresh', '--all'], env);
    await eventually(() => (second.stderr().includes('Continuing the run') ? true : undefined));
    options.latency = 0;
    expect([(await first.finished).code, (await second.finished).code]).toEqual([0, 0]);
    expect(calls(REFRESH) - from).toBe(40);
  });

  test.each([
    ['the whitelist', 61004, 'IP_NOT_ALLOWED', 3],
    ['the quota', 45009, 'PLATFORM_REFUSED', 3],
    ['the component appid', 61011, 'PLATFORM_REFUSED', 3],
  ])('what is wrong with %s stops it at once', async (_, errcode, code, exitCode) => {
    const { sandbox, env, calls } = await openSynced();
    sandbox.addFault(`api_authorizer_token=${errcode}`);
    const stopped = await here(['token', 'refresh', '--all', '--json', '--concurrency', '4'], env);
    expect([stopped.code, stopped.stdout, errorOf(stopped)]).toMatchObject([exitCode, '', { code, errcode }]);
    expect(calls(REFRESH)).toBeLessThanOrEqual(4);
  });

  test('WeChat out of reach is not asked for every account', async () => {
    const { env } = await openSynced({ accounts: 60 });
    const away = { ...env, WXOP_API_URL: `http://127.0.0.1:${await freePort()}` };
    const stopped = await here(['token', 'refresh', '--all', '--json', '--concurrency', '30'], away);
    expect([stopped.code, stopped.stdout, errorOf(stopped).code]).toEqual([5, '', 'NETWORK']);
  });

  test('a run of more than an hour ago is over', async () => {
    const { sandbox, env, calls } = await openSynced();
    sandbox.addFault('api_authorizer_token=50002*3');
    expect((await here(['token', 'refresh', '--all'], env)).code).toBe(3);
    const { openFileStore } = await import('../support/wechat.ts');
    const store = openFileStore(`${env.WXOP_HOME}/state/${env.WXOP_COMPONENT_APPID}`);
    const run = await store.read('run/refresh');
    const startedAt = Date.now() - 61 * 60_000;
    await store.write('run/refresh', { startedAt, done: [] }, run?.version ?? 0, { durable: false });
    const before = calls(REFRESH);
    const next = await here(['token', 'refresh', '--all'], env);
    expect([next.code, next.stderr, calls(REFRESH) - before]).toEqual([0, '', 40]);
  });
});

describe('accounts sync', () => {
  test('goes through all pages, and is done when it was done', async () => {
    const { env, calls, appIds } = await open({ accounts: 520 });
    const first = await here(['accounts', 'sync', '--json', '--concurrency', '16'], env);
    expect(first.code).toBe(0);
    const results = resultsOf(first);
    expect(results.map(({ appId }) => appId).toSorted()).toEqual(appIds.toSorted());
    expect(new Set(results.map(({ verdict }) => verdict))).toEqual(new Set(['restored']));
    expect([calls(LIST), calls(INFO)]).toEqual([2, 520]);
  });

  test('killed in the middle, the next run asks only for what is left', async () => {
    const { env, calls, options } = await open({ accounts: 300 });
    options.latency = 20;
    const killed = startWxop(['accounts', 'sync', '--concurrency', '2'], env);
    // What was done is saved about once a second.
    await eventually(() => (calls(INFO) >= 200 ? true : undefined));
    killed.process.kill('SIGKILL');
    await killed.finished;
    options.latency = 0;
    const before = calls(INFO);
    const next = await wxop(['accounts', 'sync', '--json'], env);
    expect(next.code).toBe(0);
    // Of what the killed one had sent, two calls at most may still have been on their way.
    const left = resultsOf(next).length;
    expect([0, 1, 2]).toContain(calls(INFO) - before - left);
    expect(left).toBeLessThan(300);
    expect(JSON.parse((await wxop(['accounts', 'list', '--json'], env)).stdout)).toHaveLength(300);
    const anew = await wxop(['accounts', 'sync', '--json'], env);
    expect([resultsOf(anew).length, resultsOf(anew)[0]?.verdict]).toEqual([300, 'unchanged']);
  });

  test('failed ones are tried again, done ones are not', async () => {
    const { sandbox, env, calls } = await open();
    sandbox.addFault('api_get_authorizer_info=50002*4');
    const first = await here(['accounts', 'sync', '--json'], env);
    expect([first.code, resultsOf(first).filter(({ verdict }) => verdict === 'failed').length]).toEqual([3, 4]);
    const before = calls(INFO);
    const second = await here(['accounts', 'sync', '--json'], env);
    expect([second.code, resultsOf(second).length, calls(INFO) - before]).toEqual([0, 4, 4]);
  });

  test('named accounts only; a verdict for those that cancelled', async () => {
    const { sandbox, env, calls, appIds } = await openSynced();
    const [kept = '', gone = ''] = appIds;
    await sandbox.push({ event: 'unauthorized', appId: gone });
    const before = calls(LIST);
    const named = await here(['accounts', 'sync', kept, gone, '--json'], env);
    expect([named.code, calls(LIST) - before]).toEqual([0, 0]);
    expect(resultsOf(named)).toMatchObject([
      { appId: kept, verdict: 'unchanged' },
      { appId: gone, verdict: 'revoked' },
    ]);
  });

  test('a removed account stays removed until it is named', async () => {
    const { env, appIds } = await openSynced();
    const [appId = ''] = appIds;
    const { openFileStore } = await import('../support/wechat.ts');
    const store = openFileStore(`${env.WXOP_HOME}/state/${env.WXOP_COMPONENT_APPID}`);
    const found = await store.read(`account/${appId}`);
    if (!found) throw new Error('not synced');
    await store.write(`account/${appId}`, { ...found.value, removedAt: 1 }, found.version, { durable: true });

    const all = await here(['accounts', 'sync', '--json'], env);
    expect(resultsOf(all).map((result) => result.appId)).not.toContain(appId);
    expect(all.stderr).toContain('1 removed account');
    expect((await store.read(`account/${appId}`))?.value.removedAt).toBe(1);
    const refreshed = await here(['token', 'refresh', '--all', '--json'], env);
    expect(resultsOf(refreshed)).toHaveLength(39);

    const named = await here(['accounts', 'sync', appId, '--json'], env);
    expect(resultsOf(named)).toMatchObject([{ appId, verdict: 'restored' }]);
    expect((await store.read(`account/${appId}`))?.value.removedAt).toBeUndefined();
  });
});

/** WeChat, honest but for its list of accounts. */
async function openLiar(
  pageOf: (asked: { offset: number; count: number }, appIds: string[]) => object,
  { accounts = 520, change = (answer: string) => answer } = {},
) {
  const { sandbox, env, appIds, calls } = await open({ accounts });
  let listed = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      if (request.url?.startsWith(LIST)) {
        listed++;
        response.end(JSON.stringify(pageOf(JSON.parse(body) as { offset: number; count: number }, appIds)));
        return;
      }
      fetch(`${sandbox.url}${request.url}`, { method: 'POST', body })
        .then((answer) => answer.text())
        .then((answer) => response.end(change(answer)))
        .catch(() => response.destroy());
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  const lying: Environment = { ...env, WXOP_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  return { env: lying, calls, listed: () => listed };
}

const asListed = (appId: string): object => ({ authorizer_appid: appId, auth_time: 1_700_000_000 });

test('token list leaves out accounts that cancelled or were removed', async () => {
  const { sandbox, env, appIds } = await openSynced({ accounts: 4 });
  await here(['token', 'refresh', '--all', '--quiet'], env);
  const holders = async (): Promise<string[]> =>
    (JSON.parse((await here(['token', 'list', '--json'], env)).stdout) as { holder: string }[]).map(
      ({ holder }) => holder,
    );
  expect(await holders()).toEqual(['component', ...appIds.toSorted()]);
  const [cancelled = '', removed = ''] = appIds;
  sandbox.addFault('api_get_authorizer_info=61003*1');
  await here(['accounts', 'sync', cancelled], env);
  await here(['accounts', 'remove', removed, '--yes'], env);
  expect(await holders()).toEqual(['component', ...appIds.slice(2).toSorted()]);
});

test('accounts sync that got no refresh token for any account ends with 3', async () => {
  const { env } = await openLiar((_, appIds) => ({ total_count: 2, list: appIds.map(asListed) }), {
    accounts: 2,
    change: (answer) => answer.replaceAll('authorizer_refresh_token', 'left_out'),
  });
  const synced = await here(['accounts', 'sync', '--json'], env);
  expect([synced.code, errorOf(synced).message]).toEqual([3, 'WeChat gave no refresh token for any account.']);
});

describe('a list of accounts that is not as it should be', () => {
  test.each([
    ['a total that is too low ends with 0', 7, 0],
    ['a total that is too high ends with 3, and what was listed is stored', 99_999, 3],
  ])('%s', async (_, total, code) => {
    const { env, listed } = await openLiar(({ offset, count }, appIds) => ({
      total_count: total,
      list: appIds.slice(offset, offset + count).map(asListed),
    }));
    const synced = await here(['accounts', 'sync', '--json', '--concurrency', '16'], env);
    expect([synced.code, resultsOf(synced).length]).toEqual([code, 520]);
    expect(listed()).toBeLessThanOrEqual(3);
    if (code === 3) {
      expect(errorOf(synced).message).toBe('WeChat says that 99999 accounts are authorized, but listed only 520.');
    }
  });

  test('an empty list with a total ends with 3', async () => {
    const { env } = await openLiar(() => ({ total_count: 5000, list: [] }));
    const synced = await here(['accounts', 'sync', '--json'], env);
    expect([synced.code, errorOf(synced).code]).toEqual([3, 'PARTLY_FAILED']);
  });

  test('pages that repeat for ever', async () => {
    const { env, listed, calls } = await openLiar(({ count }, appIds) => ({
      total_count: 520,
      list: appIds.slice(0, count).map(asListed),
    }));
    const synced = await here(['accounts', 'sync', '--json', '--concurrency', '16'], env);
    expect([synced.code, resultsOf(synced).length, listed(), calls(INFO)]).toEqual([3, 500, 2, 500]);
  });

  test('pages that are shorter than asked for', async () => {
    const { env } = await openLiar(({ offset }, appIds) => ({
      total_count: 520,
      list: appIds.slice(offset, offset + 300).map(asListed),
    }));
    const synced = await here(['accounts', 'sync', '--json', '--concurrency', '16'], env);
    expect(resultsOf(synced)).toHaveLength(520);
  });
});
