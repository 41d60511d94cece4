/** Where the files of a run are. */
import { posix, win32 } from 'node:path';
import type { World } from './runtime.ts';

const pathOf = ({ platform }: World): typeof posix => (platform === 'win32' ? win32 : posix);

/** WXOP_HOME, else the platform's folder for settings. */
export function homeOf(world: World): string {
  const { environment, platform } = world;
  if (environment.WXOP_HOME) return environment.WXOP_HOME;
  const { join } = pathOf(world);
  const { homeFolder } = world;
  if (platform === 'darwin') return join(homeFolder, 'Library', 'Preferences', 'wxop');
  if (platform === 'win32') return join(environment.APPDATA || join(homeFolder, 'AppData', 'Roaming'), 'wxop');
  return join(environment.XDG_CONFIG_HOME || join(homeFolder, '.config'), 'wxop');
}

/** Where the credentials of one component are kept. */
export function stateFolder(world: World, componentAppId: string): string {
  return pathOf(world).join(homeOf(world), 'state', componentAppId);
}

/** Where the pushes of one component are journaled. */
export function journalFolder(world: World, componentAppId: string): string {
  return pathOf(world).join(stateFolder(world, componentAppId), 'journal');
}
