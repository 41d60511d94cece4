/** Statements 3 to 5 of what a good command-line tool does: streams, colour, pipes, lists and times. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { createFileJournal } from '../../src/delivery/file-journal.ts';
import { pushed } from '../support/journal-samples.ts';
import { COMPONENT, sealed } from '../support/listener.ts';
import { accountOf, appIdOf, COMPONENT_APPID, openHome, type Home } from '../support/prepared-homes.ts';
import { BIN, CACHE, wxop, type Environment } from '../support/processes.ts';
import { hasPty } from '../support/pty.ts';
import { sleep } from '../support/sleep.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const ESC = '\x1b';
const HOUR = 60 * 60 * 1000;

/** What a shell prints on a terminal of its own; `wxop` is the built command. */
async function onPty(line: string, environment: Environment, columns = 80): Promise<string> {
  const script = `stty cols ${columns} rows 50; wxop() { '${process.execPath}' '${BIN}' "$@"; }; ${line}`;
  const child = spawn('script', ['-qefc', script, '/dev/null'], {
    env: {
      PATH: process.env.PATH,
      TERM: 'xterm-256color',
      WXOP_LANG: 'en',
      SHELL: '/bin/sh',
      XDG_CACHE_HOME: CACHE,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => void (shown += chunk.toString('utf8')));
  await once(child, 'close');
  return shown.replaceAll('\r\n', '\n');
}

/** Lists for which no WeChat is needed. */
const LISTS = [
  ['accounts', 'list', '--all'],
  ['token', 'list'],
  ['profile', 'list'],
  ['config', 'list'],
  ['events', 'list'],
  ['explain', '--list'],
  ['trigger', '--list'],
  ['map'],
];

/** Three accounts, two profiles, tokens and pushes. */
async function openShops(): Promise<{ home: Home; env: Environment }> {
  const home = await openHome([
    accountOf(1, {
      nickName: '春风十里茶馆旗舰店（城西银泰店）',
      alias: 'tea',
      verifyType: 0,
      funcInfo: [1, 2, 3, 4, 7, 11, 15],
    }),
    accountOf(2, { nickName: '山城火锅', revokedAt: Date.now() - 50 * HOUR }),
    accountOf(3, { nickName: 'A coffee shop with a long English name', removedAt: Date.now() - HOUR }),
  ]);
  const expiresAt = Date.now() + 1.5 * HOUR + 30_000;
  const token = { accessToken: 'x', obtainedAt: Date.now() - HOUR / 2, expiresAt };
  await home.store.write(`token/${appIdOf(1)}`, token, 0, { durable: false });
  await home.store.write('component-token', token, 0, { durable: false });
  const { WXOP_HOME = '' } = home.environment;
  const profiles = {
    tea: { componentAppId: COMPONENT_APPID, publicUrl: 'https://tea.example.com', production: 'yes' },
    coffee: {
      componentAppId: 'wx00000000000000aa',
      publicUrl: 'https://a-longer-name.coffee.example.com/behind/a/path',
    },
  };
  writeFileSync(join(WXOP_HOME, 'config.json'), JSON.stringify({ version: 1, current: 'tea', profiles }), {
    mode: 0o600,
  });
  const journal = createFileJournal({
    folder: join(WXOP_HOME, 'state', COMPONENT_APPID, 'journal'),
    now: Date.now,
    random: Math.random,
    sleep,
    pid: process.pid,
    host: () => 'test',
    isAlive: () => true,
  });
  for (const entry of PUSHES) await journal.append(pushed(entry));
  await journal.close();
  return { home, env: { ...home.environment, WXOP_LANG: 'en' } };
}

const PUSHES: Parameters<typeof pushed>[0][] = [
  { receivedAt: Date.now() - 3 * HOUR, kind: 'event', appId: '', type: 'component_verify_ticket' },
  { receivedAt: Date.now() - HOUR / 4, type: 'event', event: 'subscribe' },
];

describe('3. Colour', () => {
  it('is on no stream that is no terminal, unless FORCE_COLOR is set and not empty', async () => {
    const { env } = await openShops();
    const of = async (changes: Environment, ...flags: string[]): Promise<boolean> => {
      const { stdout, stderr } = await wxop(['accounts', 'list', '--format', 'table', ...flags], {
        ...env,
        ...changes,
      });
      return (stdout + stderr).includes(ESC);
    };
    expect(
      await Promise.all([
        of({ TERM: 'xterm-256color' }),
        of({ FORCE_COLOR: '' }),
        of({ FORCE_COLOR: '0' }),
        of({ FORCE_COLOR: '1' }),
        of({ FORCE_COLOR: '1', NO_COLOR: '1' }),
        of({ FORCE_COLOR: '1' }, '--no-color'),
      ]),
    ).toEqual([false, false, false, true, false, false]);
  });

  it.skipIf(!hasPty)('is decided for each stream, and off with NO_COLOR and TERM=dumb', async () => {
    const { env } = await openShops();
    const line = `wxop doctor --offline 2>&1; wxop accounts list | cat`;
    const [normal = '', ...off] = await Promise.all([
      onPty(line, env),
      onPty(line, { ...env, NO_COLOR: '1' }),
      onPty(line, { ...env, TERM: 'dumb' }),
    ]);
    expect(normal).toContain(ESC);
    expect(normal.slice(normal.indexOf(`${appIdOf(1)}\t`))).not.toContain(ESC);
    // What is redrawn in place is no colour.
    expect(off[0]).not.toMatch(/\x1b\[[\d;]*m/); // eslint-disable-line no-control-regex
    expect(off[1]).not.toContain(ESC);
  });
});

describe('4. A pipe', () => {
  const keys = {
    WXOP_COMPONENT_APPID: COMPONENT.appId,
    WXOP_MESSAGE_TOKEN: COMPONENT.messageToken,
    WXOP_ENCODING_AES_KEY: COMPONENT.encodingAesKey,
  };

  it('that is slow gets 1 MiB whole', async () => {
    const content = '微信'.repeat(2 ** 20 / 6);
    const { path, body } = sealed(`<xml><Content>${content}</Content></xml>`);
    const child = spawn(process.execPath, [BIN, 'decrypt', '--url', path], {
      env: { PATH: process.env.PATH, WXOP_HOME: temporaryFolder(), ...keys },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(body);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), 5);
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(Buffer.concat(chunks).toString()).toContain(`<Content>${content}</Content>`);
  });

  it('that is closed early ends it silently, with 0', async () => {
    const { env } = await openShops();
    const script = `set -o pipefail; '${process.execPath}' '${BIN}' explain --list | head -1`;
    const child = spawn('bash', ['--norc', '-c', script], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, err, out.trimEnd().split('\n').length]).toEqual([0, '', 1]);
  });
});

describe('5. A list', () => {
  it('in a pipe is divided by tabs, with the same columns in every line, without header, colour or cuts', async () => {
    const { home } = await openShops();
    for (const argv of LISTS.filter(([name]) => name !== 'trigger')) {
      const [piped, table, csv] = await Promise.all([
        home.run([...argv]),
        home.run([...argv, '--format', 'table']),
        home.run([...argv, '--format', 'csv']),
      ]);
      const lines = piped.stdout.split('\n').slice(0, -1);
      expect(new Set(lines.map((line) => line.split('\t').length)).size, argv.join(' ')).toBeLessThanOrEqual(1);
      expect(piped.stdout).not.toMatch(/\x1b|…/); // eslint-disable-line no-control-regex
      const isEmpty = lines.length === 0;
      expect(table.stdout.split('\n').length - 1).toBe(isEmpty ? 0 : lines.length + 1);
      expect(csv.stdout.split('\r\n').length - 1).toBe(lines.length + 1);
    }
  });

  it.each([40, 60, 80, 120, 200])(
    'on a terminal of %i columns fits, and cuts nothing that tells rows apart',
    async (columns) => {
      const { home } = await openShops();
      for (const lang of ['en', 'zh']) {
        for (const argv of LISTS) {
          const { stdout } = await home.run([...argv, '--lang', lang], { isTTY: true, columns });
          for (const line of stdout.split('\n')) {
            expect(stringWidth(line), `${argv.join(' ')}: ${line}`).toBeLessThanOrEqual(columns);
          }
        }
        const shown = (await home.run(['accounts', 'list', '--all', '--lang', lang], { isTTY: true, columns })).stdout;
        for (const index of [1, 2, 3]) expect(shown).toContain(appIdOf(index));
      }
    },
  );

  it.skipIf(!hasPty)('of a real terminal fits, where that is 0 columns wide too', async () => {
    const { env } = await openShops();
    const [narrow, unknown] = await Promise.all([
      onPty('wxop accounts list', env, 60),
      onPty('wxop accounts list', { ...env, COLUMNS: '100' }, 0),
    ]);
    const widths = (shown: string): number[] => shown.split('\n').map((line) => stringWidth(line));
    expect(Math.max(...widths(narrow))).toBeLessThanOrEqual(60);
    expect(Math.max(...widths(unknown))).toBeLessThanOrEqual(100);
    expect(Math.max(...widths(unknown))).toBeGreaterThan(60);
  });

  it('counts Chinese as two columns where labels stand before values', async () => {
    const { home } = await openShops();
    const shown = await home.run(['accounts', 'show', appIdOf(1), '--lang', 'zh'], { isTTY: true, columns: 60 });
    const lines = shown.stdout.trimEnd().split('\n');
    const begins = lines.map((line) => /^\S+(?: \S+)* {2,}(?=\S)|^ {2,}/.exec(line)?.[0] ?? '');
    expect(new Set(begins.map((begin) => stringWidth(begin))).size).toBe(1);
    // Between permission sets, never inside of one.
    for (const line of lines) expect(line).not.toMatch(/^ +\(\d+\)/);
  });

  it.skipIf(!hasPty)('shows a person the time where they are, and a pipe ISO 8601 in UTC', async () => {
    const { env } = await openShops();
    const zone = { ...env, TZ: 'Asia/Shanghai' };
    const list = 'wxop token list';
    const [seen, piped] = await Promise.all([onPty(list, zone), wxop(['token', 'list'], zone)]);
    const [, iso = ''] = piped.stdout.split('\n')[0]?.split('\t') ?? [];
    expect(iso).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const there = new Date(Date.parse(iso) + 8 * HOUR).toISOString().slice(0, 16).replace('T', ' ');
    expect(stripVTControlCharacters(seen)).toContain(there);
  });
});

describe('5. What WeChat says', () => {
  let environment: Record<string, string>;
  /** How a command is called → what its rows are told apart by. */
  const SHOWN: [argv: string[], telling: RegExp[]][] = [];

  beforeAll(async () => {
    const sandbox = await startSandbox({ accounts: 12, miniPrograms: 1 });
    const home = mkdtempSync(join(tmpdir(), 'wxop-output-'));
    environment = { ...sandbox.env, WXOP_HOME: home };
    const run = (...argv: string[]) => runWxop(argv, { environment });
    await runWxop(['ticket', 'set', '--quiet'], { environment, stdin: sandbox.state().ticket ?? '' });
    const { accounts } = sandbox.state();
    for (const { appId } of accounts) await sandbox.push({ event: 'authorized', appId });
    await run('accounts', 'sync');
    const [tea = '', mini = ''] = [accounts[0], accounts.find(({ kind }) => kind === 'mini')].map((one) => one?.appId);
    await run('menu', 'dump', tea, '-o', join(home, 'menus'));
    const draft = readFileSync(join(home, 'menus', tea, 'draft.json'), 'utf8');
    const changed = join(home, 'changed.json');
    const url = `https://tea.example.com/order?from=${'a-long-campaign-'.repeat(6)}end`;
    writeFileSync(changed, draft.replace('https://tea.example.com/order?from=menu', url).replace('茶单', '新茶单'));
    const conditional = accounts.find(({ nickName }) => nickName === '江畔书屋')?.appId ?? tea;
    SHOWN.push(
      [
        ['doctor', '--skip', 'public'],
        [/AppSecret/, /WXOP_COMPONENT_APPID/],
      ],
      [
        ['menu', 'get', tea],
        [/今日推荐/, /小程序点单/, /TODAY/],
      ],
      [['menu', 'get', conditional, '--source', 'api'], [/└─/]],
      [
        ['menu', 'diff', tea, changed],
        [new RegExp(`url: ${url.replace('?', String.raw`\?`)}`), /新茶单/],
      ],
      [['accounts', 'list'], accounts.map(({ appId }) => new RegExp(appId))],
      [['accounts', 'sync'], accounts.map(({ appId }) => new RegExp(appId))],
      [['release', 'status', mini], []],
      [['template', 'list'], []],
      [['template', 'drafts'], []],
      [['quota', 'get', '--as', tea, '/cgi-bin/menu/get'], []],
      [['ip'], [/\d+\.\d+\.\d+\.\d+/]],
      [['status'], [/ticket/]],
    );
    return async () => {
      await sandbox.close();
      rmSync(home, { recursive: true, force: true });
    };
  }, 30_000);

  it.each([40, 60, 80, 120, 200])('on a terminal of %i columns fits, and cuts nothing that tells', async (columns) => {
    for (const lang of columns < 100 ? ['en', 'zh'] : ['zh']) {
      for (const [argv, telling] of SHOWN) {
        const { stdout, stderr } = await runWxop([...argv, '--lang', lang], { environment, isTTY: true, columns });
        const shown = stripVTControlCharacters(stdout);
        const name = [...argv, lang, stderr].join(' ');
        for (const line of shown.split('\n'))
          expect(stringWidth(line), `${name}: ${line}`).toBeLessThanOrEqual(columns);
        const whole = shown.replaceAll(/\n[+-]? +/g, '');
        for (const one of telling) expect(`${shown}\n${whole}`, name).toMatch(one);
      }
    }
  });

  it.each(['en', 'zh'])('in a sentence is broken between words, never inside a command or a path: %s', async (lang) => {
    const argv = ['accounts', 'show', appIdOf(1), '--lang', lang];
    const { stderr } = await runWxop(argv, { environment, isTTY: true, columns: 40 });
    const lines = stderr.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      expect(stringWidth(line)).toBeLessThanOrEqual(40);
      expect(line.split('`').length % 2, line).toBe(1);
    }
    const piped = await runWxop(argv, { environment });
    expect(piped.stderr.split('\n')).toHaveLength(3);
    expect(lines.join('').replaceAll(/\s/g, '')).toBe(piped.stderr.replaceAll(/\s/g, ''));
  });
});
