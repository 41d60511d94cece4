/** What is asked before followers see another menu, on a terminal: whose menu it is, and what each answer does. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMenuAccounts, type MerchantName } from '../support/menu-accounts.ts';
import { CTRL_C, ENTER, hasPty, onTerminal } from '../support/pty.ts';
import { temporaryFolder } from '../support/world.ts';

const CREATE = 'menu/create';
const click = (name: string) => ({ type: 'click', name, key: 'K' });

/** A changed menu file of one merchant, and a terminal to push it from. */
async function openAsked(name: MerchantName = 'tea') {
  const accounts = await openMenuAccounts();
  const appId = accounts.appId(name);
  const file = join(temporaryFolder(), 'menu.json');
  writeFileSync(file, JSON.stringify({ button: [click('新品')] }));
  const { env } = accounts;
  return {
    ...accounts,
    id: appId,
    file,
    on: (...argv: string[]) => onTerminal(argv, env),
    hasBackup: () => existsSync(join(env.WXOP_HOME ?? '', 'backups')),
    live: async () => JSON.stringify(await accounts.ask(appId, 'get_current_selfmenu_info')),
  };
}

describe.skipIf(!hasPty)('menu push, asked', () => {
  test('names the account behind a part of its name; no changes nothing', async () => {
    const { on, file, id, calls, hasBackup } = await openAsked();
    const terminal = on('menu', 'push', '春风', file);
    await terminal.sees(/\+ 新品/);
    await terminal.sees(/could not be ruled out/);
    await terminal.sees(new RegExp(`Push this menu to 春风茶馆 \\(${id}\\)\\?`));
    terminal.type(`n${ENTER}`);
    await terminal.sees(/Nothing was changed\./);
    expect([await terminal.finished, calls(CREATE), hasBackup()]).toEqual([0, 0, false]);
  });

  test('with nothing but Enter changes nothing either, and says so in JSON', async () => {
    const { on, file, id, calls } = await openAsked();
    const terminal = on('menu', 'push', id, file, '--json');
    await terminal.sees(/Push this menu/);
    terminal.type(ENTER);
    await terminal.sees(new RegExp(`{"appId":"${id}","pushed":false,"changes":\\[.*\\]}`));
    expect([await terminal.finished, calls(CREATE)]).toEqual([0, 0]);
  });

  test('yes pushes', async () => {
    const { on, file, id, calls, live } = await openAsked();
    const terminal = on('menu', 'push', id, file);
    await terminal.sees(/Push this menu/);
    terminal.type(`y${ENTER}`);
    await terminal.sees(/Pushed and verified\./);
    expect([await terminal.finished, calls(CREATE)]).toEqual([0, 1]);
    expect(await live()).toContain('新品');
  });

  test('of a folder is what was agreed to, though a draft was edited while the question stood', async () => {
    const { on, run, id, live } = await openAsked();
    const folder = temporaryFolder();
    await run('menu', 'dump', id, '-o', folder);
    const draft = join(folder, id, 'draft.json');
    writeFileSync(draft, JSON.stringify({ button: [click('新品')] }));
    const terminal = on('menu', 'push', '--all', folder);
    await terminal.sees(/Push the menus of 1 accounts\?/);
    writeFileSync(draft, JSON.stringify({ button: [click('未经确认')] }));
    terminal.type(`y${ENTER}`);
    await terminal.sees(/1 pushed, 0 failed/);
    expect([await terminal.finished, await live()]).toEqual([0, expect.stringContaining('新品')]);
  });

  test('Ctrl-C ends with 130 and changes nothing', async () => {
    const { on, file, id, calls, hasBackup } = await openAsked();
    const terminal = on('menu', 'push', id, file);
    await terminal.sees(/Push this menu/);
    terminal.type(CTRL_C);
    expect([await terminal.finished, calls(CREATE), hasBackup()]).toEqual([130, 0, false]);
  });

  test.each([[[]], [['--force']]])('yes to a difference that is another one by now is refused: %j', async (more) => {
    const { on, file, id, ask, calls, hasBackup } = await openAsked();
    const terminal = on('menu', 'push', id, file, ...more);
    await terminal.sees(/Push this menu/);
    await ask(id, CREATE, { button: [click('别人改的')] });
    terminal.type(`y${ENTER}`);
    await terminal.sees(/changed while wxop waited for your answer/);
    expect([await terminal.finished, calls(CREATE), hasBackup()]).toEqual([2, 1, false]);
  });
});

describe.skipIf(!hasPty)('menu delete and restore, asked', () => {
  test('delete names the account and what cannot be restored', async () => {
    const { on, id, calls, hasBackup } = await openAsked('website');
    const terminal = on('menu', 'delete', '山城', '--lang', 'zh');
    await terminal.sees(/订位电话: menu\/create 没有发送文字的按钮类型/);
    await terminal.sees(new RegExp(`删除 山城火锅 \\(${id}\\) 的菜单？`));
    terminal.type(`n${ENTER}`);
    await terminal.sees(/未作任何更改/);
    expect([await terminal.finished, calls('menu/delete'), hasBackup()]).toEqual([0, 0, false]);
  });

  test('restore names the account and the day', async () => {
    const { on, run, file, id, calls } = await openAsked();
    await run('menu', 'push', id, file, '--yes');
    const terminal = on('menu', 'restore', id);
    await terminal.sees(new RegExp(`Restore the menu of 春风茶馆 \\(${id}\\) of \\d{4}-`));
    terminal.type(`y${ENTER}`);
    await terminal.sees(/Pushed and verified/);
    expect([await terminal.finished, calls(CREATE)]).toEqual([0, 2]);
  });
});

describe.skipIf(!hasPty)('menu push --all, asked', () => {
  /** The dump of two merchants, both drafts changed. */
  async function openAllAsked() {
    const asked = await openAsked();
    const folder = temporaryFolder();
    for (const name of ['tea', 'plain'] as const) {
      await asked.run('menu', 'dump', asked.appId(name), '-o', folder);
      const draft = join(folder, asked.appId(name), 'draft.json');
      expect(readFileSync(draft, 'utf8')).toContain('button');
      writeFileSync(draft, JSON.stringify({ button: [click('新品')] }));
    }
    return { ...asked, folder };
  }

  test('asks once, with the count', async () => {
    const { on, folder, calls } = await openAllAsked();
    const terminal = on('menu', 'push', '--all', folder, '--verbose');
    await terminal.sees(/\+ 新品[^]*\+ 新品/);
    await terminal.sees(/Push the menus of 2 accounts\?/);
    terminal.type(`y${ENTER}`);
    await terminal.sees(/2 pushed, 0 failed/);
    expect([await terminal.finished, calls(CREATE)]).toEqual([0, 2]);
  });

  test.each([[[]], [['--force']]])('yes pushes none whose menu is another one by now: %j', async (more) => {
    const { on, folder, appId, ask, calls, live } = await openAllAsked();
    const terminal = on('menu', 'push', '--all', folder, ...more);
    await terminal.sees(/Push the menus of 2 accounts\?/);
    await ask(appId('tea'), CREATE, { button: [click('别人改的')] });
    terminal.type(`y${ENTER}`);
    await terminal.sees(/1 pushed, 1 failed/);
    expect([await terminal.finished, calls(CREATE)]).toEqual([3, 2]);
    expect(await live()).toContain('别人改的');
  });
});
