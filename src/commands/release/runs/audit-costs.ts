/** What a run costs of the month's audits, said before it starts. */
import type { Context } from '../../../cli/context.ts';
import { getAuditQuota, type MonthlyQuota } from '../../../protocol/calls/release/audit-endpoints.ts';
import type { ReleasePlan } from '../../../release/plans/release-plan.ts';
import type { ReleaseAccountRecord, RunStage } from '../../../release/runs/run-record.ts';
import { en, text, zh, type Text } from '../../../sentences/text.ts';

/** Any mini program may ask; the first ones do, since a grant may be gone. Undefined where WeChat does not answer. */
export async function readAuditQuota(context: Context, appIds: readonly string[]): Promise<MonthlyQuota | undefined> {
  const keeper = await context.keeper();
  for (const account of appIds.slice(0, MOST_ASKED)) {
    const quota = await keeper.call({ account }, getAuditQuota, undefined).catch((): undefined => undefined);
    if (quota) return quota;
  }
  return undefined;
}

const MOST_ASKED = 3;

/** Said before a run starts or goes on; gives what is left of the month, as far as it is known. */
export async function tellCosts(
  context: Context,
  { accounts, reserve }: ReleasePlan,
  records: readonly ReleaseAccountRecord[],
): Promise<number | undefined> {
  const { terminal } = context;
  const count = records.filter(({ stage }) => TO_BE_SUBMITTED.includes(stage)).length;
  if (count === 0 || (terminal.json && reserve === 0)) return undefined;
  const quota = await readAuditQuota(
    context,
    accounts.map(({ appId }) => appId),
  );
  if (!terminal.json) terminal.note(costs(count), quotaLine(quota, count, reserve));
  return knownRest(quota);
}

const TO_BE_SUBMITTED: readonly RunStage[] = ['planned', 'checking', 'checked'];

/** What is left, as far as WeChat tells: it answers zeros or -1 to providers that can submit all the same. */
const knownRest = (quota: MonthlyQuota | undefined): number | undefined =>
  quota && quota.limit > 0 && quota.rest >= 0 ? quota.rest : undefined;

/** Whether it is enough for so many mini programs. */
export function quotaLine(quota: MonthlyQuota | undefined, count: number, reserve: number): Text {
  const rest = knownRest(quota);
  if (!quota || rest === undefined) return reserve > 0 ? RESERVE_UNKNOWN : QUOTA_UNKNOWN;
  const missing = count - Math.max(0, rest - reserve);
  return missing > 0 ? tooFew(rest, quota.limit, reserve, missing) : enough(rest, quota.limit, reserve);
}

const costs = (count: number): Text =>
  text(`It costs ${count} of the month's audits.`, `将消耗本月审核额度 ${count} 次。`);
const QUOTA_UNKNOWN = text('WeChat does not tell how many audits are left.', '微信没有给出剩余审核额度。');
const RESERVE_UNKNOWN = text(
  'WeChat does not tell how many audits are left: nothing can be kept in reserve.',
  '微信没有给出剩余审核额度，无法保留额度。',
);
const enough = (rest: number, limit: number, reserve: number): Text => {
  const kept = reserve > 0 ? keptInReserve(reserve) : '';
  return text(
    en`${rest} of ${limit} audits are left this month${kept}.`,
    zh`本月审核额度剩余 ${rest}/${limit}${kept}。`,
  );
};
const tooFew = (rest: number, limit: number, reserve: number, missing: number): Text => {
  const kept = reserve > 0 ? keptInReserve(reserve) : '';
  return text(
    en`Only ${rest} of ${limit} audits are left this month${kept}: the run would stop with ${missing} left to submit.`,
    zh`本月审核额度仅剩 ${rest}/${limit}${kept}：届时还有 ${missing} 个无法提交。`,
  );
};
const keptInReserve = (reserve: number): Text => text(`, ${reserve} of them in reserve`, `，其中保留 ${reserve} 次`);
