/** Everything outside that a run touches, and where its files are. */
import { posix, win32 } from 'node:path';
import { text, WxopError } from './errors.ts';
import type { OutputStream } from './terminal/terminal.ts';

/** `bin/wxop.js` hands in the real one. */
export interface World {
  argv: string[];
  version: string;
  environment: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: OutputStream & NodeJS.WritableStream;
  stderr: OutputStream & NodeJS.WritableStream;
  /** Aborted by the first SIGINT or SIGTERM, with that name as reason. */
  signal: AbortSignal;
  now: () => number;
  pid: number;
  /** Names this machine as long as a process number means something there: host, boot, namespace of processes. */
  machine: string;
  platform: string;
  /** `20.19.4` */
  nodeVersion: string;
  homeFolder: string;
  isAlive: (pid: number) => boolean;
  /** What this process holds. */
  resources?: () => { residentBytes: number; heapBytes: number; active: number };
}

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

/** Without `http://` in front, the name of a user would stand for the protocol. */
function isProxy(written: string): boolean {
  try {
    const { protocol, hostname, username, password } = new URL(written);
    decodeURIComponent(username + password);
    return /^(?:https?|socks5?):$/.test(protocol) && hostname !== '';
  } catch {
    return false;
  }
}

/** An empty lower-case variable must not hide the upper-case one. */
export function proxiesOf(environment: World['environment']): {
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
} {
  const either = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) {
    const proxy = either(name);
    if (proxy === undefined || isProxy(proxy)) continue;
    // The value is not repeated: a password may stand in it.
    throw new WxopError('SETTINGS_INVALID', text(`${name} is not a URL.`, `${name} 不是有效的网址。`), {
      hint: text('Write it as http://host:port.', '格式应为 http://host:port。'),
    });
  }
  return { httpProxy: either('HTTP_PROXY'), httpsProxy: either('HTTPS_PROXY'), noProxy: either('NO_PROXY') };
}

/** Where the credentials of one component are kept. */
export function stateFolder(world: World, componentAppId: string): string {
  return pathOf(world).join(homeOf(world), 'state', componentAppId);
}

/** Where the pushes of one component are journaled. */
export function journalFolder(world: World, componentAppId: string): string {
  return pathOf(world).join(stateFolder(world, componentAppId), 'journal');
}
