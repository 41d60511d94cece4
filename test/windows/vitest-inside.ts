/** As much of vitest as the store's contract uses, in plain JavaScript: it runs where vitest's native parts do not. */
import { chai, JestAsymmetricMatchers, JestChaiExpect } from '@vitest/expect';
import { format } from 'node:util';

type Body = () => unknown;

interface Test {
  title: string;
  body: Body;
}

const tests: Test[] = [];
const titles: string[] = [];
const ends: Body[] = [];

chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

export const expect = (value: unknown, message?: string): Chai.Assertion => chai.expect(value, message);

export function describe(title: string, body: () => void): void {
  titles.push(title);
  body();
  titles.pop();
}

const declare = (title: string, body: Body): void => void tests.push({ title: [...titles, title].join(' › '), body });

export const it = Object.assign(declare, {
  each:
    <Row>(rows: readonly Row[]) =>
    (title: string, body: (row: Row) => unknown): void =>
      rows.forEach((row) => declare(format(title, row), () => body(row))),
});

export const onTestFinished = (body: Body): void => void ends.push(body);

/** Runs what was declared, one after the other, and gives what each ended with. */
export async function runDeclared(): Promise<{ title: string; failure?: string }[]> {
  const results: { title: string; failure?: string }[] = [];
  for (const { title, body } of tests) {
    const failures: string[] = [];
    const run = (part: Body): Promise<unknown> =>
      Promise.resolve()
        .then(part)
        .catch((error: Error) => failures.push(error.stack ?? error.message));
    await run(body);
    for (const end of ends.splice(0)) await run(end);
    results.push({ title, ...(failures.length > 0 && { failure: failures.join('\n') }) });
  }
  return results;
}
