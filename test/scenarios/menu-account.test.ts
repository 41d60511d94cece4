/** Which accounts the menu commands take. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openMenuAccounts } from '../support/menu-accounts.ts';
import { temporaryFolder } from '../support/world.ts';

test('a mini program is refused before anything is asked of WeChat', async () => {
  const { run, appId, sandbox } = await openMenuAccounts({ accounts: 5 });
  const id = appId('mini');
  const folder = temporaryFolder();
  mkdirSync(join(folder, id));
  const file = join(folder, id, 'draft.json');
  writeFileSync(file, JSON.stringify({ button: [{ type: 'click', name: '新品', key: 'K' }] }));
  const { calls } = sandbox.state();
  for (const argv of [
    ['get', '拾光花店'],
    ['diff', id, file],
    ['preview', id],
    ['push', id, file, '--yes'],
    ['delete', id, '--yes'],
  ]) {
    const refused = await run('menu', ...argv, '--json');
    expect([refused.code, errorOf(refused)]).toMatchObject([
      2,
      { code: 'USAGE', message: `${id} is a mini program: mini programs have no menu.` },
    ]);
  }
  const all = await run('menu', 'push', '--all', folder, '--yes', '--json');
  expect([all.code, JSON.parse(all.stdout)]).toMatchObject([3, [{ verdict: 'failed', error: { code: 'USAGE' } }]]);
  expect(sandbox.state().calls).toEqual(calls);
});
