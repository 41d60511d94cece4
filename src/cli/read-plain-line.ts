/**
 * Reads a command line in the form in which most are typed, from what the commands are declared with. Loading commander
 * and building its tree takes longer than many a command; it reads all other forms, and says what is wrong.
 */
import { verbIn, type AnyCommand, type AnyParameter, type Entry } from './command.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { readValue } from './read-value.ts';
import { flagsOf } from './run-command.ts';
import { HELP_FLAGS, isIncompleteLine, mayHaveFields, type TypedLine, type TypedQuestion } from './typed-line.ts';

interface Flag {
  parameter: AnyParameter;
  /** As commander calls it: `minTtl` of `--min-ttl <duration>`, and `wait` of `--no-wait`. */
  key: string;
  words: string[];
  isNegated: boolean;
  takesValue: boolean;
}

/** `-o, --output <file>`, `--all`: what takes the next word, or none. */
const PLAIN_FLAG = /^(?:(-\w), )?(--(no-)?([\w-]+))( <[^.>]+>)?$/;
/** `<file>`, `[file]`: one word. */
const PLAIN_ARGUMENT = /^(?:<[^.>]+>|\[[^.\]]+\])$/;

/** Undefined for every other form, and for whatever is wrong. */
export async function readPlainLine(
  words: readonly string[],
  commands: Record<string, Entry>,
): Promise<TypedLine | undefined> {
  try {
    if (mayHaveFields(words)) return undefined;
    return questionIn(words, commands) ?? (await commandIn(words, commands));
  } catch {
    // A value that cannot be read, for example.
    return undefined;
  }
}

function questionIn(words: readonly string[], commands: Record<string, Entry>): TypedQuestion | undefined {
  const isQuestion = words[0] === 'help';
  const asksHelp = HELP_FLAGS.includes(words.at(-1) ?? '');
  const flags = Object.values(GLOBAL_FLAGS).map(flagOf);
  const read = readWords(words.slice(isQuestion ? 1 : 0, asksHelp ? -1 : undefined), flags);
  if (!read || !(isQuestion || asksHelp || isIncompleteLine(read.operands, commands))) return undefined;
  const asked = isQuestion ? 'with help' : asksHelp ? 'with --help' : 'not';
  return { asks: 'help', asked, names: read.operands, globals: valuesOf(flags, read.typed) };
}

async function commandIn(words: readonly string[], commands: Record<string, Entry>): Promise<TypedLine | undefined> {
  const [name = '', ...after] = words;
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) return undefined;
  const verb = 'verbs' in entry ? verbIn(entry, after) : undefined;
  const listed = 'verbs' in entry && verb !== undefined ? entry.verbs[verb] : entry;
  if (!listed?.load) return undefined;
  const names = verb === undefined ? [name] : [name, ...verb.split(' ')];
  const { command } = await listed.load();
  const own = flagsOf(command).map(flagOf);
  const global = Object.values(GLOBAL_FLAGS).map(flagOf);
  const read = readWords(words.slice(names.length), [...own, ...global]);
  if (!read || own.some((flag) => flag.parameter.isRequired && !read.typed.has(flag))) return undefined;
  const operands = operandsOf(command, read.operands);
  if (!operands) return undefined;
  const globals = valuesOf(global, read.typed);
  const flags = { ...valuesOf(own, read.typed), ...globals };
  return { asks: 'work', names, command, flags, given: { ...flags, ...operands }, globals };
}

/** Throws for a flag of another form. */
function flagOf(parameter: AnyParameter): Flag {
  const [, short, long, no, name, value] = PLAIN_FLAG.exec(parameter.written) ?? [];
  if (long === undefined || name === undefined) throw new Error(parameter.written);
  return {
    parameter,
    key: name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    words: short === undefined ? [long] : [short, long],
    isNegated: no !== undefined,
    takesValue: value !== undefined,
  };
}

interface Read {
  operands: string[];
  typed: Map<Flag, unknown>;
}

/** Of flags with the same name the last one counts: a global one hides a command's own. */
function readWords(words: readonly string[], flags: readonly Flag[]): Read | undefined {
  const known = new Map(flags.flatMap((flag) => flag.words.map((word) => [word, flag])));
  const read: Read = { operands: [], typed: new Map() };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!looksLikeFlag(word)) {
      read.operands.push(word);
      continue;
    }
    const flag = known.get(word);
    if (!flag || read.typed.has(flag)) return undefined;
    const { parameter, takesValue, isNegated } = flag;
    const value = takesValue ? words[++at] : '';
    if (value === undefined || looksLikeFlag(value)) return undefined;
    read.typed.set(flag, takesValue ? readValue(parameter, value, parameter.fallback) : !isNegated);
  }
  return read;
}

const looksLikeFlag = (word: string): boolean => word.length > 1 && word.startsWith('-');

/** What was typed of these flags, over their defaults. */
function valuesOf(flags: readonly Flag[], typed: Map<Flag, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const declared = new Set<string>();
  for (const { key, isNegated, parameter } of flags) {
    const fallback: unknown = parameter.fallback ?? (isNegated && !declared.has(key) ? true : undefined);
    if (fallback !== undefined) values[key] = fallback;
    declared.add(key);
  }
  for (const [flag, value] of typed) if (flags.includes(flag)) values[flag.key] = value;
  return values;
}

/** The arguments by their names; undefined where there are too few, or too many. */
function operandsOf(command: AnyCommand, typed: readonly string[]): Record<string, unknown> | undefined {
  const operands = Object.entries((command.arguments ?? {}) as Record<string, AnyParameter>);
  const needed = operands.filter(([, { written }]) => written.startsWith('<')).length;
  if (typed.length < needed || typed.length > operands.length) return undefined;
  if (!operands.every(([, { written }]) => PLAIN_ARGUMENT.test(written))) return undefined;
  return Object.fromEntries(
    operands.map(([name, parameter], index) => {
      const word = typed[index];
      return [name, word === undefined ? parameter.fallback : readValue(parameter, word, parameter.fallback)];
    }),
  );
}
