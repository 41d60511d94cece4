/** Builds the command tree, runs it, and turns any failure into one message and one exit code. */
import type { World } from './runtime/runtime.ts';

/** Runs wxop once. Resolves with the exit code and never rejects. */
export async function run(world: World): Promise<number> {
  // The commonest thing that scripts ask of a tool needs none of it.
  if (world.argv.length === 1 && world.argv[0] === '--version') {
    world.stdout.write(`${world.version}\n`);
    return 0;
  }
  const { runProgram } = await import('./cli/run-program.ts');
  return runProgram(world, run);
}
