/** `wxop release resume`: goes on with a run. What was sent without a result is looked at first. */
import { defineCommand, parameter } from '../../../cli/command.ts';
import { createPortions } from '../../../release/runs/portions.ts';
import { isFinalStage, type ReleaseAccountRecord, type ReleaseRunRecord } from '../../../release/runs/run-record.ts';
import { en, text, zh } from '../../../sentences/text.ts';
import { WxopError } from '../../../sentences/wxop-error.ts';
import { CARRY_OUT_FLAGS, carryOn, expectSameTemplate } from './carry-on.ts';
import { openRuns, readRecords } from './open-runs.ts';

export const RUN = parameter('<run>', text('its id: `wxop release runs`', '任务 ID：`wxop release runs`'));

export const command = defineCommand({
  arguments: { run: RUN },
  flags: {
    ...CARRY_OUT_FLAGS,
    retry: parameter(
      '--retry',
      text(
        'also those that failed, were skipped or rejected, from the step that failed',
        '也重试失败、跳过或未通过的，从失败的步骤开始',
      ),
    ),
    next: parameter(
      '--next',
      text('let the next portion go on, whatever became of those before', '放行下一批，无论之前各批结果如何'),
    ),
    resubmit: parameter(
      '--resubmit',
      text('submit again where an unanswered submission left no audit', '对未获应答且没有审核单的，重新提交'),
    ),
  },
  examples: [
    'wxop release resume r0123456789',
    'wxop release resume r0123456789 --next',
    'wxop release resume r0123456789 --retry',
  ],
  risk: 'production',
  output: 'document',
  prepare: async (context, { run: id, retry = false, resubmit = false, next = false, ...flags }) => {
    const runs = await openRuns(context);
    const { plan } = await runs.read(id);
    return {
      question: text(
        en`Go on with the run ${id}: version ${plan.version}, ${plan.accounts.length} mini programs?`,
        zh`继续任务 ${id}：版本 ${plan.version}，${plan.accounts.length} 个小程序？`,
      ),
      run: () =>
        runs.exclusively(async (expectLock) => {
          const run = await runs.read(id);
          const before = await readRecords(runs, run);
          const records = before.map((record) => goingOn(record, { retry, resubmit }));
          if (records.some(({ stage }) => stage === 'planned')) await expectSameTemplate(context, plan);
          const { stop: _stop, finishedAt: _finishedAt, isPaused: _isPaused, ...rest } = run;
          const going = next ? withNextPortion(rest, before, context.now()) : rest;
          if (next) await runs.update(id, () => going);
          await carryOn(context, { runs, id, run: going, records, expectLock, ...flags });
        }),
    };
  },
});

/** Throws USAGE where no portion waits. */
function withNextPortion(
  run: ReleaseRunRecord,
  records: readonly ReleaseAccountRecord[],
  now: number,
): ReleaseRunRecord {
  const { open, of, held } = createPortions(run.plan).state(records, { given: run.portionsGiven, now });
  if (!held) throw nothingHeld(open + 1, of);
  return { ...run, portionsGiven: open + 2 };
}

const nothingHeld = (open: number, of: number): WxopError =>
  new WxopError(
    'USAGE',
    text(
      `No portion waits: portion ${open} of ${of} is not over.`,
      `没有等待放行的批次：第 ${open} 批（共 ${of} 批）尚未结束。`,
    ),
    { hint: text('Resume the run without --next.', '请去掉 --next 后继续该任务。') },
  );

/** Where a record goes on. What nobody could tell is looked at again. */
function goingOn(record: ReleaseAccountRecord, { retry, resubmit }: { retry: boolean; resubmit: boolean }) {
  const { from, error: _error, ...rest } = record;
  if (!isFinalStage(record.stage) || from === undefined) return record;
  if (record.stage === 'unknown') {
    const { intent, ...unsent } = rest;
    if (resubmit && intent?.step === 'submit') return { ...unsent, stage: from };
    // After another look; the same code twice, or the same version online twice, is one.
    const again = retry && (intent?.step === 'upload' || intent?.step === 'publish');
    return { ...rest, ...(again && { intent: { ...intent, nth: 1 } }), stage: from };
  }
  return retry ? { ...rest, stage: from } : record;
}
