/** What a step needs of a mini program, looked for before anything is sent: a trial version, an open audit, an approved one. */
import type { Audit } from '../protocol/calls/release/audit-endpoints.ts';
import type { CodeVersion } from '../protocol/calls/release/code-endpoints.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { isAuditOnline, isOpenAudit, isTrialAudited, type CodeState } from './code-state.ts';

const wrongStage = (message: Text, hint: Text, errcode?: number): WxopError =>
  new WxopError('WRONG_STAGE', message, { hint, ...(errcode !== undefined && { errcode }) });

/** The trial version, if it can be submitted. Throws WRONG_STAGE. */
export function expectSubmittableTrial(state: CodeState, appId: string): CodeVersion {
  const { trial, audit } = state;
  if (!trial) {
    throw wrongStage(
      text(`${appId} has no code to submit.`, `${appId} 没有可提交的代码。`),
      text(
        `Upload first: \`wxop release upload ${appId} --template <id>\`.`,
        `请先上传：\`wxop release upload ${appId} --template <id>\`。`,
      ),
      85086,
    );
  }
  if (audit && isOpenAudit(audit)) throw auditOpen(audit, appId);
  if (audit?.status !== 'approved' || !isTrialAudited(state)) return trial;
  throw isAuditOnline(state)
    ? wrongStage(
        text(en`Version ${audit.version} is online already.`, zh`版本 ${audit.version} 已经上线。`),
        text('Upload a newer version first.', '请先上传新版本。'),
      )
    : wrongStage(
        text(en`Version ${audit.version} is approved already.`, zh`版本 ${audit.version} 已通过审核。`),
        text(`Publish it: \`wxop release publish ${appId}\`.`, `请发布：\`wxop release publish ${appId}\`。`),
      );
}

const auditOpen = ({ auditId, version }: Audit, appId: string): WxopError =>
  wrongStage(
    text(en`Another version is in audit: ${version} (${auditId}).`, zh`已有版本在审核中：${version}（${auditId}）。`),
    text(
      `Wait for it, or withdraw it, five times a day at most: \`wxop release withdraw ${appId}\`.`,
      `请等待结果，或撤回（每天最多五次）：\`wxop release withdraw ${appId}\`。`,
    ),
    85009,
  );

/** The open audit. Throws WRONG_STAGE. */
export function expectOpenAudit({ audit }: CodeState, appId: string): Audit {
  if (audit && isOpenAudit(audit)) return audit;
  throw wrongStage(
    text(`${appId} has no open audit.`, `${appId} 没有进行中的审核。`),
    text(`See \`wxop release status ${appId}\`.`, `请查看 \`wxop release status ${appId}\`。`),
  );
}

/** The approved audit. Throws WRONG_STAGE where the latest one is not, or is of another version than expected. */
export function expectApprovedAudit({ audit }: CodeState, appId: string, expected?: string): Audit {
  if (!audit) {
    throw wrongStage(
      text(`${appId} has no audited version.`, `${appId} 没有审核通过的版本。`),
      text(`Submit first: \`wxop release submit ${appId}\`.`, `请先提交审核：\`wxop release submit ${appId}\`。`),
      85019,
    );
  }
  if (audit.status !== 'approved') {
    throw wrongStage(
      text(en`The latest audit of ${appId} is not approved.`, zh`${appId} 最近一次审核尚未通过。`),
      text(`See \`wxop release status ${appId}\`.`, `请查看 \`wxop release status ${appId}\`。`),
      85020,
    );
  }
  if (expected !== undefined && audit.version !== expected) {
    throw wrongStage(
      text(
        en`The approved version is ${audit.version}, not ${expected}.`,
        zh`审核通过的版本是 ${audit.version}，而不是 ${expected}。`,
      ),
      text(
        'WeChat publishes the latest approved version only. Nothing was published.',
        '微信只能发布最近审核通过的版本。未作任何发布。',
      ),
    );
  }
  return audit;
}
