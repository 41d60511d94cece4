/** Runs what was typed, and turns any failure into one message and one exit code. */
import { COMMANDS } from './command-table.ts';
import { createContext } from './create-context.ts';
import { type Context, type GlobalFlags } from './context.ts';
import type { Filtering } from './json-fields.ts';
import { readPlainLine } from './read-plain-line.ts';
import { flagsOf, runCommand } from './run-command.ts';
import type { TypedCommand, TypedLine, TypedQuestion } from './typed-line.ts';
import { createRedactor } from '../sentences/redactor.ts';
import { inLang, type Lang, type Text } from '../sentences/text.ts';
import { isError, toWxopError } from '../sentences/wxop-error.ts';
import { SETTING_NAMES, type SettingName } from '../settings/setting-definitions.ts';
import { chooseLang, environmentSecrets } from '../settings/resolve-settings.ts';
import type { JsonFilter } from '../terminal/json-filter.ts';
import { createTerminal, type Terminal } from '../terminal/terminal.ts';
import { lazy } from '../runtime/lazy.ts';
import { runtimeWith, type Runtime } from '../runtime/runtime.ts';
import type { TimeLimit } from './time-limit.ts';
import { expectTlsChecks } from '../runtime/tls-checks.ts';

export async function runProgram(runtime: Runtime, run: (runtime: Runtime) => Promise<number>): Promise<number> {
  const { argv } = runtime;
  const lang = chooseLang(valueOf(argv, '--lang'), runtime.environment);
  const say = (sentence: Text): string => inLang(sentence, lang);
  const isJson = argv.some((word) => /^--(?:json|jq)(?:=|$)/.test(word)) || valueOf(argv, '--format') === 'json';
  const bare = lazy(() => bareTerminal(runtime, lang, isJson));
  // Called at every press of a key: never print an error here.
  if (argv[0] === '__complete') return complete(runtime, say, bare).then(ok, ok);
  let context: Context | undefined;
  let limit: TimeLimit | undefined;

  const perform = async ({ names, command, flags, given, globals, fields }: TypedCommand): Promise<number> => {
    const warn = (sentence: Text): void => context?.terminal.warn(sentence);
    let filter: JsonFilter | undefined;
    try {
      filter = await filterOf({ fields, ...flags, output: command.output, names, warn });
      limit = await limitOf(runtime, { command, globals });
    } catch (error) {
      if (!isError(error, 'USAGE')) throw error;
      throw (await import('./commander/usage-error.ts')).valueError(error, names);
    }
    const changed = limit ? runtimeWith(runtime, limit.changes) : runtime;
    context = createContext(changed, globalsOf(flags), settingFlags(flags), run, { filter });
    expectTlsChecks(runtime);
    context.terminal.trace(`wxop ${runtime.version}`);
    const exitCode = (await runCommand(context, command, given)) ?? 0;
    if (filter?.failure) throw filter.failure;
    // What runs until it is stopped ends without a failure of its own, and a command within another with a code only.
    const failure = limit?.failure();
    if (failure && (command.output === 'lines' || exitCode === 130)) throw failure;
    return exitCode;
  };
  /** Undefined where there is none. */
  const help = async ({ names, asked, globals }: TypedQuestion): Promise<number | undefined> => {
    const { showHelp } = await import('./help/show-help.ts');
    const settings = () => createContext(runtime, { ...globals, quiet: true }, {}, run).settings;
    return showHelp(names, { asked, commands: COMMANDS, terminal: bare(), runtime, settings });
  };
  const readAnyLine = async (isHelpless = false): Promise<TypedLine> => {
    const { readWithCommander } = await import('./commander/read-with-commander.ts');
    return readWithCommander(argv, { commands: COMMANDS, say, isHelpless });
  };
  const answer = async (line: TypedLine): Promise<number> => {
    if (line.asks === 'work') return perform(line);
    // Of what there is no help for, commander says what is wrong.
    if (line.asks === 'help') return (await help(line)) ?? answer(await readAnyLine(true));
    bare().reveal(`${runtime.version}\n`);
    return 0;
  };
  try {
    return await answer((await readPlainLine(argv, COMMANDS)) ?? (await readAnyLine()));
  } catch (thrown) {
    const found = toWxopError(thrown);
    const error = found.code === 'CANCELLED' ? (limit?.failure() ?? found) : found;
    const terminal = context?.terminal ?? bareTerminal(runtime, lang, isJson, environmentSecrets(runtime.environment));
    // A person who pressed Ctrl-C knows; a script that reads JSON needs the line.
    if (error.code !== 'CANCELLED' || terminal.json) terminal.fail(error);
    return error.exitCode;
  } finally {
    limit?.lift();
    await context?.close();
  }
}

/** `--format json` is `--json`. */
const globalsOf = (flags: GlobalFlags & { format?: unknown }): GlobalFlags =>
  flags.format === 'json' ? { ...flags, json: true } : flags;

const ok = (): number => 0;

/** Of --timeout or WXOP_TIMEOUT. A command with a --timeout of its own gives the flag its own meaning. */
async function limitOf(
  runtime: Runtime,
  { command, globals }: Pick<TypedCommand, 'command' | 'globals'>,
): Promise<TimeLimit | undefined> {
  const { WXOP_TIMEOUT: variable } = runtime.environment;
  const given = globals.timeout as number | undefined;
  if (given === undefined && !variable?.trim()) return undefined;
  if (given !== undefined && flagsOf(command).some(({ written }) => /^--timeout\b/.test(written))) {
    const nothing = (): undefined => undefined;
    return { changes: { stdinPatience: given }, failure: nothing, lift: nothing };
  }
  const { limitTime, timeLimitFrom } = await import('./time-limit.ts');
  return limitTime(runtime, given ?? timeLimitFrom(variable ?? ''));
}

async function filterOf(asked: Filtering): Promise<JsonFilter | undefined> {
  if (asked.fields === undefined && asked.jq === undefined) return undefined;
  return (await import('./json-fields.ts')).filterOf(asked);
}

/** Answers a shell: what may stand next on the line. */
async function complete(runtime: Runtime, say: (sentence: Text) => string, terminal: () => Terminal): Promise<void> {
  const words = runtime.argv.slice(runtime.argv[1] === '--' ? 2 : 1);
  const { completions } = await import('./commander/completions.ts');
  const open = (flags: { profile?: string; store?: string }): Context =>
    createContext(runtime, { profile: flags.profile, quiet: true }, flags.store ? { store: flags.store } : {}, () =>
      Promise.resolve(0),
    );
  terminal().print(...(await completions(words, { commands: COMMANDS, open, say })));
}

function settingFlags(options: Record<string, unknown>): Partial<Record<SettingName, string>> {
  const given = SETTING_NAMES.filter((name) => typeof options[name] === 'string');
  return Object.fromEntries(given.map((name) => [name, options[name] as string]));
}

function valueOf(argv: string[], flag: string): string | undefined {
  const at = argv.findIndex((argument) => argument === flag || argument.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  return argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
}

/** For what comes without a context: help, completion, usage errors. Help reads no settings. */
function bareTerminal(runtime: Runtime, lang: Lang, json: boolean, secrets: (string | undefined)[] = []): Terminal {
  const redactor = createRedactor();
  redactor.learn(...secrets);
  return createTerminal({
    get stdout() {
      return runtime.stdout;
    },
    get stderr() {
      return runtime.stderr;
    },
    isStdinTty: () => false,
    environment: runtime.environment,
    lang,
    json,
    quiet: false,
    verbose: false,
    color: true,
    redactor,
  });
}
