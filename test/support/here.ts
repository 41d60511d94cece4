/** Runs the command, mostly without a process of its own. */
import { wxop, type Environment, type Finished } from './processes.ts';
import { runWxop } from './world.ts';

const seen = new Set<string>();

/**
 * Runs the command to its end: the first of each kind in a file is the built one, the others run in this process, which costs a
 * fortieth. `npm run check:long -- scenarios` runs all of them in processes.
 */
export async function here(argv: string[], environment: Environment = {}, stdin?: string): Promise<Finished> {
  const [, words = ''] = /^((?:[a-z-]+ )(?:[a-z-]+(?= ))?)/.exec(`${argv.join(' ')} `) ?? [];
  const isNew = !seen.has(words);
  seen.add(words);
  const isForNode = Object.keys(environment).some((name) => name.startsWith('NODE_'));
  return isNew || isForNode || process.env.WXOP_TEST_PROCESSES
    ? wxop(argv, environment, stdin)
    : runWxop(argv, { environment, stdin, isOfMachine: true });
}
