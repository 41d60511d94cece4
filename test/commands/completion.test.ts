/** Completion in real shells: the built command is asked by the script that it printed. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installed } from '../support/installed.ts';
import { accountOf, appIdOf, openHome, COMPONENT_APPID, type Home } from '../support/prepared-homes.ts';
import { BIN, CACHE } from '../support/processes.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

async function openShops(): Promise<Home> {
  const home = await openHome([
    accountOf(1, { nickName: '春风茶馆', alias: 'tea' }),
    accountOf(2, { nickName: '春风 "书店"; rm -rf' }),
    accountOf(3, { nickName: '旧茶庄', removedAt: 1 }),
  ]);
  const files = { '0qwMjOAYmX.txt': 'eA==' };
  const profiles = { tea: { componentAppId: COMPONENT_APPID, files }, coffee: {} };
  writeFileSync(join(home.environment.WXOP_HOME ?? '', 'config.json'), JSON.stringify({ current: 'tea', profiles }));
  return home;
}

/** `wxop` on the path, its script in a file, and nothing of the caller's shell. */
function shellOf(home: Home, shell: string): Record<string, string> {
  const folder = temporaryFolder();
  const script = spawnSync(process.execPath, [BIN, 'completion', shell], { encoding: 'utf8' });
  expect([script.status, script.stderr]).toEqual([0, '']);
  writeFileSync(join(folder, 'script'), script.stdout);
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'menu.json'), '{}');
  writeFileSync(join(folder, 'wxop'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(join(folder, 'wxop'), 0o755);
  return {
    ...home.environment,
    PATH: `${folder}:${process.env.PATH ?? ''}`,
    HOME: folder,
    XDG_CACHE_HOME: CACHE,
    WXOP_LANG: 'en',
    LC_ALL: 'C.UTF-8',
    FILES: join(folder, 'files'),
    SCRIPT: join(folder, 'script'),
  };
}

/** The values that a shell would offer for these words. */
type Ask = (environment: Record<string, string>, words: string[]) => string[];

const SHELLS: Record<string, Ask> = {
  bash: (env, words) =>
    run(
      'bash',
      [
        '--norc',
        '-c',
        'source "$SCRIPT"; COMP_WORDS=(wxop "$@"); COMP_CWORD=$#; _wxop; printf "%s\\n" "${COMPREPLY[@]}"',
        'bash',
        ...words,
      ],
      env,
    ),
  zsh: (env, words) =>
    run(
      'zsh',
      [
        '-fc',
        'autoload -Uz compinit; compinit -u -D; source "$SCRIPT"; _describe() { print -rl -- ${${(P)2}%%:*} }; _files() { print -rl -- $words[CURRENT]*(N) }; words=(wxop "$@"); CURRENT=$#words; _wxop',
        'zsh',
        ...words,
      ],
      env,
    ),
  fish: (env, words) =>
    run(
      'fish',
      [
        '--no-config',
        '-c',
        'source "$SCRIPT"; complete -C "$argv" | string split -f1 \\t',
        ['wxop', ...words].join(' '),
      ],
      env,
    ),
};

function run(shell: string, argv: string[], env: Record<string, string>): string[] {
  const { stdout, stderr, status } = spawnSync(shell, argv, { env, encoding: 'utf8' });
  expect([status, stderr]).toEqual([expect.any(Number), '']);
  return stdout.split('\n').filter(Boolean).sort();
}

const here = Object.keys(SHELLS).filter((shell) => installed(shell, 'completion is not tried in it'));

describe.each(Object.entries(SHELLS))('completion in %s', (shell, ask) => {
  it.skipIf(!here.includes(shell))('completes verbs, flags, choices, accounts, profiles and files', async () => {
    const env = shellOf(await openShops(), shell);
    expect(ask(env, ['tok'])).toEqual(['token']);
    expect(ask(env, ['token', ''])).toEqual(['component', 'get', 'list', 'refresh']);
    expect(ask(env, ['token', 'get', '--m'])).toEqual(['--min-ttl']);
    expect(ask(env, ['accounts', 'list', '--kind', ''])).toEqual(['mini', 'mp']);
    expect(ask(env, ['token', 'get', ''])).toEqual(['tea', appIdOf(1), appIdOf(2)]);
    // A name that the shell would take apart is not offered: nothing that a merchant chose is run.
    expect(ask(env, ['token', 'get', '春'])).toEqual(['春风茶馆']);
    expect(ask(env, ['--profile', 'c'])).toEqual(['coffee']);
    expect(ask(env, ['profile', 'use', ''])).toEqual(['coffee', 'tea']);
    expect(ask(env, ['trigger', 'unsub'])).toEqual(['unsubscribe']);
    expect(ask(env, ['accounts', 'import', `${env.FILES}/me`])).toEqual([`${env.FILES}/menu.json`]);
    expect(ask(env, ['tokn', 'get', ''])).toEqual([]);
  });
});

// Where fish hands over what was typed, quotes and backslashes are still in it.
it.skipIf(!here.includes('fish'))('completion in fish completes quoted names and files', async () => {
  const { fish: ask } = SHELLS;
  const env = shellOf(await openShops(), 'fish');
  mkdirSync(join(env.FILES ?? '', 'a b'));
  const folder = `${env.FILES}/a b/`;
  for (const typed of [`${env.FILES}/a\\ `, `"${env.FILES}/a `, `'${env.FILES}/a `]) {
    expect(ask?.(env, ['accounts', 'import', typed])).toEqual([folder]);
  }
  expect(ask?.(env, ['token', 'get', '"春'])).toEqual(['春风茶馆']);
});

describe('wxop __complete', () => {
  const ask = async (home: Home, ...words: string[]) => home.run(['__complete', '--', ...words]);

  it('answers nothing, and prints no error, when nothing can be read', async () => {
    const environment = { WXOP_HOME: join(temporaryFolder(), 'none') };
    expect(await runWxop(['__complete', '--', 'token', 'get', ''], { environment })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const broken = await openShops();
    writeFileSync(join(broken.environment.WXOP_HOME ?? '', 'config.json'), 'not JSON');
    expect(await ask(broken, '--profile', '')).toEqual({ code: 0, stdout: '', stderr: '' });
    const environment2 = { WXOP_STORE: 'redis://127.0.0.1:1' };
    expect(await broken.run(['__complete', '--', 'menu', 'get', ''], { environment: environment2 })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('reads no names of more than five hundred accounts', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => accountOf(index, { nickName: `茶${index}` }));
    expect((await ask(await openHome(many(500)), 'token', 'get', '茶499')).stdout).toBe(`茶499\t${appIdOf(499)}\n`);
    const home = await openHome(many(501));
    expect((await ask(home, 'token', 'get', '茶499')).stdout).toBe('');
    expect((await ask(home, 'token', 'get', appIdOf(499))).stdout).toBe(`${appIdOf(499)}\n`);
  });

  it('prints one line per account, whatever it is called', async () => {
    const home = await openHome([accountOf(1, { nickName: '茶\n店\t一\u001b[31m\u202e号' })]);
    expect((await ask(home, 'token', 'get', 'wx')).stdout).toBe(`${appIdOf(1)}\t茶 店 一[31m号\n`);
  });

  it('understands --flag=value, also split as bash splits it', async () => {
    const home = await openShops();
    expect((await ask(home, '--lang=z')).stdout).toBe('--lang=zh\n');
    expect((await ask(home, '--lang', '=', 'z')).stdout).toBe('zh\n');
    expect((await ask(home, '--lang', '=')).stdout).toBe('zh\nen\n');
  });

  it.each([
    [['menu', 'push', '春'], ['春风茶馆']],
    [['menu', 'push', 'tea', ''], [':files']],
    [['menu', 'dump', 'tea', '春'], ['春风茶馆']],
    [['menu', 'preview', '春'], ['春风茶馆']],
    [['menu', 'preview', './'], [':files']],
    [['quota', 'clear', 't'], ['tea']],
    [['doctor', '--account', 't'], ['tea']],
    [
      ['doctor', '--only', 'ticket'],
      ['ticket', 'ticket.age', 'ticket.interval'],
    ],
    [['doctor', '--skip', 'public,pushes.n'], ['public,pushes.newest']],
    [['doctor', '--only=program.n'], ['--only=program.node']],
    [['hel'], ['help']],
    [
      ['help', 'e'],
      ['env', 'explain', 'events', 'environment', 'exit-codes', 'errors'],
    ],
    [['help', 'menu', 're'], ['restore']],
    [['help', 'menu', 'get', ''], []],
    [['menu', 'hel'], []],
    [['api', 'GET', '/cgi-bin/menu/get', '--as', 't'], ['tea']],
    [['rid', 'x', '--as', 'c'], ['component']],
    // A path of the API is no file.
    [['api', '/cgi'], []],
    [['quota', 'get', ''], []],
    [
      ['ip', ''],
      ['api', 'callback'],
    ],
    [['profile', 'remove-file', ''], ['0qwMjOAYmX.txt']],
    [['--profile', 'tea', 'menu', 'get', '--', '春'], ['春风茶馆']],
    [['menu', 'get', '--', '--lang', ''], []],
  ])('completes %j', async (words, values) => {
    const { stdout } = await ask(await openShops(), ...words);
    expect(stdout.split('\n').flatMap((line) => line.split('\t')[0] || [])).toEqual(values);
  });

  it('never shows a credential', async () => {
    const home = await openShops();
    let said = '';
    for (const words of [
      ['token', 'get', ''],
      ['token', 'get', 'r'],
      ['accounts', 'show', ''],
      ['profile', 'show', ''],
      ['init', '--'],
    ]) {
      said += (await ask(home, ...words)).stdout;
    }
    expect(said).toContain(appIdOf(1));
    expect(said).not.toContain('@@@');
  });

  it('is not listed in the help', async () => {
    expect((await runWxop(['--help'])).stdout).not.toContain('__complete');
  });
});
