/** How a command declares itself to the tree: flags, help and examples in `declare`, work in what it hands to `action`. */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import type { Text } from '../sentences/text.ts';

/** What the tree gives to a command file's `declare`. */
export interface Declaring {
  say: (sentence: Text) => string;
  /** `run` gets the context, the options and the arguments, in this order; it may return an exit code. */
  action: <Options, Operands extends unknown[]>(
    run: (context: Context, options: Options, ...operands: Operands) => Promise<number | void> | number | void,
  ) => (...commanderArguments: unknown[]) => Promise<void>;
  /** Adds the examples that every help ends with. */
  examples: (command: Command, ...lines: string[]) => Command;
}
