/** A plan as `wxop release plan` writes it: everything that a run does is decided in it. */
import { createHash } from 'node:crypto';
import { isUsableVersion } from '../../protocol/calls/release/code-endpoints.ts';
import type { Template } from '../../protocol/calls/release/template-endpoints.ts';
import { isObject, type Json } from '../../runtime/json-object.ts';
import { text, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';

/** Of a plan without portions; a wxop that knows only this one must not carry out the others all at once. */
const PLAN_AT_ONCE = 1;
const PLAN_FORMAT = 2;

export const OPEN_AUDIT_POLICIES = ['skip', 'wait', 'withdraw'] as const;
export const PILOT_GOALS = ['submitted', 'approved', 'online'] as const;
export const PORTION_STEPS = ['publish', 'upload'] as const;

export const PATIENT_STEPS = ['upload', 'submission', 'publication'] as const;
export type PatientStep = (typeof PATIENT_STEPS)[number];

export type PlannedTemplate = Pick<Template, 'templateId' | 'version' | 'description' | 'createdAt' | 'sourceAppId'>;

/** A number of mini programs, or a part of them: `10%`. */
export type Amount = number | `${number}%`;

export interface PlannedPortions {
  /** How many mini programs have their turn up to the end of each, pilots included; after the last come all others. */
  upTo: number[];
  /** The step at which a portion waits for the one before. */
  from: (typeof PORTION_STEPS)[number];
  /** Milliseconds after a portion is over; `resume`: until a person says so. */
  pause: number | 'resume';
  /** More failures than this among those that were begun end the run. */
  mostFailures: Amount;
}

export interface ReleasePlan {
  /** The format of plans. */
  wxopReleasePlan: number;
  component: string;
  /** ISO 8601. */
  madeAt: string;
  template: PlannedTemplate;
  version: string;
  description: string;
  /** The form of the audit, in the words of submit_audit. */
  form: Json;
  /** What becomes of a mini program in which another version is in audit. */
  openAudit: (typeof OPEN_AUDIT_POLICIES)[number];
  publish: boolean;
  /** Audits of the month that are left for others. */
  reserve: number;
  /** So many of the same rejection or failure end the run. */
  stopAfter: number;
  /** How far the pilots must be before the others begin. */
  pilotsUntil: (typeof PILOT_GOALS)[number];
  portions?: PlannedPortions;
  /** Milliseconds to look for the effect of a request whose answer was lost. */
  patience: Record<PatientStep, number>;
  accounts: PlannedAccount[];
  leftOut: { appId: string; name: string; why: Text }[];
}

export interface PlannedAccount {
  appId: string;
  name: string;
  pilot?: true;
  extJson: Json;
}

export const planFormat = (portions: PlannedPortions | undefined): number => (portions ? PLAN_FORMAT : PLAN_AT_ONCE);

const ids = new WeakMap<ReleasePlan, string>();

/** The same plan has the same id: it cannot be run twice. Asked for with each step, and the plan of a thousand is long. */
export function runIdOf(plan: ReleasePlan): string {
  const known = ids.get(plan);
  if (known !== undefined) return known;
  const id = `r${createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 10)}`;
  ids.set(plan, id);
  return id;
}

/** The description with a marker, by which the code is known again: WeChat gives no id for it. */
export const markedDescription = (plan: ReleasePlan): string => `${plan.description} [${runIdOf(plan)}]`;

/** What a file holds, as a plan. Throws USAGE, and RECORD_NEWER for the plan of a newer wxop. */
export function readPlan(document: Json | undefined, path: string): ReleasePlan {
  if (typeof document?.wxopReleasePlan !== 'number') throw noPlan(path);
  if (document.wxopReleasePlan > PLAN_FORMAT) throw newerPlan(path);
  const wrong = Object.entries(SHAPE).find(([name, fits]) => !fits(document[name]));
  if (wrong) throw brokenPlan(path, wrong[0]);
  const plan = document as unknown as ReleasePlan;
  const seen = new Set<string>();
  for (const { appId } of plan.accounts) {
    if (seen.has(appId)) throw brokenPlan(path, `accounts: ${appId}`);
    seen.add(appId);
  }
  return plan;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const oneOf =
  (...values: readonly string[]) =>
  (value: unknown): boolean =>
    values.includes(value as string);

const isAccount = (value: unknown): boolean =>
  isObject(value) &&
  /^wx[0-9a-f]{16}$/.test(String(value.appId)) &&
  typeof value.name === 'string' &&
  (value.pilot === undefined || value.pilot === true) &&
  isObject(value.extJson);

const PERCENTAGE = /^(?:100|\d{1,2})%$/;
export const isAmount = (value: unknown): value is Amount =>
  typeof value === 'string' ? PERCENTAGE.test(value) : isCount(value);

/** Of a whole; a part of it is rounded down. */
export const countOf = (share: Amount, whole: number, round = Math.floor): number =>
  typeof share === 'number' ? share : round((whole * Number(share.slice(0, -1))) / 100);

const isPortions = (value: unknown): boolean =>
  value === undefined ||
  (isObject(value) &&
    Array.isArray(value.upTo) &&
    value.upTo.every(isCount) &&
    oneOf(...PORTION_STEPS)(value.from) &&
    (value.pause === 'resume' || isCount(value.pause)) &&
    isAmount(value.mostFailures));

const SHAPE: Record<string, (value: unknown) => boolean> = {
  component: isText,
  madeAt: isText,
  template: (value) => isObject(value) && isCount(value.templateId),
  version: (value) => typeof value === 'string' && isUsableVersion(value),
  description: (value) => typeof value === 'string',
  form: isObject,
  openAudit: oneOf(...OPEN_AUDIT_POLICIES),
  publish: (value) => typeof value === 'boolean',
  reserve: isCount,
  stopAfter: (value) => isCount(value) && value !== 0,
  pilotsUntil: oneOf(...PILOT_GOALS),
  portions: isPortions,
  patience: (value) => isObject(value) && PATIENT_STEPS.every((step) => isCount(value[step])),
  accounts: (value) => Array.isArray(value) && value.length > 0 && value.every(isAccount),
  leftOut: Array.isArray,
};

const MAKE_ANOTHER = text('Make it again with `wxop release plan`.', '请用 `wxop release plan` 重新生成。');

const noPlan = (path: string): WxopError =>
  new WxopError('USAGE', text(`${path} is not a plan.`, `${path} 不是发布计划。`), { hint: MAKE_ANOTHER });
const brokenPlan = (path: string, field: string): WxopError =>
  new WxopError('USAGE', text(`${path} is damaged at ${field}.`, `${path} 的 ${field} 有误。`), { hint: MAKE_ANOTHER });
const newerPlan = (path: string): WxopError =>
  new WxopError('RECORD_NEWER', text(`${path} was written by a newer wxop.`, `${path} 由更新版本的 wxop 写入。`), {
    hint: text('Update wxop on this machine.', '请升级本机的 wxop。'),
  });
