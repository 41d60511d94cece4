/** The file that a plan is made from, YAML or JSON: what to release, to whom, and how carefully. */
import { isMap, isNode, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { isObject, type Json } from '../../runtime/json-object.ts';
import { closestName } from '../../sentences/closest-name.ts';
import { parseDuration } from '../../sentences/format-duration.ts';
import { en, text, zh, type Hole, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { readAuditForm } from '../audit-form.ts';
import {
  LONGEST_VERSION,
  MOST_FAILURES,
  OPEN_AUDIT_POLICIES,
  PILOT_GOALS,
  PORTION_STEPS,
  type PlannedPortions,
  type PatientStep,
  type ReleasePlan,
} from './release-plan.ts';

type Path = readonly (string | number)[];

export interface PlanSource {
  template: number;
  version: string | undefined;
  description: string | undefined;
  extJson: Json;
  /** Path of the app.json of the template's project. */
  appJson: string | undefined;
  /** A mini program whose trial version shows the pages of the template. */
  pagesOf: string | undefined;
  /** Undefined: every mini program that granted it. */
  accounts: SourceAccount[] | undefined;
  except: string[];
  /** Path of a CSV file with values of the accounts. */
  values: string | undefined;
  pilots: number | string[];
  portions: SourcePortions | undefined;
  form: Json;
  options: Pick<ReleasePlan, 'openAudit' | 'publish' | 'reserve' | 'stopAfter' | 'pilotsUntil' | 'patience'>;
  /** `5:3` of what stands there, or of what is around it. */
  placeOf: (path: Path) => string;
}

/** As they are written: a count of mini programs, or a part of all of them. */
export type SourcePortions = Omit<PlannedPortions, 'upTo'> & { upTo: (number | `${number}%`)[] };

export interface SourceAccount {
  /** As the operator names it. */
  account: string;
  extJson: Json;
  /** Where its ext_json is in the file. */
  path: Path;
}

const STOP_AFTER = 3;
const MOST_FAILURES_OF_A_PORTION = '10%';
/** Milliseconds. A minute is what WeChat's support asks for; a new audit may stay unseen for some. */
const PATIENCE: Record<PatientStep, number> = { upload: 60_000, submission: 600_000, publication: 20_000 };

const FIELDS = [
  'template',
  'version',
  'description',
  'extJson',
  'appJson',
  'pagesOf',
  'accounts',
  'except',
  'values',
  'pilots',
  'pilotsUntil',
  'portions',
  'portionsFrom',
  'pause',
  'mostFailures',
  'submit',
  'openAudit',
  'publish',
  'reserve',
  'stopAfter',
  'patience',
];

/** Throws USAGE with file, line and column. */
export function readPlanSource(content: string, file: string): PlanSource {
  const lines = new LineCounter();
  const document = parseDocument(content.replace(/^\ufeff/, ''), {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const placeOf = (path: Path): string => at(offsetOf(document, path));
  const fail = (path: Path, sentence: Text, hint?: Text): never => {
    throw wrongAt(file, placeOf(path), sentence, hint);
  };
  const [broken] = document.errors;
  if (broken) throw wrongAt(file, at(broken.pos[0]), text(broken.message, broken.message));
  // An alias that unfolds a thousandfold is no plan.
  const read: unknown = document.toJS({ maxAliasCount: 100 });
  const whole: Json = isObject(read) ? read : fail([], NO_OBJECT);
  for (const name of Object.keys(whole)) {
    if (FIELDS.includes(name)) continue;
    const near = closestName(name, FIELDS);
    fail([name], unknownField(name), near ? text(en`Did you mean ${near}?`, zh`是否想用 ${near}？`) : undefined);
  }

  const textAt = (name: string): string | undefined => {
    const value = whole[name];
    if (value === undefined || value === null) return undefined;
    // 2.10 would be 2.1.
    if (typeof value === 'number') return fail([name], quoteIt(name));
    return typeof value === 'string' ? value : fail([name], mustBe(name, A_TEXT));
  };
  const countAt = (path: Path, value: unknown, least: number): number =>
    Number.isSafeInteger(value) && (value as number) >= least
      ? (value as number)
      : fail(path, mustBe(path.join('.'), text(`a whole number of at least ${least}`, `不小于 ${least} 的整数`)));
  const objectAt = (path: Path, value: unknown): Json =>
    value === undefined || value === null
      ? {}
      : isObject(value)
        ? value
        : fail(path, mustBe(path.join('.'), AN_OBJECT));
  const choiceAt = <Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice => {
    const value = whole[name] ?? fallback;
    const choice = choices.find((one) => one === value);
    return choice ?? fail([name], mustBe(name, text(choices.join(' | '), choices.join(' | '))));
  };
  const flagAt = (name: string, fallback: boolean): boolean => {
    const value = whole[name] ?? fallback;
    return typeof value === 'boolean' ? value : fail([name], mustBe(name, text('true or false', 'true 或 false')));
  };
  const namesAt = (name: string): string[] => {
    const value = whole[name] ?? [];
    return Array.isArray(value) && value.every((one) => typeof one === 'string')
      ? value
      : fail([name], mustBe(name, A_LIST));
  };
  const durationAt = (name: PatientStep): number => {
    const value = objectAt(['patience'], whole.patience)[name];
    if (value === undefined) return PATIENCE[name];
    const written = typeof value === 'number' ? String(value) : value;
    return (
      (typeof written === 'string' ? parseDuration(written) : undefined) ??
      fail(['patience', name], mustBe(`patience.${name}`, A_DURATION))
    );
  };

  function portionsAt(publishes: boolean): SourcePortions | undefined {
    const names = ['portions', 'portionsFrom', 'pause', 'mostFailures'];
    if (names.every((name) => whole[name] === undefined)) return undefined;
    const { portions: written = [], pause: paused = 0, mostFailures: most = MOST_FAILURES_OF_A_PORTION } = whole;
    if (!Array.isArray(written)) return fail(['portions'], mustBe('portions', A_LIST_OF_SHARES));
    const upTo = written.map((one: unknown, index) =>
      isShare(one) && Number.parseInt(String(one)) > 0
        ? one
        : fail(['portions', index], mustBe(`portions.${index}`, A_SHARE)),
    );
    const from = choiceAt('portionsFrom', PORTION_STEPS, publishes ? 'publish' : 'upload');
    if (from === 'publish' && !publishes) fail(['portionsFrom'], NOTHING_PUBLISHED);
    const pause = paused === 'resume' || paused === 0 ? paused : parseDuration(String(paused));
    return {
      upTo,
      from,
      pause: pause ?? fail(['pause'], mustBe('pause', A_PAUSE)),
      mostFailures: isShare(most) ? most : fail(['mostFailures'], mustBe('mostFailures', A_SHARE)),
    };
  }

  function accountsAt(): SourceAccount[] | undefined {
    const value = whole.accounts;
    if (value === 'all') return undefined;
    if (value === undefined && whole.values !== undefined) return [];
    if (!Array.isArray(value) || value.length === 0) return fail(['accounts'], NO_ACCOUNTS);
    return value.map((one: unknown, index): SourceAccount => {
      const path = ['accounts', index];
      if (typeof one === 'string') return { account: one, extJson: {}, path };
      const { account, ext, extJson, ...others } = objectAt(path, one);
      if (typeof account !== 'string') return fail(path, NAME_ACCOUNT);
      const [stranger] = Object.keys(others);
      if (stranger !== undefined) fail([...path, stranger], unknownField(stranger));
      const own = objectAt([...path, 'extJson'], extJson);
      const values = objectAt([...path, 'ext'], ext);
      return {
        account,
        extJson: Object.keys(values).length > 0 ? mergeExtJson(own, { ext: values }) : own,
        path: [...path, 'extJson'],
      };
    });
  }

  const [impatient] = Object.keys(objectAt(['patience'], whole.patience)).filter(
    (name) => !Object.hasOwn(PATIENCE, name),
  );
  if (impatient !== undefined) fail(['patience', impatient], unknownField(`patience.${impatient}`));
  const form = objectAt(['submit'], whole.submit);
  try {
    readAuditForm(form);
  } catch (error) {
    if (error instanceof WxopError) fail(['submit'], error.text, error.hint);
    throw error;
  }
  const version = textAt('version');
  if (version !== undefined && (version === '' || [...version].length > LONGEST_VERSION)) {
    fail(['version'], mustBe('version', text(`1 to ${LONGEST_VERSION} characters`, `1 至 ${LONGEST_VERSION} 个字符`)));
  }
  const accounts = accountsAt();
  const publish = flagAt('publish', true);
  return {
    template: countAt(['template'], whole.template, 0),
    version,
    description: textAt('description'),
    extJson: objectAt(['extJson'], whole.extJson),
    appJson: textAt('appJson'),
    pagesOf: textAt('pagesOf'),
    accounts,
    except: namesAt('except'),
    values: textAt('values'),
    pilots: Array.isArray(whole.pilots) ? namesAt('pilots') : countAt(['pilots'], whole.pilots ?? 0, 0),
    portions: portionsAt(publish),
    form,
    options: {
      openAudit: choiceAt('openAudit', OPEN_AUDIT_POLICIES, 'skip'),
      publish,
      reserve: countAt(['reserve'], whole.reserve ?? 0, 0),
      stopAfter: countAt(['stopAfter'], whole.stopAfter ?? STOP_AFTER, 1),
      pilotsUntil: choiceAt('pilotsUntil', PILOT_GOALS, 'approved'),
      patience: {
        upload: durationAt('upload'),
        submission: durationAt('submission'),
        publication: durationAt('publication'),
      },
    },
    placeOf,
  };
}

/** The second over the first: objects member by member, everything else as a whole. */
export function mergeExtJson(common: Json, own: Json): Json {
  const merged: Json = { ...common };
  for (const [name, value] of Object.entries(own)) {
    const before = merged[name];
    merged[name] = isObject(before) && isObject(value) ? mergeExtJson(before, value) : value;
  }
  return merged;
}

/** Of a node, or of the nearest one around it that is there. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const key = parent.items.find(
        (pair) => String(isNode(pair.key) ? pair.key.toJSON() : pair.key) === String(last),
      )?.key;
      // A wrong value is found at its beginning, a wrong name at its own.
      const value: unknown = document.getIn(path.slice(0, length), true);
      const node = isNode(value) && value.range ? value : key;
      if (isNode(node) && node.range) return node.range[0];
    }
    if (isSeq(parent)) {
      const item = parent.items[Number(last)];
      if (isNode(item) && item.range) return item.range[0];
    }
  }
  return 0;
}

const A_TEXT = text('a text', '字符串');
const AN_OBJECT = text('an object', '对象');
const A_LIST = text('a list of accounts', '帐号列表');
const isShare = (value: unknown): value is number | `${number}%` =>
  typeof value === 'string' ? MOST_FAILURES.test(value) : Number.isSafeInteger(value) && (value as number) >= 0;

/** Counted: pilots are in it. Those that end where others do, or beyond the last mini program, are one. */
export const countedPortions = ({ upTo, ...portions }: SourcePortions, all: number): PlannedPortions => ({
  upTo: [
    ...new Set(upTo.map((one) => (typeof one === 'number' ? one : Math.ceil((all * Number(one.slice(0, -1))) / 100)))),
  ]
    .filter((end) => end < all)
    .sort((one, other) => one - other),
  ...portions,
});

const A_LIST_OF_SHARES = text('a list such as [10%, 50%] or [5, 100]', '列表，如 [10%, 50%]、[5, 100]');
const A_SHARE = text('a number of mini programs, or a part such as 10%', '小程序数量，或比例，如 10%');
const A_PAUSE = text('a duration such as 2h, or `resume`', '时长，如 2h，或 `resume`');
const NOTHING_PUBLISHED = text(
  'This plan publishes nothing: portionsFrom must be upload.',
  '该计划不发布：portionsFrom 须为 upload。',
);
const A_DURATION = text('a duration such as 60s or 10m', '时长，如 60s、10m');
const NO_OBJECT = text(
  'The file must be an object with template and accounts.',
  '文件必须是含有 template 与 accounts 的对象。',
);
const NO_ACCOUNTS = text('accounts must be a list of accounts, or `all`.', 'accounts 必须是帐号列表，或 `all`。');
const NAME_ACCOUNT = text('An entry of accounts needs `account`.', 'accounts 的每一项须有 `account`。');
const unknownField = (name: string): Text =>
  text(en`${name} is not a field of this file.`, zh`${name} 不是该文件的字段。`);
const mustBe = (name: string, what: Text): Text => text(en`${name} must be ${what}.`, zh`${name} 必须是${what}。`);
const quoteIt = (name: string): Text =>
  text(en`${name} must be a text: write it in quotes.`, zh`${name} 必须是字符串，请加引号。`);

/** A fault of a file, with its place in it. */
export const wrongAt = (file: string, place: string, sentence: Hole, hint?: Text): WxopError =>
  new WxopError('USAGE', text(en`${file}:${place}: ${sentence}`, zh`${file}:${place}：${sentence}`), {
    hint: hint ?? text('docs/releases.md shows such a file.', '写法见 docs/zh/releases.md。'),
  });
