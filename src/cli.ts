/** Builds the command tree, runs it, and turns any failure into one message and one exit code. */
import type { Runtime } from './runtime/runtime.ts';

/** Runs wxop once. Resolves with the exit code and never rejects. */
export async function run(runtime: Runtime): Promise<number> {
  // The commonest thing that scripts ask of a tool needs none of it.
  if (runtime.argv.length === 1 && runtime.argv[0] === '--version') {
    runtime.stdout.write(`${runtime.version}\n`);
    return 0;
  }
  const { runProgram } = await import('./cli/run-program.ts');
  return runProgram(runtime, run);
}
