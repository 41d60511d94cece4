/** Submitting, withdrawing and hurrying the audit of one mini program. */
import {
  speedUpAudit,
  submitAudit,
  undoAudit,
  type Audit,
  type AuditForm,
} from '../../protocol/calls/release/audit-endpoints.ts';
import { text } from '../../sentences/text.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { readLatestAudit } from '../code-state.ts';
import { judgeSubmission, judgeWithdrawal } from './judge-effect.ts';
import { sendOnce, type Sent, type StepOptions } from './send-once.ts';
import type { HolderCall } from '../../wechat-api/call.ts';

/** A new audit may stay unseen for a minute and more. */
const LOOKS_FOR_AUDIT = [3_000, 7_000, 10_000, 20_000, 30_000, 60_000];
const LOOKS = [2_000, 5_000, 10_000];

/**
 * The id of the new audit. `before`: the latest audit as it was; `version`: that of the trial version, which is what gets
 * audited. A second submission would cost a second of the month's quota: there is none, whatever became of the first.
 */
export async function submitForAudit(
  call: HolderCall,
  form: AuditForm,
  { version, before }: { version: string; before: Audit | undefined },
  options: StepOptions,
): Promise<Sent<number | undefined>> {
  const wanted = { version, before: before?.auditId };
  const sent = await sendOnce<number | undefined>(
    {
      send: () => call(submitAudit, form),
      afterLoss: submitAudit.afterLoss,
      look: async () => judgeSubmission(await readLatestAudit(call), wanted),
      pauses: LOOKS_FOR_AUDIT,
      unknown: UNKNOWN_SUBMISSION,
    },
    options,
  );
  if (sent.answer !== undefined) return sent;
  // Accepted, but without its id.
  const seen = judgeSubmission(await readLatestAudit(call), wanted);
  return { ...sent, answer: seen.effect === 'there' ? seen.answer : undefined };
}

/** Ends the open audit `auditId`. */
export const withdrawAudit = (call: HolderCall, auditId: number, options: StepOptions): Promise<Sent<void>> =>
  sendOnce(
    {
      send: () => call(undoAudit, undefined),
      afterLoss: undoAudit.afterLoss,
      look: async () => judgeWithdrawal(await readLatestAudit(call), auditId),
      pauses: LOOKS,
      unknown: UNKNOWN_WITHDRAWAL,
    },
    options,
  );

/** Done, too, where it was hurried already: nothing else shows it. */
export const hurryAudit = (
  call: HolderCall,
  auditId: number,
  options: StepOptions,
): Promise<Sent<{ wasHurried: boolean }>> =>
  sendOnce(
    {
      send: async () => {
        try {
          await call(speedUpAudit, { auditId });
          return { wasHurried: false };
        } catch (error) {
          if (isError(error, 'PLATFORM_REFUSED', 89404)) return { wasHurried: true };
          throw error;
        }
      },
      afterLoss: speedUpAudit.afterLoss,
      pauses: [],
      unknown: UNKNOWN_HURRY,
    },
    options,
  );

const UNKNOWN_SUBMISSION = {
  message: text(
    'WeChat did not answer, and shows no new audit yet: it may have been submitted all the same.',
    '微信没有应答，也尚未显示新的审核单：可能已经提交。',
  ),
  hint: text(
    'Look with `wxop release status` in some minutes. Submit again only if no audit appears: each one costs quota.',
    '请过几分钟用 `wxop release status` 查看。仅在一直没有审核单时再次提交：每次提交都消耗额度。',
  ),
};
const UNKNOWN_WITHDRAWAL = {
  message: text(
    'WeChat did not answer, and it cannot be seen whether the audit was withdrawn.',
    '微信没有应答，无法判断审核是否已撤回。',
  ),
  hint: text(
    'Look with `wxop release status` before you try again: withdrawals are few, five a day.',
    '重试前请先用 `wxop release status` 查看：每天只能撤回五次。',
  ),
};
const UNKNOWN_HURRY = {
  message: text(
    'WeChat did not answer, twice: the audit may be hurried or not.',
    '微信两次没有应答：可能已加急，也可能没有。',
  ),
  hint: text(
    'Run it again: an audit that is hurried already costs nothing.',
    '请重新运行：已加急的审核不会重复消耗额度。',
  ),
};
