import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWithCommander } from '../../src/cli/commander/read-with-commander.ts';
import { listedIn, type AnyParameter } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { GLOBAL_FLAGS } from '../../src/cli/global-flags.ts';
import { readPlainLine } from '../../src/cli/read-plain-line.ts';
import { flagsOf } from '../../src/cli/run-command.ts';

const names = Object.entries(COMMANDS).flatMap(([name, entry]) => listedIn(name, entry));
const commands = await Promise.all(names.map(async ([name, { load }]) => ({ name, command: (await load()).command })));

const say = ({ en }: { en: string }): string => en;
const asRead = async (words: string[]): Promise<unknown> => {
  try {
    return await readWithCommander(words, { commands: COMMANDS, say });
  } catch (error) {
    return error;
  }
};

/** All ways in which a flag may be typed, right and wrong. */
const typedFlag = ({ written, choices = [] }: AnyParameter): string[][] => {
  const [, short, long = ''] = /^(?:(-\w), )?(--[\w-]+)/.exec(written) ?? [];
  const values = [...choices, '5', '10m', 'wx0123456789abcdef', 'file', '@x', '', '-', '-1', '--json'];
  return [
    [long],
    ...(short === undefined ? [] : [[short], [short, 'x'], [`${short}x`]]),
    ...values.flatMap((value) => [[long, value], [`${long}=${value}`]]),
  ];
};
const GLOBAL_WORDS = Object.values(GLOBAL_FLAGS).flatMap(typedFlag);
const OTHER_WORDS = [
  ...[
    'x',
    'menu.json',
    '5',
    '-5',
    '',
    '-',
    '--',
    '--nonsense',
    '-h',
    '--help',
    '--version',
    'help',
    'get',
    'appId,ttl',
  ],
].map((word) => [word]);

describe('a plain command line', () => {
  it.each(commands)('of wxop $name means the same as commander reads in it', async ({ name, command }) => {
    const own = flagsOf(command).flatMap(typedFlag);
    const words = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(['x'], ['menu.json'], ...own) },
        fc.constantFrom(...GLOBAL_WORDS, ...OTHER_WORDS),
      ),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom<string[]>([], ['help'], ['--json']), words, async (before, after) => {
        const line = [...before, ...name.split(' '), ...after.flat()];
        const plain = await readPlainLine(line, COMMANDS);
        // Commands made on the spot are never the same object.
        if (plain)
          expect({ ...plain, command: undefined }).toEqual({ ...((await asRead(line)) as object), command: undefined });
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    'token get wx0123456789abcdef --min-ttl 30m',
    'listen --json --no-start-push --port 0',
    'menu get 春风茶馆 -o menu.json --lang zh',
    'accounts list --format csv',
    '--help',
    'help token get',
    'menu push -h',
    'token',
    '',
  ])('wxop %s is read without commander', async (line) => {
    expect(await readPlainLine(line.split(' ').filter(Boolean), COMMANDS)).toBeDefined();
  });
});
