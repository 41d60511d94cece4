/** The command tree. Only the module of the command that was asked for is loaded; the others are a name and a line. */
import { CommanderError, type Command } from 'commander';
import { aboutOf, COMMANDS } from './command-table.ts';
import type { Entry } from './command.ts';
import { mapOf } from './map.ts';
import { declareCommand, declareNoun, type TreeOptions } from './declare-command.ts';
import { createContext } from './create-context.ts';
import { type Context, type GlobalFlags } from './context.ts';
import type { Asked, Filtering } from './json-fields.ts';
import { commandOf, knownNames, rootCommand } from './root-command.ts';
import { createRedactor } from '../sentences/redactor.ts';
import { inLang, type Lang, type Text } from '../sentences/text.ts';
import type { WxopError } from '../sentences/wxop-error.ts';
import { isError, toWxopError } from '../sentences/wxop-error.ts';
import { SETTING_NAMES, type SettingName } from '../settings/setting-definitions.ts';
import { chooseLang, environmentSecrets } from '../settings/resolve-settings.ts';
import type { JsonFilter } from '../terminal/json-filter.ts';
import { createTerminal, type Terminal } from '../terminal/terminal.ts';
import { lazy } from '../runtime/lazy.ts';
import { runtimeWith, type Runtime } from '../runtime/runtime.ts';
import type { TimeLimit } from './time-limit.ts';
import { expectTlsChecks } from '../runtime/tls-checks.ts';

const HELP = ['--help', '-h'];

export async function runProgram(
  runtime: Runtime,
  run: (runtime: Runtime) => Promise<number>,
  typed: string[] = runtime.argv,
): Promise<number> {
  const lang = chooseLang(valueOf(typed, '--lang'), runtime.environment);
  const say = (sentence: Text): string => inLang(sentence, lang);
  let context: Context | undefined;
  let exitCode = 0;
  let limit: TimeLimit | undefined;

  let fields: string[] | undefined;
  const warn = (sentence: Text): void => context?.terminal.warn(sentence);

  const perform: TreeOptions['perform'] = async (flags, work, output) => {
    const filter = await filterOf({ fields, ...flags, output, names: knownNames(program, names), warn });
    limit = await limitOf(runtime, program, names);
    const changed = limit ? runtimeWith(runtime, limit.changes) : runtime;
    context = createContext(changed, globalsOf(flags), settingFlags(flags), run, filter);
    expectTlsChecks(runtime);
    context.terminal.trace(`wxop ${runtime.version}`);
    exitCode = (await work(context)) ?? 0;
    if (filter?.failure) throw filter.failure;
    // What runs until it is stopped ends without a failure of its own, and a command within another with a code only.
    const failure = limit?.failure();
    if (failure && (output === 'lines' || exitCode === 130)) throw failure;
  };

  const isJson = typed.some((word) => /^--(?:json|jq)(?:=|$)/.test(word)) || valueOf(typed, '--format') === 'json';
  const bare = lazy(() => bareTerminal(runtime, lang, isJson));
  const program = rootCommand(runtime, say, bare);
  // Called at every press of a key: never print an error here.
  if (runtime.argv[0] === '__complete') return complete(runtime, program, say, bare).then(ok, ok);
  let names: string[] = [];
  let isQuestion = false;
  let argv = typed;
  const failWith = async (thrown: unknown): Promise<number> => {
    const found = await errorOf(thrown, context, program, { names, isQuestion });
    const error = found.code === 'CANCELLED' ? (limit?.failure() ?? found) : found;
    const terminal = context?.terminal ?? bareTerminal(runtime, lang, isJson, environmentSecrets(runtime.environment));
    // A person who pressed Ctrl-C knows; a script that reads JSON needs the line.
    if (error.code !== 'CANCELLED' || terminal.json) terminal.fail(error);
    return error.exitCode;
  };
  try {
    // A global flag without its value, or --version, ends here already.
    ({ argv, fields } = await takeFields(typed, (rest) => program.parseOptions(rest).operands));
    const { operands, unknown } = program.parseOptions(argv);
    isQuestion = operands[0] === 'help';
    names = isQuestion ? operands.slice(1) : operands;
    const asksHelp = isQuestion || HELP.some((flag) => unknown.includes(flag));
    const isIncomplete = unknown.length === 0 && isIncompleteCommand(names);
    if (asksHelp || isIncomplete) {
      const { showHelp } = await import('./help/show-help.ts');
      const asked = isQuestion ? 'with help' : asksHelp ? 'with --help' : 'not';
      const settings = () => createContext(runtime, { ...program.opts(), quiet: true }, {}, run).settings;
      const ended = await showHelp(names, { asked, commands: everyCommand(), terminal: bare(), runtime, settings });
      if (ended !== undefined) return ended;
    }
    await declareCommands(program, names, { say, perform });
    for (const command of program.commands) command.helpCommand(false);
    // A name that leads nowhere is an error as everywhere, not the help of the level above.
    await program.parseAsync(asksHelp ? names : argv, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.code === 'commander.version') return 0;
    const again = await withField(thrown, argv, knownNames(program, names));
    if (again) return await runProgram(runtime, run, again);
    exitCode = await failWith(thrown);
  } finally {
    limit?.lift();
    await context?.close();
  }
  return exitCode;
}

/** `--format json` is `--json`. */
const globalsOf = (flags: GlobalFlags & { format?: unknown }): GlobalFlags =>
  flags.format === 'json' ? { ...flags, json: true } : flags;

const ok = (): number => 0;

/** Of --timeout or WXOP_TIMEOUT. A command with a --timeout of its own gives the flag its own meaning. */
async function limitOf(runtime: Runtime, program: Command, names: string[]): Promise<TimeLimit | undefined> {
  const { WXOP_TIMEOUT: variable } = runtime.environment;
  const given = program.getOptionValue('timeout') as number | undefined;
  if (given === undefined && !variable?.trim()) return undefined;
  const own = commandOf(program, knownNames(program, names))?.options ?? [];
  if (given !== undefined && own.some(({ long }) => long === '--timeout')) {
    const nothing = (): undefined => undefined;
    return { changes: { stdinPatience: given }, failure: nothing, lift: nothing };
  }
  const { limitTime, timeLimitFrom } = await import('./time-limit.ts');
  return limitTime(runtime, given ?? timeLimitFrom(variable ?? ''));
}

/** `--json=a,b`, or a word with a comma after `--json`. */
const mayHaveFields = (word: string, index: number, argv: string[]): boolean =>
  word.startsWith('--json=') || (word === '--json' && argv[index + 1]?.includes(',') === true);

/** The fields are no words for commander: its flags take a value always, or never. */
async function takeFields(argv: string[], operandsOf: (argv: string[]) => string[]): Promise<Asked> {
  return argv.some(mayHaveFields) ? (await import('./json-fields.ts')).takeFields(argv, operandsOf) : { argv };
}

async function filterOf(asked: Filtering): Promise<JsonFilter | undefined> {
  if (asked.fields === undefined && asked.jq === undefined) return undefined;
  return (await import('./json-fields.ts')).filterOf(asked);
}

/** The command line with the word after `--json` as a field, where that word was one argument too many. */
async function withField(thrown: unknown, argv: string[], names: string[]): Promise<string[] | undefined> {
  if (!(thrown instanceof CommanderError) || thrown.code !== 'commander.excessArguments') return undefined;
  return argv.includes('--json') ? (await import('./json-fields.ts')).asField(argv, names) : undefined;
}

async function errorOf(
  thrown: unknown,
  context: Context | undefined,
  program: Command,
  { names, isQuestion }: { names: string[]; isQuestion: boolean },
): Promise<WxopError> {
  const isUsage = thrown instanceof CommanderError || (!context && isError(thrown, 'USAGE'));
  if (!isUsage) return toWxopError(thrown);
  const { usageError, valueError } = await import('./usage-error.ts');
  return thrown instanceof CommanderError
    ? usageError(thrown, program, names, { isQuestion })
    : valueError(thrown, program, names);
}

/** `wxop` alone, or `wxop token` without a verb. */
function isIncompleteCommand([name, ...words]: string[]): boolean {
  if (name === undefined) return true;
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined || !('verbs' in entry)) return false;
  const [head, below] = words;
  return head === undefined ? !entry.load : below === undefined && Object.hasOwn(entry.groups ?? {}, head);
}

const everyCommand = (): Record<string, Entry> => ({ ...COMMANDS, map: mapOf(COMMANDS) });

/** All of them, so that a misspelt one has suggestions; only the wanted one is loaded. */
async function declareCommands(
  program: Command,
  [wanted, ...words]: readonly string[],
  options: TreeOptions,
): Promise<void> {
  for (const [name, entry] of Object.entries(everyCommand())) {
    if (name !== wanted) program.command(name).description(options.say(aboutOf(entry)));
    else if ('verbs' in entry) await declareNoun(program, name, entry, { ...options, words });
    else await declareCommand(program, name, entry, options);
  }
}

/** Answers a shell: what may stand next on the line. */
async function complete(
  runtime: Runtime,
  program: Command,
  say: (sentence: Text) => string,
  terminal: () => Terminal,
): Promise<void> {
  const words = runtime.argv.slice(runtime.argv[1] === '--' ? 2 : 1);
  const { commandIn, completions } = await import('./completions.ts');
  const nothing = () => Promise.resolve();
  const options = { say, perform: nothing };
  await declareCommands(program, [commandIn(program, words) ?? ''], options);
  const open = (flags: { profile?: string; store?: string }): Context =>
    createContext(runtime, { profile: flags.profile, quiet: true }, flags.store ? { store: flags.store } : {}, () =>
      Promise.resolve(0),
    );
  terminal().print(...(await completions(program, words, open, say)));
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
