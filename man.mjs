// Writes man/: a page of the manual for wxop and for each of its commands, in both languages, from what `wxop help` and
// `wxop map` say with --json. `man -M man wxop-token` shows one; npm installs the English ones.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LANGS = {
  en: {
    folder: 'man/man1',
    titles: ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'FLAGS', 'ENVIRONMENT', 'EXIT STATUS', 'FILES', 'SEE ALSO'],
    leftOut: ['Usage', 'Help', 'Topics', 'Global flags', 'Manual', 'Commands'],
    usage: 'Usage',
    fallback: 'default',
  },
  zh: {
    folder: 'man/zh_CN/man1',
    titles: ['名称', '概要', '描述', '命令', '选项', '环境变量', '退出码', '文件', '参见'],
    leftOut: ['用法', '帮助', '专题', '全局选项', '手册', '命令'],
    usage: '用法',
    fallback: '默认',
  },
};

/** What roff would take for a request, an escape or a typographic hyphen. */
const escaped = (text) =>
  text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll(/^([.'])/gm, String.raw`\&$1`);
const quoted = (text) => `"${escaped(text).replaceAll('"', '""')}"`;
/** An empty line would be a gap of its own. */
const prose = (text) => escaped(text).replaceAll(/\n+ */g, '\n.br\n');

const row = ({ term, about }) => `.TP\n\\fB${escaped(term)}\\fR\n${prose(about)}`;
const examples = (lines) => ['.EX', ...lines.map(escaped), '.EE'].join('\n');
const block = ({ text, rows, examples: lines }) =>
  text !== undefined ? prose(text) : rows ? rows.map(row).join('\n') : examples(lines);

async function answer(run, lang, ...argv) {
  let written = '';
  const stream = { write: (chunk) => void (written += chunk) };
  const runtime = {
    argv: [...argv, '--json', '--lang', lang],
    version: '',
    environment: { WXOP_HOME: '~/.config/wxop' },
    stdout: stream,
    stderr: stream,
    signal: new AbortController().signal,
    now: Date.now,
  };
  const code = await run(runtime);
  if (code !== 0) throw new Error(`wxop ${argv.join(' ')} ended with ${code}: ${written}`);
  return JSON.parse(written);
}

export async function writeManPages(version) {
  const { run } = createRequire(import.meta.url)('./dist/cli.js');
  rmSync('man', { recursive: true, force: true });
  for (const [lang, words] of Object.entries(LANGS)) {
    const ask = (...argv) => answer(run, lang, ...argv);
    const [NAME, SYNOPSIS, DESCRIPTION, COMMANDS, FLAGS, ENVIRONMENT, EXIT_STATUS, FILES, SEE_ALSO] = words.titles;
    const section = (title, ...lines) => [`.SH ${quoted(title)}`, ...lines];
    const write = (name, lines) => {
      // Neither hyphenated nor stretched: what is shown can be copied.
      const head = `.TH ${quoted(name.toUpperCase())} 1 "" "wxop ${version}" "wxop"\n.nh\n.ad l`;
      mkdirSync(words.folder, { recursive: true });
      writeFileSync(join(words.folder, `${name}.1.gz`), gzipSync([head, ...lines, ''].join('\n'), { level: 9 }));
    };
    const { groups } = await ask('map');
    const seeAlso = (pages) => section(SEE_ALSO, pages.map((page) => `.BR ${escaped(page)} (1)`).join(',\n'));
    const usageOf = (page) => page.find(({ title }) => title === words.usage)?.text ?? '';
    const bodyOf = (page, heading) =>
      page
        .filter(({ title }) => !words.leftOut.includes(title))
        .flatMap((part, index) => [...(index === 0 ? [] : [part.title ? heading(part.title) : '.PP']), block(part)]);

    for (const { name, about, commands } of groups) {
      const page = await ask('help', name);
      const isNoun = commands[0] !== name;
      const below = commands.filter((command) => command !== name);
      const verbs = await Promise.all(
        below.map(async (command) => [command, await ask('help', ...command.split(' '))]),
      );
      const usages = [...(isNoun ? [] : [usageOf(page)]), ...verbs.map(([, verb]) => usageOf(verb))];
      write(`wxop-${name}`, [
        ...section(NAME, `wxop\\-${escaped(name)} \\- ${escaped(about[lang])}`),
        ...section(SYNOPSIS, usages.map(escaped).join('\n.br\n')),
        ...section(DESCRIPTION, ...bodyOf(page, (title) => `.SH ${quoted(title)}`)),
        ...verbs.flatMap(([command, verb]) => [
          ...section(`wxop ${command}`),
          ...bodyOf(verb, (title) => `.SS ${quoted(title)}`),
        ]),
        ...seeAlso(['wxop']),
      ]);
    }

    const root = await ask('help');
    const [flags, variables, codes, { files }] = [
      await ask('help', 'flags'),
      await ask('help', 'environment'),
      await ask('help', 'exit-codes'),
      await ask('help', 'files'),
    ];
    const grouped = root.filter(({ rows }) => rows);
    write('wxop', [
      ...section(NAME, `wxop \\- ${escaped(root[0].text.replace(/[.。]$/, ''))}`),
      ...section(SYNOPSIS, escaped(usageOf(root))),
      ...section(COMMANDS, ...grouped.flatMap(({ title, rows }) => [`.SS ${quoted(title)}`, ...rows.map(row)])),
      ...section(FLAGS, ...flags.map(({ written, about }) => row({ term: written, about }))),
      ...section(
        ENVIRONMENT,
        ...variables.map(({ names, about, fallback }) =>
          row({ term: names.join('  '), about: fallback ? `${about} (${words.fallback} ${fallback})` : about }),
        ),
      ),
      ...section(EXIT_STATUS, ...codes.map(({ exitCode, means }) => row({ term: String(exitCode), about: means }))),
      ...section(FILES, ...files.map(({ path, holds }) => row({ term: `~/.config/wxop/${path}`, about: holds }))),
      ...seeAlso(groups.map(({ name }) => `wxop-${name}`)),
    ]);
  }
}
