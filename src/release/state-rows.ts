/** The three slots of a mini program, for people and as JSON. */
import type { Audit, AuditPhase } from '../protocol/calls/release/audit-endpoints.ts';
import type { CodeVersion } from '../protocol/calls/release/code-endpoints.ts';
import { iso } from '../sentences/iso-time.ts';
import { text, type Text } from '../sentences/text.ts';
import { reasonText } from './reason-text.ts';
import { isAuditOnline, stageOf, type CodeState, type Stage } from './code-state.ts';

const timeJson = (seconds: number | undefined): string | null => (seconds ? iso(seconds * 1000) : null);

export const versionJson = (of: CodeVersion | undefined) =>
  of ? { version: of.version, description: of.description, time: timeJson(of.time) } : null;

const auditJson = ({ auditId, status, version, description, submittedAt, reason }: Audit) => ({
  auditId,
  status,
  version,
  description,
  submittedAt: timeJson(submittedAt),
  reason: reason === '' ? null : reasonText(reason),
});

export const stateJson = (state: CodeState) => ({
  stage: stageOf(state),
  trial: versionJson(state.trial),
  audit: state.audit ? auditJson(state.audit) : null,
  online: versionJson(state.online),
});

export const AUDIT_STATUS_NAMES: Record<AuditPhase, Text> = {
  approved: text('approved', '审核通过'),
  rejected: text('rejected', '审核未通过'),
  inAudit: text('in audit', '审核中'),
  withdrawn: text('withdrawn', '已撤回'),
  delayed: text('delayed', '审核延后'),
  unknown: text('unknown', '未知'),
};

export interface SlotRow {
  slot: Text;
  version: string;
  state: Text;
  /** ISO 8601; empty where it is not known. */
  time: string;
  description: string;
  status?: AuditPhase;
}

const EMPTY = text('none', '无');

export function slotRows(state: CodeState): SlotRow[] {
  const { trial, audit, online } = state;
  const row = (slot: Text, of: CodeVersion | undefined, name: Text, status?: AuditPhase): SlotRow => ({
    slot,
    version: of?.version || '-',
    state: of ? name : EMPTY,
    time: timeJson(of?.time) ?? '',
    description: of?.description ?? '',
    ...(status && { status }),
  });
  const audited = audit && { version: audit.version, description: audit.description, time: audit.submittedAt };
  const auditName = isAuditOnline(state) ? APPROVED_AND_ONLINE : AUDIT_STATUS_NAMES[audit?.status ?? 'unknown'];
  return [
    row(text('trial', '体验版'), trial, text('uploaded', '已上传')),
    row(text('audit', '审核版'), audited, auditName, audit?.status),
    row(text('online', '线上版'), online, text('online', '已上线')),
  ];
}

const APPROVED_AND_ONLINE = text('approved, and online', '审核通过，已上线');

/** What an operator can do next; undefined where there is nothing to do. */
export function nextStepOf(state: CodeState, account: string): Text | undefined {
  const stage = stageOf(state);
  return stage === 'approved' && isOnlineNewer(state) ? ifNobodyWentBack(account) : NEXT_STEPS[stage]?.(account);
}

/** After going back, or where the version before was published while the audit went on: WeChat shows no difference. */
const isOnlineNewer = ({ audit, online }: CodeState): boolean =>
  online?.time !== undefined && online.time >= (audit?.submittedAt ?? 0);

const ifNobodyWentBack = (account: string): Text =>
  text(
    `Approved, and not online. Next: \`wxop release publish ${account}\`; if somebody went back from it, it takes a new upload and audit.`,
    `审核已通过，但不在线上。下一步：\`wxop release publish ${account}\`；若是从该版本回退的，须重新上传并审核。`,
  );

const NEXT_STEPS: Partial<Record<Stage, (account: string) => Text>> = {
  nothing: (account) =>
    text(
      `Nothing was uploaded by this component. Next: \`wxop release upload ${account} --template <id>\`.`,
      `本第三方平台尚未上传代码。下一步：\`wxop release upload ${account} --template <id>\`。`,
    ),
  uploaded: (account) =>
    text(
      `Next: \`wxop release check ${account}\`, then \`wxop release submit ${account}\`.`,
      `下一步：\`wxop release check ${account}\`，然后 \`wxop release submit ${account}\`。`,
    ),
  inAudit: () =>
    text(
      'WeChat is auditing it: hours to days. Next: wait, or `release hurry`, or `release withdraw`.',
      '微信审核中，需数小时至数天。可等待，或用 `release hurry` 加急、`release withdraw` 撤回。',
    ),
  delayed: () =>
    text(
      'The audit takes longer and goes on by itself; until then nothing else can be submitted.',
      '审核延后，会自行继续；在此之前不能再次提交。',
    ),
  approved: (account) =>
    text(
      `Approved, and not online yet. Next: \`wxop release publish ${account}\`.`,
      `审核已通过，尚未上线。下一步：\`wxop release publish ${account}\`。`,
    ),
  rejected: (account) =>
    text(
      `Rejected. Next: \`wxop release reasons ${account}\`.`,
      `审核未通过。下一步：\`wxop release reasons ${account}\`。`,
    ),
  withdrawn: (account) =>
    text(
      `Withdrawn. Next: \`wxop release submit ${account}\`.`,
      `审核已撤回。下一步：\`wxop release submit ${account}\`。`,
    ),
};
