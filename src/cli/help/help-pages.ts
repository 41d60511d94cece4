/** The help of wxop, of a noun, of a command: what it does, its usage, examples first, then the rest. */
import { en, inEach, text, zh, type Text } from '../../sentences/text.ts';
import {
  GROUPS,
  lineOf,
  type AnyCommand,
  type AnyParameter,
  type Entry,
  type Example,
  type Listed,
  type Noun,
} from '../command.ts';
import { aboutOf } from '../command-table.ts';
import { flagsOf } from '../run-command.ts';
import { GLOBAL_FLAGS } from '../global-flags.ts';
import { aboutParameter } from './about-parameter.ts';
import { examplesBlock, proseBlock, rowsBlock, type Row, type Section } from './sections.ts';

type Commands = Record<string, Entry>;

const TITLES = {
  usage: text('Usage', '用法'),
  examples: text('Examples', '示例'),
  arguments: text('Arguments', '参数'),
  flags: text('Flags', '选项'),
  commands: text('Commands', '命令'),
  global: text('Global flags', '全局选项'),
  topics: text('Topics', '专题'),
  manual: text('Manual', '手册'),
  help: text('Help', '帮助'),
};
const ROOT = text('The command line of a WeChat third-party platform operator.', '微信第三方平台服务商的命令行工具。');
const HELP_OF = text('wxop help <command>', 'wxop help <命令>');

/** A line of a list as a sentence of its own. */
const asSentence = (about: Text): Text =>
  text(
    about.en.replace(/^[a-z](?!_|\w*_)/, (first) => first.toUpperCase()) + (/[.?!]$/.test(about.en) ? '' : '.'),
    about.zh + (/[。？！]$/.test(about.zh) ? '' : '。'),
  );

const inline = (title: Text, said: Text | string): Section => ({ title, isInline: true, body: [proseBlock(said)] });
const rowsOf = (title: Text, rows: readonly Row[]): Section[] =>
  rows.length > 0 ? [{ title, body: [rowsBlock(rows)] }] : [];

const parameterRow = (parameter: AnyParameter): Row => ({ term: parameter.written, about: aboutParameter(parameter) });

/** `--lang <lang>` → `--lang`. */
const longOf = ({ written }: AnyParameter): string => /--[\w-]+/.exec(written)?.[0] ?? written;

const globalFlags = (): Section => {
  const names = Object.values(GLOBAL_FLAGS).map(longOf).join(', ');
  return inline(TITLES.global, text(en`${names}; see \`wxop help flags\``, zh`${names}；详见 \`wxop help flags\``));
};

/** Where the page is in the repository; the Chinese one is the twin of the English. */
const manualOf = (manual: string): Text => inEach((lang) => `docs/${lang === 'zh' ? 'zh/' : ''}${manual}`);

const ROOT_EXAMPLES: Example[] = [
  { line: 'wxop demo', about: text('see it work, offline, touching nothing', '离线体验，不影响任何真实数据') },
  { line: 'wxop authorize --type mp', about: text('let a merchant authorize', '请商家授权') },
  { line: 'wxop menu get 春风茶馆', about: text('work on its account', '操作其帐号') },
];

export function rootPage(commands: Commands, topics: readonly string[]): Section[] {
  const column = Math.max(...Object.keys(commands).map((name) => name.length));
  const rowsIn = (group: string): Row[] =>
    Object.entries(commands)
      .filter(([, entry]) => entry.group === group)
      .map(([term, entry]) => ({ term, about: aboutOf(entry) }));
  return [
    { body: [proseBlock(ROOT)] },
    inline(TITLES.usage, text('wxop <command> [flags]', 'wxop <命令> [选项]')),
    { title: TITLES.examples, body: [examplesBlock(ROOT_EXAMPLES)] },
    ...Object.entries(GROUPS).map(([group, title]): Section => ({
      title,
      body: [{ kind: 'rows', rows: rowsIn(group), column }],
    })),
    inline(TITLES.help, HELP_OF),
    inline(TITLES.topics, text(en`wxop help ${topics.join(' | ')}`, zh`wxop help ${topics.join(' | ')}`)),
    globalFlags(),
    inline(TITLES.manual, manualOf('commands.md')),
  ];
}

/** What `wxop` alone answers: how to begin, and the names. */
export function shortPage(commands: Commands): Section[] {
  const named = (group: string): string =>
    Object.keys(commands)
      .filter((name) => commands[name]?.group === group)
      .join(', ');
  return [
    { body: [proseBlock(ROOT)] },
    inline(TITLES.usage, text('wxop <command> [flags]', 'wxop <命令> [选项]')),
    {
      title: text('Start here', '从这里开始'),
      body: [
        rowsBlock([
          { term: 'wxop demo', about: text('see it work, offline, touching nothing', '离线体验，不影响任何真实数据') },
          { term: 'wxop init', about: text('set up your component', '配置您的第三方平台') },
          { term: 'wxop status', about: text('see whether all is well', '查看是否一切正常') },
        ]),
      ],
    },
    {
      title: TITLES.commands,
      body: [rowsBlock(Object.entries(GROUPS).map(([group, title]) => ({ term: title, about: named(group) })))],
    },
    inline(TITLES.help, text(en`wxop --help, ${HELP_OF}`, zh`wxop --help，${HELP_OF}`)),
  ];
}

/** The verbs below a first word, as a noun of their own. */
export const nounBelow = (noun: Noun, head: string): Noun => ({
  ...noun,
  about: noun.groups?.[head] ?? noun.about,
  load: undefined,
  groups: undefined,
  examples: noun.examples.filter((example) => lineOf(example).split(' ')[2] === head),
  verbs: Object.fromEntries(
    Object.entries(noun.verbs).flatMap(([verb, listed]) =>
      verb.startsWith(`${head} `) ? [[verb.slice(head.length + 1), listed]] : [],
    ),
  ),
});

export async function nounPage(name: string, noun: Noun): Promise<Section[]> {
  const heads = Object.keys(noun.groups ?? {}).map((head) => ({ term: head, about: aboutOf(nounBelow(noun, head)) }));
  const verbs = await Promise.all(
    Object.entries(noun.verbs)
      .filter(([verb]) => !verb.includes(' '))
      .map(async ([verb, { about, load }]) => {
        const operands = operandsOf((await load()).command).map(({ written }) => written);
        return { term: [verb, ...operands].join(' '), about };
      }),
  );
  const own = (await noun.load?.())?.command;
  const flags = own ? flagsOf(own) : [];
  const examples = [...(own?.examples ?? []), ...noun.examples];
  const usage = text(`wxop ${name} <command> [flags]`, `wxop ${name} <命令> [选项]`);
  return [
    { body: [proseBlock(asSentence(noun.about))] },
    inline(TITLES.usage, noun.load ? text(`wxop ${name} [flags]`, `wxop ${name} [选项]`) : usage),
    { title: TITLES.examples, body: [examplesBlock(examples)] },
    ...rowsOf(TITLES.flags, flags.map(parameterRow)),
    ...rowsOf(TITLES.commands, [...heads, ...verbs]),
    inline(TITLES.help, text(`wxop help ${name} <command>`, `wxop help ${name} <命令>`)),
    globalFlags(),
    inline(TITLES.manual, manualOf(noun.manual)),
  ];
}

export function commandPage(name: string, { about, manual }: Listed, command: AnyCommand): Section[] {
  const flags = flagsOf(command).filter(({ isHidden }) => !isHidden);
  const operands = operandsOf(command);
  return [
    { body: [proseBlock(asSentence(about))] },
    inline(TITLES.usage, usageOf(name, operands, flags)),
    { title: TITLES.examples, body: [examplesBlock(command.examples)] },
    ...rowsOf(TITLES.arguments, operands.map(parameterRow)),
    ...rowsOf(TITLES.flags, flags.map(parameterRow)),
    ...(command.notes ? [{ body: [proseBlock(command.notes)] }] : []),
    globalFlags(),
    ...(manual === undefined ? [] : [inline(TITLES.manual, manualOf(manual))]),
  ];
}

function usageOf(name: string, operands: AnyParameter[], flags: AnyParameter[]): Text {
  const needed = [...operands, ...flags.filter(({ isRequired }) => isRequired)].map(({ written }) => written);
  const before = ['wxop', name, ...needed].join(' ');
  const isOptional = flags.some(({ isRequired }) => !isRequired);
  return isOptional ? text(`${before} [flags]`, `${before} [选项]`) : text(before, before);
}

const operandsOf = (command: AnyCommand): AnyParameter[] =>
  Object.values((command.arguments ?? {}) as Record<string, AnyParameter>);

/** All that there is to say of flags: the global ones as rows. */
export const globalFlagRows = (): Row[] => [
  ...Object.values(GLOBAL_FLAGS).map(parameterRow),
  { term: '-h, --help', about: text('show the help of a command', '显示命令的帮助') },
  { term: '--version', about: text('print the version', '显示版本号') },
];
