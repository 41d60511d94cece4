/** The README and the manual say what the code does, in both directions. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES, EXIT_CODES } from '../src/sentences/error-codes.ts';
import { SETTINGS } from '../src/settings/setting-definitions.ts';
import { runWxop } from './support/world.ts';

const ROOT = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const errors = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
const manuals = [
  readme,
  ...readdirSync(join(ROOT, 'docs')).map((name) => readFileSync(join(ROOT, 'docs', name), 'utf8')),
];

/** The rows of all tables of a manual whose first cell matches. */
const rows = (manual: string, first: RegExp): string[][] =>
  manual
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([cell]) => first.test(cell ?? ''));

test('the exit codes are those of the code', () => {
  const expected = Object.entries(EXIT_CODES).map(([code, means]) => [code, means.en]);
  expect(rows(errors, /^\d+$/)).toEqual(expected);
});

test('the error codes are those of the code', () => {
  const expected = Object.entries(ERROR_CODES).map(([code, { exit, means }]) => [
    `\`${code}\``,
    String(exit),
    means.en,
  ]);
  expect(rows(errors, /^`[A-Z_]+`$/)).toEqual(expected);
});

test('the table of commands has every verb once, in the order of the help', async () => {
  const shown = rows(readme, /^`wxop /).map(([cell = '']) =>
    [...cell.matchAll(/`(?:wxop )?([^`]+)`/g)].map(([, name]) => name),
  );
  const named = shown.flatMap(([first = '', ...others]) => [
    first,
    ...others.map((verb) => `${first.split(' ')[0]} ${verb}`),
  ]);
  const verbsOf = async (...path: string[]): Promise<string[]> => {
    const { stdout } = await runWxop([...path, '--help']);
    const [, listed = ''] = /^Commands:\n((?: .*\n)+)/m.exec(stdout) ?? [];
    return [...listed.matchAll(/^ {2}(\w[\w-]*)/gm)].map(([, name = '']) => name);
  };
  const known: string[] = [];
  const commands = await verbsOf();
  for (const command of commands) {
    const verbs = await verbsOf(command);
    known.push(...(verbs.length > 0 ? verbs.map((verb) => `${command} ${verb}`) : [command]));
  }
  expect(named.toSorted()).toEqual(known.toSorted());
  expect([...new Set(named.map((name) => name.split(' ')[0]))]).toEqual(commands);
});

test('every variable that is named exists', () => {
  const known = new Set<string>(['WXOP_HOME', 'WXOP_PROFILE']);
  for (const { environment } of Object.values(SETTINGS)) known.add(environment).add(`${environment}_FILE`);
  for (const manual of manuals) {
    for (const [name] of manual.matchAll(/WXOP_[A-Z_]+[A-Z]/g)) expect([...known]).toContain(name);
  }
});

describe('every command that is shown exists, with its flags', () => {
  const shown = new Set<string>();
  for (const manual of manuals) {
    for (const [, line] of manual.matchAll(/(?:^|`|\$ |\| |\$\(|npx )(wxop [a-z][^`|>)<\n]*)/gm))
      shown.add((line ?? '').trim());
  }
  test.each([...shown].filter((line) => !line.startsWith('wxop help')))('%s', async (line) => {
    const words = line
      .replaceAll(/'[^']*'/g, 'x')
      .replaceAll(',', '')
      .split(/\s+/)
      .slice(1)
      .filter((word) => /^[a-z-]/.test(word));
    const verbs = words.filter((word) => !word.startsWith('-')).slice(0, 2);
    const known = await runWxop([...verbs.slice(0, 1), '--help']);
    expect(known.code).toBe(0);
    const isNoun = known.stdout.includes('Commands:');
    const help = isNoun && verbs.length > 1 ? await runWxop([...verbs, '--help']) : known;
    expect(help.code).toBe(0);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(help.stdout).toContain(flag.split('=')[0]);
  });
});
