/** `wxop menu diff`: the live menu against a file, by the built command and the sandbox. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DraftButton } from '../../src/menu/menu-draft.ts';
import { errorOf } from '../support/error-line.ts';
import { openMenuAccounts } from '../support/menu-accounts.ts';
import { wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

function fileOf(document: unknown): string {
  const path = join(temporaryFolder(), 'menu.json');
  writeFileSync(path, JSON.stringify(document, null, 2));
  return path;
}

test('shows what a push would change, website-made buttons too', async () => {
  const { run, appId } = await openMenuAccounts();
  const file = fileOf({
    button: [
      { name: '看看', sub_button: [{ type: 'view', name: '外卖', url: 'https://hotpot.example.com/' }] },
      { type: 'click', name: '订位电话', key: 'PHONE' },
    ],
  });
  const shown = await run('menu', 'diff', appId('website'), file);
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  expect(shown.stdout.split('\n')).toEqual([
    '  看看',
    '>   外卖  (moved from place 3)',
    '-   本周新菜  sends articles  “老火锅的三种辣”',
    '-   门店实景  sends picture  TEMP_EXAMPLE_img',
    '-   老板说  sends voice  TEMP_EXAMPLE_voice',
    '-   后厨直播  sends video  http://mp.weixin.example.com/mp/video?vid=wxv_1',
    '~ 订位电话  (moved from place 1)',
    '-   type: text',
    '+   type: click',
    '-   value: 订位请拨 023-6666 8888 每天 11:00–22:00',
    '+   key: PHONE',
    '',
  ]);
});

test('the live menu against itself has no difference, conditional menus included', async () => {
  const { run, ask, appId } = await openMenuAccounts();
  const { menu, conditionalmenu } = (await ask(appId('conditional'), 'menu/get')) as {
    menu: { button: object[] };
    conditionalmenu: { button: object[]; matchrule: { group_id: string; client_platform_type?: string } }[];
  };
  const named = conditionalmenu.map(({ button, matchrule: { group_id: tag, ...rule } }) => ({
    button,
    matchrule: { tag_id: tag, ...rule },
  }));
  const same = fileOf({ ...menu, conditionalmenu: named });
  const none = await run('menu', 'diff', appId('conditional'), same, '--exit-code');
  expect([none.code, none.stdout]).toEqual([0, '']);
  expect(none.stderr).toContain('No difference.');

  // Nothing said of conditional menus leaves them; an empty list takes them away.
  const silent = await run('menu', 'diff', appId('conditional'), fileOf(menu), '--exit-code');
  expect([silent.code, silent.stdout]).toEqual([0, '']);
  const gone = await run('menu', 'diff', appId('conditional'), fileOf({ ...menu, conditionalmenu: [] }), '--exit-code');
  expect([gone.code, gone.stdout.split('\n')[0]]).toEqual([1, '- conditional menu for followers with tag 2']);

  named[0]?.button.push({ type: 'click', name: '帮助', key: 'HELP' });
  const changed = fileOf({ button: menu.button, conditionalmenu: named.slice(0, 1) });
  const some = await run('menu', 'diff', appId('conditional'), changed, '--exit-code');
  expect(some.code).toBe(1);
  expect(some.stdout.split('\n')).toEqual([
    '  conditional menu for followers with tag 2',
    '+   帮助  sends event  HELP',
    '- conditional menu for followers with tag 2, on Android',
    '-   安卓版  opens page  https://books.example.com/android',
    '-   客服  sends event  HELP',
    '',
  ]);
});

test('every kind of change has its mark, its colour and its words', async () => {
  const { run, ask, appId, env } = await openMenuAccounts();
  const { menu } = (await ask(appId('tea'), 'menu/get')) as { menu: { button: DraftButton[] } };
  const [today, order, mine] = menu.button as [DraftButton, DraftButton, DraftButton];
  const [online, mini, scan, near] = order.sub_button ?? [];
  const file = fileOf({
    button: [
      { ...today, name: '今日' },
      { ...order, sub_button: [{ ...online, url: 'https://tea.example.com/new' }, scan, mini] },
      { name: '会员', sub_button: [...(mine.sub_button ?? []), near] },
    ],
  });
  const shown = await run('menu', 'diff', appId('tea'), file);
  expect(shown.stdout.split('\n')).toEqual([
    '~ 今日  (renamed from 今日推荐)',
    '  点单',
    '~   在线点单',
    '-     url: https://tea.example.com/order?from=menu',
    '+     url: https://tea.example.com/new',
    '>   小程序点单  (moved from place 2, entry 2)',
    '~ 会员  (renamed from 我的)',
    '>   附近门店  (moved from place 2, entry 4)',
    '',
  ]);
  const colored = await wxop(['menu', 'diff', appId('tea'), file, '--lang', 'zh'], { ...env, FORCE_COLOR: '1' });
  expect(colored.stdout.split('\n')).toEqual([
    '\x1b[36m~ 今日  （原名：今日推荐）\x1b[39m',
    '\x1b[1m  点单\x1b[22m',
    '\x1b[33m~   在线点单\x1b[39m',
    '\x1b[31m-     url: https://tea.example.com/order?from=menu\x1b[39m',
    '\x1b[32m+     url: https://tea.example.com/new\x1b[39m',
    '\x1b[36m>   小程序点单  （原为第 2 个的第 2 项）\x1b[39m',
    '\x1b[36m~ 会员  （原名：我的）\x1b[39m',
    '\x1b[36m>   附近门店  （原为第 2 个的第 4 项）\x1b[39m',
    '',
  ]);
});

test('for scripts it is one document', async () => {
  const { run, appId } = await openMenuAccounts();
  const file = fileOf({ button: [{ type: 'view', name: '官网', url: 'https://plain.example.com/' }] });
  const { code, stdout } = await run('menu', 'diff', appId('none'), file, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    appId: appId('none'),
    same: false,
    changes: [
      {
        kind: 'added',
        path: 'button[0]',
        button: { type: 'view', name: '官网', url: 'https://plain.example.com/' },
      },
    ],
  });
});

test('an invalid file costs no call, and the first error is named', async () => {
  const { run, appId, calls } = await openMenuAccounts();
  const file = fileOf({ button: [] });
  const before = calls('get_current_selfmenu_info');
  const refused = await run('menu', 'diff', appId('tea'), file, '--json');
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(errorOf(refused)).toMatchObject({
    code: 'MENU_INVALID',
    message: `${file}:2:13: There are no buttons; 1 to 3 are needed.`,
  });
  expect(calls('get_current_selfmenu_info')).toBe(before);
  const told = await run('menu', 'diff', appId('tea'), file);
  expect(told.stderr).toContain(`${file}:2:13: error 40016 button-count:`);
});
