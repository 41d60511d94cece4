/**
 * A command as data: arguments, flags, examples, risk and one `run`. Help, completion, the question on a production
 * profile, the table in the README and `wxop map` are made from it; nothing else declares a flag.
 */
import type { SettingName } from '../settings/setting-definitions.ts';
import { definitionOf } from '../settings/setting-definitions.ts';
import { text, type Text } from '../sentences/text.ts';
import type { Context } from './context.ts';

/** The profile that a command would change. */
export interface ProfileAtStake {
  name: string;
  isProduction: boolean;
}

/** What a command of the risk `production` is about to do, once it has looked. */
export interface Prepared {
  /** Asked on a production profile before `run`; left out where nothing would change. */
  question?: Text;
  /** The profile in use, unless it is another. */
  profile?: ProfileAtStake;
  run: () => Outcome;
}

/** May be an exit code; without one it is 0. */
type Outcome = Promise<number | void> | number | void;

/** `run` of a command that only reads, or that asks by itself, on every profile, before what cannot be undone. */
interface Unguarded<Given> {
  risk: 'reads' | 'writes';
  run: (context: Context, given: Given) => Outcome;
}

/** Everyday work. On a profile with the production mark it asks first, and takes --yes: `runCommand` sees to both. */
type Guarded<Given> = { risk: 'production' } & (
  | { question: (given: Given, context: Context) => Text; run: (context: Context, given: Given) => Outcome }
  /** Where what is asked depends on what is there: looks, and changes nothing. */
  | { prepare: (context: Context, given: Given) => Promise<Prepared> | Prepared }
);

declare const VALUE: unique symbol;

/** An argument or a flag. `Value` is what `run` gets. */
export interface Parameter<Value> {
  /** As help shows it: `<account>`, `[file]`, `[names...]`, `--all`, `-o, --output <file>`. */
  written: string;
  about: Text;
  choices?: readonly string[];
  /** Reads what was typed; throws USAGE with what is expected. `before`: of a flag that may be repeated. */
  parse?: (typed: string, before: Value | undefined) => Value;
  fallback?: Value;
  /** What holds where it is left out, where `fallback` does not tell, as one would type it. */
  byDefault?: Text | string;
  /** The variable that gives the same value. */
  environment?: string;
  /** Left out of help: for wxop itself. */
  isHidden?: boolean;
  /** A flag that may not be left out. */
  isRequired?: boolean;
  readonly [VALUE]?: (value: Value) => Value;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- of whatever value
export type AnyParameter = Parameter<any>;
export type Parameters = Record<string, AnyParameter>;

type ValueOf<One> = One extends Parameter<infer Value> ? Value : never;
type ValuesOf<All> = { [Name in keyof All]: ValueOf<All[Name]> };

/** What `run` gets: every argument and flag by its name; a flag's is its long form in camel case. */
export type Given<Arguments, Flags> = ValuesOf<Arguments> & ValuesOf<Flags>;

type Typed<Written extends string> = Written extends `--no-${string}`
  ? boolean
  : Written extends `${string}...]` | `${string}...>`
    ? string[]
    : Written extends `-${string}<${string}` | `[${string}`
      ? string | undefined
      : Written extends `<${string}`
        ? string
        : true | undefined;

/** What only help shows. */
type Shown = Pick<AnyParameter, 'byDefault' | 'environment'>;

/** An argument or a flag as it is written in help; the value's type follows from that, from `choices` and from `parse`. */
export function parameter<const Written extends string>(
  written: Written,
  about: Text,
  options?: Shown,
): Parameter<Typed<Written>>;
export function parameter<const Choice extends string>(
  written: `<${string}>` | `[${string}]` | `-${string}`,
  about: Text,
  options: Shown & { choices: readonly Choice[]; fallback: Choice },
): Parameter<Choice>;
export function parameter<const Choice extends string>(
  written: `<${string}>`,
  about: Text,
  options: Shown & { choices: readonly Choice[] },
): Parameter<Choice>;
export function parameter<const Choice extends string>(
  written: `[${string}]` | `-${string}`,
  about: Text,
  options: Shown & { choices: readonly Choice[] },
): Parameter<Choice | undefined>;
export function parameter(
  written: `-${string}<${string}`,
  about: Text,
  options: Shown & { isRequired: true },
): Parameter<string>;
export function parameter<Value>(
  written: string,
  about: Text,
  options: Shown & { parse: (typed: string, before: Value | undefined) => Value; fallback: Value },
): Parameter<Value>;
export function parameter<Value>(
  written: `<${string}>`,
  about: Text,
  options: Shown & { parse: (typed: string, before: Value | undefined) => Value },
): Parameter<Value>;
export function parameter<Value>(
  written: string,
  about: Text,
  options: Shown & { parse: (typed: string, before: Value | undefined) => Value },
): Parameter<Value | undefined>;
export function parameter(written: string, about: Text, options: object = {}): AnyParameter {
  return { written, about, ...options };
}

/** The flag of a setting: its name, its sentence and its variable stand in the setting's definition. */
export function settingFlag(
  name: SettingName,
  options: { parse?: (typed: string, before: string | undefined) => string } = {},
): Parameter<string | undefined> {
  const { flag = '', takes = 'value', about, environment, fallback } = definitionOf(name);
  // Its default is no fallback of the flag: environment and profile come before it.
  return { written: `${flag} <${takes}>`, about, environment, byDefault: fallback, ...options };
}

/** A line, or one with what it does where that is not obvious. */
export type Example = string | { line: string; about: Text };

export const lineOf = (example: Example): string => (typeof example === 'string' ? example : example.line);

/** Of every command that prints rows. */
export const FORMAT = parameter('--format <format>', text('output format', '输出格式'), {
  choices: ['table', 'json', 'csv', 'tsv'],
  byDefault: text('table; in a pipe, tsv', 'table；管道中为 tsv'),
});

interface Declared<Arguments, Flags> {
  /** In the order in which they are typed. */
  arguments?: Arguments;
  flags?: Flags;
  /** What its help says after the flags: forms of an argument, for example. */
  notes?: Text;
  /** Command lines that can be pasted; the first is the one for most people. */
  examples: readonly Example[];
  /** With --json: one document, or an object a line. */
  output: 'document' | 'lines';
}

export type Command<Arguments extends Parameters = Parameters, Flags extends Parameters = Parameters> = Declared<
  Arguments,
  Flags
> &
  (Unguarded<Given<Arguments, Flags>> | Guarded<Given<Arguments, Flags>>);

/** A command of any arguments and flags. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- of any
export type AnyCommand = Declared<any, any> & (Unguarded<any> | Guarded<any>);

/** Ties the arguments and flags of a command to what its `run` gets. */
export const defineCommand = <
  Arguments extends Parameters = object & Parameters,
  Flags extends Parameters = object & Parameters,
>(
  declared: Command<Arguments, Flags>,
): Command<Arguments, Flags> => declared;

/** A command in a list: its line in the help, and where its file is. */
export interface Listed {
  about: Text;
  /** Its page in docs/; a verb's is that of its noun unless it has another. */
  manual?: string;
  /** Its file, which exports `command`. */
  load: () => Promise<{ command: AnyCommand }>;
}

/** What an operator wants to do: the help of wxop is grouped by it, in this order. */
export const GROUPS = {
  start: text('Start', '开始使用'),
  authorize: text('Authorize', '授权'),
  tokens: text('Tokens and calls', '令牌与调用'),
  menus: text('Menus', '菜单'),
  programs: text('Mini programs', '小程序'),
  many: text('Many accounts, several components', '多个帐号与第三方平台'),
  diagnose: text('Diagnose', '排查问题'),
  developers: text('For developers', '面向开发者'),
} as const;

export type GroupName = keyof typeof GROUPS;

/** A noun and its verbs. */
export interface Noun {
  about: Text;
  group: GroupName;
  /** Its page in docs/. */
  manual: string;
  examples: readonly Example[];
  /** What it does itself, where no verb follows. */
  load?: Listed['load'];
  /** A verb of two words, such as `key add`, is one of several below its first word. */
  verbs: Record<string, Listed>;
  /** What those first words are about. */
  groups?: Record<string, Text>;
}

/** What is typed first after `wxop`. */
export type Entry = Noun | (Listed & { group: GroupName; manual: string });

/** The commands of an entry by their full names. */
export const listedIn = (name: string, entry: Entry): [string, Listed][] =>
  'verbs' in entry
    ? [
        ...(entry.load ? [[name, { about: entry.about, load: entry.load }] as [string, Listed]] : []),
        ...Object.entries(entry.verbs).map(([verb, listed]): [string, Listed] => [`${name} ${verb}`, listed]),
      ]
    : [[name, entry]];

/** The verb that words after a noun begin with. */
export const verbIn = ({ verbs }: Noun, words: readonly string[]): string | undefined =>
  [words.slice(0, 2).join(' '), words[0] ?? ''].find((verb) => Object.hasOwn(verbs, verb));
