/** `wxop map`: every command with its arguments, flags and risk, for scripts and for tools that write documentation. */
import { ERROR_CODES, EXIT_CODES } from '../sentences/error-codes.ts';
import { text, type Text } from '../sentences/text.ts';
import { definitionOf, hasSecret, SETTING_NAMES } from '../settings/setting-definitions.ts';
import {
  defineCommand,
  FORMAT,
  lineOf,
  listedIn,
  type AnyCommand,
  type AnyParameter,
  type Entry,
  type Listed,
} from './command.ts';
import { printRows, type Rows } from '../terminal/rows.ts';
import { flagsOf } from './run-command.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';

interface MappedCommand {
  name: string;
  about: Text;
  manual: string | undefined;
  command: AnyCommand;
}

/** Every command that does something, by its full name, in the order of the help. */
async function everyCommand(commands: Record<string, Entry>): Promise<MappedCommand[]> {
  const listed = Object.entries(commands).flatMap(([name, entry]) =>
    listedIn(name, entry).map(([full, below]): [string, Listed] => [full, { manual: entry.manual, ...below }]),
  );
  return Promise.all(
    listed.map(async ([name, { about, manual, load }]) => ({ name, about, manual, command: (await load()).command })),
  );
}

const ROWS: Rows<MappedCommand> = {
  columns: [
    { title: text('command', '命令'), seen: ({ name }) => `wxop ${name}`, isKey: true },
    { title: text('does', '作用'), seen: ({ about }) => about, long: { become: 'wrapped', least: 24 } },
  ],
  csv: ['name', 'about', ['risk', ({ command }) => command.risk], ['output', ({ command }) => command.output]],
};

const groupJson = ([name, entry]: [string, Entry]) => ({
  name,
  group: entry.group,
  about: entry.about,
  manual: entry.manual,
  commands: listedIn(name, entry).map(([full]) => full),
});

const parameterJson = ({ written, about, choices, environment, fallback }: AnyParameter) => ({
  written,
  about,
  ...(environment && { environment }),
  ...(choices && { choices }),
  ...(fallback !== undefined && { default: fallback as unknown }),
});

const commandJson = ({ name, about, manual, command }: MappedCommand) => ({
  name,
  about,
  ...(manual && { manual }),
  schema: `schema/${name.replaceAll(' ', '-')}.json`,
  arguments: Object.values((command.arguments ?? {}) as Record<string, AnyParameter>).map(parameterJson),
  flags: flagsOf(command).map(parameterJson),
  examples: command.examples.map(lineOf),
  risk: command.risk,
  output: command.output,
});

const settingJson = (name: (typeof SETTING_NAMES)[number]) => {
  const { environment, flag, fallback, about } = definitionOf(name);
  return {
    name,
    environment,
    ...(hasSecret(name) && { file: `${environment}_FILE` }),
    ...(flag && { flag }),
    ...(fallback !== undefined && { default: fallback }),
    about,
  };
};

/** The command, of all commands. */
export const mapOf = (commands: Record<string, Entry>) =>
  defineCommand({
    flags: { format: FORMAT },
    examples: ['wxop map', 'wxop map --json | jq -r ".commands[].name"'],
    risk: 'reads',
    output: 'document',
    run: async ({ terminal }, { format }) => {
      const every = await everyCommand(commands);
      const document = {
        groups: Object.entries(commands).map(groupJson),
        commands: every.map(commandJson),
        globalFlags: Object.values(GLOBAL_FLAGS).map(parameterJson),
        settings: SETTING_NAMES.map(settingJson),
        exitCodes: Object.entries(EXIT_CODES).map(([code, means]) => ({ exitCode: Number(code), means })),
        errors: Object.entries(ERROR_CODES).map(([code, { exit, retryable, means }]) => ({
          code,
          exitCode: exit,
          retryable,
          means,
        })),
      };
      await printRows(terminal, { ...ROWS, rows: every, format, document });
    },
  });
