/** Which dump of a folder goes on where it was left. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDumpFolder, type DumpFolderOptions } from '../../src/menu/dump-folder.ts';
import { temporaryFolder } from '../support/world.ts';

const NOW = 1_700_000_000_000;
const HOUR = 60 * 60 * 1000;

it.each<[string, Partial<DumpFolderOptions>, boolean]>([
  ['within the hour', { now: () => NOW + HOUR - 1 }, true],
  ['an hour later', { now: () => NOW + HOUR }, false],
  ['of another component', { componentAppId: 'wx2' }, false],
  ['with --restart', { restart: true }, false],
  ['of named accounts', { isWhole: false }, false],
])('a run %s, %j, goes on: %s', async (_name, changes, isResumed) => {
  const whole = { folder: join(temporaryFolder(), 'menus'), componentAppId: 'wx1', now: () => NOW };
  const options = { ...whole, isWhole: true, restart: false };
  await openDumpFolder(options).note('wxa');
  const next = openDumpFolder({ ...options, ...changes });
  expect([next.isResumed, next.isDone('wxa')]).toEqual([isResumed, isResumed]);
});

it('a dump of named accounts does not end a run that was left', async () => {
  const folder = join(temporaryFolder(), 'menus');
  const options = { folder, componentAppId: 'wx1', now: () => NOW, isWhole: true, restart: false };
  await openDumpFolder(options).note('wxa');
  await openDumpFolder({ ...options, isWhole: false }).end(true);
  expect(openDumpFolder(options).isDone('wxa')).toBe(true);
});
