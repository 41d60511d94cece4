/** What may stand next on a command line: read off the command tree, without running anything of it. */
import type { Argument, Command, Option } from 'commander';
import { inOneLine } from '../../sentences/printable.ts';
import type { Text } from '../../sentences/text.ts';
import type { Entry } from '../command.ts';
import type { Context } from '../context.ts';
import { declareCommands } from './declare-command.ts';
import { rootCommand } from './root-command.ts';
import { TOPICS } from '../help/topics.ts';
import { SAMPLE_NAMES } from '../../receiver-kit/samples.ts';

/** More accounts than this are completed by appid only: a press of a key reads no ten thousand records. */
const MOST_NAMED = 500;
/** Milliseconds that a store may take: a person waits with a finger on the key. */
const PATIENCE = 1_000;
/** Counted in these: a moment in which this process did not get to run says nothing of the store. */
const TICK = 50;

interface Candidate {
  value: string;
  about?: string;
}

/** The end of a line: a flag, a verb, or the value of something. */
type Place =
  | { of: 'flag'; command: Command }
  | { of: 'verb'; command: Command }
  | { of: 'value'; command: Command; taker: Option | Argument; prefix: string; typed: string }
  | { of: 'nothing' };

interface CompletionOptions {
  commands: Record<string, Entry>;
  open: (flags: { profile?: string; store?: string }) => Context;
  say: (sentence: Text) => string;
}

/** Answers as lines; the last word is the one that is being typed. */
export async function completions(given: string[], { commands, open, say }: CompletionOptions): Promise<string[]> {
  const program = rootCommand(say);
  await declareCommands(program, [commandIn(program, given) ?? ''], { commands, say, take: () => undefined });
  const words = joined(given);
  const typed = words.at(-1) ?? '';
  const isQuestion = words[0] === 'help' && words.length > 1;
  const place = placeOf(program, isQuestion ? words.slice(1) : words);
  if (place.of === 'nothing') return [];
  if (place.of === 'verb') {
    const topics = () => Object.entries(TOPICS).map(([value, { about }]) => ({ value, about: say(about) }));
    const asked = isQuestion ? topics() : [{ value: 'help' }];
    const also = place.command === program ? asked : [];
    return lines([...verbsOf(place.command), ...also], typed);
  }
  // What there is to ask for ends with the verb.
  if (isQuestion) return [];
  if (place.of === 'flag') return lines(flagsOf(place.command), typed);
  const context = open({ profile: valueAfter(words, '--profile'), store: valueAfter(words, '--store') });
  try {
    const candidates = await valuesOf(context, place.taker, place.command, place.typed);
    if (candidates === 'files') return [':files'];
    return lines(candidates, place.typed).map((line) => place.prefix + line);
  } catch {
    // No settings, no store, no key: nothing to offer is an answer, too.
    return [];
  } finally {
    await context.close();
  }
}

/** The command that a line is about: only that one need be loaded. */
function commandIn(program: Command, given: readonly string[]): string | undefined {
  const words = joined(given).slice(given[0] === 'help' ? 1 : 0, -1);
  return words.find(
    (word, index) =>
      !word.startsWith('-') && !takesValue(optionNamed(program, index > 0 ? (words[index - 1] ?? '') : '')),
  );
}

/** bash takes `--flag=value` apart at the sign. */
function joined(words: readonly string[]): string[] {
  const whole = words.filter((word, index) => word !== '=' || !words[index - 1]?.startsWith('--'));
  return words.at(-1) === '=' ? [...whole, ''] : whole;
}

function valueAfter(words: readonly string[], flag: string): string | undefined {
  const at = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  if (at < 0 || at >= words.length - 1) return undefined;
  return words[at] === flag ? words[at + 1] : words[at]?.slice(flag.length + 1);
}

const optionsOf = (command: Command): Option[] =>
  [...command.options, ...(command.parent ? optionsOf(command.parent) : [])].filter(({ hidden }) => !hidden);
const optionNamed = (command: Command, flag: string): Option | undefined =>
  optionsOf(command).find(({ long, short }) => flag === long || flag === short);
const takesValue = (option: Option | undefined): option is Option =>
  option?.required === true || option?.optional === true;

interface Walked {
  command: Command;
  operands: number;
  /** A flag whose value comes next. */
  pending?: Option;
  /** After `--`: no flags any more. */
  isOver: boolean;
}

/** Where the words lead; undefined when one of them is no verb of its command. */
function walk(program: Command, words: readonly string[]): Walked | undefined {
  const at: Walked = { command: program, operands: 0, isOver: false };
  for (const word of words) {
    const isFlag = !at.isOver && word.startsWith('-') && word !== '-';
    const below = at.command.commands.find((candidate) => candidate.name() === word);
    if (at.pending) at.pending = undefined;
    else if (isFlag && word === '--') at.isOver = true;
    else if (isFlag) {
      const option = optionNamed(at.command, word);
      if (takesValue(option)) at.pending = option;
    } else if (below) at.command = below;
    else if (at.command.commands.length > 0) return undefined;
    else at.operands++;
  }
  return at;
}

function placeOf(program: Command, words: readonly string[]): Place {
  const typed = words.at(-1) ?? '';
  const walked = walk(program, words.slice(0, -1));
  if (!walked) return { of: 'nothing' };
  const { command, operands, pending, isOver } = walked;
  if (pending) return { of: 'value', command, taker: pending, prefix: '', typed };
  const [, flag, value = ''] = /^(--[\w-]+)=(.*)$/.exec(typed) ?? [];
  if (flag !== undefined && !isOver) {
    const option = optionNamed(command, flag);
    return takesValue(option)
      ? { of: 'value', command, taker: option, prefix: `${flag}=`, typed: value }
      : { of: 'nothing' };
  }
  if (typed.startsWith('-') && !isOver) return { of: 'flag', command };
  if (command.commands.length > 0) return { of: 'verb', command };
  const last = command.registeredArguments.at(-1);
  const taker = command.registeredArguments[operands] ?? (last?.variadic ? last : undefined);
  return taker ? { of: 'value', command, taker, prefix: '', typed } : { of: 'nothing' };
}

const flagsOf = (command: Command): Candidate[] => [
  ...optionsOf(command).flatMap(({ long, description }) => (long ? [{ value: long, about: description }] : [])),
  { value: '--help' },
];

const verbsOf = (command: Command): Candidate[] =>
  command.commands.map((below) => ({ value: below.name(), about: below.description() }));

async function valuesOf(
  context: Context,
  taker: Option | Argument,
  command: Command,
  typed: string,
): Promise<Candidate[] | 'files'> {
  if (taker.argChoices) return taker.argChoices.map((value) => ({ value }));
  const placeholder = 'flags' in taker ? (/[<[]([\w-]+)/.exec(taker.flags)?.[1] ?? '') : taker.name();
  const inProfiles = profileValues(context, taker, command, placeholder);
  if (inProfiles) return inProfiles.map((value) => ({ value }));
  if (/^(?:appids?|accounts?)$/.test(placeholder) && command.name() !== 'init') return accountsOf(context, typed);
  if (placeholder === 'holder') return [{ value: 'component' }, ...(await accountsOf(context, typed))];
  if (command.name() === 'preview' && placeholder === 'source') {
    const accounts = await accountsOf(context, typed);
    return accounts.some(({ value }) => value.startsWith(typed)) ? accounts : 'files';
  }
  if (/^(?:file|dir|folder)$/.test(placeholder)) return 'files';
  if (placeholder === 'names' && command.name() === 'doctor') return checksOf(context, typed);
  if (placeholder === 'event' && command.name() === 'trigger') {
    return Object.entries(SAMPLE_NAMES).flatMap(([about, names]) => names.map((value) => ({ value, about })));
  }
  return [];
}

/** Several may stand with commas between: the last one is completed. */
async function checksOf(context: Context, typed: string): Promise<Candidate[]> {
  const [{ doctorGroups }, { checkNames }] = await Promise.all([
    import('../../commands/doctor/doctor-groups.ts'),
    import('../../doctor/examination.ts'),
  ]);
  const { groups } = doctorGroups(context, { accounts: [], offline: true });
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  return checkNames(groups).map((name) => ({ value: before + name }));
}

function profileValues(
  context: Context,
  taker: Option | Argument,
  command: Command,
  placeholder: string,
): string[] | undefined {
  const isProfile = ('long' in taker && taker.long === '--profile') || command.parent?.name() === 'profile';
  if (!isProfile || !/^(?:name|profile)$/.test(placeholder)) return undefined;
  const { profiles } = context.profiles.read();
  const isFile = command.name() === 'remove-file' && !('long' in taker);
  return Object.keys(isFile ? (profiles[context.profiles.name]?.files ?? {}) : profiles);
}

/** What a shell would take apart is left out: such an account has its appid, and can be given an alias. */
const PLAIN = /^[\p{L}\p{N}\p{M}._-]+$/u;

async function accountsOf(context: Context, typed: string): Promise<Candidate[]> {
  const read = async (): Promise<Candidate[]> => {
    const appIds = await (await context.store()).list('account');
    if (appIds.length > MOST_NAMED) return appIds.map((value) => ({ value }));
    const found: Candidate[] = [];
    for await (const account of (await context.keeper()).accounts()) {
      if ('error' in account || account.removedAt !== undefined) continue;
      const { appId, nickName, alias } = account;
      found.push({ value: appId, about: nickName });
      if (alias !== undefined) found.push({ value: alias, about: nickName });
      // Where nothing is typed yet, each account once is enough.
      if (typed !== '' && PLAIN.test(nickName)) found.push({ value: nickName, about: appId });
    }
    return found;
  };
  const reading = new AbortController();
  const tooLong = async (): Promise<Candidate[]> => {
    for (let waited = 0; waited < PATIENCE; waited += TICK) await context.sleep(TICK, reading.signal);
    return [];
  };
  const late = tooLong();
  late.catch(() => undefined);
  try {
    return await Promise.race([read(), late]);
  } finally {
    reading.abort();
  }
}

function lines(candidates: readonly Candidate[], typed: string): string[] {
  return candidates
    .filter(({ value }) => value.startsWith(typed))
    .map(({ value, about }) => (about ? `${value}\t${inOneLine(about).trim()}` : value));
}
