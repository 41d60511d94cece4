/** `wxop` itself: the global flags, how help looks, and commands found by their names. */
import { Command, Help } from 'commander';
import { commanderOption } from './commander-parameter.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import type { TreeOptions } from './declare-command.ts';
import { inEach, text, type Lang, type Text } from '../sentences/text.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What help knows beside commands. */
export const TOPIC_NAMES = ['environment', 'exit-codes', 'errors'];

/** `terminal` is made when there is something to print. */
export function rootCommand(
  { version }: Pick<Runtime, 'version'>,
  lang: Lang,
  say: (sentence: Text) => string,
  terminal: () => Terminal,
): Command {
  const zh = lang === 'zh';
  const titles: Record<string, string> = zh
    ? {
        'Usage:': '用法：',
        'Options:': '选项：',
        'Commands:': '命令：',
        'Arguments:': '参数：',
        'Global Options:': '全局选项：',
      }
    : {};
  const root = new Command('wxop')
    .description(
      say(text('The command line of a WeChat third-party platform operator.', '微信第三方平台服务商的命令行工具。')),
    )
    .exitOverride()
    .configureOutput({
      writeOut: (output) => terminal().reveal(output),
      writeErr: (output) => terminal().note(inEach(() => output.replace(/\n$/, ''))),
      // Said by us, in both languages and in JSON.
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({
      helpWidth: 80,
      showGlobalOptions: true,
      styleTitle: (title) => titles[title] ?? title,
      // A Chinese colon takes no blank after it.
      formatHelp: (command, help) => Help.prototype.formatHelp.call(help, command, help).replace(/^用法： /, '用法：'),
      // Chinese counts two columns; commander counts one.
      displayWidth: (line) => line.length + (line.match(/[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]/g)?.length ?? 0),
      argumentDescription: ({ description }) => description,
      optionDescription: ({ description }) => description,
    })
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .helpOption('-h, --help', say(text('show this help', '显示帮助')))
    .version(version, '--version', say(text('print the version', '显示版本号')))
    .addHelpText('after', ({ command }) =>
      command.parent === null
        ? `
${say(text('Start here:', '从这里开始：'))}
  wxop demo                 ${say(text('see it work, offline, touching nothing', '离线体验，不影响任何真实数据'))}
  wxop init                 ${say(text('set up your component', '配置您的第三方平台'))}

wxop help <command>  ·  wxop help ${TOPIC_NAMES.join(' | ')}`
        : '',
    );
  for (const flag of Object.values(GLOBAL_FLAGS)) root.addOption(commanderOption(flag, say));
  return root;
}

export const examplesIn =
  (say: (sentence: Text) => string): TreeOptions['examples'] =>
  (command, ...lines) =>
    command.addHelpText(
      'after',
      `\n${say(text('Examples:', '示例：'))}\n${lines.map((line) => `  $ ${line}`).join('\n')}`,
    );

/** Those of the names that lead to a command: `token get` of `token get wx…`. */
export function knownNames(program: Command, names: string[]): string[] {
  const end = names.findIndex((_, index) => !commandOf(program, names.slice(0, index + 1)));
  return end < 0 ? names : names.slice(0, end);
}

export const commandOf = (program: Command, names: string[]): Command | undefined =>
  names.reduce<Command | undefined>(
    (command, name) => command?.commands.find((candidate) => candidate.name() === name),
    program,
  );
