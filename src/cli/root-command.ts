/** `wxop` itself: the global flags, and commands found by their names. */
import { Command } from 'commander';
import { commanderOption } from './commander-parameter.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { text, type Text } from '../sentences/text.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Help is not commander's: see help/show-help.ts. `terminal` is made when there is something to print. */
export function rootCommand(
  { version }: Pick<Runtime, 'version'>,
  say: (sentence: Text) => string,
  terminal: () => Terminal,
): Command {
  const root = new Command('wxop')
    .exitOverride()
    .configureOutput({
      writeOut: (output) => terminal().reveal(output),
      // Said by us, in both languages and in JSON.
      outputError: () => undefined,
    })
    .helpCommand(false)
    .helpOption(false)
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .version(version, '--version', say(text('print the version', '显示版本号')));
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
