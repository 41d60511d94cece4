/** What an audit needs: `wxop mini privacy`, `domains`, `testers`, `categories` and `visit`, and what `release submit` says of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AccountScript, ReleaseScript } from '../../src/sandbox/releases/script/release-script.ts';
import { errorOf } from '../support/error-line.ts';
import { openReleaseAccounts, type ReleaseAccounts } from '../support/release-accounts.ts';
import { temporaryFolder } from '../support/world.ts';

const API = 'https://api.example.com';

type Json = Record<string, unknown>;
const rowsOf = (stdout: string): Json[] => JSON.parse(stdout) as Json[];

async function open(script: AccountScript = {}, more: Partial<ReleaseScript> = {}) {
  const accounts = await openReleaseAccounts({ ...more, accounts: { '*': { detection: 0, ...script } } });
  const mini = (...argv: string[]) => accounts.here(['mini', ...argv, '--json']);
  return { ...accounts, mini };
}

const uploaded = async ({ here, appId }: ReleaseAccounts): Promise<void> => {
  expect(await here(['release', 'upload', appId, '--template', '1'])).toMatchObject({ code: 0 });
};

const guideFile = (guide: object): string => {
  const path = join(temporaryFolder(), 'guide.json');
  writeFileSync(path, JSON.stringify(guide));
  return path;
};
const OWNER = { contact_phone: '02300000000', notice_method: '弹窗' };
const GUIDE = {
  owner_setting: OWNER,
  setting_list: [
    { privacy_key: 'UserInfo', privacy_text: '展示头像' },
    { privacy_key: 'Address', privacy_text: '寄送商品' },
    { privacy_key: 'Location', privacy_text: '推荐附近门店' },
  ],
};

describe('wxop mini domains', () => {
  test('the built command adds domains, reads them back, and sends nothing for what is there already', async () => {
    const { run, appId, effects } = await open();
    const added = await run('mini', 'domains', 'add', appId, '--request', API, '--web-view', API, '--json');
    expect([added.code, rowsOf(added.stdout)]).toMatchObject([
      0,
      [{ appId, outcome: 'changed', before: { request: [] }, after: { request: [API], webView: [API] } }],
    ]);
    const again = await run('mini', 'domains', 'add', appId, '--request', API, '--json');
    expect([again.code, rowsOf(again.stdout)]).toMatchObject([0, [{ outcome: 'unchanged' }]]);
    expect(effects()).toMatchObject({ modify_domain_directly: 1, setwebviewdomain_directly: 1 });
  });

  test('set replaces the kinds that are named, and leaves the others', async () => {
    const { mini, appId } = await open();
    await mini('domains', 'add', appId, '--request', API, '--socket', 'wss://ws.example.com');
    await mini('domains', 'set', appId, '--request', 'https://new.example.com');
    const [row] = rowsOf((await mini('domains', 'get', appId)).stdout);
    expect(row).toMatchObject({ direct: { request: ['https://new.example.com'], socket: ['wss://ws.example.com'] } });
  });

  test('a domain that WeChat leaves out with errcode 0 is a failure that names it, and the others stay', async () => {
    const { mini, appId } = await open();
    const partly = await mini('domains', 'add', appId, '--request', `${API},https://cdn.noicp.example`);
    expect([partly.code, partly.stdout, errorOf(partly).code]).toEqual([3, '', 'NOT_KEPT']);
    expect(errorOf(partly).message).toContain('https://cdn.noicp.example (without ICP filing)');
    const [row] = rowsOf((await mini('domains', 'get', appId)).stdout);
    expect(row).toMatchObject({ direct: { request: [API] } });
  });

  test('through the component: refused until the host is on its own list, and taken then', async () => {
    const { mini, appId, sandbox } = await open();
    const calls = () => sandbox.state().calls['/wxa/modify_domain'] ?? 0;
    const add = () => mini('domains', 'add', appId, '--via-component', '--request', API);
    expect(errorOf(await add())).toMatchObject({ code: 'USAGE', errcode: 85018 });
    expect(calls()).toBe(0);
    const own = await mini('domains', 'add', '--own', '--request', 'api.example.com');
    expect(rowsOf(own.stdout)).toEqual([
      { list: 'server', host: 'api.example.com', isPublished: true, isTesting: true },
    ]);
    expect(rowsOf((await add()).stdout)).toMatchObject([{ outcome: 'changed' }]);
  });

  test('a lost answer is looked at, not sent again', async () => {
    const { mini, appId, effects } = await open({ calls: { modify_domain_directly: ['ok', 'unsure'] } });
    const added = await mini('domains', 'add', appId, '--request', API);
    expect([added.code, rowsOf(added.stdout)]).toMatchObject([0, [{ outcome: 'changed' }]]);
    expect(effects().modify_domain_directly).toBe(1);
  });

  test.each([
    [['--request', 'api.example.com'], 'Write it as https://api.example.com.'],
    [['--socket', API], 'Write it as wss://api.example.com.'],
    [['--request', 'wss://https://api.example.com'], 'Write it as https://api.example.com.'],
    [['--request', `${API}/v1`], 'Leave out the path'],
    [['--request', 'https://127.0.0.1'], 'An IP address cannot be one.'],
    [['--request', 'https://api.weixin.qq.com'], 'call it from your server'],
    [['--web-view', `${API}:8443`], 'Leave out the port'],
    [[], 'For example --request'],
  ])('%j is refused before anything is sent', async (flags, hint) => {
    const { here } = await openReleaseAccounts();
    const refused = await here(['mini', 'domains', 'add', '--all', ...flags, '--json']);
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
    expect(errorOf(refused).hint).toContain(hint);
  });

  test("the month's changes used up are WeChat's refusal, with what it means", async () => {
    const { mini, appId } = await open({ calls: { modify_domain_directly: ['ok', 86102] } });
    const refused = await mini('domains', 'add', appId, '--request', API);
    expect([refused.code, errorOf(refused)]).toMatchObject([3, { errcode: 86102 }]);
  });
});

describe('many mini programs', () => {
  test('each has a row; one that fails ends the run with 3, and a second run does the rest', async () => {
    const accounts = await openReleaseAccounts(
      { accounts: { '*': { calls: { modify_domain_directly: ['ok', 'ok', 'ok'] } } } },
      { accounts: 0, miniPrograms: 4 },
    );
    const { here, appIds, sandbox } = accounts;
    const file = join(temporaryFolder(), 'shops.csv');
    writeFileSync(
      file,
      ['appId,name', ...appIds.map((appId) => `${appId},shop`), 'wx0000000000000000,gone'].join('\n'),
    );
    const add = (...more: string[]) => here(['mini', 'domains', 'add', '--request', API, '--json', ...more]);
    const run = await add('--accounts', file);
    expect([run.code, errorOf(run).code]).toEqual([3, 'PARTLY_FAILED']);
    const rows = rowsOf(run.stdout);
    expect(rows.map(({ outcome }) => outcome)).toEqual(['changed', 'changed', 'changed', 'changed', 'failed']);
    expect(rows.at(-1)).toMatchObject({ error: { code: 'NO_ACCOUNT' } });
    const again = await add('--all');
    expect([again.code, rowsOf(again.stdout).map(({ outcome }) => outcome)]).toEqual([0, Array(4).fill('unchanged')]);
    expect(sandbox.state().releases[appIds[0] ?? '']?.effects).toEqual({ modify_domain_directly: 1 });
  });

  test('neither none nor two ways of choosing is taken', async () => {
    const { mini, appId } = await open();
    for (const choice of [[], [appId, '--all']]) {
      const refused = await mini('visit', 'show', ...choice);
      expect([refused.code, errorOf(refused).message]).toEqual([2, expect.stringContaining('--accounts FILE')]);
    }
  });
});

describe('wxop mini privacy', () => {
  test('the form that get writes can be filled in and set, and is read back', async () => {
    const accounts = await open({ guide: false });
    const { mini, appId, effects } = accounts;
    await uploaded(accounts);
    const path = join(temporaryFolder(), 'guide.json');
    const got = await mini('privacy', 'get', appId, '-o', path);
    expect(rowsOf(got.stdout)).toMatchObject([{ hasCode: true, version: 'development' }]);
    expect(rowsOf(got.stdout)[0]?.missing).toEqual(
      expect.arrayContaining([expect.stringContaining('a contact'), expect.stringContaining('UserInfo')]),
    );
    const unfilled = await mini('privacy', 'set', appId, '--guide', path);
    expect([unfilled.code, errorOf(unfilled).code]).toEqual([2, 'GUIDE_INCOMPLETE']);
    const form = JSON.parse(readFileSync(path, 'utf8')) as { setting_list: { privacy_text: string }[] };
    const filled = guideFile({
      owner_setting: OWNER,
      setting_list: form.setting_list.map((one) => ({ ...one, privacy_text: '提供服务' })),
    });
    expect(rowsOf((await mini('privacy', 'set', appId, '--guide', filled)).stdout)).toMatchObject([
      { outcome: 'changed' },
    ]);
    expect(rowsOf((await mini('privacy', 'get', appId)).stdout)).toMatchObject([{ missing: [] }]);
    const again = await mini('privacy', 'set', appId, '--guide', filled);
    expect([rowsOf(again.stdout), effects().setprivacysetting]).toMatchObject([[{ outcome: 'unchanged' }], 1]);
  });

  test('what the code uses and the file does not say is named, and nothing is sent', async () => {
    const accounts = await open({ guide: false });
    const { mini, appId, effects } = accounts;
    await uploaded(accounts);
    const file = guideFile({ ...GUIDE, setting_list: [{ privacy_key: 'Camera', privacy_text: '扫码' }] });
    const refused = await mini('privacy', 'set', appId, '--guide', file);
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'GUIDE_INCOMPLETE']);
    expect(errorOf(refused).message).toContain('UserInfo');
    expect(effects().setprivacysetting).toBeUndefined();
  });

  test.each([
    [{ ...GUIDE, owner_setting: { notice_method: '弹窗' } }, 'a contact'],
    [{ ...GUIDE, owner_setting: { contact_phone: '1' } }, 'notice_method'],
    [{ ...GUIDE, owner_setting: { ...OWNER, store_expire_timestamp: '永久' } }, '30天'],
    [{ ...GUIDE, setting_list: [{ privacy_key: 'UserInfo', privacy_text: ' ' }] }, 'the purpose of UserInfo'],
    [{ ...GUIDE, setting_list: [{ privacy_key: 'UserInfo', privacy_value: '展示' }] }, 'must be privacy_text'],
    [{ ...GUIDE, setting_list: [{ privacy_key: 'UserInfo', privacy_text: '\\u5c55' }] }, 'garbled'],
    [{ ...GUIDE, setting_list: [{ privacy_key: 'UserInfo', privacy_text: '为了展示' }] }, '为了'],
    [{ ...GUIDE, setting_list: [...GUIDE.setting_list, ...GUIDE.setting_list] }, 'UserInfo only once'],
  ])('a half-written guide is refused: %#', async (guide, missing) => {
    const { mini, appId } = await open();
    const refused = await mini('privacy', 'set', appId, '--guide', guideFile(guide));
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'GUIDE_INCOMPLETE']);
    expect(errorOf(refused).message).toContain(missing);
  });

  test('a text that WeChat stores as garbage with errcode 0 is a failure that names it', async () => {
    const { mini, appId } = await open({ quirks: ['garbled-guide'] });
    const garbled = await mini('privacy', 'set', appId, '--guide', guideFile(GUIDE));
    expect([garbled.code, errorOf(garbled).code]).toEqual([3, 'NOT_KEPT']);
    expect(errorOf(garbled).message).toContain('UserInfo, Address, Location');
  });
});

test('what WeChat answers with errcode 0 and does not keep is a failure of every setting', async () => {
  const accounts = await open({ quirks: ['settings-not-kept'], audit: { outcome: 'person' } });
  const { mini, appId, here, submit, sandbox } = accounts;
  await submit();
  sandbox.decideAudit({ appId, outcome: 'pass' });
  expect((await here(['release', 'publish', appId])).code).toBe(0);
  for (const argv of [
    ['domains', 'add', appId, '--request', API],
    ['domains', 'add', appId, '--web-view', API],
    ['testers', 'add', appId, '--wechat-id', 'xiaoming_2024'],
    ['privacy', 'set', appId, '--guide', guideFile(GUIDE)],
    ['visit', 'off', appId],
  ]) {
    const result = await mini(...argv);
    expect([argv[0], result.code, errorOf(result).code]).toEqual([argv[0], 3, 'NOT_KEPT']);
  }
});

describe('wxop mini testers', () => {
  test('adds a person once, lists and removes it', async () => {
    const { mini, appId, effects } = await open();
    const add = () => mini('testers', 'add', appId, '--wechat-id', 'xiaoming_2024');
    const [added] = rowsOf((await add()).stdout) as { testers: { userstr: string }[] }[];
    const userstr = added?.testers[0]?.userstr;
    expect(rowsOf((await mini('testers', 'list', appId)).stdout)).toMatchObject([{ testers: [userstr] }]);
    expect(rowsOf((await add()).stdout)).toMatchObject([{ outcome: 'unchanged' }]);
    const removed = await mini('testers', 'remove', appId, '--userstr', String(userstr));
    expect(rowsOf(removed.stdout)).toMatchObject([{ outcome: 'changed', testers: [{ userstr, isChanged: true }] }]);
    expect(rowsOf((await mini('testers', 'list', appId)).stdout)).toMatchObject([{ testers: [] }]);
    expect(effects()).toEqual({ bind_tester: 1, unbind_tester: 1 });
  });

  test("a WeChat id that cannot be found is WeChat's refusal, with what to do", async () => {
    const { mini, appId } = await open();
    const refused = await mini('testers', 'add', appId, '--wechat-id', '1');
    expect([refused.code, errorOf(refused)]).toMatchObject([3, { errcode: 85001 }]);
  });
});

test('wxop mini categories says which an audit takes, and why not the others', async () => {
  const { mini, appId } = await open({ categories: [{ name: '商家自营-百货' }, { name: '餐饮服务-外卖', state: 2 }] });
  const [row] = rowsOf((await mini('categories', appId)).stdout);
  expect(row).toMatchObject({
    isComplete: true,
    categories: [
      { name: '商家自营-百货', state: 'approved', isUsable: true },
      { name: '餐饮服务-外卖', state: 'rejected', isUsable: false, reason: '资质不符' },
    ],
  });
});

test('wxop mini visit takes a mini program offline and back, and says what it is', async () => {
  const accounts = await open({ audit: { outcome: 'person' } });
  const { mini, appId, here, submit, sandbox } = accounts;
  const shown = async () => rowsOf((await mini('visit', 'show', appId)).stdout)[0]?.isOpen;
  const early = await mini('visit', 'on', appId);
  expect([early.code, errorOf(early).errcode]).toEqual([3, 85021]);
  await submit();
  sandbox.decideAudit({ appId, outcome: 'pass' });
  expect((await here(['release', 'publish', appId])).code).toBe(0);
  expect(await shown()).toBe(true);
  expect(rowsOf((await mini('visit', 'off', appId)).stdout)).toMatchObject([{ outcome: 'changed', isOpen: false }]);
  expect(await shown()).toBe(false);
  expect(rowsOf((await mini('visit', 'on', appId)).stdout)).toMatchObject([{ outcome: 'changed', isOpen: true }]);
});

describe('before an audit', () => {
  test('release submit says what is missing of guide and domains, and goes on', async () => {
    const accounts = await open({ domains: false, audit: { outcome: 'person' } });
    const { here, mini, appId } = accounts;
    const file = guideFile({ ...GUIDE, setting_list: [{ privacy_key: 'UserInfo', privacy_text: '展示头像' }] });
    expect((await mini('privacy', 'set', appId, '--guide', file)).code).toBe(0);
    await uploaded(accounts);
    const submitted = await here(['release', 'submit', appId]);
    expect(submitted.code).toBe(0);
    expect(submitted.stderr).toContain('The privacy guide lacks');
    expect(submitted.stderr).toContain('No request domain is set');
  });

  test('release plan notes it beside the mini program', async () => {
    const { here, appId } = await open({ domains: false, guide: false });
    const plan = join(temporaryFolder(), 'autumn.json');
    writeFileSync(plan, JSON.stringify({ template: 1, version: '2.0.0', accounts: [appId] }));
    const planned = await here(['release', 'plan', plan]);
    expect([planned.code, planned.stdout]).toEqual([
      0,
      expect.stringContaining('privacy guide incomplete; no request domain'),
    ]);
  });

  test('nothing is said where nothing is missing', async () => {
    const accounts = await open({ audit: { outcome: 'person' } });
    await uploaded(accounts);
    const submitted = await accounts.here(['release', 'submit', accounts.appId]);
    expect([submitted.code, submitted.stderr]).toEqual([0, expect.not.stringContaining('mini')]);
  });
});
