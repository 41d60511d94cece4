/** Gives commander the commands that are data, and takes from it what was typed. */
import type { Command as CommanderCommand } from 'commander';
import type { Text } from '../../sentences/text.ts';
import { aboutOf } from '../command-table.ts';
import { verbIn, type AnyCommand, type AnyParameter, type Entry, type Listed, type Noun } from '../command.ts';
import { flagsOf } from '../run-command.ts';
import { commanderArgument, commanderOption } from './commander-parameter.ts';

/** What a tree of commands is made with. */
interface TreeOptions {
  commands: Record<string, Entry>;
  say: (sentence: Text) => string;
  /** Gets the command that was typed, its flags, and both flags and arguments. */
  take: (command: AnyCommand, flags: Record<string, unknown>, given: Record<string, unknown>) => void;
}

/** All of them, so that a misspelt one has suggestions; only the wanted one is loaded. */
export async function declareCommands(
  program: CommanderCommand,
  [wanted, ...words]: readonly string[],
  options: TreeOptions,
): Promise<void> {
  for (const [name, entry] of Object.entries(options.commands)) {
    if (name !== wanted) program.command(name).description(options.say(aboutOf(entry)));
    else if ('verbs' in entry) await declareNoun(program, name, entry, { ...options, words });
    else await declareCommand(program, name, entry, options);
  }
  for (const command of program.commands) command.helpCommand(false);
}

/** Declares a noun; of its verbs only the one that was typed is loaded, unless it is not known which. */
async function declareNoun(
  program: CommanderCommand,
  name: string,
  noun: Noun,
  { words, ...options }: TreeOptions & { words: readonly string[] },
): Promise<void> {
  const { about, load, groups = {} } = noun;
  const verb = verbIn(noun, words);
  // With a verb, the flags of the noun itself mean nothing.
  const parent =
    load && verb === undefined
      ? await declareCommand(program, name, { about, load }, options)
      : program.command(name).description(options.say(about));
  const heads = new Map(
    Object.entries(groups).map(([head, of]) => [head, parent.command(head).description(options.say(of))]),
  );
  for (const [each, listed] of Object.entries(noun.verbs)) {
    const [head = '', below] = each.split(' ');
    const [under, last] = below === undefined ? [parent, head] : [heads.get(head) ?? parent, below];
    if (verb !== undefined && each !== verb) under.command(last).description(options.say(listed.about));
    else await declareCommand(under, last, listed, options);
  }
}

async function declareCommand(
  parent: CommanderCommand,
  name: string,
  { about, load }: Listed,
  { say, take }: Pick<TreeOptions, 'say' | 'take'>,
): Promise<CommanderCommand> {
  const { command } = await load();
  const declared = parent.command(name).description(say(about));
  const operands = Object.entries((command.arguments ?? {}) as Record<string, AnyParameter>);
  for (const [, parameter] of operands) declared.addArgument(commanderArgument(parameter, say));
  for (const parameter of flagsOf(command)) declared.addOption(commanderOption(parameter, say));
  declared.action((...typed: unknown[]) => {
    const flags = declared.optsWithGlobals<Record<string, unknown>>();
    const named = Object.fromEntries(operands.map(([operand], index) => [operand, typed[index]]));
    take(command, flags, { ...flags, ...named });
  });
  return declared;
}
