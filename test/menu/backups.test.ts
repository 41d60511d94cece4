/** The backup before a menu is changed: what follows cannot be undone without it. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { flushesOf } from '../support/recorded-flushes.ts';
import { openMenuAccounts } from '../support/menu-accounts.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

test('a backup and its name are on the disk before WeChat is asked to change anything', async () => {
  const { env, appIds, calls } = await openMenuAccounts({ accounts: 1 });
  const [appId = ''] = appIds;
  const file = join(temporaryFolder(), 'menu.json');
  writeFileSync(file, JSON.stringify({ button: [{ type: 'click', name: '新品', key: 'K' }] }));
  const home = env.WXOP_HOME ?? '';
  const folder = join(home, 'backups', env.WXOP_COMPONENT_APPID ?? '', appId);
  const backups = (): string[] =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const look = () => ({ backups: backups().length, pushed: calls('menu/create') });

  const flushes = await flushesOf(look, async () => {
    expect((await runWxop(['menu', 'push', appId, file, '--yes'], { environment: env })).code).toBe(0);
  });
  expect(look()).toEqual({ backups: 1, pushed: 1 });
  const flushed = (path: string) => flushes.filter(({ ino }) => ino === statSync(path).ino).map(({ saw }) => saw);
  expect(flushed(join(folder, backups()[0] ?? ''))).toEqual([{ backups: 0, pushed: 0 }]);
  expect(flushed(folder)).toEqual([{ backups: 1, pushed: 0 }]);
  // The folders that were made for it have names, too.
  for (let above = dirname(folder); above.length >= home.length; above = dirname(above)) {
    expect(flushed(above)).toContainEqual(expect.objectContaining({ pushed: 0 }));
  }
});
