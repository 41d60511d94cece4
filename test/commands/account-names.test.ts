/** Wherever an account is asked for, any name that tells it apart will do. */
import { beforeEach, describe, expect, it } from 'vitest';
import { matchingAccounts } from '../../src/commands/resolve-account.ts';
import { closestName, foldName } from '../../src/sentences/closest-name.ts';
import { errorOf } from '../support/error-line.ts';
import { accountOf, appIdOf, change, openHome, type Home } from '../support/prepared-homes.ts';

const EXPIRES = Date.now() + 7_000_000;

async function openShops(): Promise<Home> {
  const home = await openHome([
    accountOf(1, { nickName: '春风茶馆', userName: 'gh_0000000000a1' }),
    accountOf(2, { nickName: '春风书店', userName: 'gh_0000000000a2' }),
    accountOf(3, { nickName: 'ＴｅａＨｏｕｓｅ　３', userName: 'gh_0000000000a3', alias: 'tea' }),
    accountOf(4, { nickName: '春风', userName: 'gh_0000000000a4' }),
    accountOf(5, { nickName: '旧茶庄', userName: 'gh_0000000000a5', removedAt: 1 }),
  ]);
  for (const index of [1, 2, 3, 4]) {
    const token = { accessToken: `token-of-${index}`, obtainedAt: Date.now(), expiresAt: EXPIRES };
    await home.store.write(`token/${appIdOf(index)}`, token, 0, { durable: false });
  }
  return home;
}

describe('an account on the command line', () => {
  let home: Home;
  beforeEach(async () => {
    home = await openShops();
  });

  it.each([
    ['its appid', appIdOf(1), 1],
    ['its alias', 'tea', 3],
    ['its alias in other letters', 'ＴＥＡ', 3],
    ['its original id', 'gh_0000000000a2', 2],
    ['its nickname, although it is a part of others', '春风', 4],
    ['a part of its nickname', '书店', 2],
    ['a part in half-width and small letters', 'teahouse', 3],
  ])('is found by %s', async (_, name, index) => {
    const { code, stdout } = await home.run(['token', 'get', name]);
    expect([code, stdout]).toEqual([0, `token-of-${index}\n`]);
  });

  it('is not found by a name that several share: they are listed, and the command ends with 2', async () => {
    const result = await home.run(['token', 'get', '风', '--json']);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(errorOf(result)).toEqual({
      code: 'USAGE',
      message: `风 matches 3 accounts: ${appIdOf(1)} (春风茶馆), ${appIdOf(2)} (春风书店), ${appIdOf(4)} (春风).`,
      hint: 'Type more of the name, or the appid; `wxop accounts alias` gives an account a short name.',
      exitCode: 2,
      retryable: false,
    });
  });

  it('is not found by an unknown name: the nearest one is suggested, and the command ends with 4', async () => {
    const result = await home.run(['token', 'get', '春风茶管', '--json']);
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([4, '', 'NO_ACCOUNT']);
    expect(errorOf(result).hint).toContain('Did you mean 春风茶馆?');
    const far = await home.run(['token', 'get', 'nothing like it', '--json']);
    expect(errorOf(far).hint).not.toContain('Did you mean');
    expect((await home.run(['token', 'get', ' '])).code).toBe(2);
    expect((await home.run(['token', 'get', '../../ticket'])).code).toBe(4);
  });

  it('is found only by its exact names once it was removed', async () => {
    expect((await home.run(['accounts', 'show', '茶庄'])).code).toBe(4);
    expect((await home.run(['accounts', 'show', '旧茶庄'])).stdout).toContain(appIdOf(5));
    expect((await home.run(['accounts', 'show', 'gh_0000000000a5'])).stdout).toContain(appIdOf(5));
  });

  it.each([
    [['accounts', 'show', 'tea', '--json']],
    [['accounts', 'remove', 'tea', '--yes', '--json']],
    [['accounts', 'alias', 'tea', '--json']],
  ])('is found by its name in %j', async (argv) => {
    const { code, stdout } = await home.run(argv);
    expect([code, (JSON.parse(stdout) as { appId: string }).appId]).toEqual([0, appIdOf(3)]);
  });

  it.each([
    [['token', 'refresh', '风']],
    [['accounts', 'sync', '风']],
    [['menu', 'get', '风']],
    [['events', 'list', '--appid', '风']],
    [['events', 'tail', '--appid', '风']],
    [['authorize', '--biz-appid', '风', '--no-wait', '--public-url', 'https://wx.example.com']],
    [['trigger', 'text', '--appid', '风', '--to', 'http://127.0.0.1:9/']],
  ])('is refused by %j when several match', async (argv) => {
    const environment = {
      WXOP_COMPONENT_APPSECRET: 'secret',
      WXOP_MESSAGE_TOKEN: 'token',
      WXOP_ENCODING_AES_KEY: 'a'.repeat(43),
    };
    const result = await home.run([...argv, '--json'], { environment });
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(errorOf(result).message).toContain('matches 3 accounts');
  });

  it('is found although the record of another one cannot be read', async () => {
    await home.store.write(`account/${appIdOf(9)}`, 'no account' as never, 0, { durable: false });
    expect((await home.run(['token', 'get', '书店'])).stdout).toBe('token-of-2\n');
  });
});

describe('accounts alias', () => {
  it('gives an account an alias, shows it and removes it', async () => {
    const home = await openShops();
    const given = await home.run(['accounts', 'alias', '茶馆', 'chá-guǎn', '--json']);
    expect([given.code, JSON.parse(given.stdout)]).toEqual([0, { appId: appIdOf(1), alias: 'chá-guǎn' }]);
    expect((await home.run(['token', 'get', 'CHÁ-GUǍN'])).stdout).toBe('token-of-1\n');
    expect((await home.run(['accounts', 'alias', '茶馆'])).stdout).toBe('chá-guǎn\n');
    const shown = await home.run(['accounts', 'show', '茶馆', '--history', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      alias: 'chá-guǎn',
      history: [{ changes: [{ what: 'alias', to: 'chá-guǎn' }] }, {}],
    });
    const removed = await home.run(['accounts', 'alias', 'chá-guǎn', '--remove', '--json']);
    expect([removed.code, JSON.parse(removed.stdout)]).toEqual([0, { appId: appIdOf(1), alias: null }]);
    expect((await home.run(['token', 'get', 'chá-guǎn'])).code).toBe(4);
    expect((await home.accounts())[appIdOf(1)]).toEqual({
      ...accountOf(1),
      nickName: '春风茶馆',
      userName: 'gh_0000000000a1',
    });
  });

  it('stores an alias in one form, however its letters were typed', async () => {
    const home = await openShops();
    expect((await home.run(['accounts', 'alias', '茶馆', 'caf\u00e9'.normalize('NFD')])).code).toBe(0);
    expect((await home.accounts())[appIdOf(1)]?.alias).toBe('caf\u00e9');
  });

  it.each(['wx0123456789abcdef', 'gh_1', '-x', 'a b', 'a,b', 'a'.repeat(65), '../x', '', 'component', 'None'])(
    '%j is none',
    async (alias) => {
      const home = await openShops();
      const result = await home.run(['accounts', 'alias', appIdOf(1), '--json', '--', alias]);
      expect([result.code, errorOf(result).code]).toEqual([2, 'USAGE']);
      expect((await home.accounts())[appIdOf(1)]?.alias).toBeUndefined();
    },
  );

  it('refuses the name of another account: commands meant for that one would reach this one', async () => {
    const home = await openShops();
    const result = await home.run(['accounts', 'alias', 'tea', '春风茶馆', '--json']);
    expect(errorOf(result)).toMatchObject({ code: 'USAGE', message: `That is the name of ${appIdOf(1)}.` });
  });

  it('refuses an alias that another account has', async () => {
    const home = await openShops();
    const result = await home.run(['accounts', 'alias', '茶馆', 'Tea', '--json']);
    expect([result.code, errorOf(result).message]).toEqual([2, `${appIdOf(3)} already has that alias.`]);
    expect((await home.run(['accounts', 'alias', 'tea', 'Tea'])).code).toBe(0);
  });

  it('gives an alias that export and import keep', async () => {
    const [here, there] = [await openShops(), await openHome()];
    const { stdout } = await here.run(['accounts', 'export', '--plain', '--yes']);
    expect((await there.run(['accounts', 'import', '-', '--plain'], { stdin: stdout })).code).toBe(0);
    expect((await there.accounts())[appIdOf(3)]?.alias).toBe('tea');
  });
});

it('an alias that two accounts share after an import is ambiguous', async () => {
  const home = await openShops();
  await change(home.store, 1, { alias: 'TEA' });
  expect((await home.run(['token', 'get', 'tea'])).code).toBe(2);
});

describe('names of accounts', () => {
  it('are compared without regard to width and case', () => {
    expect(foldName('  Ｔｅａ　House\t３ ')).toBe('tea house 3');
  });

  it.each([
    ['春风茶管', '春风茶馆'],
    ['tee-house', 'tea-house'],
    ['x', undefined],
    ['茶', undefined],
  ])('are suggested for misspelt ones: for %s it is %s', (given, expected) => {
    expect(closestName(given, ['春风茶馆', '山城火锅', 'tea-house', ''])).toBe(expected);
  });

  it('match exactly before they match in part, and as an alias before as a nickname', () => {
    const named = (nickName: string, alias?: string) => ({ appId: nickName, nickName, userName: '', alias });
    const accounts = [named('tea'), named('tea house'), named('coffee', 'tea')];
    expect(matchingAccounts(accounts, 'tea').map(({ appId }) => appId)).toEqual(['tea']);
    expect(matchingAccounts(accounts.slice(1), 'TEA').map(({ appId }) => appId)).toEqual(['coffee']);
    expect(matchingAccounts(accounts.slice(1, 2), 'TEA').map(({ appId }) => appId)).toEqual(['tea house']);
  });
});
