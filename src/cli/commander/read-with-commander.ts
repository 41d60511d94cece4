/** Reads a command line in any form, and says what is wrong with it where something is. */
import { CommanderError } from 'commander';
import type { Text } from '../../sentences/text.ts';
import { isError } from '../../sentences/wxop-error.ts';
import type { Entry } from '../command.ts';
import type { Asked } from '../json-fields.ts';
import { HELP_FLAGS, isIncompleteLine, mayHaveFields, type TypedLine } from '../typed-line.ts';
import { declareCommands } from './declare-command.ts';
import { knownNames, rootCommand } from './root-command.ts';
import { usageError, valueError } from './usage-error.ts';

interface ReaderOptions {
  commands: Record<string, Entry>;
  say: (sentence: Text) => string;
  /** Help was asked for, and there is none of these names. */
  isHelpless?: boolean;
}

/** Throws USAGE. */
export async function readWithCommander(typed: string[], options: ReaderOptions): Promise<TypedLine> {
  const { commands, say, isHelpless = false } = options;
  const program = rootCommand(say);
  let argv = typed;
  let names: string[] = [];
  let isQuestion = false;
  try {
    // A global flag without its value, or --version, ends here already.
    const taken = await takeFields(typed, (rest) => program.parseOptions(rest).operands);
    argv = taken.argv;
    const { operands, unknown } = program.parseOptions(argv);
    isQuestion = operands[0] === 'help';
    names = isQuestion ? operands.slice(1) : operands;
    const asksHelp = isQuestion || HELP_FLAGS.some((flag) => unknown.includes(flag));
    const isIncomplete = unknown.length === 0 && isIncompleteLine(names, commands);
    if (!isHelpless && (asksHelp || isIncomplete)) {
      const asked = isQuestion ? 'with help' : asksHelp ? 'with --help' : 'not';
      return { asks: 'help', asked, names, globals: program.opts() };
    }
    let line: TypedLine | undefined;
    await declareCommands(program, names, {
      commands,
      say,
      take: (command, flags, given) => {
        const { fields } = taken;
        line = {
          asks: 'work',
          names: knownNames(program, names),
          command,
          flags,
          given,
          globals: program.opts(),
          fields,
        };
      },
    });
    // A name that leads nowhere is an error as everywhere, not the help of the level above.
    await program.parseAsync(asksHelp ? names : argv, { from: 'user' });
    if (!line) throw new Error('commander has run no command');
    return line;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.code === 'commander.version') return { asks: 'version' };
    if (program.commands.length === 0) {
      names = namesBeside(argv, say);
      await declareCommands(program, names, { commands, say, take: () => undefined });
    }
    const known = knownNames(program, names);
    if (isError(thrown, 'USAGE')) throw valueError(thrown, known);
    if (!(thrown instanceof CommanderError)) throw thrown;
    const again = await withField(thrown, argv, known);
    if (again) return readWithCommander(again, options);
    throw usageError(thrown, program, names, { isQuestion });
  }
}

/** The names in a line whose global flags cannot be read. */
function namesBeside(argv: string[], say: ReaderOptions['say']): string[] {
  const program = rootCommand(say);
  for (const option of program.options) option.parseArg = undefined;
  // The last word may be a flag without its value.
  const { operands } = program.parseOptions([...argv.filter((word) => word !== '--version'), '']);
  return operands[0] === 'help' ? operands.slice(1) : operands;
}

/** The fields are no words for commander: its flags take a value always, or never. */
async function takeFields(argv: string[], operandsOf: (argv: string[]) => string[]): Promise<Asked> {
  return mayHaveFields(argv) ? (await import('../json-fields.ts')).takeFields(argv, operandsOf) : { argv };
}

/** The command line with the word after `--json` as a field, where that word was one argument too many. */
async function withField({ code }: CommanderError, argv: string[], names: string[]): Promise<string[] | undefined> {
  if (code !== 'commander.excessArguments' || !argv.includes('--json')) return undefined;
  return (await import('../json-fields.ts')).asField(argv, names);
}
