/** `wxop accounts list` and `show`, as people, spreadsheets and scripts see them. */
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { expect, it, onTestFinished } from 'vitest';
import { csvLines } from '../../src/terminal/rows.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { accountOf, appIdOf, COMPONENT_APPID, openHome } from '../support/prepared-homes.ts';

const NOW = Date.UTC(2024, 5, 1, 12);
const now = () => NOW;

async function openShops() {
  const home = await openHome([
    accountOf(1, {
      nickName: '春风茶馆',
      alias: 'tea',
      verifyType: 0,
      principalName: '春风有限公司',
      serviceType: 2,
      accountStatus: 19,
      registerType: 2,
      funcInfo: [1, 15],
    }),
    accountOf(2, { nickName: '=HYPERLINK("x")', kind: 'mini', verifyType: -1, funcInfo: [18], revokedAt: NOW - 1 }),
    accountOf(3, { nickName: '旧茶庄', removedAt: NOW - 1 }),
    { appId: appIdOf(4), nickName: '', userName: '', funcInfo: [], authorizedAt: 0 },
  ]);
  const token = { accessToken: 'x', obtainedAt: NOW - 60_000, expiresAt: NOW + 7_140_000 };
  await home.store.write(`token/${appIdOf(1)}`, token, 0, { durable: false });
  const json = async (...argv: string[]): Promise<unknown> =>
    JSON.parse((await home.run([...argv, '--json'], { now })).stdout);
  const ids = async (...flags: string[]): Promise<string[]> =>
    ((await json('accounts', 'list', ...flags)) as { appId: string }[]).map(({ appId }) => appId);
  return { ...home, json, ids };
}

it('accounts list --json prints the fixed keys, and more where more is known', async () => {
  const { json, run } = await openShops();
  const listed = await json('accounts', 'list');
  expect(listed).toEqual([
    {
      appId: appIdOf(1),
      nickName: '春风茶馆',
      kind: 'mp',
      funcInfo: [1, 15],
      authorizedAt: '2024-01-01T00:00:00.001Z',
      expiresAt: '2024-06-01T13:59:00.000Z',
      alias: 'tea',
      verification: 'verified',
      principalName: '春风有限公司',
      lastUsedAt: '2024-06-01T11:59:00.000Z',
    },
    {
      appId: appIdOf(2),
      nickName: '=HYPERLINK("x")',
      kind: 'mini',
      funcInfo: [18],
      authorizedAt: '2024-01-01T00:00:00.002Z',
      expiresAt: null,
      revokedAt: '2024-06-01T11:59:59.999Z',
      verification: 'unverified',
    },
    { appId: appIdOf(4), nickName: null, kind: null, funcInfo: null, authorizedAt: null, expiresAt: null },
  ]);
  expect(JSON.parse((await run(['accounts', 'list', '--format', 'json'], { now })).stdout)).toEqual(listed);
});

it('accounts list prints tabs without a header in a pipe, and a whole table with --format table', async () => {
  const { run } = await openShops();
  const lines = (await run(['accounts', 'list'], { now })).stdout.split('\n');
  expect(lines[0]).toBe(
    `${appIdOf(1)}\t春风茶馆\ttea\tofficial account\t2024-01-01\tauthorized\tverified\t1 h 59 min\t1 min ago\tmessages (1), custom menus (15)`,
  );
  expect(lines[2]).toBe(`${appIdOf(4)}\t-\t-\t-\t-\tauthorized\t-\t-\t-\t-`);
  expect((await run(['accounts', 'list', '--format', 'tsv'], { now, isTTY: true })).stdout.split('\n')[0]).toBe(
    lines[0],
  );
  const table = (await run(['accounts', 'list', '--format', 'table'], { now })).stdout.split('\n');
  expect(table[0]).toMatch(/^appid +name +alias +kind +since +state +verification/);
  expect(table[1]).toContain('custom menus (15)');
});

it.each<[number, string, string]>([
  [80, 'en', 'appid|name|alias|state|permission sets'],
  [110, 'en', 'appid|name|alias|kind|state|token|permission sets'],
  [160, 'en', 'appid|name|alias|kind|since|state|verification|token|last use|permission sets'],
  [80, 'zh', 'AppID|名称|别名|状态|权限集'],
  [160, 'zh', 'AppID|名称|别名|类型|授权日期|状态|认证|令牌|最近使用|权限集'],
])(
  'list on a terminal of %i columns, %s: what there is room for, permission sets always',
  async (columns, lang, head) => {
    const { run } = await openShops();
    const { stdout } = await run(['accounts', 'list', '--lang', lang], { now, isTTY: true, columns });
    const [header = '', first = ''] = stripVTControlCharacters(stdout).split('\n');
    expect(header.split(/ {2,}/).join('|')).toBe(head);
    expect(first).toContain('春风茶馆');
    expect(first).toMatch(/ tea .*(?:messages|消息管理) ?\(1\)/);
    for (const line of stdout.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
  },
);

it('accounts list --format csv is safe to open in a spreadsheet', async () => {
  const { run } = await openShops();
  const { stdout } = await run(['accounts', 'list', '--format', 'csv'], { now });
  expect(stdout.startsWith('\ufeffappId,nickName,alias,')).toBe(true);
  const [, first, second] = stdout.split('\r\n');
  expect(first).toBe(
    `${appIdOf(1)},春风茶馆,tea,mp,verified,春风有限公司,2024-01-01T00:00:00.001Z,,,2024-06-01T13:59:00.000Z,2024-06-01T11:59:00.000Z,1 15,messages (1); custom menus (15),`,
  );
  // A merchant's name is text, never a formula.
  expect(second).toContain(`,"'=HYPERLINK(""x"")",`);
  expect(
    csvLines(
      ['a'],
      ['+1', '@x', '-2', 'a,b', 'a\nb', '\t\r\n=1', '＝1', '＠x', '\u001b[31m=1', 'plain', -2].map((a) => ({ a })),
      'en',
    ),
  ).toEqual([
    '\ufeffa\r',
    "'+1\r",
    "'@x\r",
    "'-2\r",
    '"a,b"\r',
    'a b\r',
    "' =1\r",
    "'＝1\r",
    "'＠x\r",
    '[31m=1\r',
    'plain\r',
    // A number of wxop's own is one.
    '-2\r',
  ]);
});

it.each([
  [['--kind', 'mini'], [2]],
  [['--revoked'], [2]],
  [['--removed'], [3]],
  [
    ['--all', '--name', '茶'],
    [1, 3],
  ],
  [['--name', '有限公司'], [1]],
  [
    ['--missing-permission', '15'],
    [2, 4],
  ],
  [['--missing-permission', '15', '--kind', 'mp'], []],
])('accounts list %j filters the accounts', async (flags, expected) => {
  const { ids } = await openShops();
  expect(await ids(...flags)).toEqual(expected.map(appIdOf));
});

it('accounts list shows a record that cannot be read with the reason, next to the others', async () => {
  const { run, environment, json } = await openShops();
  const folder = join(environment.WXOP_HOME ?? '', 'state', COMPONENT_APPID, 'account', appIdOf(2));
  for (const name of readdirSync(folder)) {
    chmodSync(join(folder, name), 0o600);
    writeFileSync(join(folder, name), '{"format":99,"version":1}');
  }
  const { code, stdout, stderr } = await run(['accounts', 'list'], { now });
  expect([code, stdout.split('\n').length]).toEqual([0, 4]);
  expect(stdout.split('\n')[1]).toContain('was written by a newer wxop');
  expect(stderr).toContain('1 accounts could not be read');
  expect(((await json('accounts', 'list')) as object[])[1]).toMatchObject({
    appId: appIdOf(2),
    nickName: null,
    error: { code: 'RECORD_NEWER' },
  });
});

it('accounts show shows everything, and marks exclusive permission sets', async () => {
  const { run, json } = await openShops();
  expect(await json('accounts', 'show', 'tea')).toMatchObject({
    userName: 'gh_1',
    hasRefreshToken: true,
    serviceType: 2,
    accountStatus: 19,
    registerType: 2,
    verification: 'verified',
    principalName: '春风有限公司',
    lastEventAt: '2023-11-14T22:13:21.000Z',
    attempts: [],
  });
  const zh = (await run(['accounts', 'show', 'tea', '--lang', 'zh'], { now })).stdout;
  for (const said of ['服务号 (2)', '已冻结 (19)', '复用公众号注册 (2)']) expect(zh).toContain(said);
  // An account that was stored before these were read has none of them.
  expect(await json('accounts', 'show', appIdOf(2))).not.toHaveProperty('accountStatus');
  expect(await json('accounts', 'show', appIdOf(4))).toMatchObject({ hasRefreshToken: false });
  const { stdout } = await run(['accounts', 'show', appIdOf(2)], { now });
  expect(stdout).toMatch(/^permission sets +mini program development \(18\) exclusive$/m);
  expect(stdout).toMatch(/^verification +not verified$/m);
});

it('accounts list without a result says how to add accounts, or that no account matches', async () => {
  const home = await openHome();
  expect((await home.run(['accounts', 'list'])).stderr).toContain('No accounts here yet.');
  expect((await home.run(['accounts', 'list', '--all'])).stderr).toContain('No accounts here yet.');
  expect((await home.run(['accounts', 'list', '--kind', 'mp'])).stderr).toBe('No account matches.\n');
});

it('an account without a description is exported and imported without one', async () => {
  const [here, there] = [await openShops(), await openHome()];
  const { stdout } = await here.run(['accounts', 'export', '--plain', '--yes']);
  expect((await there.run(['accounts', 'import', '-', '--plain'], { stdin: stdout })).code).toBe(0);
  expect(await there.accounts()).toEqual(await here.accounts());
});

it('sync, authorize and history show which permission sets a new authorization added and removed', async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const [{ appId } = { appId: '' }] = sandbox.state().accounts;
  // As it was authorized long ago: with users and login, without most of what it grants now.
  const home = await openHome([accountOf(1, { appId, funcInfo: [1, 15, 20] })]);
  const environment = { ...sandbox.env, ...home.environment };
  const run = (...argv: string[]) => home.run(argv, { environment });
  await home.run(['ticket', 'set'], { environment, stdin: sandbox.state().ticket });
  const token = (await run('token', 'component')).stdout.trim();
  await fetch(`${sandbox.url}/cgi-bin/component/api_create_preauthcode?component_access_token=${token}`, {
    method: 'POST',
    body: JSON.stringify({ component_appid: COMPONENT_APPID }),
  });
  const { redirectUrl } = sandbox.consent({ preAuthCode: sandbox.state().preAuthCodes.at(-1) ?? '', appId });
  const code = new URL(redirectUrl).searchParams.get('auth_code') ?? '';
  const permissions = { added: [2, 3, 4, 7, 11], removed: [20] };
  const authorized = await run('authorize', '--code', code, '--json');
  expect(JSON.parse(authorized.stdout)).toMatchObject({ type: 'authorized', account: { appId }, permissions });
  expect((await run('accounts', 'show', appId, '--history')).stdout).toContain('+ users (2)');

  await home.store.write(
    `account/${appId}`,
    { ...accountOf(1, { appId, funcInfo: [1, 15, 20] }) },
    (await home.store.read(`account/${appId}`))?.version ?? 0,
    { durable: false },
  );
  const synced = await run('accounts', 'sync', appId, '--json');
  expect(JSON.parse(synced.stdout)).toMatchObject([{ appId, permissions }]);
  expect(JSON.parse((await run('accounts', 'sync', appId, '--json')).stdout)).not.toMatchObject([{ permissions }]);
});
