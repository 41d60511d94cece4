/** Runs the built command on a terminal of its own, and types on it: `script` of util-linux opens the pseudo-terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { onTestFailed, onTestFinished } from 'vitest';
import { BIN, CACHE } from './processes.ts';

/** Where there is none, tests that need it are skipped, and say so. */
export const hasPty = String(spawnSync('script', ['--version']).stdout).includes('util-linux');
if (!hasPty) console.warn('skipped: no script of util-linux on this machine, so nothing is asked on a terminal');

export interface OnTerminal {
  /** What matches, after the last thing that was waited for; colours and movements of the cursor taken off. */
  sees: (pattern: RegExp) => Promise<string>;
  type: (keys: string) => void;
  /** Everything that was shown, colours and all. */
  shown: () => string;
  finished: Promise<number | null>;
}

export const ENTER = '\r';
export const CTRL_C = '\x03';

export function onTerminal(
  argv: string[],
  environment: Record<string, string>,
  { columns = 200, rows = 50 } = {},
): OnTerminal {
  const quoted = [process.execPath, BIN, ...argv]
    .map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
    .join(' ');
  const child = spawn('script', ['-qefc', `stty cols ${columns} rows ${rows}; exec ${quoted}`, '/dev/null'], {
    env: {
      PATH: process.env.PATH,
      TERM: 'xterm-256color',
      WXOP_LANG: 'en',
      SHELL: '/bin/sh',
      XDG_CACHE_HOME: CACHE,
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [all, seen] = ['', 0];
  onTestFailed(() => console.error(`On the terminal stood:\n${stripVTControlCharacters(all).slice(seen)}`));
  const watchers = new Set<() => void>();
  const wake = (): void => watchers.forEach((watcher) => watcher());
  child.stdout.on('data', (chunk: Buffer) => {
    all += chunk.toString('utf8');
    wake();
  });
  const finished = once(child, 'close').then(() => {
    wake();
    return child.exitCode;
  });
  return {
    sees: (pattern) =>
      new Promise((found, failed) => {
        const look = (): void => {
          const news = stripVTControlCharacters(all).slice(seen);
          const match = pattern.exec(news);
          if (match) {
            watchers.delete(look);
            seen += match.index + match[0].length;
            found(match[0]);
          } else if (child.exitCode !== null || child.signalCode !== null) {
            watchers.delete(look);
            failed(new Error(`ended (${child.exitCode}) without ${String(pattern)}\n${news}`));
          }
        };
        watchers.add(look);
        look();
      }),
    type: (keys) => void child.stdin.write(keys),
    shown: () => all,
    finished,
  };
}
