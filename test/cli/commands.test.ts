import { describe, expect, it } from 'vitest';
import { lineOf, listedIn, type AnyParameter } from '../../src/cli/command.ts';
import { flagsOf } from '../../src/cli/run-command.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { GLOBAL_FLAGS } from '../../src/cli/global-flags.ts';
import { writtenDefault } from '../../src/cli/help/about-parameter.ts';
import { TOPICS } from '../../src/cli/help/topics.ts';
import { definitionOf, SETTING_NAMES } from '../../src/settings/setting-definitions.ts';
import { runWxop } from '../support/world.ts';

const listed = Object.entries(COMMANDS).flatMap(([name, entry]) => listedIn(name, entry));
const commands = await Promise.all(listed.map(async ([name, { load }]) => ({ name, command: (await load()).command })));

/** `--min-ttl <duration>` → `minTtl`, as `run` gets it. */
function givenName({ written }: AnyParameter): string {
  const long = /--(?:no-)?([\w-]+)/.exec(written)?.[1] ?? '';
  return long.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

describe.each(commands)('wxop $name, as it is declared,', ({ name, command }) => {
  const flags = Object.entries((command.flags ?? {}) as Record<string, AnyParameter>);
  const operands = Object.keys((command.arguments ?? {}) as Record<string, AnyParameter>);

  it('hands every flag to its run under the name that the flag has', () => {
    // --no-x beside --x has a key of its own, and is the same to commander.
    const names = flags.map(([key]) => key.replace(/^no([A-Z])/, (_, letter: string) => letter.toLowerCase()));
    expect(names).toEqual(flags.map(([, flag]) => givenName(flag)));
  });

  it('gives no argument the name of a flag', () => {
    const taken = [...flags.map(([key]) => key), ...Object.keys(GLOBAL_FLAGS)];
    expect(operands.filter((operand) => taken.includes(operand))).toEqual([]);
  });

  it('can be confirmed with --yes exactly where it may ask', () => {
    const asks = command.risk === 'production' || flags.some(([key]) => key === 'yes');
    expect(flagsOf(command).some(({ written }) => written === '--yes')).toBe(asks);
  });

  it('shows a default that can be typed, and means what holds without it', () => {
    for (const [, flag] of flags) {
      const shown = writtenDefault(flag);
      if (typeof shown !== 'string' || flag.fallback === undefined) continue;
      expect(flag.parse ? (flag.parse(shown, undefined) as unknown) : shown, flag.written).toEqual(flag.fallback);
    }
  });

  it('shows its own name in its examples', () => {
    expect(command.examples.map(lineOf)).toContainEqual(expect.stringContaining(`wxop ${name}`));
  });

  it('names the variable beside every flag of a setting', () => {
    for (const [key, { written, environment }] of flags) {
      const setting = SETTING_NAMES.find((candidate) => definitionOf(candidate).flag === written.split(' ')[0]);
      // The sandbox has a port of its own.
      if (setting === key && name !== 'sandbox') expect(environment).toBe(definitionOf(setting).environment);
    }
  });
});

describe('wxop map', () => {
  it('prints every command with its flags, examples and risk as one JSON document', async () => {
    const { code, stdout, stderr } = await runWxop(['map', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const map = JSON.parse(stdout) as { commands: { name: string; flags: { written: string }[]; risk: string }[] };
    expect(map.commands.map((mapped) => mapped.name)).toEqual(commands.map(({ name }) => name));
    const refresh = map.commands.find((mapped) => mapped.name === 'token refresh');
    expect(refresh).toMatchObject({ risk: 'production', output: 'document' });
    expect(refresh?.flags.map(({ written }) => written)).toContain('--yes');
  });

  it('prints a line for each command without --json, in the language of the person', async () => {
    const { stdout } = await runWxop(['map', '--lang', 'zh']);
    expect(stdout.split('\n')).toContainEqual('wxop token list\t各令牌的持有者与剩余时间（不含内容）');
  });
});

describe('help topics', () => {
  it.each(Object.keys(TOPICS))('print %s as one JSON document with --json', async (topic) => {
    const { code, stdout, stderr } = await runWxop(['help', topic, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(Object.keys(JSON.parse(stdout) as object).length).toBeGreaterThan(1);
  });

  it('have the name of no command', () => {
    expect(Object.keys(TOPICS).filter((topic) => Object.hasOwn(COMMANDS, topic))).toEqual([]);
  });
});
