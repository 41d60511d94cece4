/** Conditional menus that WeChat does not show for now: nothing may pass for a proof that there are none. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { AccountRecord } from '../../src/protocol/account-record.ts';
import { errorOf } from '../support/error-line.ts';
import { openMenuAccounts } from '../support/menu-accounts.ts';
import type { Finished } from '../support/processes.ts';
import { openFileStore } from '../support/wechat.ts';
import { temporaryFolder } from '../support/world.ts';

type Json = Record<string, unknown>;

const GET = '/cgi-bin/menu/get';
const MENU = { button: [{ type: 'click', name: '新品', key: 'K' }] };

/** A verified account with conditional menus, of which menu/get is refused from now on. */
async function openRefused(errcode = 48001) {
  const accounts = await openMenuAccounts();
  const id = accounts.appId('conditional');
  const folder = temporaryFolder();
  const file = join(folder, 'menu.json');
  writeFileSync(file, JSON.stringify(MENU));
  accounts.sandbox.addFault(`${GET}=${errcode}`);
  const backup = ({ stdout }: Finished): Json =>
    JSON.parse(readFileSync((JSON.parse(stdout) as { backup: string }).backup, 'utf8')) as Json;
  return { ...accounts, id, folder, file, backup };
}

const linesOf = ({ stdout }: Finished): Json[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

test('menu dump calls the draft partial, counts it, and keeps the next push from trusting it', async () => {
  const { run, id, folder, sandbox, appId } = await openRefused();
  const dumped = await run('menu', 'dump', id, appId('unverified'), '-o', folder, '--json');
  const [one, other, summary] = [id, appId('unverified'), undefined].map((wanted) =>
    linesOf(dumped).find((line) => line.appId === wanted),
  );
  expect([dumped.code, one]).toMatchObject([0, { type: 'dumped', draft: 'partial', blocked: 0, unread: true }]);
  // Of an unverified account it is known that there are none.
  expect([other?.draft, other?.unread, summary?.unread]).toEqual(['whole', undefined, 1]);
  const report = JSON.parse(readFileSync(join(folder, id, 'report.json'), 'utf8')) as Json;
  expect(report).toMatchObject({ draft: 'partial', noApi: { errcode: 48001, unread: true } });
  const told = await run('menu', 'dump', id, '-o', folder);
  expect(told.stdout).toContain('1 whose conditional menus, if there are any, could not be read: see report.json\n');

  // That they can be read now is no change of somebody else's, and they stay.
  sandbox.clearFaults();
  writeFileSync(join(folder, id, 'draft.json'), JSON.stringify(MENU));
  expect((await run('menu', 'push', id, join(folder, id, 'draft.json'), '--yes')).code).toBe(0);
});

test('menu diff warns, and says so in JSON', async () => {
  const { run, id, file } = await openRefused();
  const diff = await run('menu', 'diff', id, file, '--json');
  expect([diff.code, JSON.parse(diff.stdout)]).toMatchObject([0, { same: false, unread: true }]);
  expect(diff.stderr).toContain('whether there are conditional menus could not be read (48001)');
});

test.each([[['push']], [['delete']]])('menu %s asks for --accept-loss', async ([verb = '']) => {
  const { run, id, file, calls, backup } = await openRefused();
  const argv = ['menu', verb, id, ...(verb === 'push' ? [file] : []), '--yes', '--json'];
  const path = verb === 'push' ? 'menu/create' : 'menu/delete';
  const refused = await run(...argv);
  expect([refused.code, errorOf(refused).code, errorOf(refused).errcode, calls(path)]).toEqual([
    2,
    'MENU_LOSS',
    48001,
    0,
  ]);
  expect(errorOf(refused).hint).toContain('--accept-loss');
  const done = await run(...argv, '--accept-loss');
  expect([done.code, calls(path)]).toEqual([0, 1]);
  expect(done.stderr).not.toContain('not verified');
  expect(done.stderr).not.toContain('there are no conditional menus');
  expect(backup(done)).toMatchObject({ appId: id, unread: true });
});

test('without the permission set the current menu is still dumped and compared; a push is refused as WeChat would', async () => {
  const { run, appId, folder, file, calls, sandbox } = await openRefused();
  sandbox.clearFaults();
  const id = appId('noSet');
  const dumped = await run('menu', 'dump', id, '-o', folder, '--json');
  expect([dumped.code, linesOf(dumped)]).toMatchObject([0, [{ draft: 'partial', unread: true }, { unread: 1 }]]);
  expect(readdirSync(join(folder, id)).sort()).toEqual(['draft.json', 'report.json', 'self.json']);
  const report = JSON.parse(readFileSync(join(folder, id, 'report.json'), 'utf8')) as Json;
  expect(report).toMatchObject({ noApi: { errcode: 61007, unread: true } });
  const diff = await run('menu', 'diff', id, file, '--json');
  expect([diff.code, JSON.parse(diff.stdout)]).toMatchObject([0, { same: false, unread: true }]);
  const pushed = await run('menu', 'push', id, file, '--yes', '--accept-loss', '--json');
  expect([pushed.code, errorOf(pushed).errcode, calls('menu/create')]).toEqual([3, 61007, 0]);
});

test('menu preview says that they could not be read, in the picture and as a warning', async () => {
  const { run, id } = await openRefused();
  const drawn = await run('menu', 'preview', id);
  expect([drawn.code, drawn.stderr]).toEqual([0, expect.stringContaining('could not be read (48001)')]);
  expect(drawn.stdout).not.toContain('Seen by everybody<');
  expect(drawn.stdout).toMatch(/could not be\s.*read/);
});

test('menu preview draws nothing where WeChat refuses for another reason', async () => {
  const { run, id } = await openRefused(45009);
  const refused = await run('menu', 'preview', id, '--json');
  expect([refused.code, refused.stdout, errorOf(refused).errcode]).toEqual([3, '', 45009]);
});

test('menu push --all lists it with the reason', async () => {
  const { run, id, folder, calls } = await openRefused();
  await run('menu', 'dump', id, '-o', folder);
  writeFileSync(join(folder, id, 'draft.json'), JSON.stringify(MENU));
  const refused = await run('menu', 'push', '--all', folder, '--yes', '--json');
  expect([refused.code, calls('menu/create')]).toEqual([3, 0]);
  expect(JSON.parse(refused.stdout)).toMatchObject([{ verdict: 'failed', error: { code: 'MENU_LOSS' } }]);
});

test('a backup that could not have them takes none away when it is restored', async () => {
  const { run, id, file, ask, sandbox } = await openRefused();
  await run('menu', 'push', id, file, '--yes', '--accept-loss');
  sandbox.clearFaults();
  const restored = await run('menu', 'restore', id, '--yes');
  expect(restored.code).toBe(0);
  expect(restored.stderr).toContain('those that are live stay');
  expect((await ask(id, 'menu/get')).conditionalmenu).toHaveLength(2);
});

test('where the store does not say whether an account is verified, 48001 proves nothing', async () => {
  const { run, env, appId, folder } = await openRefused();
  const store = openFileStore(join(env.WXOP_HOME ?? '', 'state', env.WXOP_COMPONENT_APPID ?? ''));
  const key = `account/${appId('unverified')}` as const;
  const { version = 0, value } = (await store.read(key)) ?? {};
  const { verifyType, ...undescribed } = value ?? ({} as AccountRecord);
  expect(verifyType).toBe(-1);
  await store.write(key, undescribed, version, { durable: true });
  const dumped = await run('menu', 'dump', appId('unverified'), '-o', folder, '--json');
  expect(linesOf(dumped)[0]).toMatchObject({ draft: 'partial', unread: true });
});
