/** What a command line asks for, whoever reads it. */
import type { AnyCommand, Entry } from './command.ts';

/** Values by the names of flags. */
type Flags = Record<string, unknown>;

export interface TypedCommand {
  asks: 'work';
  /** `token get` */
  names: string[];
  command: AnyCommand;
  /** The command's and the global ones, which go first. */
  flags: Flags;
  /** Flags and arguments. */
  given: Record<string, unknown>;
  globals: Flags;
  /** `--json=a,b` */
  fields?: string[];
}

export interface TypedQuestion {
  asks: 'help';
  /** `wxop help x`, `wxop x --help`, or a command line that ends too early. */
  asked: 'with help' | 'with --help' | 'not';
  names: string[];
  globals: Flags;
}

export type TypedLine = TypedCommand | TypedQuestion | { asks: 'version' };

export const HELP_FLAGS: readonly string[] = ['--help', '-h'];

/** `wxop` alone, or `wxop token` without a verb. */
export function isIncompleteLine([name, ...words]: readonly string[], commands: Record<string, Entry>): boolean {
  if (name === undefined) return true;
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined || !('verbs' in entry)) return false;
  const [head, below] = words;
  return head === undefined ? !entry.load : below === undefined && Object.hasOwn(entry.groups ?? {}, head);
}

/** `--json=a,b`, or a word with a comma after `--json`. */
export const mayHaveFields = (words: readonly string[]): boolean =>
  words.some(
    (word, index) => word.startsWith('--json=') || (word === '--json' && words[index + 1]?.includes(',') === true),
  );
