/** Statements 1, 7, 8 and 9 of what a good command-line tool does: the version, help, and usage errors. */
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, it, onTestFinished } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { GROUPS } from '../../src/cli/command.ts';
import { TOPICS } from '../../src/cli/help/topics.ts';
import { EXIT_CODES } from '../../src/sentences/error-codes.ts';
import { definitionOf, SETTING_NAMES } from '../../src/settings/setting-definitions.ts';
import { hasPty, onTerminal } from '../support/pty.ts';
import { wxop } from '../support/processes.ts';
import { runWxop, temporaryFolder } from '../support/world.ts';

const LANGS = ['en', 'zh'] as const;
/** Every help there is: of wxop, of nouns, of commands, of topics. */
const HELPS = [
  [],
  ...Object.entries(COMMANDS).flatMap(([name, entry]) =>
    'verbs' in entry
      ? [
          [name],
          ...Object.keys(entry.groups ?? {}).map((head) => [name, head]),
          ...Object.keys(entry.verbs).map((verb) => [name, ...verb.split(' ')]),
        ]
      : [[name]],
  ),
  ['map'],
  ...Object.keys(TOPICS).map((topic) => [topic]),
];

const helpOf = async (names: string[], lang: string, columns: number): Promise<string[]> => {
  const environment = { WXOP_LANG: lang, COLUMNS: String(columns), WXOP_HOME: '/nowhere' };
  const { code, stdout } = await runWxop(['help', ...names], { environment });
  expect(code, names.join(' ')).toBe(0);
  return stdout.trimEnd().split('\n');
};

/** Lines that may be pasted, and are never broken. */
function withoutExamples(lines: string[]): string[] {
  let isExample = false;
  return lines.filter((line) => {
    if (!line.startsWith(' '))
      isExample = /^(?:Examples|示例|Pattern|写法|Back up and restore|备份与恢复)(?::|：)$/.test(line);
    return !isExample || line.trimStart().startsWith('#');
  });
}

/** Everything but Chinese, whose characters may be torn apart. */
const wordsIn = (lines: string[]): Set<string> =>
  new Set(lines.flatMap((line) => line.split(/[\s\p{Script=Han}，。；：、（）]+/u)).filter((word) => /\w/.test(word)));

describe('1. --version and help', () => {
  it('print on stdout, exit 0, and leave an empty read-only home as it was; bare wxop prints a short help on stderr', async () => {
    const home = join(temporaryFolder(), 'home');
    mkdirSync(home);
    chmodSync(home, 0o500);
    onTestFinished(() => chmodSync(home, 0o700));
    const environment = { WXOP_HOME: home, HOME: home, NODE_DISABLE_COMPILE_CACHE: '1', WXOP_LANG: 'en' };
    const asked = [['--version'], ['--help'], ['-h'], ['help'], [], ['help', 'console'], ['help', 'files']];
    const [version, long, short, word, bare, ...topics] = await Promise.all(
      asked.map((argv) => wxop(argv, environment)),
    );
    expect(version).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      stderr: '',
    });
    expect(long).toMatchObject({ code: 0, stderr: '' });
    expect([short, word].map((help) => help?.stdout)).toEqual([long?.stdout, long?.stdout]);
    expect(bare).toMatchObject({ code: 2, stdout: '' });
    expect(bare?.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    for (const topic of topics) expect(topic).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(home)).toEqual([]);
  });
});

describe('7. Wrong usage', () => {
  it.each([
    [['tokn'], 'Did you mean token?'],
    [['token', 'get', 'wx0123456789abcdef', '--min-tl', '5m'], 'Did you mean --min-ttl?'],
    [['token', 'get', 'wx0123456789abcdef', '--min-ttl'], "'--min-ttl <duration>' argument missing"],
    [['token', 'list', 'more'], 'too many arguments'],
    [['help', 'consle'], 'Did you mean console?'],
  ])('%j ends with 2, a message on stderr, what was meant, and at most three lines of hint', async (argv, words) => {
    const { code, stdout, stderr } = await wxop(argv, { WXOP_LANG: 'en' });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
  });
});

describe('8. Every help', () => {
  it.each(LANGS)('has no word broken and no line too wide at 40, 80 and 200 columns (%s)', async (lang) => {
    for (const names of HELPS) {
      const widths = await Promise.all([40, 80, 200].map((columns) => helpOf(names, lang, columns)));
      const [narrow, , wide] = widths.map(wordsIn);
      expect(narrow, names.join(' ')).toEqual(wide);
      widths.forEach((lines, index) => {
        const width = Math.min([40, 80, 200][index] ?? 0, 100);
        // One word, flag or address may be longer than a line.
        const tooWide = withoutExamples(lines).filter(
          (line) => stringWidth(line) > width && /\S[\s\p{Script=Han}]+\S/u.test(line),
        );
        expect(tooWide, `${names.join(' ')} at ${width}`).toEqual([]);
        expect(lines.filter((line) => /^\s*[，。；：、！？）」》”…]/.test(line))).toEqual([]);
      });
    }
  });

  it('names the variable and the default beside every flag of a setting', async () => {
    const listen = (await helpOf(['listen'], 'en', 200)).join('\n').replaceAll(/\n {10,}/g, ' ');
    for (const name of SETTING_NAMES) {
      const { flag = '-', environment, fallback } = definitionOf(name);
      const [line] = new RegExp(`^ {2}${flag} <.*$`, 'm').exec(listen) ?? [];
      if (line) expect(line).toContain(fallback ? `(${environment}, default ${fallback})` : `(${environment})`);
    }
    expect(listen).toContain('--port <port>');
  });

  it('is found in exactly one group of the help of wxop', async () => {
    const root = (await helpOf([], 'en', 80)).join('\n');
    for (const title of Object.values(GROUPS)) expect(root).toContain(`\n${title.en}:\n`);
    for (const name of [...Object.keys(COMMANDS), 'map']) {
      expect(root.match(new RegExp(`^ {2}${name} {2}`, 'gm')), name).toHaveLength(1);
    }
  });

  it.skipIf(!hasPty)('has bold titles on a terminal, and none with NO_COLOR', async () => {
    const [painted, plain] = ['', '1'].map((NO_COLOR) => onTerminal(['token', '--help'], { NO_COLOR }));
    expect([await painted?.finished, await plain?.finished]).toEqual([0, 0]);
    expect(painted?.shown()).toContain('\x1b[1mExamples:\x1b[22m');
    expect(plain?.shown()).not.toContain('\x1b');
  });
});

describe('9. The topics', () => {
  it('are listed in the help of wxop, with those of the code: every variable, every exit code', async () => {
    const root = (await helpOf([], 'en', 100)).join(' ');
    for (const topic of Object.keys(TOPICS)) expect(root).toContain(topic);
    const { stdout: variables } = await wxop(['help', 'environment'], { WXOP_LANG: 'en' });
    for (const name of SETTING_NAMES) expect(variables).toContain(definitionOf(name).environment);
    const { stdout: codes } = await wxop(['help', 'exit-codes'], { WXOP_LANG: 'en' });
    for (const [code, means] of Object.entries(EXIT_CODES))
      expect(codes.split('\n')).toContainEqual(`${code.padEnd(3)}  ${means.en}`);
  });

  it("fill in the console's fields with the settings that there are", async () => {
    const environment = { WXOP_PUBLIC_URL: 'https://wx.example.com', WXOP_EVENT_PATH: '/e', WXOP_LANG: 'zh' };
    const { stdout } = await wxop(['help', 'console', '--json'], environment);
    const fields = JSON.parse(stdout) as { field: string; value?: string }[];
    expect(fields).toContainEqual({ field: '授权事件接收URL', value: 'https://wx.example.com/e' });
  });
});
