/** A run for people and as JSON: where each mini program is, and how the run ended. */
import { iso } from '../../sentences/iso-time.ts';
import { en, inLang, listed, text, zh, type Hole, type Lang, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { reasonText } from '../reason-text.ts';
import { runIdOf } from './release-plan.ts';
import {
  isFailure,
  isFinalStage,
  type ReleaseAccountRecord,
  type ReleaseRunRecord,
  type RunStage,
  type RunStop,
} from './run-record.ts';

export const STAGE_NAMES: Record<RunStage, Text> = {
  planned: text('not begun', '未开始'),
  checking: text('code check', '代码检测中'),
  checked: text('to be submitted', '待提交审核'),
  inAudit: text('in audit', '审核中'),
  approved: text('approved', '审核通过'),
  published: text('published', '已发布'),
  online: text('online', '已上线'),
  held: text('approved', '审核通过'),
  rejected: text('rejected', '审核未通过'),
  failed: text('failed', '失败'),
  unknown: text('unknown', '结果未知'),
  skipped: text('skipped', '已跳过'),
};

const TONES: Partial<Record<RunStage, 'ok' | 'attention' | 'failure' | 'secondary'>> = {
  online: 'ok',
  held: 'ok',
  rejected: 'failure',
  failed: 'failure',
  unknown: 'attention',
  skipped: 'secondary',
};

export interface RunRow {
  appId: string;
  name: string;
  isPilot: boolean;
  stage: RunStage;
  stageName: Text;
  tone?: 'ok' | 'attention' | 'failure' | 'secondary';
  /** Why it went no further. */
  why: Hole;
}

export const runRows = ({ plan }: ReleaseRunRecord, records: readonly ReleaseAccountRecord[]): RunRow[] => {
  const accounts = new Map(plan.accounts.map((account) => [account.appId, account]));
  return records.map((record) => {
    const { appId, stage, reason, error } = record;
    const account = accounts.get(appId);
    return {
      appId,
      name: account?.name ?? '',
      isPilot: account?.pilot === true,
      stage,
      stageName: STAGE_NAMES[stage],
      tone: TONES[stage],
      why: error?.message ?? (stage === 'rejected' ? reasonText(reason ?? '') : ''),
    };
  });
};

export type RunOutcome = 'done' | 'failures' | 'waiting' | 'stopped';

function outcomeOf(records: readonly ReleaseAccountRecord[], stop: RunStop | undefined): RunOutcome {
  if (stop && records.some(({ stage }) => !isFinalStage(stage))) return 'stopped';
  if (records.some(({ stage }) => !isFinalStage(stage))) return 'waiting';
  return records.some(({ stage }) => isFailure(stage)) ? 'failures' : 'done';
}

export function runJson(run: ReleaseRunRecord, records: readonly ReleaseAccountRecord[], lang: Lang) {
  const { plan, startedAt, finishedAt, stop } = run;
  const names = new Map(plan.accounts.map(({ appId, name }) => [appId, name]));
  return {
    run: runIdOf(plan),
    state: outcomeOf(records, stop),
    templateId: plan.template.templateId,
    version: plan.version,
    startedAt: iso(startedAt),
    finishedAt: finishedAt === undefined ? null : iso(finishedAt),
    stop: stop
      ? { reason: inLang(stop.reason, lang), hint: inLang(stop.hint, lang), errcode: stop.errcode ?? null }
      : null,
    counts: countsOf(records),
    accounts: records.map(({ appId, stage, auditId, reason, error }) => ({
      appId,
      nickName: names.get(appId) ?? '',
      stage,
      auditId: auditId ?? null,
      reason: stage === 'rejected' ? reasonText(reason ?? '') : null,
      error: error
        ? {
            code: error.code,
            message: inLang(error.message, lang),
            errcode: error.errcode ?? null,
            hint: error.hint ? inLang(error.hint, lang) : null,
          }
        : null,
    })),
  };
}

function countsOf(records: readonly ReleaseAccountRecord[]): Partial<Record<RunStage, number>> {
  const counts: Partial<Record<RunStage, number>> = {};
  for (const { stage } of records) counts[stage] = (counts[stage] ?? 0) + 1;
  return counts;
}

/** `12 online, 3 in audit`. */
export const countsLine = (records: readonly ReleaseAccountRecord[]): Text =>
  listed(
    Object.entries(countsOf(records)).map(([stage, count]) => {
      const name = STAGE_NAMES[stage as RunStage];
      return text(en`${count} ${name}`, zh`${name} ${count}`);
    }),
  );

/** The error that a run ends with; undefined where all of it is done. */
export function endOf(run: ReleaseRunRecord, records: readonly ReleaseAccountRecord[]): WxopError | undefined {
  const id = runIdOf(run.plan);
  const counts = countsLine(records);
  const failed = records.filter(({ stage }) => isFailure(stage)).length;
  switch (outcomeOf(records, run.stop)) {
    case 'done':
      return undefined;
    case 'failures':
      return new WxopError('PARTLY_FAILED', someFailed(failed, records.length), { hint: retry(id), retryable: false });
    case 'waiting':
      return new WxopError(
        'RUN_WAITING',
        text(en`The run ${id} is not over: ${counts}.`, zh`任务 ${id} 尚未结束：${counts}。`),
        {
          hint: resume(id),
        },
      );
    case 'stopped':
      return stopped(id, counts, run.stop);
  }
}

const someFailed = (failed: number, all: number): Text =>
  text(`${failed} of ${all} mini programs failed.`, `${all} 个小程序中有 ${failed} 个失败。`);
const retry = (id: string): Text =>
  text(
    `When the reasons are repaired: \`wxop release resume ${id} --retry\`.`,
    `原因解决后：\`wxop release resume ${id} --retry\`。`,
  );
const resume = (id: string): Text =>
  text(`Continue it at any time: \`wxop release resume ${id}\`.`, `可随时继续：\`wxop release resume ${id}\`。`);
const stopped = (id: string, counts: Text, stop: RunStop | undefined): WxopError => {
  const [why, hint] = [stop?.reason ?? '', stop?.hint ?? resume(id)];
  return new WxopError(
    'RUN_STOPPED',
    text(en`The run ${id} stopped early: ${why} (${counts})`, zh`任务 ${id} 提前停止：${why}（${counts}）`),
    {
      hint,
      ...(stop?.errcode !== undefined && { errcode: stop.errcode }),
    },
  );
};
