/** Tells commander's usage errors in both languages, by their codes; the name that each is about comes from its message. */
import type { Command, CommanderError } from 'commander';
import { closestName } from '../../sentences/closest-name.ts';
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { TOPICS } from '../help/topics.ts';
import { commandOf, knownNames } from './root-command.ts';

const SENTENCES: Record<string, (name: string) => Text> = {
  'commander.unknownOption': (name) => text(`unknown option '${name}'`, `未知选项 '${name}'`),
  'commander.unknownCommand': (name) => text(`unknown command '${name}'`, `未知命令 '${name}'`),
  'commander.missingArgument': (name) => text(`missing required argument '${name}'`, `缺少参数 '${name}'`),
  'commander.optionMissingArgument': (name) => text(`option '${name}' argument missing`, `选项 '${name}' 缺少值`),
  'commander.missingMandatoryOptionValue': (name) => text(`option '${name}' is missing`, `缺少选项 '${name}'`),
  'commander.conflictingOption': (name) =>
    text(`option '${name}' excludes another one`, `选项 '${name}' 与其他选项冲突`),
  'commander.excessArguments': () => text('too many arguments', '参数过多'),
};

/** `isQuestion`: of `wxop help`, which knows topics too. Its hint names the help of the command that was found: the verb's, where there is one. */
export function usageError(
  { code, message }: CommanderError,
  program: Command,
  names: string[],
  { isQuestion = false } = {},
): WxopError {
  const known = knownNames(program, names);
  const name = /'([^']*)'/.exec(message)?.[1] ?? '';
  const sentence = SENTENCES[code]?.(name) ?? text(message, message);
  const meant = closestName(name, [
    ...namesLike(code, commandOf(program, known) ?? program),
    ...(isQuestion && known.length === 0 ? Object.keys(TOPICS) : []),
  ]);
  return new WxopError('USAGE', meant ? withSuggestion(sentence, meant) : sentence, {
    hint: code === 'commander.excessArguments' ? quoteNames(known) : seeHelp(known),
  });
}

/** The same for a value that was refused where it was read; `names`: of the command. */
export const valueError = (error: WxopError, names: string[]): WxopError =>
  new WxopError('USAGE', error.text, { hint: error.hint ?? seeHelp(names) });

const seeHelp = (names: string[]): Text => {
  const help = `${['wxop', ...names].join(' ')} --help`;
  return text(`See \`${help}\`.`, `请查看 \`${help}\`。`);
};

const quoteNames = (names: string[]): Text => {
  const help = seeHelp(names);
  return text(en`A name with blanks needs quotes. ${help}`, zh`含空格的名称须加引号。${help}`);
};

/** What could have been meant. */
function namesLike(code: string, command: Command): string[] {
  if (code === 'commander.unknownCommand') return command.commands.map((below) => below.name());
  if (code !== 'commander.unknownOption') return [];
  const flags = command.options.flatMap(({ long }) => long ?? []);
  return command.parent ? [...flags, ...namesLike(code, command.parent)] : flags;
}

const withSuggestion = (sentence: Text, meant: string): Text =>
  text(en`${sentence} (Did you mean ${meant}?)`, zh`${sentence}（是否想用 ${meant}？）`);
