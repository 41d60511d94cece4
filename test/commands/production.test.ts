/** A profile that is marked as production is not changed by accident. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { ENTER, hasPty, onTerminal } from '../support/pty.ts';
import { accountOf, appIdOf, openHome, COMPONENT_APPID, type Home } from '../support/prepared-homes.ts';
import { startTarget } from '../support/target.ts';

const KEYS = { messageToken: 'token', encodingAesKey: 'a'.repeat(43), componentAppSecret: 'secret' };

async function openProduction(marked: object = { production: 'yes' }): Promise<Home> {
  const home = await openHome([accountOf(1)]);
  const profiles = { tea: { componentAppId: COMPONENT_APPID, ...KEYS, ...marked } };
  writeFileSync(join(home.environment.WXOP_HOME ?? '', 'config.json'), JSON.stringify({ current: 'tea', profiles }));
  return home;
}

const STORE_KEY = { WXOP_STORE_KEY: 'k'.repeat(43) };

describe('on a production profile', () => {
  it.each<[string[], string?]>([
    [['token', 'refresh', '--all']],
    [['token', 'refresh', appIdOf(1)]],
    [['ticket', 'set'], 'ticket@@@abcdefgh'],
    [['ticket', 'start']],
    [['accounts', 'sync']],
    [['accounts', 'remove', appIdOf(1)]],
    [['store', 'encrypt']],
    [['store', 'decrypt']],
    [['import', 'wego:.']],
    [['profile', 'remove', 'tea']],
    [['profile', 'rename', 'tea', 'coffee']],
    [['profile', 'set', 'tea', '--no-production']],
    [['init', '--public-url', 'https://other.example.com']],
    [['api', '/cgi-bin/menu/create', '--as', appIdOf(1), '--data', '{}']],
    [['api', 'GET', '/cgi-bin/menu/delete', '--as', appIdOf(1)]],
    [['api', '/cgi-bin/component/api_start_push_ticket', '--data', '{}']],
    [['api', '/cgi-bin/component/api_query_auth', '--force', '--data', '{}']],
    [['api', 'GET', '/cgi-bin/token', '--as', 'none', '--force']],
    [['trigger', 'component_verify_ticket', '--to', 'http://127.0.0.1:7788/wechat/event']],
  ])('%j asks first, and without a terminal needs --yes and changes nothing', async (argv, stdin) => {
    const home = await openProduction();
    const settings = (): string => readFileSync(join(home.environment.WXOP_HOME ?? '', 'config.json'), 'utf8');
    const before = [await home.accounts(), settings()];
    const result = await home.run([...argv, '--json'], { environment: STORE_KEY, stdin });
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([2, '', 'USAGE']);
    expect(errorOf(result).message).toContain('Profile tea is marked as production');
    expect(errorOf(result).hint).toBe('Nothing was changed. Add --yes, or run it in a terminal and answer.');
    expect([await home.accounts(), settings()]).toEqual(before);
    expect(await home.store.read('ticket')).toBeUndefined();
  });

  it.each([
    ['without a mark', {}, 0],
    ['with no', { production: 'no' }, 0],
    ['with true, as a person writes it', { production: true }, 2],
    // What cannot be read is no reason to go on without a question.
    ['with a mark that cannot be read', { production: 'perhaps' }, 2],
  ])('setting a ticket on a profile %s, %j, ends with %i', async (_, marked, code) => {
    const home = await openProduction(marked);
    expect((await home.run(['ticket', 'set'], { stdin: 'ticket@@@abcdefgh' })).code).toBe(code);
  });

  it('--yes answers the question, and a command that only reads asks none', async () => {
    const home = await openProduction();
    expect((await home.run(['ticket', 'set', '--yes'], { stdin: 'ticket@@@abcdefgh' })).code).toBe(0);
    expect((await home.store.read('ticket'))?.value.ticket).toBe('ticket@@@abcdefgh');
    for (const argv of [
      ['accounts', 'list'],
      ['ticket', 'show'],
      ['token', 'list'],
      ['profile', 'show'],
    ]) {
      expect((await home.run(argv)).code).toBe(0);
    }
  });

  it('a command looks at the mark of the profile it was given', async () => {
    const home = await openHome();
    const profiles = { tea: { componentAppId: COMPONENT_APPID, production: 'yes' }, coffee: {} };
    writeFileSync(
      join(home.environment.WXOP_HOME ?? '', 'config.json'),
      JSON.stringify({ current: 'coffee', profiles }),
    );
    for (const argv of [
      ['profile', 'rename', 'tea', 'milk'],
      ['profile', 'remove', 'tea'],
    ]) {
      const result = await home.run([...argv, '--json']);
      expect([result.code, errorOf(result).message]).toEqual([2, expect.stringContaining('Profile tea is marked')]);
    }
    expect((await home.run(['profile', 'rename', 'coffee', 'milk'])).code).toBe(0);
  });

  it('the environment can set the mark on a machine without files', async () => {
    const home = await openHome();
    const environment = { WXOP_PRODUCTION: 'yes' };
    expect((await home.run(['ticket', 'set'], { stdin: 'ticket@@@abcdefgh', environment })).code).toBe(2);
  });

  it('a push to a receiver of somebody else asks nothing', async () => {
    const home = await openProduction();
    const target = await startTarget();
    const { code } = await home.run(['trigger', 'text', '--to', `${target.url}/`]);
    expect(code).not.toBe(2);
    expect(target.got).toHaveLength(1);
  });

  it.skipIf(!hasPty)('no to a call of the API calls nothing, yes calls it', async () => {
    const home = await openProduction();
    const target = await startTarget(() => ({ body: '{"errcode":0}' }));
    const environment = { ...home.environment, WXOP_API_URL: target.url };
    for (const [key, calls] of [
      ['n', 0],
      ['y', 1],
    ] as const) {
      const argv = ['api', '/cgi-bin/clear_quota/v2', '--as', 'none', '--data', '{}'];
      const screen = onTerminal(argv, environment);
      await screen.sees(/PRODUCTION \(profile tea\) Call POST .*clear_quota\/v2 without a token\?/);
      screen.type(`${key}${ENTER}`);
      expect([await screen.finished, target.got.length]).toEqual([0, calls]);
    }
  });

  it.skipIf(!hasPty)('the question on a terminal says production and the profile, in red', async () => {
    const home = await openProduction();
    const screen = onTerminal(['accounts', 'remove', appIdOf(1)], home.environment);
    await screen.sees(/PRODUCTION \(profile tea\) Remove wx0{15}1/);
    expect(screen.shown()).toContain('\x1b[31mPRODUCTION (profile tea)');
    screen.type(ENTER);
    expect(await screen.finished).toBe(0);
    expect((await home.accounts())[appIdOf(1)]?.removedAt).toBeUndefined();
    const again = onTerminal(['accounts', 'remove', appIdOf(1)], home.environment);
    await again.sees(/Remove/);
    again.type(`y${ENTER}`);
    expect(await again.finished).toBe(0);
    expect((await home.accounts())[appIdOf(1)]?.removedAt).toBeGreaterThan(0);
  });
});
