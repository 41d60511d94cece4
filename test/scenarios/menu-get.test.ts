/** `wxop menu get`: both calls, for people and as WeChat sent them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openMenuAccounts } from '../support/menu-accounts.ts';
import { wxop } from '../support/processes.ts';
import { temporaryFolder } from '../support/world.ts';

test('shows the menus made by API, the conditional ones with who sees them', async () => {
  const { run, appId, env } = await openMenuAccounts();
  const shown = await run('menu', 'get', appId('conditional'), '--source', 'api');
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  expect(shown.stdout).toBe(
    [
      'Default menu',
      '├─ 新书         opens page                   https://books.example.com/new',
      '└─ 服务',
      '   ├─ 扫码还书  scans, waits for the answer  RETURN',
      '   ├─ 借阅须知  opens article                b4cd-EXAMPLE_permanent-2',
      '   └─ 本月书单  sends article                EXAMPLE_article-9',
      '',
      'Conditional menu 208396993: followers with tag 2',
      '└─ 会员新书  opens page  https://books.example.com/member',
      '',
      'Conditional menu 208396994: followers with tag 2, on Android',
      '├─ 安卓版  opens page   https://books.example.com/android',
      '└─ 客服    sends event  HELP',
      '',
    ].join('\n'),
  );
  const chinese = await wxop(['menu', 'get', appId('conditional'), '--source', 'api', '--lang', 'zh'], env);
  expect(chinese.stdout).toContain('个性化菜单 208396994：标签为 2 的 ');
  // Without conditional menus there is only the one.
  const one = await run('menu', 'get', appId('tea'), '--source', 'api');
  expect(one.stdout).toMatch(/^├─ 今日推荐/);
});

test.each(['self', 'api'])('--source %s gives the bytes that WeChat sent', async (source) => {
  const { run, ask, appId } = await openMenuAccounts();
  const path = source === 'api' ? 'menu/get' : 'get_current_selfmenu_info';
  const sent = `${JSON.stringify(await ask(appId('conditional'), path))}\n`;
  expect(await run('menu', 'get', appId('conditional'), '--source', source, '--json')).toEqual({
    code: 0,
    stdout: sent,
    stderr: '',
  });
  const piped = await run('menu', 'get', appId('conditional'), '--source', source, '-o', '-');
  expect(piped).toEqual({ code: 0, stdout: sent, stderr: '' });
  const file = join(temporaryFolder(), 'menu.json');
  const written = await run('menu', 'get', appId('conditional'), '--source', source, '-o', file);
  expect([written.code, written.stdout]).toEqual([0, '']);
  expect(readFileSync(file, 'utf8')).toBe(sent);
});

test('no menu made by API is a refusal that says where the current one is', async () => {
  const { run, appId } = await openMenuAccounts();
  const refused = await run('menu', 'get', appId('website'), '--source', 'api', '--json');
  expect([refused.code, refused.stdout]).toEqual([3, '']);
  expect(errorOf(refused)).toMatchObject({
    code: 'PLATFORM_REFUSED',
    errcode: 46003,
    message: `${appId('website')} has no menu made by API.`,
    hint: `\`wxop menu get ${appId('website')}\` shows the current menu, including one made on the website.`,
  });
});

test('a menu that is switched off but there is shown, with a word about it', async () => {
  const { run, appId } = await openMenuAccounts();
  const shown = await run('menu', 'get', appId('off'));
  expect(shown).toMatchObject({ code: 0, stderr: 'The menu is switched off.\n' });
  expect(shown.stdout).toContain('├─ 房间');
});
