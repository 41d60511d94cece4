/** The tests beside this one begin with the number of the statement that they prove. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('every one of the 22 statements of a good command-line tool has a test', () => {
  const tests = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'));
  const titles = tests.flatMap((file) =>
    [...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/['"`](\d+)\. \S/g)].map(([, number]) =>
      Number(number),
    ),
  );
  expect([...new Set(titles)].sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
});
