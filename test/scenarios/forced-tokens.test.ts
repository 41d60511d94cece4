/** A forced token makes the older ones invalid: three within a minute are no accident of a script. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { errorOf } from '../support/error-line.ts';
import { wxop } from '../support/processes.ts';
import { runWxop } from '../support/world.ts';

const TOKEN = '/cgi-bin/component/api_component_token';
const MINUTE = 60_000;

async function open() {
  let time = Date.UTC(2026, 0, 15, 8);
  const sandbox = await startSandbox({ accounts: 1, now: () => time });
  onTestFinished(() => sandbox.close());
  const appId = sandbox.state().accounts[0]?.appId ?? '';
  await sandbox.push({ event: 'authorized', appId });
  const run = (argv: string[]) => runWxop([...argv, '--json'], { environment: sandbox.env, now: () => time });
  await runWxop(['ticket', 'set'], { environment: sandbox.env, stdin: sandbox.state().ticket, now: () => time });
  return {
    sandbox,
    appId,
    run,
    exchanges: () => sandbox.state().calls[TOKEN] ?? 0,
    wait: (milliseconds: number) => (time += milliseconds),
  };
}

const tokenOf = ({ stdout }: { stdout: string }): string => (JSON.parse(stdout) as { accessToken: string }).accessToken;

describe('token component --fresh', () => {
  test('prints a new token though the stored one is good, and every process uses that one from then on', async () => {
    const { run, exchanges } = await open();
    const before = tokenOf(await run(['token', 'component']));
    const fresh = tokenOf(await run(['token', 'component', '--fresh']));
    expect(fresh).not.toBe(before);
    expect(tokenOf(await run(['token', 'component']))).toBe(fresh);
    expect(exchanges()).toBe(2);
  });

  test('is refused the third time within a minute, before WeChat is asked, until a minute is over', async () => {
    const { run, exchanges, wait } = await open();
    for (const count of [1, 2]) {
      expect((await run(['token', 'component', '--fresh'])).code).toBe(0);
      expect(exchanges()).toBe(count);
    }
    const third = await run(['token', 'component', '--fresh']);
    expect([third.code, third.stdout, errorOf(third).code]).toEqual([2, '', 'FORCED_TOO_OFTEN']);
    expect(errorOf(third)).toMatchObject({
      message: '2 new tokens of the component were forced within the last minute; each made the older ones invalid.',
      retryable: true,
    });
    expect(errorOf(third).hint).toContain('--force');
    expect(exchanges()).toBe(2);
    wait(MINUTE);
    expect((await run(['token', 'component', '--fresh'])).code).toBe(0);
    expect(exchanges()).toBe(3);
  });

  test('with --force gets another all the same, and that one counts too', async () => {
    const { run, exchanges, wait } = await open();
    for (const count of [1, 2, 3, 4]) {
      expect((await run(['token', 'component', '--fresh', '--force'])).code).toBe(0);
      expect(exchanges()).toBe(count);
      wait(MINUTE / 10);
    }
    expect(errorOf(await run(['token', 'component', '--fresh'])).message).toContain('4 new tokens');
  });

  test('a token that had expired, or that WeChat rejected, counts for nothing', async () => {
    const { run, exchanges, wait } = await open();
    for (const count of [1, 2, 3]) {
      await run(['token', 'component']);
      expect(exchanges()).toBe(count);
      wait(2 * 60 * MINUTE);
    }
    expect((await run(['token', 'component', '--fresh'])).code).toBe(0);
  });

  test('--force without --fresh is wrong usage: there is nothing to force', async () => {
    const { run, exchanges } = await open();
    const result = await run(['token', 'component', '--force']);
    expect([result.code, errorOf(result).code, exchanges()]).toEqual([2, 'USAGE', 0]);
  });
});

test('processes that force tokens at the same time are counted together', async () => {
  const sandbox = await startSandbox({ accounts: 0 });
  onTestFinished(() => sandbox.close());
  await wxop(['ticket', 'set', '--quiet'], sandbox.env, sandbox.state().ticket);
  const force = () => wxop(['token', 'component', '--fresh', '--json'], sandbox.env);
  // Those that come while one is being fetched share it: of three at once, there may be one or two.
  await Promise.all([force(), force(), force()]);
  await force();
  const last = await force();
  expect([last.code, errorOf(last).code, sandbox.state().calls[TOKEN]]).toEqual([2, 'FORCED_TOO_OFTEN', 2]);
});

describe('token refresh', () => {
  test('of one account is counted by itself, and refused the third time within a minute', async () => {
    const { run, appId, sandbox } = await open();
    expect((await run(['accounts', 'sync'])).code).toBe(0);
    const refreshes = () => sandbox.state().calls['/cgi-bin/component/api_authorizer_token'] ?? 0;
    for (const count of [1, 2]) {
      expect((await run(['token', 'refresh', appId])).code).toBe(0);
      expect(refreshes()).toBe(count);
    }
    const third = await run(['token', 'refresh', appId]);
    expect([third.code, errorOf(third).code]).toEqual([2, 'FORCED_TOO_OFTEN']);
    expect(errorOf(third).message).toContain(appId);
    const all = await run(['token', 'refresh', '--all']);
    expect([all.code, errorOf(all).code, refreshes()]).toEqual([3, 'PARTLY_FAILED', 2]);
    expect(all.stdout).toContain('FORCED_TOO_OFTEN');
    expect((await run(['token', 'refresh', '--all', '--force'])).code).toBe(0);
    expect((await run(['token', 'component', '--fresh'])).code).toBe(0);
  });
});
