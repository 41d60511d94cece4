import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable, type Readable } from 'node:stream';
import stringWidth from 'string-width';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../src/cli.ts';
import { ERROR_CODES, EXIT_CODES } from '../../src/sentences/error-codes.ts';
import { isError } from '../../src/sentences/wxop-error.ts';
import { wechatError } from '../../src/protocol/errcodes/errcodes.ts';
import { definitionOf, SETTING_NAMES } from '../../src/settings/setting-definitions.ts';
import { createFileStore } from '../../src/store/file-store.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { errorOf } from '../support/error-line.ts';
import { runWxop, temporaryFolder, type RunResult } from '../support/world.ts';

const APPID = 'wx0123456789abcdef';
const TOPICS = ['environment', 'exit-codes', 'errors', 'flags', 'tokens', 'ci', 'console', 'files'];
const UNKNOWN_FLAG = /(?:unknown option|未知选项) '--made-up'/;
const CHINESE = /\p{Script=Han}/u;

interface Page {
  /** `token get`; empty for the root. */
  command: string;
  help: string;
  isNoun: boolean;
}

/** The help of every command there is, found as a person finds them: from page to page. */
async function everyPage(lang: string, path: string[] = []): Promise<Page[]> {
  const { code, stdout, stderr } = await runWxop([...path, '--help'], { environment: { WXOP_LANG: lang } });
  expect([code, stderr], path.join(' ')).toEqual([0, '']);
  // The root lists them in groups.
  const [, listed = ''] =
    path.length === 0 ? ['', stdout] : (/^(?:Commands:|命令：)\n((?: .*\n)+)/m.exec(stdout) ?? []);
  const names = [...listed.matchAll(/^ {2}(?!wxop)(\w[\w-]*)(?: <[^>]+>| \[[^\]]+\])*(?: {2,}|$)/gm)].map(
    ([, name = '']) => name,
  );
  const below: Page[] = [];
  for (const name of names) below.push(...(await everyPage(lang, [...path, name])));
  return [{ command: path.join(' '), help: stdout, isNoun: names.length > 0 }, ...below];
}

const english = await everyPage('en');
const chinese = await everyPage('zh');
const flagsTopic = await Promise.all(
  ['en', 'zh'].map(async (lang) => ({
    command: 'help flags',
    help: (await runWxop(['help', 'flags', '--lang', lang])).stdout,
  })),
);
const leaves = english.filter(({ isNoun }) => !isNoun);

/** The short form of a usage error: nothing on stdout, one sentence and its hint on stderr. */
function expectUsage(result: RunResult, ...mentioned: string[]): void {
  expect([result.code, result.stdout]).toEqual([2, '']);
  expect(result.stderr).toMatch(/^(?:error: |错误：)/);
  expect(result.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  for (const piece of mentioned) expect(result.stderr).toContain(piece);
}

describe('the program', () => {
  it('lists every verb of a command in its line', () => {
    for (const { command } of english.filter(({ command, isNoun }) => isNoun && command !== '')) {
      const [path, name] = [command.split(' ').slice(0, -1), command.split(' ').at(-1)];
      const above = english.find((page) => page.command === path.join(' '))?.help ?? '';
      const [, named = ''] = new RegExp(`^  ${name} .*: (.*)$`, 'm').exec(above.replace(/\n {4,}/g, ' ')) ?? [];
      const below = english.filter((page) => page.command.startsWith(`${command} `));
      const words = new Set(below.map((page) => page.command.split(' ')[path.length + 1]));
      expect(named.split(', ').toSorted()).toEqual([...words].toSorted());
    }
  });

  it('--version is one line on stdout', async () => {
    expect(await runWxop(['--version'])).toEqual({ code: 0, stdout: '0.0.0-test\n', stderr: '' });
  });

  it.each([
    ['--version', '--json'],
    ['--json', '--version'],
    ['--lang', 'zh', '--version'],
  ])('%s %s is the version too', async (...argv) => {
    expect(await runWxop(argv)).toEqual({ code: 0, stdout: '0.0.0-test\n', stderr: '' });
  });

  it('--help, -h and help print the same text', async () => {
    const [long, short, word] = await Promise.all([runWxop(['--help']), runWxop(['-h']), runWxop(['help'])]);
    expect(long.code).toBe(0);
    expect(long.stderr).toBe('');
    expect(long.stdout).toMatch(/^Usage: wxop /m);
    expect(short).toEqual(long);
    expect(word).toEqual(long);
  });

  it('without a command, a short help is on stderr and the exit code 2', async () => {
    const { code, stdout, stderr } = await runWxop([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n').length).toBeLessThan(25);
    for (const { command } of english.filter(({ command }) => /^[\w-]+$/.test(command)))
      expect(stderr).toContain(command);
  });

  it('a noun without a verb shows its help on stderr and ends with 2', async () => {
    const { code, stdout, stderr } = await runWxop(['token']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe((await runWxop(['token', '--help'])).stdout);
  });

  it.each([[['--json']], [['token', '--json']]])('%j says in JSON that a command is missing', async (argv) => {
    const result = await runWxop(argv);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(errorOf(result)).toMatchObject({ code: 'USAGE', exitCode: 2 });
  });

  it.each(english.filter(({ command }) => command !== '').map(({ command }) => command))(
    'help %s is its --help',
    async (command) => {
      const asked = await runWxop(['help', ...command.split(' ')]);
      expect(asked).toEqual(await runWxop([...command.split(' '), '--help']));
      expect(asked.stdout).toContain(`Usage: wxop ${command}`);
    },
  );

  it.each([[['help']], [['help', 'token', 'get']], [['help', 'exit-codes']]])(
    'global flags may stand before %j',
    async (argv) => {
      const after = await runWxop(argv, { environment: { WXOP_LANG: 'zh' } });
      expect(after.code).toBe(0);
      expect(await runWxop(['--lang', 'zh', ...argv])).toEqual(after);
    },
  );
});

describe('wrong usage is told in one sentence and a hint', () => {
  const WRONG: [string, string[], string[]][] = [
    ['an unknown command', ['tokn'], ["unknown command 'tokn'", 'Did you mean token?', 'wxop --help']],
    ['an unknown verb', ['token', 'gt', APPID], ["unknown command 'gt'", 'Did you mean get?', 'wxop token --help']],
    ['an unknown flag', ['token', 'get', APPID, '--min-tl', '5m'], ['--min-tl', 'Did you mean --min-ttl?']],
    ['an unknown global flag', ['--jsn', 'token', 'list'], ['--jsn', 'Did you mean --json?']],
    ['a flag without its value', ['token', 'get', APPID, '--min-ttl'], ['--min-ttl', 'argument missing']],
    ['a setting without its value', ['listen', '--port'], ['--port', 'argument missing']],
    [
      'a global flag without its value',
      ['token', 'list', '--profile'],
      ['--profile', 'argument missing', 'wxop token list --help'],
    ],
    ['a value that is no choice', ['authorize', '--type', 'shop'], ['--type', "'shop'", 'mp, mini, all']],
    [
      'a language that is none',
      ['token', 'list', '--lang', 'fr'],
      ['--lang', "'fr'", 'zh, en', 'wxop token list --help'],
    ],
    ['a time that is none', ['--timeout', 'abc', 'token', 'list'], ["'abc'", '500ms', 'wxop token list --help']],
    ['a time that is none, of a command that is none', ['tokn', '--timeout', 'abc'], ["'abc'", '500ms', 'wxop --help']],
    [
      'an unknown command that is asked for help',
      ['tokn', '--help'],
      ["unknown command 'tokn'", 'Did you mean token?'],
    ],
    ['an unknown verb that is asked for help', ['token', 'gt', '-h'], ["unknown command 'gt'", 'wxop token --help']],
    ['a missing argument', ['token', 'get'], ["missing required argument 'account'", 'wxop token get --help']],
    ['an import of nothing', ['import'], ['Which library', 'wego:FOLDER', 'wxop import --help']],
    ['an extra argument', ['token', 'get', APPID, 'more'], ['too many arguments']],
    ['an extra argument of a command that takes none', ['listen', 'more'], ['too many arguments']],
    ['help of an unknown command', ['help', 'tokn'], ["unknown command 'tokn'", 'Did you mean token?']],
    ['help of an unknown verb', ['help', 'token', 'gt'], ["unknown command 'gt'", 'Did you mean get?']],
  ];

  it.each(WRONG)('%s', async (_name, argv, mentioned) => {
    expectUsage(await runWxop(argv), ...mentioned);
  });

  it.each(WRONG)('%s, in Chinese with the same names', async (_name, argv) => {
    const result = await runWxop(argv, { environment: { WXOP_LANG: 'zh' } });
    expectUsage(result, '错误：');
    expect(result.stderr).not.toMatch(/unknown|missing|Did you mean|too many|Expected|Allowed|invalid|argument/);
  });

  it.each(WRONG)('%s, in JSON', async (_name, argv) => {
    const result = await runWxop(['--json', ...argv]);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(result.stderr.split('\n')).toHaveLength(2);
    expect(errorOf(result)).toMatchObject({ code: 'USAGE', exitCode: 2, retryable: false });
  });

  it('--lang zh changes the sentences and nothing else', async () => {
    const argv = ['token', 'get', APPID, '--json'];
    const [en, zh] = [errorOf(await runWxop(argv)), errorOf(await runWxop([...argv, '--lang', 'zh']))];
    expect(en).toMatchObject({ code: 'SETTINGS_MISSING', exitCode: 2 });
    expect({ ...zh, message: '', hint: '' }).toEqual({ ...en, message: '', hint: '' });
    expect(zh.message).toMatch(CHINESE);
    expect(zh.hint).toMatch(CHINESE);
    expect(en.message).not.toMatch(CHINESE);
  });

  const DURATIONS: [string, string[]][] = [
    ['token get --min-ttl', ['token', 'get', APPID, '--min-ttl']],
    ['token component --min-ttl', ['token', 'component', '--min-ttl']],
    ['ticket wait --timeout', ['ticket', 'wait', '--timeout']],
    ['listen --timeout', ['listen', '--timeout']],
    ['authorize --timeout', ['authorize', '--timeout']],
    ['sandbox --ttl', ['sandbox', '--ttl']],
    ['sandbox --latency', ['sandbox', '--latency']],
    ['sandbox --ticket-interval', ['sandbox', '--ticket-interval']],
  ];
  const NOT_DURATIONS = ['', 'soon', '5x', '5 m', '-5m', '1e3', '5m30s', '.5m', 'Infinity', '0x10'];

  it.each(DURATIONS)('%s takes durations only', async (flag, argv) => {
    for (const wrong of NOT_DURATIONS) {
      expectUsage(await runWxop([...argv, wrong]), flag.split(' ').at(-1) ?? '', '500ms, 20s, 11m, 2h');
    }
  });

  it.each(['500ms', '20s', '11m', '1h', '300', '1.5h'])('%s is a duration', async (duration) => {
    const result = await runWxop(['token', 'get', APPID, '--min-ttl', duration, '--json']);
    expect(errorOf(result).code).toBe('SETTINGS_MISSING');
  });

  it('--min-ttl is 110 minutes at most', async () => {
    for (const argv of [
      ['token', 'get', APPID],
      ['token', 'component'],
    ]) {
      for (const over of ['111m', '6601', '2h']) {
        expectUsage(await runWxop([...argv, '--min-ttl', over]), '--min-ttl is 110m at most');
      }
      expect(errorOf(await runWxop([...argv, '--min-ttl', '110m', '--json'])).code).toBe('SETTINGS_MISSING');
    }
  });

  it.each([
    ['no account and not --all', ['token', 'refresh']],
    ['an account and --all', ['token', 'refresh', APPID, '--all']],
    ['a picture of an unknown kind', ['authorize', '--qr', 'code.gif', '--public-url', 'https://wx.example.com']],
    ['no terminal to ask on', ['init']],
    ['nothing on stdin', ['ticket', 'set']],
    ['nothing to open', ['decrypt', '--unsigned']],
  ])('%s', async (_name, argv) => {
    const environment = complete(temporaryFolder());
    const result = await runWxop([...argv, '--json'], { environment });
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(errorOf(result).code).toBe('USAGE');
  });
});

describe('help', () => {
  it('there are commands, nouns and verbs', () => {
    const commands = english.map(({ command }) => command);
    for (const known of [
      'demo',
      'init',
      'listen',
      'authorize',
      'ticket show',
      'token get',
      'accounts sync',
      'menu get',
    ]) {
      expect(commands).toContain(known);
    }
    expect(chinese.map(({ command }) => command)).toEqual(commands);
  });

  it('fits 80 columns', async () => {
    const topics = await Promise.all(
      TOPICS.flatMap((topic) =>
        ['en', 'zh'].map(async (lang) => (await runWxop(['help', topic, '--lang', lang])).stdout),
      ),
    );
    const lines = [...[...english, ...chinese].map(({ help }) => help), ...topics].flatMap((help) => help.split('\n'));
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => stringWidth(line) > 80)).toEqual([]);
  });

  it.each(english.map(({ command, help }) => [command || 'wxop', help]))('%s has an example', (command, help) => {
    expect(examplesIn(help)).toContainEqual(expect.stringContaining(command === 'wxop' ? 'wxop' : `wxop ${command}`));
  });

  it.each(english.flatMap(({ help }) => examplesIn(help).map((example) => [example])))(
    'the example parses: %s',
    async (example) => {
      const argv = argumentsIn(example);
      const page = english
        .filter(({ command }) => argv.slice(0, command.split(' ').length).join(' ') === command)
        .sort((a, b) => b.command.length - a.command.length)[0];
      expect(page, example).toBeDefined();
      expect((await runWxop([...argv, '--help'])).code).toBe(0);
      // Everything before it is known and valid when the made-up flag is the first to be complained about.
      expect((await runWxop([...argv, '--made-up'])).stderr).toMatch(UNKNOWN_FLAG);
      const [least, most] = operandsOf(page?.help ?? '');
      const operands = withoutFlags(argv.slice(page?.command.split(' ').length), page?.help ?? '').length;
      expect(operands).toBeGreaterThanOrEqual(least);
      expect(operands).toBeLessThanOrEqual(most);
    },
  );

  it('an example with a wrong flag, value or command would not parse', async () => {
    for (const example of [
      'wxop token get wx1 --min-tl 5m',
      'wxop listen --until never',
      'printf %s "$TICKET" | wxop ticket put',
    ]) {
      const { stderr } = await runWxop([...argumentsIn(example), '--made-up']);
      expect(stderr).not.toMatch(UNKNOWN_FLAG);
    }
  });

  const flagged = SETTING_NAMES.flatMap((name) => {
    const { flag, environment } = definitionOf(name);
    return flag ? [[flag, environment] as const] : [];
  });

  it.each([...flagged, ['--profile', 'WXOP_PROFILE'], ['--component-appid', 'WXOP_COMPONENT_APPID']] as const)(
    '%s names %s wherever it stands',
    (flag, variable) => {
      // The sandbox is no listener: its port is its own.
      const pages = [...english, ...chinese, ...flagsTopic].filter(({ command }) => command !== 'sandbox');
      const entries = pages.flatMap(({ command, help }) => {
        const entry = optionsIn(help).get(flag);
        return entry === undefined ? [] : [`${command}: ${entry}`];
      });
      expect(entries.length).toBeGreaterThan(0);
      for (const entry of entries) expect(entry).toContain(variable);
    },
  );

  it('says each default once, as one would type it', () => {
    const options = english.flatMap(({ command, help }) =>
      [...optionsIn(help)].map(([flag, entry]) => `${command} ${flag} ${entry}`),
    );
    expect(options.length).toBeGreaterThan(100);
    expect(options.filter((entry) => /default.*default|default: (?:\d{4,}|\[\])/.test(entry))).toEqual([]);
  });

  it('is Chinese in Chinese', () => {
    const entries = chinese.flatMap(({ command, help }) =>
      [...optionsIn(help)].map(([flag, entry]) => `${command} ${flag} ${entry}`),
    );
    expect(entries.filter((entry) => !CHINESE.test(entry))).toEqual([]);
    const lines = chinese.flatMap(({ command, help }) => help.split('\n').map((line) => `${command}: ${line}`));
    const english = /Usage:|Flags:|Global flags:|Commands:|Arguments:|Examples:|Manual:|\((?:choices|default) /;
    expect(lines.filter((line) => english.test(line))).toEqual([]);
  });

  it.each([
    [['--help']],
    [['help']],
    [['-h']],
    [[]],
    [['--version']],
    [['token', 'get', '--help']],
    [['help', 'listen']],
    // These two say what is set here.
    ...TOPICS.filter((topic) => !['console', 'files'].includes(topic)).map((topic) => [['help', topic]]),
  ])('%j reads no settings and creates nothing', async (argv) => {
    const home = join(temporaryFolder(), 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'config.json'), '{ damaged');
    chmodSync(home, 0o500);
    onTestFinished(() => chmodSync(home, 0o700));
    const asked = new Set<string>();
    const { world, output } = watchedWorld(argv, { WXOP_HOME: home, WXOP_LANG: 'en' }, asked);
    expect(await run(world)).toBe(argv.length === 0 ? 2 : 0);
    expect(output()).toMatch(/\w/);
    expect(output()).not.toContain('config.json');
    expect([...asked].filter((name) => /^WXOP_/.test(name) && name !== 'WXOP_LANG')).toEqual([]);
    expect(readdirSync(home)).toEqual(['config.json']);
  });
});

describe('the help topics hold everything that the code holds', () => {
  it.each(['en', 'zh'] as const)('environment (%s)', async (lang) => {
    const { code, stdout, stderr } = await runWxop(['help', 'environment'], { environment: { WXOP_LANG: lang } });
    expect([code, stderr]).toEqual([0, '']);
    for (const name of SETTING_NAMES) {
      const { environment, flag, secret, fallback, about } = definitionOf(name);
      const [, entry = ''] = new RegExp(`^(${environment}\\b.*\n(?: .*\n)+)`, 'm').exec(stdout) ?? [];
      expect(entry, environment).toContain(about[lang]);
      if (flag) expect(entry).toContain(flag);
      if (secret) expect(entry).toContain(`${environment}_FILE`);
      if (fallback) expect(entry).toContain(fallback);
    }
    for (const name of [
      'WXOP_HOME',
      'WXOP_PROFILE',
      'NO_COLOR',
      'FORCE_COLOR',
      'CI',
      'HTTPS_PROXY',
      'HTTP_PROXY',
      'NO_PROXY',
      'NODE_EXTRA_CA_CERTS',
      'LC_ALL',
      'LC_MESSAGES',
      'LANG',
    ]) {
      expect(stdout).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });

  it.each(['en', 'zh'] as const)('exit-codes (%s)', async (lang) => {
    const { stdout } = await runWxop(['help', 'exit-codes'], { environment: { WXOP_LANG: lang } });
    const listed = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(listed).toEqual(Object.entries(EXIT_CODES).map(([code, means]) => [code, means[lang]]));
  });

  it.each(['en', 'zh'] as const)('errors (%s)', async (lang) => {
    const { stdout } = await runWxop(['help', 'errors'], { environment: { WXOP_LANG: lang } });
    const listed = stdout
      .replaceAll(/\n {10,}(?=\d* *\S)/g, ' ')
      .split('\n\n')[0]
      ?.split('\n')
      .map((line) => /^(\w+) +(\d+) {2}(.+)$/.exec(line)?.slice(1));
    expect(listed).toEqual(
      Object.entries(ERROR_CODES).map(([code, { exit, means }]) => [code, `${exit}`, means[lang]]),
    );
  });
});

describe('exit codes', () => {
  it('are those of the contract', () => {
    const exits = Object.fromEntries(Object.entries(ERROR_CODES).map(([code, { exit }]) => [code, exit]));
    expect(exits).toMatchObject({
      USAGE: 2,
      SETTINGS_MISSING: 2,
      SETTINGS_INVALID: 2,
      NO_TICKET: 4,
      TICKET_EXPIRED: 4,
      NO_ACCOUNT: 4,
      REVOKED: 4,
      CANCELLED: 130,
      IP_NOT_ALLOWED: 3,
      PLATFORM_REFUSED: 3,
      NETWORK: 5,
      TIMEOUT: 5,
      PORT_TAKEN: 5,
      STORE_UNAVAILABLE: 5,
      STORE_NOT_WRITABLE: 1,
      UNEXPECTED: 1,
    });
    expect(exits).toHaveProperty('RECORD_DAMAGED');
    expect(Object.keys(EXIT_CODES).map(Number)).toEqual([0, 1, 2, 3, 4, 5, 130, 143]);
    for (const exit of Object.values(exits)) expect(EXIT_CODES).toHaveProperty(`${exit}`);
  });

  it.each([
    [61003, 4],
    [61005, 4],
    [61006, 4],
    [61004, 3],
    [40001, 3],
    [45009, 3],
    [61023, 3],
    [99999, 3],
  ])('errcode %i ends with %i', (errcode, exit) => {
    const error = wechatError(errcode, 'said', '/cgi-bin/component/api_query_auth');
    expect(error.exitCode).toBe(exit);
    expect(isError(error, error.code, errcode)).toBe(true);
  });

  it('a ticket that is not there is 4', async () => {
    const environment = {
      WXOP_HOME: temporaryFolder(),
      WXOP_COMPONENT_APPID: APPID,
      WXOP_COMPONENT_APPSECRET: 's3cret',
    };
    for (const argv of [
      ['ticket', 'show'],
      ['token', 'component'],
    ]) {
      const result = await runWxop([...argv, '--json'], { environment });
      expect([result.code, errorOf(result).code, result.stdout]).toEqual([4, 'NO_TICKET', '']);
    }
    const result = await runWxop(['token', 'get', APPID, '--json'], { environment });
    expect([result.code, errorOf(result).code]).toEqual([4, 'NO_ACCOUNT']);
    expect((await runWxop(['accounts', 'list'], { environment })).code).toBe(0);
  });

  it('a wait that ran out is 5', async () => {
    const environment = { WXOP_HOME: temporaryFolder(), WXOP_COMPONENT_APPID: APPID };
    const result = await runWxop(['ticket', 'wait', '--timeout', '0', '--json'], { environment });
    expect([result.code, errorOf(result).code]).toEqual([5, 'TIMEOUT']);
  });

  it('an interrupted wait is 130', async () => {
    const environment = { WXOP_HOME: temporaryFolder(), WXOP_COMPONENT_APPID: APPID };
    const signal = AbortSignal.abort(new DOMException('SIGINT', 'AbortError'));
    const result = await runWxop(['ticket', 'wait', '--json'], { environment, signal });
    expect([result.code, errorOf(result).code]).toEqual([130, 'CANCELLED']);
    const quiet = await runWxop(['ticket', 'wait', '--quiet'], { environment, signal });
    expect(quiet).toEqual({ code: 130, stdout: '', stderr: '' });
  });
});

/** What each command cannot do without. */
const NEEDS: [string, string[]][] = [
  ['listen', ['WXOP_COMPONENT_APPID', 'WXOP_MESSAGE_TOKEN', 'WXOP_ENCODING_AES_KEY']],
  ['authorize', ['WXOP_COMPONENT_APPID', 'WXOP_COMPONENT_APPSECRET']],
  ['ticket show', ['WXOP_COMPONENT_APPID']],
  ['ticket wait', ['WXOP_COMPONENT_APPID']],
  ['ticket set', ['WXOP_COMPONENT_APPID']],
  ['ticket start', ['WXOP_COMPONENT_APPID']],
  ['token get', ['WXOP_COMPONENT_APPID']],
  ['token component', ['WXOP_COMPONENT_APPID']],
  ['token refresh', ['WXOP_COMPONENT_APPID']],
  ['token list', ['WXOP_COMPONENT_APPID']],
  ['accounts list', ['WXOP_COMPONENT_APPID']],
  ['accounts show', ['WXOP_COMPONENT_APPID']],
  ['accounts sync', ['WXOP_COMPONENT_APPID']],
  ['accounts export', ['WXOP_COMPONENT_APPID']],
  ['accounts import', ['WXOP_COMPONENT_APPID']],
  ['accounts remove', ['WXOP_COMPONENT_APPID']],
  ['import', ['WXOP_COMPONENT_APPID']],
  ['store show', ['WXOP_COMPONENT_APPID']],
  ['store encrypt', ['WXOP_COMPONENT_APPID']],
  ['store decrypt', ['WXOP_COMPONENT_APPID']],
  ['menu get', ['WXOP_COMPONENT_APPID']],
  ['trigger', ['WXOP_COMPONENT_APPID', 'WXOP_MESSAGE_TOKEN', 'WXOP_ENCODING_AES_KEY']],
  ['decrypt', ['WXOP_COMPONENT_APPID', 'WXOP_MESSAGE_TOKEN', 'WXOP_ENCODING_AES_KEY']],
];
const TICKET = 'ticket@@@planted-Ticket_0123456789~x';

/** A command with arguments that it accepts. */
function invocation(command: string): string[] {
  if (command === 'import') return ['import', 'wego:nowhere'];
  const [least] = operandsOf(leaves.find((page) => page.command === command)?.help ?? '');
  const operands = Math.max(least, command === 'token refresh' ? 1 : 0);
  return [...command.split(' '), ...Array.from({ length: operands }, () => APPID)];
}

describe('settings', () => {
  it.each(NEEDS)('%s names all that is missing', async (command, variables) => {
    const home = join(temporaryFolder(), 'home');
    for (const lang of ['en', 'zh']) {
      const environment = { WXOP_HOME: home, WXOP_LANG: lang };
      const argv = invocation(command);
      const result = await runWxop([...argv, '--json'], { environment, stdin: TICKET });
      expect([result.code, result.stdout]).toEqual([2, '']);
      expect(errorOf(result).code).toBe('SETTINGS_MISSING');
      for (const variable of variables) expect(errorOf(result).hint).toContain(variable);
      expectUsage(await runWxop(argv, { environment, stdin: TICKET }), ...variables, 'wxop init');
    }
    expect(existsSync(home)).toBe(false);
  });

  it.each(NEEDS)('%s refuses an unknown profile', async (command) => {
    const environment = { WXOP_HOME: temporaryFolder(), WXOP_COMPONENT_APPID: APPID };
    const argv = [...invocation(command), '--profile', 'nobody', '--json'];
    const result = await runWxop(argv, { environment, stdin: TICKET });
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(errorOf(result)).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(errorOf(result).message).toContain('nobody');
    expect(errorOf(result).hint).toContain('`wxop init --profile nobody`');
  });

  it('init makes the profile that is not there yet', async () => {
    const environment = { WXOP_HOME: temporaryFolder() };
    const { code } = await runWxop(['init', '--profile', 'second', '--component-appid', APPID], { environment });
    expect(code).toBe(0);
    expect((await runWxop(['profile', 'list'], { environment })).stdout).toBe(`*\tsecond\t${APPID}\t\t\t\n`);
    expect((await runWxop(['accounts', 'list', '--profile', 'second'], { environment })).code).toBe(0);
  });

  it('a store with a password is refused on the command line, and not repeated', async () => {
    const environment = { WXOP_COMPONENT_APPID: APPID };
    const result = await runWxop(['token', 'list', '--store', 'redis://:pass-word@localhost'], { environment });
    expect(result.code).toBe(2);
    expect(result.stderr).not.toContain('pass-word');
  });

  it.each([
    ['WXOP_COMPONENT_APPID', 'wxABC'],
    ['WXOP_MESSAGE_TOKEN', 'no-hyphens-机密'],
    ['WXOP_ENCODING_AES_KEY', 'too-short-机密'],
    ['WXOP_PUBLIC_URL', 'https://wx.example.com/path'],
    ['WXOP_PORT', '77777'],
    ['WXOP_HOST', 'not a host'],
    ['WXOP_EVENT_PATH', 'wechat'],
    ['WXOP_MESSAGE_PATH', '/a b'],
    ['WXOP_MP_URL', 'ftp://mp.example.com'],
  ])('a wrong %s is named, its value is not repeated', async (variable, value) => {
    const environment = { ...complete(temporaryFolder()), WXOP_PORT: '0', [variable]: value };
    const result = await runWxop(['listen', '--timeout', '0', '--json'], { environment });
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(errorOf(result)).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(errorOf(result).message).toContain(variable);
    expect(result.stderr).not.toContain(value);
  });

  it.each(['HTTPS_PROXY', 'HTTP_PROXY'])('a %s that is no URL is named, its password is not', async (variable) => {
    const environment = { ...complete(temporaryFolder()), [variable]: 'http://user:pass-word@proxy:99999' };
    const result = await runWxop(['ticket', 'start', '--json', '--verbose'], { environment });
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(errorOf(result)).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(errorOf(result).message).toContain(variable);
    expect(result.stderr).not.toContain('pass-word');
  });

  it('an empty variable is one that is not set', async () => {
    const empty = Object.fromEntries(SETTING_NAMES.map((name) => [definitionOf(name).environment, '']));
    const home = temporaryFolder();
    await runWxop(['init', '--component-appid', APPID, '--lang', 'zh'], { environment: { WXOP_HOME: home } });
    const { code, stderr } = await runWxop(['accounts', 'list'], { environment: { ...empty, WXOP_HOME: home } });
    expect(code).toBe(0);
    expect(stderr).toMatch(CHINESE);
  });
});

const SECRETS = {
  WXOP_COMPONENT_APPSECRET: 'planted-app-secret_x9.机密-y',
  WXOP_MESSAGE_TOKEN: 'plantedMessageToken',
  WXOP_ENCODING_AES_KEY: 'plantedKeyPlantedKeyPlantedKeyPlantedKey123',
  WXOP_PREVIOUS_ENCODING_AES_KEY: 'formerKeyFormerKeyFormerKeyFormerKeyFormer1',
};
const COMPONENT_TOKEN = 'planted-component-token_Ab-Cd.9';
const REFRESH_TOKEN = 'refreshtoken@@@planted-Refresh_Ab-9';
const CODE = 'queryauthcode@@@planted-Code_Ab-9';
const ALL_SECRETS = [...Object.values(SECRETS), TICKET, COMPONENT_TOKEN, REFRESH_TOKEN, CODE];

const complete = (home: string): Record<string, string> => ({
  WXOP_HOME: home,
  WXOP_COMPONENT_APPID: APPID,
  ...SECRETS,
});

describe('planted secrets', () => {
  /** A platform that repeats in its errors all that it was told. */
  async function talkativePlatform(): Promise<string> {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: string[] = [];
      for await (const chunk of request) chunks.push(String(chunk));
      const heard = `密${decodeURIComponent(request.url ?? '')}码${chunks.join('')}密`;
      const isToken = request.url?.includes('api_component_token');
      const granted = { component_access_token: COMPONENT_TOKEN, expires_in: 7200 };
      response.end(JSON.stringify(isToken ? granted : { errcode: 48001, errmsg: `${heard} rid: 6a1b-2c3d-${heard}` }));
    };
    const server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A home with a ticket and an authorized account. */
  async function furnishedHome() {
    const url = await talkativePlatform();
    const home = temporaryFolder();
    const environment = {
      ...complete(home),
      WXOP_HOME: home,
      WXOP_API_URL: url,
      WXOP_OPEN_URL: url,
      WXOP_MP_URL: url,
      WXOP_PORT: '0',
    };
    expect((await runWxop(['ticket', 'set'], { environment, stdin: TICKET })).code).toBe(0);
    const store = createFileStore({
      componentAppId: 'wx5a4db0c0ffee0001',
      folder: join(home, 'state', APPID),
      now: Date.now,
      pid: 1,
      host: () => 'test',
      isAlive: () => true,
      elapsed: () => performance.now(),
      sleep: () => Promise.resolve(),
      warn: () => undefined,
    });
    const account = {
      appId: APPID,
      refreshToken: REFRESH_TOKEN,
      nickName: '\x1b[31m茶\u202e店\x1b]0;x\x07',
      userName: 'gh_1',
      kind: 'mp' as const,
      funcInfo: [15],
      authorizedAt: 1_700_000_000_000,
    };
    await store.write(`account/${APPID}`, account, 0, { durable: false });
    return environment;
  }

  function expectNoSecret(output: string, argv: string[]): void {
    for (const secret of ALL_SECRETS) {
      expect(output, argv.join(' ')).not.toContain(secret);
      expect(output, argv.join(' ')).not.toContain(encodeURIComponent(secret));
    }
  }

  const SHORT: Record<string, string[]> = {
    listen: ['--timeout', '50ms'],
    authorize: ['--timeout', '50ms'],
    'ticket wait': ['--timeout', '0', '--fresh'],
  };
  const failing = [
    ...NEEDS.map(([command]) => [...invocation(command), ...(SHORT[command] ?? [])]),
    ['authorize', '--code', CODE],
    ['authorize', '--no-wait'],
    ['token', 'refresh', '--all'],
  ];

  it.each(failing.map((argv) => [argv.join(' '), argv]))('never appear when it fails: %s', async (_name, argv) => {
    const environment = await furnishedHome();
    for (const flags of [[], ['--verbose'], ['--verbose', '--json'], ['--verbose', '--lang', 'zh']]) {
      const { code, stdout, stderr } = await runWxop([...argv, ...flags], { environment });
      expectNoSecret(stderr, argv);
      // To print a token is what this command is for.
      if (code !== 0 || argv.join(' ') !== 'token component') expectNoSecret(stdout, argv);
    }
  });

  it('and most of these do fail', async () => {
    const environment = await furnishedHome();
    const codes = await Promise.all(
      ['token get', 'accounts sync', 'menu get', 'ticket start'].map(
        async (command) => (await runWxop(invocation(command), { environment })).code,
      ),
    );
    expect(codes).toEqual([3, 3, 3, 3]);
  });

  it.each([
    ['a command', (secret: string) => [secret]],
    ['a verb', (secret: string) => ['token', secret]],
    ['a flag', (secret: string) => ['token', 'list', `--${secret}`]],
    ['a value', (secret: string) => ['authorize', '--type', secret]],
    ['a duration', (secret: string) => ['token', 'component', '--min-ttl', secret]],
    ['an appid', (secret: string) => ['token', 'get', secret]],
    ['a profile', (secret: string) => ['token', 'list', '--profile', secret]],
    ['a profile to use', (secret: string) => ['profile', 'use', secret]],
    ['an argument too many', (secret: string) => ['token', 'list', secret]],
  ])('never appear when typed as %s', async (_name, argvOf) => {
    const environment = complete(temporaryFolder());
    for (const secret of Object.values(SECRETS)) {
      for (const flags of [[], ['--json'], ['--verbose']]) {
        const { code, stdout, stderr } = await runWxop([...argvOf(secret), ...flags], { environment });
        expect(code).not.toBe(0);
        expectNoSecret(stdout + stderr, argvOf('…'));
      }
    }
  });

  it.each(['a file', 'the profile', 'stdin of init'])('never appear when they come from %s', async (origin) => {
    const { WXOP_HOME: home, WXOP_API_URL } = await furnishedHome();
    const secret = 'other-planted_secret.机密-z';
    const path = join(home, 'secret.txt');
    writeFileSync(path, `${secret}\n`);
    const file = { WXOP_COMPONENT_APPSECRET_FILE: path };
    const environment = { WXOP_HOME: home, WXOP_API_URL, WXOP_COMPONENT_APPID: APPID };
    const given = {
      'a file': [],
      'the profile': ['init', '--from-env'],
      'stdin of init': ['init', '--secrets-stdin', '--component-appid', APPID],
    }[origin];
    if (given?.length) {
      const stdin = `WXOP_COMPONENT_APPSECRET=${secret}\n`;
      const saved = await runWxop([...given, '--verbose'], { environment: { ...environment, ...file }, stdin });
      // Saved all the same; the platform calls it wrong.
      expect(saved.code).toBe(3);
      expect(saved.stdout + saved.stderr).not.toContain(secret);
    }
    for (const flags of [[], ['--json'], ['--verbose']]) {
      const used = given?.length ? environment : { ...environment, ...file };
      const { code, stdout, stderr } = await runWxop(['ticket', 'start', ...flags], { environment: used });
      expect(code).toBe(3);
      // The platform repeats what it is told: the secret did arrive there.
      expect(stdout + stderr).toContain('***');
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('a wrong file of a secret is named, its content is not', async () => {
    const home = temporaryFolder();
    const path = join(home, 'secret.txt');
    writeFileSync(path, 'planted-file-secret-机密\n');
    const environment = { ...complete(home), WXOP_MESSAGE_TOKEN: '', WXOP_MESSAGE_TOKEN_FILE: path };
    const { code, stdout, stderr } = await runWxop(['listen', '--verbose'], { environment });
    expect(code).toBe(2);
    expect(stderr).toContain('WXOP_MESSAGE_TOKEN_FILE');
    expect(stdout + stderr).not.toContain('planted-file-secret');
  });

  it('a name that the platform gave cannot write on the terminal', async () => {
    const environment = await furnishedHome();
    for (const isTTY of [true, false]) {
      for (const argv of [
        ['accounts', 'list'],
        ['accounts', 'show', APPID],
      ]) {
        const { code, stdout } = await runWxop(argv, { environment: { ...environment, NO_COLOR: '1' }, isTTY });
        expect(code).toBe(0);
        expect(stdout).toContain('[31m茶店]0;x');
      }
    }
  });
});

/** Lines of the examples of a help, without what is said of them. */
function examplesIn(help: string): string[] {
  const [, examples = ''] = /^(?:Examples:|示例：)\n((?: .*\n)+)/m.exec(help) ?? [];
  return [...examples.matchAll(/^ {2}(?!#)(.+)$/gm)].map(([, example = '']) => example);
}

/** What wxop is given in a line of shell: the part between pipes, without redirections, quotes and variables before it. */
function argumentsIn(example: string): string[] {
  const inner = /\$\((wxop [^)]*)\)/.exec(example)?.[1] ?? example;
  const words: string[] = inner.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"|<>])+|[|<>]+/g) ?? [];
  const start = words.indexOf('wxop') + 1;
  expect(start, example).toBeGreaterThan(0);
  const end = words.findIndex((word, index) => index >= start && /^[|<>]/.test(word));
  return words.slice(start, end < 0 ? undefined : end).map((word) => word.replace(/^(['"])([^]*)\1$/, '$2'));
}

/** Flag → its whole entry, continued lines joined. */
function optionsIn(help: string): Map<string, string> {
  const joined = help.replace(/\n {10,}(?=\S)/g, ' ');
  const entries = [...joined.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)(.*)$/gm)];
  // By its short form, too.
  return new Map(
    entries.flatMap(([, short, flag = '', entry = '']) => [short ?? flag, flag].map((name) => [name, entry])),
  );
}

/** How many arguments a command takes at least and at most, as its usage line says. */
function operandsOf(help: string): [least: number, most: number] {
  const [, written = ''] = /^Usage: (.*(?:\n {2}.*)*)/m.exec(help) ?? [];
  const usage = written.replace('[flags]', '').replaceAll(/--\S+ <[^>]+>/g, '');
  const least = usage.match(/<[\w-]+(?:\.\.\.)?>/g)?.length ?? 0;
  const most = /\.\.\.[\]>]/.test(usage) ? Infinity : least + (usage.match(/\[[\w-]+\]/g)?.length ?? 0);
  return [least, most];
}

function withoutFlags(argv: string[], help: string): string[] {
  const options = new Map([...optionsIn(flagsTopic[0]?.help ?? ''), ...optionsIn(help)]);
  return argv.filter((word, index) => {
    const before = argv[index - 1];
    const isValue = before !== undefined && !before.includes('=') && options.get(before)?.startsWith(' <');
    return !isValue && !/^--?\w/.test(word);
  });
}

/** A world that tells which variables were asked for, and has no stdin to open. */
function watchedWorld(argv: string[], environment: Record<string, string>, asked: Set<string>) {
  let text = '';
  const stream = () =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString('utf8');
        done();
      },
    });
  const world: Runtime = {
    argv,
    version: '0.0.0-test',
    environment: new Proxy(environment, {
      get: (target, name: string) => {
        asked.add(name);
        return target[name];
      },
    }),
    get stdin(): Readable {
      throw new Error('stdin was opened');
    },
    stdout: stream(),
    stderr: stream(),
    signal: new AbortController().signal,
    now: Date.now,
    pid: 1,
    userId: undefined,
    machine: 'test',
    platform: 'linux',
    nodeVersion: process.versions.node,
    get homeFolder(): string {
      throw new Error('the home folder was asked for');
    },
    probeProcess: () => undefined,
  };
  return { world, output: () => text };
}
