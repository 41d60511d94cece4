/** `wxop` itself: the global flags, and commands found by their names. */
import { Command } from 'commander';
import { text, type Text } from '../../sentences/text.ts';
import { GLOBAL_FLAGS } from '../global-flags.ts';
import { commanderOption } from './commander-parameter.ts';

/** Prints nothing: help is not commander's, errors are said by us, and the version is what it throws `commander.version` for. */
export function rootCommand(say: (sentence: Text) => string): Command {
  const nothing = (): void => undefined;
  const root = new Command('wxop')
    .exitOverride()
    .configureOutput({ writeOut: nothing, outputError: nothing })
    .helpCommand(false)
    .helpOption(false)
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .version('', '--version', say(text('print the version', '显示版本号')));
  for (const flag of Object.values(GLOBAL_FLAGS)) root.addOption(commanderOption(flag, say));
  return root;
}

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
