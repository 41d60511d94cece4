/** The file that a plan is made from, YAML or JSON: what to release, to whom, and how carefully. */
import { isUsableVersion, LONGEST_VERSION } from '../../protocol/calls/release/code-endpoints.ts';
import type { Json } from '../../runtime/json-object.ts';
import { parseDuration } from '../../sentences/format-duration.ts';
import { text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { readAuditForm } from '../audit-form.ts';
import { mergeExtJson } from '../ext-json/merge-ext-json.ts';
import { readPlacedDocument, type Path } from './placed-document.ts';
import { createPlanFields, type PlanFields } from './plan-fields.ts';
import {
  countOf,
  isAmount,
  OPEN_AUDIT_POLICIES,
  PATIENT_STEPS,
  PILOT_GOALS,
  PORTION_STEPS,
  type PatientStep,
  type PlannedPortions,
  type ReleasePlan,
  type Amount,
} from './release-plan.ts';

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
export type SourcePortions = Omit<PlannedPortions, 'upTo'> & { upTo: Amount[] };

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

const PORTION_FIELDS = ['portions', 'portionsFrom', 'pause', 'mostFailures'];
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
  ...PORTION_FIELDS,
  'submit',
  'openAudit',
  'publish',
  'reserve',
  'stopAfter',
  'patience',
];

/** Throws USAGE with file, line and column. */
export function readPlanSource(content: string, file: string): PlanSource {
  const fields = createPlanFields(readPlacedDocument(content, file));
  const { whole, placeOf } = fields;
  for (const name of Object.keys(whole)) if (!FIELDS.includes(name)) fields.unknown([name], FIELDS);
  const patience = patienceIn(fields);
  const form = formIn(fields);
  const version = versionIn(fields);
  const accounts = accountsIn(fields);
  const publish = fields.flag('publish', true);
  return {
    template: fields.count('template', 0),
    version,
    description: fields.text('description'),
    extJson: fields.object(['extJson'], whole.extJson),
    appJson: fields.text('appJson'),
    pagesOf: fields.text('pagesOf'),
    accounts,
    except: fields.names('except'),
    values: fields.text('values'),
    pilots: Array.isArray(whole.pilots) ? fields.names('pilots') : fields.count('pilots', 0, 0),
    portions: portionsIn(fields, publish),
    form,
    options: {
      openAudit: fields.choice('openAudit', OPEN_AUDIT_POLICIES, 'skip'),
      publish,
      reserve: fields.count('reserve', 0, 0),
      stopAfter: fields.count('stopAfter', 1, STOP_AFTER),
      pilotsUntil: fields.choice('pilotsUntil', PILOT_GOALS, 'approved'),
      patience,
    },
    placeOf,
  };
}

function patienceIn(fields: PlanFields): Record<PatientStep, number> {
  const written = fields.object(['patience'], fields.whole.patience);
  const stranger = Object.keys(written).find((name) => !Object.hasOwn(PATIENCE, name));
  if (stranger !== undefined) fields.unknown(['patience', stranger], PATIENT_STEPS);
  const of = (step: PatientStep): number => fields.duration(['patience', step], written[step], PATIENCE[step]);
  return { upload: of('upload'), submission: of('submission'), publication: of('publication') };
}

function formIn({ object, whole, fail }: PlanFields): Json {
  const form = object(['submit'], whole.submit);
  try {
    readAuditForm(form);
    return form;
  } catch (error) {
    if (error instanceof WxopError) fail(['submit'], error.text, error.hint);
    throw error;
  }
}

function versionIn(fields: PlanFields): string | undefined {
  const version = fields.text('version');
  if (version === undefined || isUsableVersion(version)) return version;
  return fields.wrong(['version'], text(`1 to ${LONGEST_VERSION} characters`, `1 至 ${LONGEST_VERSION} 个字符`));
}

function accountsIn(fields: PlanFields): SourceAccount[] | undefined {
  const { accounts, values } = fields.whole;
  if (accounts === 'all') return undefined;
  if (accounts === undefined && values !== undefined) return [];
  if (!Array.isArray(accounts) || accounts.length === 0) return fields.fail(['accounts'], NO_ACCOUNTS);
  return accounts.map((one: unknown, index) => accountIn(fields, one, ['accounts', index]));
}

function accountIn(fields: PlanFields, one: unknown, path: Path): SourceAccount {
  if (typeof one === 'string') return { account: one, extJson: {}, path };
  const { account, ext, extJson, ...others } = fields.object(path, one);
  if (typeof account !== 'string') return fields.fail(path, NAME_ACCOUNT);
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) fields.unknown([...path, stranger], ['account', 'ext', 'extJson']);
  const own = fields.object([...path, 'extJson'], extJson);
  const values = fields.object([...path, 'ext'], ext);
  return {
    account,
    extJson: Object.keys(values).length > 0 ? mergeExtJson(own, { ext: values }) : own,
    path: [...path, 'extJson'],
  };
}

function portionsIn(fields: PlanFields, publishes: boolean): SourcePortions | undefined {
  const { whole, wrong } = fields;
  if (PORTION_FIELDS.every((name) => whole[name] === undefined)) return undefined;
  const { portions = [], pause: paused = 0, mostFailures = MOST_FAILURES_OF_A_PORTION } = whole;
  if (!Array.isArray(portions)) return wrong(['portions'], A_LIST_OF_SHARES);
  const upTo = portions.map((one: unknown, index) =>
    isAmount(one) && Number.parseInt(String(one)) > 0 ? one : wrong(['portions', index], A_SHARE),
  );
  const from = fields.choice('portionsFrom', PORTION_STEPS, publishes ? 'publish' : 'upload');
  if (from === 'publish' && !publishes) fields.fail(['portionsFrom'], NOTHING_PUBLISHED);
  const pause = paused === 'resume' || paused === 0 ? paused : parseDuration(String(paused));
  return {
    upTo,
    from,
    pause: pause ?? wrong(['pause'], A_PAUSE),
    mostFailures: isAmount(mostFailures) ? mostFailures : wrong(['mostFailures'], A_SHARE),
  };
}

/** Counted: pilots are in it. Those that end where others do, or beyond the last mini program, are one. */
export const countedPortions = ({ upTo, ...portions }: SourcePortions, all: number): PlannedPortions => ({
  upTo: [...new Set(upTo.map((one) => countOf(one, all, Math.ceil)))]
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
const NO_ACCOUNTS = text('accounts must be a list of accounts, or `all`.', 'accounts 必须是帐号列表，或 `all`。');
const NAME_ACCOUNT = text('An entry of accounts needs `account`.', 'accounts 的每一项须有 `account`。');
