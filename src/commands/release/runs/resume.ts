/** `wxop release resume`: goes on with a run. What was sent without a result is looked at first. */
import { defineCommand, parameter } from '../../../cli/command.ts';
import { isFinalStage, type ReleaseAccountRecord } from '../../../release/runs/run-record.ts';
import { en, text, zh } from '../../../sentences/text.ts';
import { carryOn, CARRY_OUT_FLAGS, expectSameTemplate, firstRecord, openRuns } from './run.ts';

export const RUN = parameter('<run>', text('the run: `wxop release runs`', '任务：`wxop release runs`'));

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
    resubmit: parameter(
      '--resubmit',
      text('submit again where an unanswered submission left no audit', '对未获应答且没有审核单的，重新提交'),
    ),
  },
  examples: ['wxop release resume r0123456789', 'wxop release resume r0123456789 --retry'],
  risk: 'production',
  output: 'document',
  prepare: async (context, { run: id, retry = false, resubmit = false, ...flags }) => {
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
          const stored = await runs.readAccounts(
            id,
            plan.accounts.map(({ appId }) => appId),
          );
          const records = stored.map((record, index) => {
            const appId = plan.accounts[index]?.appId ?? '';
            return goingOn(record ?? firstRecord({ appId }), { retry, resubmit });
          });
          if (records.some(({ stage }) => stage === 'planned')) await expectSameTemplate(context, plan);
          const { stop: _stop, finishedAt: _finishedAt, ...rest } = run;
          await carryOn(context, { runs, id, run: rest, records, expectLock, ...flags });
        }),
    };
  },
});

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
