/** Gives commander the commands that are data, and the work to it when one was typed. */
import type { Command as CommanderCommand } from 'commander';
import { text, type Text } from '../sentences/text.ts';
import { parameter, type AnyCommand, type AnyParameter, type Listed, type Noun } from './command.ts';
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
  { verb, ...options }: TreeOptions & { verb?: string },
): Promise<void> {
  const parent = program.command(name).description(options.say(noun.about));
  const isKnown = verb !== undefined && Object.hasOwn(noun.verbs, verb);
  for (const [each, listed] of Object.entries(noun.verbs)) {
    if (isKnown && each !== verb) parent.command(each).description(options.say(listed.about));
    else await declareCommand(parent, each, listed, options);
  }
}

export async function declareCommand(
  parent: CommanderCommand,
  name: string,
  { about, load }: Listed,
  { say, perform }: TreeOptions,
): Promise<void> {
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
