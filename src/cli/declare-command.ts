/** Gives commander the commands that are data, and the work to it when one was typed. */
import type { Command as CommanderCommand } from 'commander';
import { text, type Text } from '../sentences/text.ts';
import { parameter, verbIn, type AnyCommand, type AnyParameter, type Listed, type Noun } from './command.ts';
import { commanderArgument, commanderOption } from './commander-parameter.ts';
import type { Context } from './context.ts';

/** What a tree of commands is made with. */
export interface TreeOptions {
  say: (sentence: Text) => string;
  /** Runs what was typed, in a context made from the flags. */
  perform: (
    flags: Record<string, unknown>,
    work: (context: Context) => Promise<number | void>,
    output: AnyCommand['output'],
  ) => Promise<void>;
}

/** Declares a noun; of its verbs only the one that was typed is loaded, unless it is not known which. */
export async function declareNoun(
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

export async function declareCommand(
  parent: CommanderCommand,
  name: string,
  { about, load }: Listed,
  { say, perform }: TreeOptions,
): Promise<CommanderCommand> {
  const { command } = await load();
  const declared = parent.command(name).description(say(about));
  const operands = Object.entries((command.arguments ?? {}) as Record<string, AnyParameter>);
  for (const [, parameter] of operands) declared.addArgument(commanderArgument(parameter, say));
  for (const parameter of flagsOf(command)) declared.addOption(commanderOption(parameter, say));
  declared.action(async (...typed: unknown[]) => {
    const flags = declared.optsWithGlobals<Record<string, unknown>>();
    const given = { ...flags, ...Object.fromEntries(operands.map(([operand], index) => [operand, typed[index]])) };
    await perform(flags, (context) => runCommand(context, command, given), command.output);
  });
  return declared;
}

/** Of every command that asks only on a profile with the production mark. */
const YES_ON_PRODUCTION = parameter('--yes', text('do not ask on a production profile', '生产环境配置也不再确认'));

/** The flags of a command in the order of its help, the one included that its risk brings. */
export const flagsOf = ({ flags = {}, risk }: AnyCommand): AnyParameter[] => [
  ...Object.values(flags as Record<string, AnyParameter>),
  ...(risk === 'production' ? [YES_ON_PRODUCTION] : []),
];

async function runCommand(
  context: Context,
  command: AnyCommand,
  given: Record<string, unknown>,
): Promise<number | void> {
  if (command.risk !== 'production') return command.run(context, given);
  const { question, profile, run } =
    'prepare' in command
      ? await command.prepare(context, given)
      : { question: command.question(given, context), run: () => command.run(context, given) };
  if (question) {
    const { confirmInProduction } = await import('../commands/confirm.ts');
    if (!(await confirmInProduction(context, given, question, profile))) return;
  }
  return run();
}
