/** `wxop menu push`, `restore` and `delete`: what is refused, what is asked, what is done, and what is left when it fails. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openMenuAccounts, type MenuAccounts, type MerchantName } from '../support/menu-accounts.ts';
import { eventually, startWxop, wxop, type Finished } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

type Json = Record<string, unknown>;

const CREATE = 'menu/create';
const [ADD, REMOVE] = ['menu/addconditional', 'menu/delconditional'];
const click = (name: string, key = 'K') => ({ type: 'click', name, key });
const document = ({ stdout }: Finished): Json => JSON.parse(stdout) as Json;

function fileOf(menu: object, name = 'menu.json'): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, JSON.stringify(menu));
  return file;
}

/** A component, and the dump of one of its merchants. */
async function openDumped(name: MerchantName) {
  const accounts = await openMenuAccounts();
  const folder = temporaryFolder();
  const appId = accounts.appId(name);
  await accounts.run('menu', 'dump', appId, '-o', folder);
  const file = join(folder, appId, 'draft.json');
  return {
    ...accounts,
    folder,
    file,
    id: appId,
    draft: () => JSON.parse(readFileSync(file, 'utf8')) as { button: Json[]; conditionalmenu?: Json[] },
    save: (menu: object) => writeFileSync(file, JSON.stringify(menu, undefined, 2)),
    push: (...flags: string[]) => accounts.run('menu', 'push', appId, file, ...flags),
    live: () => accounts.ask(appId, 'menu/get'),
  };
}

const backupsIn = ({ env }: MenuAccounts, appId: string): string[] =>
  readdirSync(join(env.WXOP_HOME ?? '', 'backups', env.WXOP_COMPONENT_APPID ?? '', appId)).sort();

describe('menu push', () => {
  test('shows the difference, backs up, pushes, reads back; the next push from there is checked against it', async () => {
    const dumped = await openDumped('tea');
    const { push, save, draft, live, id, ask, calls, env, folder } = dumped;
    const before = [await ask(id, 'get_current_selfmenu_info'), await live()];
    const changed = { button: [click('新品', 'NEW'), ...draft().button.slice(1)] };
    save(changed);
    const pushed = await push('--yes');
    expect(pushed.code).toBe(0);
    expect(pushed.stdout).toContain('新品');
    expect(pushed.stderr).toMatch(/^Pushed and verified\. Previous menu: .*\.json$/m);
    expect(JSON.stringify(await live())).toContain('"NEW"');
    expect([calls(CREATE), calls(ADD), calls(REMOVE)]).toEqual([1, 0, 0]);

    const [name = ''] = backupsIn(dumped, id);
    const backups = join(env.WXOP_HOME ?? '', 'backups');
    const path = join(backups, env.WXOP_COMPONENT_APPID ?? '', id, name);
    expect([statSync(backups).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    const backup = JSON.parse(readFileSync(path, 'utf8')) as { appId: string; self: string; api: string };
    expect([backup.appId, JSON.parse(backup.self), JSON.parse(backup.api)]).toEqual([id, ...before]);
    expect(readFileSync(join(folder, id, 'api.json'), 'utf8')).toBe(JSON.stringify(await live()));

    save({ button: [click('又一新品', 'N2')] });
    expect((await push('--yes')).code).toBe(0);
    expect(backupsIn(dumped, id)).toHaveLength(2);
  });

  test('is done although the dump cannot be brought up to date; it says so', async () => {
    const { push, save, live, run, folder, id } = await openDumped('tea');
    save({ button: [click('新品')] });
    rmSync(join(folder, id, 'api.json'));
    mkdirSync(join(folder, id, 'api.json'));
    const pushed = await push('--yes', '--json');
    expect([pushed.code, document(pushed).pushed]).toEqual([0, true]);
    expect(pushed.stderr).toContain('could not be updated (EISDIR)');
    expect(JSON.stringify(await live())).toContain('新品');
    save({ button: [click('又一新品')] });
    const all = await run('menu', 'push', '--all', folder, '--force', '--yes', '--json');
    expect([all.code, JSON.parse(all.stdout)]).toMatchObject([0, [{ verdict: 'pushed' }]]);
  });

  test('has its document in JSON', async () => {
    const { push, save, id } = await openDumped('tea');
    save({ button: [click('新品')] });
    const dry = await push('--dry-run', '--json');
    expect([dry.code, document(dry)]).toEqual([0, { appId: id, pushed: false, changes: expect.any(Array) as Json[] }]);
    const pushed = await push('--yes', '--json');
    expect(document(pushed)).toEqual({
      appId: id,
      pushed: true,
      changes: document(dry).changes,
      backup: expect.stringMatching(/\.json$/) as string,
    });
    const again = await push('--yes', '--json');
    expect([again.code, document(again)]).toEqual([0, { appId: id, pushed: false, changes: [] }]);
  });

  test('with nothing to do pushes nothing and keeps no backup', async () => {
    const { push, calls } = await openDumped('conditional');
    const pushed = await push('--yes');
    expect(pushed).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing to do: the account has this menu.\n' });
    expect([calls(CREATE), calls(ADD), calls(REMOVE)]).toEqual([0, 0, 0]);
  });

  test('is asked about, or needs --yes', async () => {
    const { push, save, calls } = await openDumped('tea');
    save({ button: [click('新品')] });
    const refused = await push('--json');
    expect([refused.code, errorOf(refused).code, calls(CREATE)]).toEqual([2, 'USAGE', 0]);
  });

  test('is refused for a file that breaks the grammar, without one call', async () => {
    const { push, save, calls } = await openDumped('tea');
    save({ button: [{ ...click('新品'), name: '这个名字实在是太长了' }] });
    const before = calls('menu/get');
    const refused = await push('--yes', '--json');
    expect([refused.code, errorOf(refused).code, calls('menu/get') - before]).toEqual([2, 'MENU_INVALID', 0]);
  });

  test('is refused when the live menu is no longer the dumped one; --force pushes over it', async () => {
    const { push, save, ask, id, calls } = await openDumped('tea');
    await ask(id, CREATE, { button: [click('别人改的')] });
    save({ button: [click('新品')] });
    const refused = await push('--yes', '--json');
    expect([refused.code, errorOf(refused).code, calls(CREATE)]).toEqual([2, 'MENU_CHANGED', 1]);
    expect(errorOf(refused).message).toContain("or they are another account's");
    expect((await push('--yes', '--force')).code).toBe(0);
  });

  test('says when there is nothing to check against', async () => {
    const { run, appId } = await openMenuAccounts();
    const pushed = await run('menu', 'push', appId('tea'), fileOf({ button: [click('新品')] }), '--yes');
    expect(pushed.code).toBe(0);
    expect(pushed.stderr).toContain('changes made since it was written could not be ruled out');
  });

  test('is refused where entries of the website would be lost, with each reason; --accept-loss pushes', async () => {
    const { push, live, calls } = await openDumped('website');
    const refused = await push('--yes', '--json');
    expect([refused.code, refused.stdout, calls(CREATE)]).toEqual([2, '', 0]);
    expect(errorOf(refused)).toMatchObject({ code: 'MENU_LOSS', hint: 'To accept the loss: --accept-loss.' });
    for (const name of ['订位电话', '本周新菜', '门店实景', '老板说', '后厨直播'])
      expect(errorOf(refused).message).toContain(name);
    expect((await push('--yes', '--accept-loss')).code).toBe(0);
    expect(JSON.stringify(await live())).toContain('q9_EXAMPLE_material');
  });

  test('lists for people what would be lost, one entry a line', async () => {
    const { id, run, file } = await openDumped('website');
    const refused = await run('menu', 'push', id, file, '--yes');
    expect(refused.stderr).toMatch(/cannot be pushed again\.\n - 订位电话: .*\n - 本周新菜: .*\n - 门店实景: /);
  });

  test('refused by WeChat ends with 3 and changes nothing', async () => {
    const { push, save, sandbox, live } = await openDumped('tea');
    save({ button: [click('新品')] });
    const before = await live();
    sandbox.addFault(`${CREATE}=45010*1`.replace('menu/create', '/cgi-bin/menu/create'));
    const refused = await push('--yes', '--json');
    expect([refused.code, errorOf(refused).errcode]).toEqual([3, 45010]);
    expect(await live()).toEqual(before);
  });
});

describe('conditional menus of a pushed file', () => {
  const rulesOf = (live: Json): unknown[] => ((live.conditionalmenu ?? []) as Json[]).map(({ matchrule }) => matchrule);

  test('left out of it stay as they are', async () => {
    const { push, save, live, calls } = await openDumped('conditional');
    save({ button: [click('新品')] });
    expect((await push('--yes')).code).toBe(0);
    expect(rulesOf(await live())).toEqual([{ group_id: 2 }, { group_id: 2, client_platform_type: 2 }]);
    expect([calls(CREATE), calls(ADD), calls(REMOVE)]).toEqual([1, 0, 0]);
  });

  test('as an empty list go away', async () => {
    const { push, save, draft, live, calls } = await openDumped('conditional');
    save({ ...draft(), conditionalmenu: [] });
    expect((await push('--yes')).code).toBe(0);
    expect(rulesOf(await live())).toEqual([]);
    expect([calls(CREATE), calls(ADD), calls(REMOVE)]).toEqual([0, 0, 2]);
  });

  test('are made and taken away until they are equal, in their order; what can stay stays', async () => {
    const { push, save, draft, live, calls } = await openDumped('conditional');
    const [first = {}, second = {}] = draft().conditionalmenu ?? [];
    const added = { button: [click('新人')], matchrule: { tag_id: '9' } };
    save({ ...draft(), conditionalmenu: [first, added, second] });
    const pushed = await push('--yes');
    expect([pushed.code, calls(CREATE), calls(ADD), calls(REMOVE)]).toEqual([0, 0, 2, 1]);
    expect(rulesOf(await live())).toEqual([{ group_id: 2 }, { group_id: 9 }, { group_id: 2, client_platform_type: 2 }]);
    save({ ...draft(), conditionalmenu: [added] });
    expect((await push('--yes')).code).toBe(0);
    expect(rulesOf(await live())).toEqual([{ group_id: 9 }]);
  });

  test('a failure in the middle says what is done and what is not, and the way back works', async () => {
    const { push, save, draft, live, sandbox, run, id } = await openDumped('conditional');
    const before = await live();
    const added = { button: [click('新人')], matchrule: { tag_id: '9' } };
    save({ button: [click('新品')], conditionalmenu: [added] });
    sandbox.addFault('/cgi-bin/menu/delconditional=45009*1');
    const failed = await push('--yes', '--json');
    expect([failed.code, failed.stdout, errorOf(failed).errcode]).toEqual([3, '', 45009]);
    expect(errorOf(failed).message).toMatch(
      /Done: make the default menu; make the conditional menu for .*9\. Not done: remove .*208396993 .*; remove .*208396994 /,
    );
    expect(errorOf(failed).hint).toContain(`wxop menu restore ${id}`);
    // Nobody is without a rule in between.
    expect(rulesOf(await live())).toHaveLength(3);
    expect(draft().button).toEqual([click('新品')]);
    expect((await run('menu', 'restore', id, '--yes')).code).toBe(0);
    const texts = (menus: Json): string => JSON.stringify(menus).replace(/,?"menuid":\d+/g, '');
    expect(texts(await live())).toBe(texts(before));
  });

  test('an answer that was lost leaves open whether it was done', async () => {
    const { push, save, draft, sandbox } = await openDumped('conditional');
    save({ ...draft(), conditionalmenu: [{ button: [click('新人')], matchrule: { tag_id: '9' } }] });
    sandbox.addFault('/cgi-bin/menu/addconditional=reset*1');
    const failed = await push('--yes', '--json');
    expect(failed.code).toBe(5);
    expect(errorOf(failed).message).toMatch(
      /Done: nothing\. Perhaps done: make the conditional menu .* Not done: remove/,
    );
    // The second push finds it there.
    expect((await push('--yes', '--force')).code).toBe(0);
  });

  test('pushed again with --force, as the hint says, the rest is done', async () => {
    const { push, save, draft, live, sandbox } = await openDumped('conditional');
    save({ ...draft(), conditionalmenu: [{ button: [click('新人')], matchrule: { tag_id: '9' } }] });
    sandbox.addFault('/cgi-bin/menu/delconditional=45009*1');
    const failed = await push('--yes', '--json');
    expect(errorOf(failed).hint).toContain('Push again with --force for the rest');
    expect((await push('--yes', '--force')).code).toBe(0);
    expect(rulesOf(await live())).toEqual([{ group_id: 9 }]);
  });

  test('interrupted in the middle, it says what is done, what may be, and what is not', async () => {
    const { env, id, file, save, draft, sandbox, calls, run, live } = await openDumped('conditional');
    const before = rulesOf(await live());
    save({
      button: [click('新品')],
      conditionalmenu: [{ ...draft().conditionalmenu?.[0], matchrule: { tag_id: '9' } }],
    });
    sandbox.addFault('/cgi-bin/menu/addconditional=hang*1');
    const pushing = startWxop(['menu', 'push', id, file, '--yes'], env);
    await eventually(() => calls(ADD) === 1 || undefined);
    const { code, stderr } = await pushing.stop('SIGINT');
    expect(code).toBe(130);
    expect(stderr).toMatch(/Done: make the default menu\. Perhaps done: make .*9\. Not done: remove .*; remove /);
    expect((await run('menu', 'restore', id, '--yes')).code).toBe(0);
    expect(rulesOf(await live())).toEqual(before);
  });

  test('an old one that went first is told as done when the rest fails', async () => {
    const { push, save, draft, live, sandbox } = await openDumped('conditional');
    save({ ...draft(), conditionalmenu: [{ button: [click('新人')], matchrule: { tag_id: '9' } }] });
    sandbox.addFault('/cgi-bin/menu/addconditional=65305*1');
    sandbox.addFault('/cgi-bin/menu/addconditional=45009*1');
    const failed = await push('--yes', '--json');
    expect(errorOf(failed).message).toMatch(/Done: remove .*208396993 .*\. Not done: make .*9; remove .*208396994 /);
    expect(rulesOf(await live())).toEqual([{ group_id: 2, client_platform_type: 2 }]);
  });

  test('an answer that was lost while an old one went first leaves open that one alone', async () => {
    const { push, save, draft, sandbox } = await openDumped('conditional');
    save({ ...draft(), conditionalmenu: [{ button: [click('新人')], matchrule: { tag_id: '9' } }] });
    sandbox.addFault('/cgi-bin/menu/addconditional=65305*1');
    sandbox.addFault('/cgi-bin/menu/delconditional=reset*1');
    const failed = await push('--yes', '--json');
    expect(errorOf(failed).message).toMatch(
      /Done: nothing\. Perhaps done: remove .*208396993 .*\. Not done: make .*9; remove .*208396994 /,
    );
  });

  test('where there is no room for both, an old one goes first', async () => {
    const { push, save, draft, live, sandbox } = await openDumped('conditional');
    save({ ...draft(), conditionalmenu: [{ button: [click('新人')], matchrule: { tag_id: '9' } }] });
    sandbox.addFault('/cgi-bin/menu/addconditional=65305*1');
    expect((await push('--yes')).code).toBe(0);
    expect(rulesOf(await live())).toEqual([{ group_id: 9 }]);
  });
});

describe('menu restore', () => {
  test('brings back the newest, and undoes itself', async () => {
    const { run, save, push, live, id } = await openDumped('tea');
    const before = JSON.stringify((await live()).menu).replace(/,"menuid":\d+/, '');
    save({ button: [click('新品')] });
    await push('--yes');
    const dry = await run('menu', 'restore', id, '--dry-run');
    expect([dry.code, JSON.stringify(await live()).includes('新品')]).toEqual([0, true]);
    expect((await run('menu', 'restore', id, '--yes')).code).toBe(0);
    expect(JSON.stringify((await live()).menu).replace(/,"menuid":\d+/, '')).toBe(before);
    expect((await run('menu', 'restore', id, '--yes')).code).toBe(0);
    expect(JSON.stringify(await live())).toContain('新品');
    const listed = await run('menu', 'restore', id, '--list', '--json');
    const files = JSON.parse(listed.stdout) as string[];
    expect(files).toEqual(files.toSorted().reverse());
    expect(files).toHaveLength(3);
    // The oldest, by its name.
    const name = files.at(-1)?.split('/').at(-1) ?? '';
    expect((await run('menu', 'restore', id, name, '--yes')).code).toBe(0);
    expect(JSON.stringify((await live()).menu).replace(/,"menuid":\d+/, '')).toBe(before);
  });

  test('is refused where the backup holds what cannot be pushed', async () => {
    const { run, push, id, ask } = await openDumped('website');
    await push('--yes', '--accept-loss');
    const refused = await run('menu', 'restore', id, '--yes', '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'MENU_LOSS']);
    expect(errorOf(refused).message).toContain('订位电话');
    expect(JSON.stringify(await ask(id, 'menu/get'))).toContain('外卖');
  });

  test('with --accept-loss says what is missing, also where there is nothing to do', async () => {
    const { run, id, file } = await openDumped('website');
    await run('menu', 'push', id, file, '--yes', '--accept-loss');
    const restored = await run('menu', 'restore', id, '--yes', '--accept-loss');
    expect([restored.code, restored.stderr]).toEqual([
      0,
      expect.stringMatching(/Nothing to do\. These entries of the backup .*\n - 订位电话: /),
    ]);
  });

  test.each([
    ['no backup at all', []],
    ['a backup that is not there', ['nowhere.json']],
  ])('with %s is wrong usage', async (_name, more) => {
    const { run, appId } = await openMenuAccounts();
    const refused = await run('menu', 'restore', appId('tea'), ...more, '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
  });

  test.each(['root:x:0:0', 'null', '{"appId":"wx1","takenAt":"2026","self":"root:x:0:0"}'])(
    'takes no other file, and tells nothing of it: %s',
    async (content) => {
      const { run, appId } = await openMenuAccounts({ accounts: 1 });
      const file = join(temporaryFolder(), 'passwd');
      writeFileSync(file, content);
      const refused = await run('menu', 'restore', appId('tea'), file, '--json');
      expect([refused.code, errorOf(refused)]).toMatchObject([
        2,
        { code: 'USAGE', message: `${file} is not a backup of a menu.` },
      ]);
    },
  );

  test('takes no backup of another account', async () => {
    const { run, appId } = await openMenuAccounts();
    const file = fileOf({ appId: appId('website'), takenAt: '2026-01-01T00:00:00.000Z', self: '{}' });
    const refused = await run('menu', 'restore', appId('tea'), file, '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
    expect(errorOf(refused).message).toContain(appId('website'));
  });
});

describe('menu restore of a backup without a menu', () => {
  async function openRestorable() {
    const accounts = await openMenuAccounts();
    const id = accounts.appId('none');
    await accounts.run('menu', 'push', id, fileOf({ button: [click('新品')] }), '--yes');
    return { ...accounts, id };
  }

  test('only shows what would go with --dry-run', async () => {
    const { run, id, calls } = await openRestorable();
    const dry = await run('menu', 'restore', id, '--dry-run');
    expect([dry.code, dry.stdout, calls('menu/delete')]).toEqual([0, '- 新品  sends event  K\n', 0]);
    expect(dry.stderr).toContain('In this backup the account has no menu.');
  });

  test('deletes, reads back, and can be undone; its document is that of any restore', async () => {
    const { run, id, calls, ask } = await openRestorable();
    const restored = await run('menu', 'restore', id, '--yes', '--json');
    expect([restored.code, document(restored)]).toMatchObject([
      0,
      { appId: id, pushed: true, changes: [{ kind: 'removed' }], backup: expect.any(String) as string },
    ]);
    expect([calls('menu/delete'), await ask(id, 'menu/get')]).toMatchObject([1, { errcode: 46003 }]);
    expect((await run('menu', 'restore', id, '--yes')).code).toBe(0);
    expect(JSON.stringify(await ask(id, 'menu/get'))).toContain('新品');
  });

  test('is refused where entries of the website would be lost', async () => {
    const { run, appId, calls } = await openMenuAccounts();
    const id = appId('website');
    const file = fileOf({ appId: id, takenAt: '2026-01-01T00:00:00.000Z', self: '{"is_menu_open":0}' });
    const refused = await run('menu', 'restore', id, file, '--yes', '--json');
    expect([refused.code, errorOf(refused).code, calls('menu/delete')]).toEqual([2, 'MENU_LOSS', 0]);
  });
});

test('menu restore of a backup of which nothing can be pushed takes nothing away', async () => {
  const { run, appId, calls } = await openMenuAccounts();
  const id = appId('tea');
  const self = { is_menu_open: 1, selfmenu_info: { button: [{ type: 'text', name: '电话', value: '123' }] } };
  const file = fileOf({ appId: id, takenAt: '2026-01-01T00:00:00.000Z', self: JSON.stringify(self) });
  const refused = await run('menu', 'restore', id, file, '--yes', '--accept-loss', '--json');
  expect([refused.code, errorOf(refused).code, calls('menu/delete')]).toEqual([2, 'MENU_LOSS', 0]);
  expect(errorOf(refused).message).toMatch(/^Nothing of this backup can be pushed\. 电话: /);
});

test('nothing is pushed where no backup can be kept', async () => {
  const { run, env, appId, calls } = await openMenuAccounts();
  writeFileSync(join(env.WXOP_HOME ?? '', 'backups'), '');
  for (const argv of [
    ['push', appId('tea'), fileOf({ button: [click('新品')] })],
    ['delete', appId('tea')],
  ]) {
    const refused = await run('menu', ...argv, '--yes', '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([1, 'STORE_NOT_WRITABLE']);
  }
  const folder = temporaryFolder();
  await run('menu', 'dump', appId('tea'), '-o', folder);
  writeFileSync(join(folder, appId('tea'), 'draft.json'), JSON.stringify({ button: [click('新品')] }));
  const all = await run('menu', 'push', '--all', folder, '--yes', '--json');
  // It fails the run, not one account: no other could be pushed either.
  expect([all.code, errorOf(all).code]).toEqual([1, 'STORE_NOT_WRITABLE']);
  expect([calls(CREATE), calls('menu/delete')]).toEqual([0, 0]);
});

describe('menu delete', () => {
  test('names what cannot be restored', async () => {
    const { run, appId } = await openMenuAccounts();
    const deleted = await run('menu', 'delete', appId('website'), '--yes');
    expect(deleted.code).toBe(0);
    for (const name of ['订位电话', '门店实景', '老板说', '后厨直播']) expect(deleted.stderr).toContain(`${name}: `);
    expect(deleted.stderr).toContain('Deleted, and confirmed by reading back: there is no menu.');
  });

  test('reads back: a menu that is still there is no success', async () => {
    const { run, env, appId, calls } = await openMenuAccounts();
    // WeChat says yes and does nothing.
    const deaf = createServer((request, response) => {
      if (request.url?.startsWith('/cgi-bin/menu/delete')) return void response.end('{"errcode":0,"errmsg":"ok"}');
      void fetch(`${env.WXOP_API_URL}${request.url}`).then(async (answer) => response.end(await answer.text()));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void deaf.close());
    await once(deaf, 'listening');
    await run('token', 'get', appId('tea'));
    const url = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`;
    const failed = await wxop(['menu', 'delete', appId('tea'), '--yes', '--json'], { ...env, WXOP_API_URL: url });
    expect([failed.code, failed.stdout, errorOf(failed).code]).toEqual([3, '', 'MENU_NOT_KEPT']);
    expect(calls('menu/delete')).toBe(0);
  });

  test('says that conditional menus go too, backs up, deletes; restore brings all back', async () => {
    const { run, id, live } = await openDumped('conditional');
    const refused = await run('menu', 'delete', id);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('The default menu and all 2 conditional menus will be deleted.');
    const deleted = await run('menu', 'delete', id, '--yes', '--json');
    expect(document(deleted)).toEqual({
      appId: id,
      deleted: true,
      conditional: 2,
      backup: expect.any(String) as string,
    });
    expect(await live()).toMatchObject({ errcode: 46003 });
    const again = await run('menu', 'delete', id, '--yes', '--json');
    expect([again.code, document(again)]).toEqual([0, { appId: id, deleted: false }]);
    expect((await run('menu', 'restore', id, '--yes')).code).toBe(0);
    expect((await live()).conditionalmenu).toHaveLength(2);
  });
});

describe('menu push --all', () => {
  test('pushes every draft of a dump once; refused ones are told and end with 3', async () => {
    const { run, appId, calls, ask } = await openMenuAccounts();
    const folder = temporaryFolder();
    await run('menu', 'dump', '--all', '-o', folder);
    for (const name of ['tea', 'conditional'] as const) {
      writeFileSync(join(folder, appId(name), 'draft.json'), JSON.stringify({ button: [click('新品')] }));
    }
    mkdirSync(join(folder, 'notes'));
    const shown = await run('menu', 'push', '--all', folder, '--dry-run');
    expect(shown.stdout).toMatch(new RegExp(`^${appId('tea')}\n.*新品`, 'm'));
    expect(shown.stdout).toMatch(new RegExp(`^${appId('conditional')}\n.*新品`, 'm'));
    expect(shown.stdout).not.toMatch(new RegExp(`^${appId('plain')}\n`, 'm'));
    const dry = await run('menu', 'push', '--all', folder, '--dry-run', '--json');
    const verdicts = (finished: Finished): Record<string, string> =>
      Object.fromEntries(
        (JSON.parse(finished.stdout) as { appId: string; verdict: string; error?: { code: string } }[]).map(
          ({ appId: of, verdict, error }) => [of, error?.code ?? verdict],
        ),
      );
    const expected = {
      [appId('tea')]: 'to-push',
      [appId('conditional')]: 'to-push',
      [appId('website')]: 'MENU_LOSS',
      [appId('channels')]: 'MENU_LOSS',
      [appId('news')]: 'MENU_LOSS',
      [appId('off')]: 'MENU_LOSS',
      [appId('plain')]: 'unchanged',
      [appId('unverified')]: 'unchanged',
      [appId('noSet')]: 'unchanged',
    };
    expect([dry.code, verdicts(dry), calls(CREATE)]).toEqual([3, expected, 0]);
    const unasked = await run('menu', 'push', '--all', folder, '--json');
    expect([unasked.code, errorOf(unasked).code, calls(CREATE)]).toEqual([2, 'USAGE', 0]);

    const pushed = await run('menu', 'push', '--all', folder, '--yes', '--json');
    expect([pushed.code, verdicts(pushed), calls(CREATE)]).toEqual([
      3,
      { ...expected, [appId('tea')]: 'pushed', [appId('conditional')]: 'pushed' },
      2,
    ]);
    expect(JSON.stringify(await ask(appId('tea'), 'menu/get'))).toContain('新品');
    // They were pushed; again there is nothing to do with them.
    const again = await run('menu', 'push', '--all', folder, '--yes');
    expect([again.code, calls(CREATE)]).toEqual([3, 2]);
    expect(again.stderr).toContain('0 to push, 5 unchanged, 4 not to be pushed');
  });

  test('that stops in the middle still says what it pushed', async () => {
    const { run, appId, sandbox, calls } = await openMenuAccounts({
      // After the first menu this machine's address is off the list.
      onActivity: (news) => news.type === 'call' && news.path.endsWith(CREATE) && sandbox.addFault(`${CREATE}=61004`),
    });
    const folder = temporaryFolder();
    for (const name of ['tea', 'conditional'] as const) {
      await run('menu', 'dump', appId(name), '-o', folder);
      writeFileSync(join(folder, appId(name), 'draft.json'), JSON.stringify({ button: [click('新品')] }));
    }
    const stopped = await run('menu', 'push', '--all', folder, '--yes', '--concurrency', '1');
    expect(stopped.stdout).toMatch(/\tpushed\n[^]*\tto push\n$/);
    expect(stopped.stderr).toContain('1 pushed, 0 failed, 1 not finished: run it again for these.');
    expect([stopped.code, calls(CREATE)]).toEqual([3, 2]);
  });

  test('lists accounts that changed since the dump under one reason', async () => {
    const { run, appId, ask } = await openMenuAccounts();
    const folder = temporaryFolder();
    for (const name of ['tea', 'conditional'] as const) {
      await run('menu', 'dump', appId(name), '-o', folder);
      await ask(appId(name), CREATE, { button: [click('别人改的')] });
    }
    const refused = await run('menu', 'push', '--all', folder, '--yes');
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringMatching(/^2 × …: the live menu is not the one in/m),
    ]);
  });

  test('shows the difference of those that it refuses too', async () => {
    const { run, appId } = await openMenuAccounts();
    const folder = temporaryFolder();
    await run('menu', 'dump', appId('website'), '-o', folder);
    writeFileSync(join(folder, appId('website'), 'draft.json'), JSON.stringify({ button: [click('新品')] }));
    const dry = await run('menu', 'push', '--all', folder, '--dry-run');
    expect(dry.stdout).toMatch(new RegExp(`^${appId('website')}\n[^]*\\+ 新品`, 'm'));
    for (const more of ['--dry-run', '--yes']) {
      const refused = await run('menu', 'push', '--all', folder, more, '--json');
      const [{ verdict = '', changes = 0 } = {}] = JSON.parse(refused.stdout) as { verdict: string; changes: number }[];
      expect([refused.code, verdict, changes > 0]).toEqual([3, 'failed', true]);
    }
  });

  test('says what would help those that it refuses; only what may pass by itself is retryable', async () => {
    const { run, appId, ask, sandbox } = await openMenuAccounts();
    const folder = temporaryFolder();
    const last = (finished: Finished) => errorOf(finished) as unknown as { hint: string; retryable: boolean };
    await run('menu', 'dump', appId('website'), appId('tea'), '-o', folder);
    const loss = last(await run('menu', 'push', '--all', folder, '--yes', '--json'));
    expect([loss.retryable, loss.hint]).toEqual([false, expect.stringContaining('--accept-loss')]);
    expect(loss.hint).not.toMatch(/--force|[Rr]un it again/);
    await ask(appId('tea'), CREATE, { button: [click('别人改的')] });
    const changed = last(await run('menu', 'push', '--all', folder, '--accept-loss', '--yes', '--json'));
    expect([changed.retryable, changed.hint]).toEqual([false, expect.stringContaining('--force')]);
    sandbox.addFault('/cgi-bin/menu/get=reset');
    const unreached = last(await run('menu', 'push', '--all', folder, '--yes', '--json'));
    expect([unreached.retryable, unreached.hint]).toEqual([true, expect.stringContaining('run it again')]);
  });

  test('its table has the name of each account, and the appid once', async () => {
    const { run, appId } = await openMenuAccounts();
    const folder = temporaryFolder();
    await run('menu', 'dump', appId('website'), appId('tea'), '-o', folder);
    const { stdout } = await run('menu', 'push', '--all', folder, '--yes');
    const rows = stdout.trimEnd().split('\n');
    expect(rows.find((row) => row.includes(appId('tea')))).toBe(`春风茶馆\t${appId('tea')}\t0\tunchanged`);
    expect(rows.find((row) => row.startsWith('山城火锅'))?.split(appId('website'))).toHaveLength(2);
  });

  test('says how many it could not check', async () => {
    const { run, appId } = await openMenuAccounts();
    const folder = temporaryFolder();
    mkdirSync(join(folder, appId('tea')));
    writeFileSync(join(folder, appId('tea'), 'draft.json'), JSON.stringify({ button: [click('新品')] }));
    const dry = await run('menu', 'push', '--all', folder, '--dry-run');
    expect(dry.stderr).toMatch(/^1 could not be checked for changes/m);
  });

  test.each(['', 'nowhere'])('needs a folder with drafts: %j', async (name) => {
    const { run } = await openMenuAccounts({ accounts: 1 });
    const refused = await run('menu', 'push', '--all', join(temporaryFolder(), name), '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
  });
});

describe('the round trip', () => {
  const CONVERTIBLE: MerchantName[] = ['tea', 'conditional', 'plain'];
  const REFUSED: [MerchantName, string][] = [
    ['website', 'MENU_LOSS'],
    ['channels', 'MENU_LOSS'],
    ['news', 'MENU_LOSS'],
    ['off', 'MENU_LOSS'],
  ];
  /** As JSON, without empty sub_button and menuid. */
  const essence = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(essence);
    if (typeof value !== 'object' || value === null) return value;
    const listOf = (field: unknown): unknown => (field as { list?: unknown } | undefined)?.list ?? field;
    return Object.fromEntries(
      Object.entries(value)
        .filter(
          ([key, field]) => key !== 'menuid' && !(key === 'sub_button' && (listOf(field) as unknown[]).length === 0),
        )
        .map(([key, field]) => [key, essence(field)]),
    );
  };

  test.each(CONVERTIBLE)('of the menu %s: dump, push, dump gives the same', async (name) => {
    const { id, ask, push, run, live, folder, file } = await openDumped(name);
    const read = (which: string): unknown => essence(JSON.parse(readFileSync(join(folder, id, which), 'utf8')));
    const [self, draft] = [read('self.json'), read('draft.json')];
    const api = name === 'plain' ? undefined : read('api.json');
    // Something else in between, so that all of it is made anew.
    await ask(id, 'menu/delete');
    await ask(id, CREATE, { button: [click('空')] });
    const pushed = await push('--yes', '--force');
    expect([pushed.code, pushed.stderr]).toEqual([0, expect.stringContaining('Pushed and verified') as string]);
    await run('menu', 'dump', id, '-o', folder);
    expect([read('self.json'), read('draft.json')]).toEqual([self, draft]);
    if (api) expect(essence(await live())).toEqual(api);
    expect(file).toContain(id);
  });

  test.each(REFUSED)('of the menu %s is refused with the reason', async (name, code) => {
    const { push, folder, id } = await openDumped(name);
    const report = JSON.parse(readFileSync(join(folder, id, 'report.json'), 'utf8')) as {
      entries: { reason: { en: string } }[];
    };
    const refused = await push('--yes', '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([2, code]);
    for (const { reason } of report.entries) expect(errorOf(refused).message).toContain(reason.en);
  });
});
