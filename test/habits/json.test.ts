/** Statements 2 and 6 of what a good command-line tool does: JSON that scripts can rely on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { lazy } from '../../src/runtime/lazy.ts';
import { runEverything, type JsonRun } from '../support/json-world.ts';
import { runWxop } from '../support/world.ts';

const SCHEMAS = resolve(import.meta.dirname, '../../schema');
const names = readdirSync(SCHEMAS).map((file) => file.replace('.json', ''));
/** What is no command's: what several share, and the line on stderr. */
const NO_COMMANDS = ['defs', 'error'];

function openSchemas(): (name: string) => ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/ },
    allowUnionTypes: true,
  });
  for (const name of names)
    ajv.addSchema(JSON.parse(readFileSync(join(SCHEMAS, `${name}.json`), 'utf8')) as object, `${name}.json`);
  return (name) => ajv.getSchema(`${name}.json`) as ValidateFunction;
}

/** Once, by the first test that asks. */
const everything = lazy(runEverything);
const schemaOf = openSchemas();
/** The longest name of a command that a run begins with. */
const nameOf = ({ argv }: JsonRun): string =>
  [argv.slice(0, 2).join('-'), argv[0] ?? ''].find((name) => names.includes(name)) ?? '';
const documentsIn = ({ stdout }: JsonRun, isLines: boolean): unknown[] =>
  (isLines ? stdout.split('\n').filter(Boolean) : [stdout])
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(part) as unknown);

/** The end of the list: of the kinds that a line may be, the others come first or say only that the type differs. */
const errorsIn = ({ errors }: ValidateFunction): string =>
  (errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .slice(-12)
    .join('\n');

describe('2. With --json', () => {
  const commandsOf = async (): Promise<{ output: string; schema: string }[]> =>
    (JSON.parse((await runWxop(['map', '--json'])).stdout) as { commands: { output: string; schema: string }[] })
      .commands;

  it('every command has a schema, which `wxop map` names, and no schema is without a command', async () => {
    const commands = await commandsOf();
    expect(commands.map(({ schema }) => schema).toSorted()).toEqual(
      names
        .filter((name) => !NO_COMMANDS.includes(name))
        .map((name) => `schema/${name}.json`)
        .toSorted(),
    );
  });

  it(
    'every command prints what its schema says, and each schema was seen to hold for something',
    { timeout: 120_000 },
    async () => {
      const [{ runs }, commands] = [await everything(), await commandsOf()];
      const used = new Set<string>();
      const wrong: [command: string, errors: string, document: unknown][] = [];
      for (const run of runs) {
        const name = nameOf(run);
        const isLines = commands.some(({ schema, output }) => schema === `schema/${name}.json` && output === 'lines');
        for (const document of documentsIn(run, isLines)) {
          const validate = schemaOf(name);
          if (!validate(document)) wrong.push([run.argv.join(' '), errorsIn(validate), document]);
          used.add(name);
        }
      }
      expect(wrong).toEqual([]);
      expect(names.filter((name) => !used.has(name))).toEqual(NO_COMMANDS);
    },
  );

  it('a failure is one line of JSON, the last of stderr', { timeout: 120_000 }, async () => {
    const { runs } = await everything();
    const failed = runs.filter(({ code }) => code !== 0);
    expect(failed.length).toBeGreaterThan(8);
    for (const { argv, stderr } of failed) {
      const validate = schemaOf('error');
      const line: unknown = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
      expect([argv, validate(line), validate.errors]).toEqual([argv, true, null]);
    }
  });
});
