/** Arguments and flags as commander takes them. */
import { Argument, Option } from 'commander';
import type { Text } from '../../sentences/text.ts';
import type { AnyParameter } from '../command.ts';
import { readValue } from '../read-value.ts';

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
  (parameter: AnyParameter) =>
  (typed: string, before: unknown): unknown =>
    readValue(parameter, typed, before);
