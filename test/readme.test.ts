/** The README and the manual say what the code does, in both directions. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { GROUPS } from '../src/cli/command.ts';
import type { Lang, Text } from '../src/sentences/text.ts';
import { SETTINGS } from '../src/settings/setting-definitions.ts';
import { runWxop } from './support/world.ts';

const ROOT = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const zhReadme = readFileSync(join(ROOT, 'README.zh-CN.md'), 'utf8');
const pagesIn = (folder: string): string[] => readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md'));
const pages = [
  'README.md',
  'README.zh-CN.md',
  ...['docs', 'docs/zh'].flatMap((folder) => pagesIn(folder).map((name) => `${folder}/${name}`)),
];
const manuals = pages.map((page) => readFileSync(join(ROOT, page), 'utf8'));

interface Mapped {
  name: string;
  about: Text;
  manual?: string;
}
interface WxopMap {
  groups: (Mapped & { group: string; commands: string[] })[];
  commands: Mapped[];
  exitCodes: { exitCode: number; means: Text }[];
  errors: { code: string; exitCode: number; means: Text }[];
}

/** A table in Markdown; the first row is its head. */
const table = (head: readonly string[], rows: (string | number)[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The tables of one language. */
function tablesOf({ groups, commands, exitCodes, errors }: WxopMap, lang: Lang): Record<string, string> {
  const word = (sentence: Text): string => sentence[lang];
  /** `folder`: where the pages are, seen from the manual. */
  const linked = ({ about, manual }: Mapped, folder: string): string =>
    manual ? `[${word(about)}](${folder}${manual})` : word(about);
  const verbsOf = ({ name, commands }: WxopMap['groups'][number]) =>
    commands.filter((command) => command !== name).map((command) => `\`${command.slice(name.length + 1)}\``);
  const [comma, colon] = lang === 'en' ? [', ', ': '] : ['、', '：'];
  const [command, does, exit, code, means] = HEADS[lang];
  return {
    commands: table(
      [command, does],
      groups.map((group) => [
        `\`wxop ${group.name}\``,
        [linked(group, 'docs/'), verbsOf(group).join(comma)].filter(Boolean).join(colon),
      ]),
    ),
    verbs: Object.entries(GROUPS)
      .map(([name, title]) => {
        const inGroup = groups.filter(({ group }) => group === name).flatMap(({ commands }) => commands);
        const rows = commands.filter((command) => inGroup.includes(command.name));
        return `## ${word(title)}\n\n${table(
          [command, does],
          rows.map((row) => [`\`wxop ${row.name}\``, linked(row, '')]),
        )}`;
      })
      .join('\n\n'),
    'exit codes': table(
      [exit, means],
      exitCodes.map(({ exitCode, means }) => [exitCode, word(means)]),
    ),
    'error codes': table(
      [code, exit, means],
      errors.map(({ code, exitCode, means }) => [`\`${code}\``, exitCode, word(means)]),
    ),
  };
}

const HEADS = {
  en: ['command', 'does', 'exit', 'code', 'means'],
  zh: ['命令', '作用', '退出码', '错误码', '含义'],
} as const;

// `npm run docs` runs this with --update: then it writes the tables instead of comparing them.
describe('the tables that are made from the code', () => {
  test.each<[string, Lang, string[]]>([
    ['README.md', 'en', ['commands']],
    ['docs/commands.md', 'en', ['verbs']],
    ['docs/errors.md', 'en', ['exit codes', 'error codes']],
    ['docs/zh/commands.md', 'zh', ['verbs']],
    ['docs/zh/errors.md', 'zh', ['exit codes', 'error codes']],
  ])('are up to date in %s (npm run docs writes them)', async (name, lang, wanted) => {
    const { stdout } = await runWxop(['map', '--json']);
    const tables = tablesOf(JSON.parse(stdout) as WxopMap, lang);
    const path = join(ROOT, name);
    const found: string[] = [];
    const filled = readFileSync(path, 'utf8').replaceAll(
      /(<!-- ([a-z ]+): npm run docs -->\n)[^]*?(<!-- \/\2 -->)/g,
      (_all, start: string, table: string, end: string) => {
        found.push(table);
        return `${start}\n${tables[table]}\n\n${end}`;
      },
    );
    expect(found).toEqual(wanted);
    const options = await resolveConfig(path);
    await expect(await format(filled, { ...options, filepath: path })).toMatchFileSnapshot(path);
  });
});

describe('the pages of man that npm links, which are made from the code', () => {
  test('are listed in package.json (npm run docs writes them)', async () => {
    const { groups } = JSON.parse((await runWxop(['map', '--json'])).stdout) as WxopMap;
    const path = join(ROOT, 'package.json');
    const names = ['wxop', ...groups.map(({ name }) => `wxop-${name}`).toSorted()];
    const man = names.map((name) => `./man/man1/${name}.1.gz`);
    const written = JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), man });
    await expect(await format(written, { filepath: path })).toMatchFileSnapshot(path);
  });
});

test('every variable that is named exists', () => {
  const known = new Set<string>(['WXOP_HOME', 'WXOP_PROFILE', 'WXOP_TIMEOUT']);
  for (const { environment } of Object.values(SETTINGS)) known.add(environment).add(`${environment}_FILE`);
  for (const manual of manuals) {
    for (const [name] of manual.matchAll(/WXOP_[A-Z_]+[A-Z]/g)) expect([...known]).toContain(name);
  }
});

describe('every command that is shown exists, with its flags', () => {
  const shown = new Set<string>();
  for (const manual of manuals) {
    for (const [, line] of manual.matchAll(/(?:^|`|\$ |\| |\$\(|npx )(wxop [a-z][^`|>)<\n]*)/gm))
      shown.add((line ?? '').trim());
  }
  test.each([...shown].filter((line) => !line.startsWith('wxop help')))('%s', async (line) => {
    const words = line
      .replaceAll(/'[^']*'/g, 'x')
      .replaceAll(',', '')
      .split(/\s+/)
      .slice(1)
      .filter((word) => /^[a-z-]/.test(word));
    const verbs = words.filter((word) => !word.startsWith('-')).slice(0, 3);
    const known = await runWxop([...verbs.slice(0, 1), '--help']);
    expect(known.code).toBe(0);
    const isNoun = known.stdout.includes('Commands:');
    const below = isNoun && verbs.length > 1 ? await runWxop([...verbs, '--help']) : known;
    // Of a noun that does something itself, what follows may be values of its flags.
    const help = known.stdout.includes(`Usage: wxop ${verbs[0]} [flags]`) && below.code !== 0 ? known : below;
    expect(help.code).toBe(0);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(help.stdout).toContain(flag.split('=')[0]);
  });
});

/** Without what is not prose: code, and where links lead. */
const proseOf = (page: string): string =>
  readFileSync(join(ROOT, page), 'utf8')
    .replaceAll(/```[^]*?```/g, '')
    .replaceAll(/`[^`]*`/g, 'x')
    .replaceAll(/\]\([^)]*\)/g, ']');

describe.each(['README.zh-CN.md', ...pagesIn('docs/zh').map((name) => `docs/zh/${name}`)])('%s', (page) => {
  test('has Chinese punctuation beside Chinese words', () => {
    expect(proseOf(page).match(/.{0,9}(?:\p{Script=Han}[,;:!?()]|[,;!?(]\p{Script=Han}).{0,9}/gu) ?? []).toEqual([]);
  });

  test('calls WeChat 微信 and the component 第三方平台, and neither just 平台', () => {
    expect(proseOf(page).match(/.{0,9}(?<!第三方|开放)平台.{0,9}/g) ?? []).toEqual([]);
  });
});

test.each(['README.zh-CN.md', ...pagesIn('docs/zh').map((name) => `docs/zh/${name}`)])(
  '%s says 令牌 and 帐号, and quotes with “ and ”, as the tool does',
  (page) => {
    expect(proseOf(page).match(/.{0,9}(?:(?<![\w/-])tokens?(?![\w-])|账[号户]|[「」]).{0,9}/g) ?? []).toEqual([]);
  },
);

test('each README has at most 200 lines, and leads to the other', () => {
  for (const page of [readme, zhReadme]) expect(page.split('\n').length).toBeLessThanOrEqual(201);
  expect(zhReadme).toContain('[English](README.md)');
  expect(readme).toContain('[中文](README.zh-CN.md)');
});

test('every manual is there in both languages', () => {
  expect(pagesIn('docs/zh')).toEqual(pagesIn('docs'));
});

describe.each(pagesIn('docs/zh'))('the two manuals %s', (name) => {
  const [english, chinese] = ['docs', 'docs/zh'].map((folder) => readFileSync(join(ROOT, folder, name), 'utf8'));

  test('lead to each other', () => {
    expect(english).toContain(`[中文](zh/${name})`);
    expect(chinese).toContain(`[English](../${name})`);
  });

  test('have the same sections, the same tables and as many examples', () => {
    const outline = (page = ''): string[] =>
      page.match(/^(?:#{1,4} |```\w*$|\| ?:?-)/gm)?.map((mark) => mark.trim()) ?? [];
    expect(outline(chinese)).toEqual(outline(english));
  });
});
