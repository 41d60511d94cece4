/** Where the files of a run are. */
import { posix, win32 } from 'node:path';
import type { Runtime } from './runtime.ts';

const pathOf = ({ platform }: Runtime): typeof posix => (platform === 'win32' ? win32 : posix);

/** WXOP_HOME, else the operating system's folder for settings. */
export function homeOf(runtime: Runtime): string {
  const { environment, platform } = runtime;
  if (environment.WXOP_HOME) return environment.WXOP_HOME;
  const { join } = pathOf(runtime);
  const { homeFolder } = runtime;
  if (platform === 'darwin') return join(homeFolder, 'Library', 'Preferences', 'wxop');
  if (platform === 'win32') return join(environment.APPDATA || join(homeFolder, 'AppData', 'Roaming'), 'wxop');
  return join(environment.XDG_CONFIG_HOME || join(homeFolder, '.config'), 'wxop');
}

/** Where the credentials of one component are kept. */
export function stateFolder(runtime: Runtime, componentAppId: string): string {
  return pathOf(runtime).join(homeOf(runtime), 'state', componentAppId);
}

/** Where it is written who used the broker. */
export function brokerLogFolder(runtime: Runtime, componentAppId: string): string {
  return pathOf(runtime).join(stateFolder(runtime, componentAppId), 'broker-log');
}

/** Where the pushes of one component are journaled. */
export function journalFolder(runtime: Runtime, componentAppId: string): string {
  return pathOf(runtime).join(stateFolder(runtime, componentAppId), 'journal');
}
