/** Arguments and flags as commander takes them; errors come in both languages. */
import { Argument, Option } from 'commander';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { isError, WxopError } from '../sentences/wxop-error.ts';
import type { AnyParameter } from './command.ts';

export function commanderArgument(parameter: AnyParameter, say: (sentence: Text) => string): Argument {
  const { written, about, choices, parse } = parameter;
  const fallback: unknown = parameter.fallback;
  const argument = new Argument(written, say(about));
  if (choices) argument.argChoices = [...choices];
  if (choices || parse) argument.argParser(parserOf(parameter));
  return fallback === undefined ? argument : argument.default(fallback);
}

export function commanderOption(parameter: AnyParameter, say: (sentence: Text) => string): Option {
  const { written, about, choices, parse } = parameter;
  const fallback: unknown = parameter.fallback;
  const { isHidden = false, isRequired = false } = parameter;
  const option = new Option(written, say(about)).hideHelp(isHidden).makeOptionMandatory(isRequired);
  if (choices) option.argChoices = [...choices];
  if (choices || parse) option.argParser(parserOf(parameter));
  return fallback === undefined ? option : option.default(fallback);
}

/** commander's own parsers know one language only. */
const parserOf =
  ({ written, choices, parse }: AnyParameter) =>
  (typed: string, before: unknown): unknown => {
    if (choices && !choices.includes(typed)) throw invalidValue(written, typed, oneOf(choices));
    if (/\.\.\.[\]>]$/.test(written)) return [...((before as string[] | undefined) ?? []), typed];
    try {
      return parse ? (parse(typed, before) as unknown) : typed;
    } catch (error) {
      throw isError(error, 'USAGE') ? invalidValue(written, typed, error.text) : error;
    }
  };

const oneOf = (choices: readonly string[]): Text =>
  text(`Choose one of ${choices.join(', ')}.`, `可选值：${choices.join('、')}。`);

/** A value that cannot be read: `written` is the flag or argument as help shows it. */
const invalidValue = (written: string, typed: string, expected: Text): WxopError => {
  const [kind, kindZh] = written.startsWith('-') ? ['option', '选项'] : ['argument', '参数'];
  return new WxopError(
    'USAGE',
    text(
      en`${kind} '${written}' cannot be '${typed}'. ${expected}`,
      zh`${kindZh} '${written}' 的值 '${typed}' 无效。${expected}`,
    ),
  );
};
