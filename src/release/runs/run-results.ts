/** What `--on-result` hears of a run: one document for each mini program that is decided, and one for the end. */
import type { Lang } from '../../sentences/text.ts';
import { runIdOf, type ReleasePlan } from '../plans/release-plan.ts';
import { isFinalStage, type ReleaseAccountRecord, type ReleaseRunRecord, type RunStage } from './run-record.ts';
import { releasedJson, runJson, type RunJsonOptions } from './run-report.ts';

/** Worth a call: it is over for this mini program, or WeChat decided about its audit. */
export const isResult = ({ stage, isDelayed }: ReleaseAccountRecord): boolean =>
  isFinalStage(stage) || stage === 'approved' || (stage === 'inAudit' && isDelayed === true);

/** What is only approved, and what is not published, say the same. */
const RESULTS: Partial<Record<RunStage, string>> = { inAudit: 'delayed', held: 'approved' };

export const resultOf = (record: ReleaseAccountRecord, plan: ReleasePlan, lang: Lang) => ({
  type: 'release',
  result: RESULTS[record.stage] ?? record.stage,
  componentAppId: plan.component,
  run: runIdOf(plan),
  version: plan.version,
  ...releasedJson(record, plan.accounts.find(({ appId }) => appId === record.appId)?.name ?? '', lang),
});

export function endResult(run: ReleaseRunRecord, records: readonly ReleaseAccountRecord[], options: RunJsonOptions) {
  const { accounts: _accounts, state, ...rest } = runJson(run, records, options);
  return { type: 'release-run', result: state, componentAppId: run.plan.component, ...rest };
}
