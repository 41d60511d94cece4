/** What commander says of wrong usage, in both languages. */
import type { Command, CommanderError } from 'commander';
import { text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { knownNames } from './root-command.ts';

const USAGE_ZH: [RegExp, string][] = [
  [/^unknown option '(.+)'/, "未知选项 '$1'"],
  [/^unknown command '(.+)'/, "未知命令 '$1'"],
  [/^missing required argument '(.+)'/, "缺少参数 '$1'"],
  [/^option '(.+)' argument missing/, "选项 '$1' 缺少值"],
  [/^option '(.+)' argument '(.*)' is invalid\./, "选项 '$1' 的值 '$2' 无效。"],
  [/^command-argument value '(.*)' is invalid for argument '(.+)'\./, "参数 '$2' 的值 '$1' 无效。"],
  [/^required option '(.+)' not specified/, "缺少选项 '$1'"],
  [/^too many arguments.*/, '参数过多'],
  [/^option '(.+)' cannot be used with option '(.+)'/, "选项 '$1' 与 '$2' 不能同时使用"],
  [/ ?Write it like (.+)\./, '写法如 $1。'],
  [/ ?It must be a whole number of at least (\d+)\./, '应为不小于 $1 的整数。'],
  [/ ?Allowed choices are (.+)\./, '可选值：$1。'],
  [/ ?\(Did you mean (.+)\?\)/, '（是否想用 $1？）'],
];

/** Its hint names the help of the command that was found: the verb's, where there is one. */
export function usageError(error: CommanderError, program: Command, names: string[]): WxopError {
  const sentence = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const zh = USAGE_ZH.reduce((translated, [english, chinese]) => translated.replace(english, chinese), sentence);
  const help = `${['wxop', ...knownNames(program, names)].join(' ')} --help`;
  return new WxopError('USAGE', text(sentence, zh), { hint: text(`See \`${help}\`.`, `请查看 \`${help}\`。`) });
}
