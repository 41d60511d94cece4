import type { ErrorJson } from '../../src/sentences/wxop-error.ts';

/** The one error line that ends stderr with --json. */
export function errorOf({ stderr }: { stderr: string }): ErrorJson['error'] {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  return (JSON.parse(line) as ErrorJson).error;
}
