/** Why a mini program of a run goes no further, and which failures are those of every other one too. */
import { en, text, zh, type Text } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import type { RunFailure, RunStop } from './run-record.ts';

const recorded = ({ code, text: message, hint, errcode, rid }: WxopError): RunFailure => ({
  code,
  message,
  ...(hint && { hint }),
  ...(errcode !== undefined && { errcode }),
  ...(rid && { rid }),
});

const wrongStage = (message: Text, hint: Text): WxopError => new WxopError('WRONG_STAGE', message, { hint });
const unknown = (message: Text, hint: Text): WxopError => new WxopError('OUTCOME_UNKNOWN', message, { hint });

const MAKE_A_PLAN = text(
  'Find out who did it, then make another plan for this mini program.',
  '请查明是谁操作的，然后为该小程序重新生成计划。',
);
const RESUME = text(
  'Resume the run: it looks again, and with --retry it sends it once more.',
  '请继续该任务：将再次查看；加 --retry 则再发送一次。',
);

export const failures = {
  recorded,
  foreignTrial: (): WxopError =>
    wrongStage(
      text(
        'The trial version is not the one of this run: somebody else uploaded.',
        '体验版不是本次任务上传的：有他人上传了代码。',
      ),
      MAKE_A_PLAN,
    ),
  noTrial: (): WxopError =>
    wrongStage(
      text(
        'WeChat does not show the trial version that was uploaded; nothing was submitted.',
        '微信未显示已上传的体验版，未提交审核。',
      ),
      text(
        'Look with `wxop release status`, then resume the run with --retry: it looks again.',
        '请用 `wxop release status` 查看，再用 --retry 继续该任务：将再次查看。',
      ),
    ),
  /** Where it is to be submitted. */
  otherTrial: (isThere: boolean): WxopError => (isThere ? failures.foreignTrial() : failures.noTrial()),
  foreignOnline: (): WxopError =>
    wrongStage(text('Somebody else published another version.', '有他人发布了其他版本。'), MAKE_A_PLAN),
  otherAudit: (version: string): WxopError =>
    wrongStage(
      text(
        en`Somebody else submitted version ${version} after this run did.`,
        zh`在本次任务提交之后，有他人提交了版本 ${version}。`,
      ),
      MAKE_A_PLAN,
    ),
  otherApproved: (): WxopError =>
    wrongStage(
      text(
        'The latest approved version is not the one of this run; nothing was published.',
        '最近审核通过的版本不是本次任务提交的，未作任何发布。',
      ),
      MAKE_A_PLAN,
    ),
  withdrawn: (): WxopError =>
    wrongStage(
      text('Somebody withdrew the audit.', '审核已被他人撤回。'),
      text(
        'Find out who did it. Resume the run with --retry to submit it again.',
        '请查明是谁操作的。若要重新提交，请用 --retry 继续该任务。',
      ),
    ),
  openAudit: (version: string): RunFailure =>
    recorded(
      wrongStage(
        text(en`Another version is in audit: ${version}.`, zh`已有其他版本在审核中：${version}。`),
        text(
          'Wait for it; or say in the file of the plan `openAudit: wait`, or `withdraw`.',
          '请等待其结果；或在计划的源文件中写 `openAudit: wait` 或 `withdraw`。',
        ),
      ),
    ),
  uploadWithoutEffect: (): WxopError =>
    unknown(
      text('Uploaded twice without an answer, and WeChat shows no new code.', '两次上传均无应答，微信也未显示新代码。'),
      RESUME,
    ),
  submissionUnknown: (): WxopError =>
    unknown(
      text(
        'The submission was not answered, and WeChat still shows no audit of it.',
        '提交审核没有得到应答，微信也一直没有显示该审核单。',
      ),
      text(
        'Look in some hours, or submit again at the risk of a second unit of quota: `wxop release resume <run> --resubmit`.',
        '请过几小时再看；或冒着多耗一次额度的风险重新提交：`wxop release resume <run> --resubmit`。',
      ),
    ),
  publicationUnknown: (): WxopError =>
    unknown(text('WeChat does not show that the version is online.', '微信未显示该版本已上线。'), RESUME),
  withdrawalUnknown: (): WxopError =>
    unknown(
      text('The withdrawal was not answered, and the audit is still open.', '撤回没有得到应答，审核仍在进行。'),
      text(
        'Withdraw it yourself, five times a day at most: `wxop release withdraw`.',
        '请自行撤回（每天最多五次）：`wxop release withdraw`。',
      ),
    ),
};

/** Refusals that every other mini program would get too, and what they close. */
const STOPPING: Record<number, { closes: RunStop['closes']; hint: Text }> = {
  85085: {
    closes: 'submit',
    hint: text(
      'Resume the run when there is quota again: next month, or after an extra grant in 小程序服务商助手.',
      '额度恢复后继续该任务：下个月，或在“小程序服务商助手”申请临时额度之后。',
    ),
  },
  86008: { closes: 'submit', hint: text('Clear it with WeChat, then resume the run.', '请与微信解决后继续该任务。') },
  86009: { closes: 'first', hint: text('Clear it with WeChat, then resume the run.', '请与微信解决后继续该任务。') },
  86010: { closes: 'submit', hint: text('Clear it with WeChat, then resume the run.', '请与微信解决后继续该任务。') },
  85014: {
    closes: 'upload',
    hint: text('The template was deleted: make a plan with another.', '模板已被删除：请用其他模板重新生成计划。'),
  },
  85043: {
    closes: 'upload',
    hint: text('Build the template again, and make another plan.', '请重新制作模板，并重新生成计划。'),
  },
  85044: {
    closes: 'upload',
    hint: text('Build the template again, and make another plan.', '请重新制作模板，并重新生成计划。'),
  },
  85047: {
    closes: 'upload',
    hint: text('Correct pages in the ext_json, and make another plan.', '请修改 ext_json 的 pages，并重新生成计划。'),
  },
};

/** The stop that a refusal means for the run; undefined where it concerns one mini program. */
export function stopOf(error: WxopError, at: number): RunStop | undefined {
  const stopping = error.errcode === undefined ? undefined : STOPPING[error.errcode];
  return stopping && { ...stopping, reason: error.text, at, errcode: error.errcode };
}

export const sameReason = (count: number, reason: Text, at: number): RunStop => ({
  closes: 'submit',
  reason: text(
    en`${count} mini programs ended for the same reason: ${reason}`,
    zh`${count} 个小程序因同一原因未通过：${reason}`,
  ),
  hint: text(
    'Correct it, and make another plan; or resume the run to go on all the same.',
    '请修正后重新生成计划；若仍要继续，请继续该任务。',
  ),
  at,
});

export const pilotFailed = (name: string, at: number): RunStop => ({
  closes: 'upload',
  reason: text(en`The pilot ${name} did not succeed.`, zh`先行小程序 ${name} 未成功。`),
  hint: text(
    'See `wxop release show`. Resume the run with --retry when it is repaired.',
    '请查看 `wxop release show`。修复后用 --retry 继续该任务。',
  ),
  at,
});

export const tooManyFailed = (failed: number, begun: number, at: number): RunStop => ({
  closes: 'publish',
  code: 'TOO_MANY_FAILED',
  reason: text(
    `${failed} of ${begun} mini programs failed, which is more than the plan allows.`,
    `${begun} 个小程序中有 ${failed} 个失败，超过计划允许的数量。`,
  ),
  hint: text(
    'See `wxop release show`. Resume the run with --retry when it is repaired, or with --next to go on all the same.',
    '请查看 `wxop release show`。修复后用 --retry 继续该任务；若仍要继续，请用 --next。',
  ),
  at,
});

export const reserveReached = (rest: number, at: number): RunStop => ({
  closes: 'submit',
  reason: text(
    `${rest} audits of the month are left, which the plan keeps for others.`,
    `本月剩余审核额度 ${rest} 次，按计划保留。`,
  ),
  hint: text(
    'Resume the run when there is more, or make a plan with a smaller reserve.',
    '额度增加后继续该任务，或以更小的 reserve 重新生成计划。',
  ),
  at,
});
