/** A run for people and as JSON: where each mini program is, and how the run ended. */
import { iso } from '../../sentences/iso-time.ts';
import { localTime } from '../../sentences/local-time.ts';
import { en, inLang, listed, text, zh, type Hole, type Lang, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { reasonText } from '../reason-text.ts';
import { createPortions, type PortionState } from './portions.ts';
import { runIdOf } from '../plans/release-plan.ts';
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

const DELAYED = text('audit delayed', '审核延后');

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
      stageName: stage === 'inAudit' && record.isDelayed ? DELAYED : STAGE_NAMES[stage],
      tone: TONES[stage],
      why: error?.message ?? (stage === 'rejected' || stage === 'inAudit' ? reasonText(reason ?? '') : ''),
    };
  });
};

export type RunOutcome = 'done' | 'failures' | 'waiting' | 'paused' | 'stopped';

function outcomeOf({ stop, isPaused }: ReleaseRunRecord, records: readonly ReleaseAccountRecord[]): RunOutcome {
  if (stop && records.some(({ stage }) => !isFinalStage(stage))) return 'stopped';
  if (records.some(({ stage }) => !isFinalStage(stage))) return isPaused ? 'paused' : 'waiting';
  return records.some(({ stage }) => isFailure(stage)) ? 'failures' : 'done';
}

export interface RunJsonOptions {
  lang: Lang;
  now: number;
}

export function runJson(
  run: ReleaseRunRecord,
  records: readonly ReleaseAccountRecord[],
  { lang, now }: RunJsonOptions,
) {
  const { plan, startedAt, finishedAt, stop } = run;
  const names = new Map(plan.accounts.map(({ appId, name }) => [appId, name]));
  return {
    run: runIdOf(plan),
    state: outcomeOf(run, records),
    templateId: plan.template.templateId,
    version: plan.version,
    portion: plan.portions ? portionJson(run, records, now) : null,
    startedAt: iso(startedAt),
    finishedAt: finishedAt === undefined ? null : iso(finishedAt),
    stop: stop
      ? { reason: inLang(stop.reason, lang), hint: inLang(stop.hint, lang), errcode: stop.errcode ?? null }
      : null,
    counts: countsOf(records),
    accounts: records.map((record) => releasedJson(record, names.get(record.appId) ?? '', lang)),
  };
}

export const releasedJson = (
  { appId, stage, auditId, reason, error }: ReleaseAccountRecord,
  name: string,
  lang: Lang,
) => ({
  appId,
  nickName: name,
  stage,
  auditId: auditId ?? null,
  reason: reason !== undefined && ['rejected', 'inAudit'].includes(stage) ? reasonText(reason) : null,
  error: error
    ? {
        code: error.code,
        message: inLang(error.message, lang),
        errcode: error.errcode ?? null,
        hint: error.hint ? inLang(error.hint, lang) : null,
      }
    : null,
});

function portionJson(run: ReleaseRunRecord, records: readonly ReleaseAccountRecord[], now: number) {
  const { open, of, held } = createPortions(run.plan).state(records, { given: run.portionsGiven, now });
  return {
    number: open + 1,
    of,
    held: held?.by ?? null,
    until: held?.by === 'time' ? iso(held.until) : null,
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

/** How many shown reasons are worth a line of their own. */
const MOST_REASONS = 5;

/** Reasons that several mini programs ended with, the most frequent first: one thing to repair, not many. */
export function sameFailures(records: readonly ReleaseAccountRecord[]): Text[] {
  const counts = new Map<string, { count: number; why: Text }>();
  for (const { appId, stage, reason, error } of records) {
    if (!isFailure(stage)) continue;
    const [first = ''] = reasonText(reason ?? '').split('\n');
    const why = error?.message ?? text(first, first);
    const key = why.en.replaceAll(appId, '');
    counts.set(key, { count: (counts.get(key)?.count ?? 0) + 1, why });
  }
  return [...counts.values()]
    .filter(({ count }) => count > 1)
    .sort((one, other) => other.count - one.count)
    .slice(0, MOST_REASONS)
    .map(({ count, why }) => text(en`  ${count} for the same reason: ${why}`, zh`  ${count} 个原因相同：${why}`));
}

export const heldLine = ({ open, of, held }: PortionState): Text => {
  const next = open + 2;
  if (held?.by !== 'time') {
    return text(
      `Portion ${open + 1} of ${of} is over; portion ${next} waits for you.`,
      `第 ${open + 1} 批（共 ${of} 批）已结束，第 ${next} 批等待您确认。`,
    );
  }
  const at = localTime(held.until);
  return text(
    en`Portion ${open + 1} of ${of} is over; portion ${next} begins at ${at}.`,
    zh`第 ${open + 1} 批（共 ${of} 批）已结束，第 ${next} 批将于 ${at} 开始。`,
  );
};

/** The error that a run ends with; undefined where all of it is done. */
export function endOf(run: ReleaseRunRecord, records: readonly ReleaseAccountRecord[]): WxopError | undefined {
  const id = runIdOf(run.plan);
  const counts = countsLine(records);
  const failed = records.filter(({ stage }) => isFailure(stage)).length;
  switch (outcomeOf(run, records)) {
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
    case 'paused':
      return paused(id, counts);
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
const paused = (id: string, counts: Text): WxopError =>
  new WxopError(
    'RUN_PAUSED',
    text(
      en`A portion of the run ${id} is over, and the next one waits for you: ${counts}.`,
      zh`任务 ${id} 的一批已结束，下一批等待您确认：${counts}。`,
    ),
    {
      hint: text(
        `Look at what is online, then let the next one go on: \`wxop release resume ${id} --next\`.`,
        `请检查已上线的小程序，再放行下一批：\`wxop release resume ${id} --next\`。`,
      ),
    },
  );
const stopped = (id: string, counts: Text, stop: RunStop | undefined): WxopError => {
  const [why, hint] = [stop?.reason ?? '', stop?.hint ?? resume(id)];
  return new WxopError(
    stop?.code ?? 'RUN_STOPPED',
    text(en`The run ${id} stopped early: ${why} (${counts})`, zh`任务 ${id} 提前停止：${why}（${counts}）`),
    {
      hint,
      ...(stop?.errcode !== undefined && { errcode: stop.errcode }),
    },
  );
};
