/** Where a mini program's code is: three slots that move independently of each other. */
import { getLatestAudit, type Audit, type AuditPhase } from '../protocol/calls/release/audit-endpoints.ts';
import { getVersionInfo, type CodeVersion, type CodeVersions } from '../protocol/calls/release/code-endpoints.ts';
import { isError } from '../sentences/wxop-error.ts';
import type { HolderCall } from '../wechat-api/call.ts';

export interface CodeState {
  /** What was uploaded last. */
  trial?: CodeVersion;
  /** The latest audit, also long after it was decided. */
  audit?: Audit;
  online?: CodeVersion;
}

export async function readCodeState(call: HolderCall): Promise<CodeState> {
  const versions: CodeVersions = await call(getVersionInfo, undefined);
  const audit = await readLatestAudit(call);
  return { ...versions, ...(audit && { audit }) };
}

/** None by this component, or submitted a moment ago; nothing uploaded by it. */
const NO_AUDIT = [85058, 86001];

export async function readLatestAudit(call: HolderCall): Promise<Audit | undefined> {
  try {
    return await call(getLatestAudit, undefined);
  } catch (error) {
    if (NO_AUDIT.some((errcode) => isError(error, 'PLATFORM_REFUSED', errcode))) return undefined;
    throw error;
  }
}

/** A delayed one goes on by itself, and keeps others from being submitted as well. */
export const isOpenAudit = ({ status }: { status: AuditPhase }): boolean =>
  status === 'inAudit' || status === 'delayed';

/** Whether the trial version is the code of the latest audit, as far as version and times tell. */
export const isTrialAudited = ({ trial, audit }: CodeState): boolean =>
  trial !== undefined &&
  audit !== undefined &&
  trial.version === audit.version &&
  (audit.submittedAt ?? 0) >= (trial.time ?? 0);

/** Whether the latest audit was approved and is online. WeChat leaves its status as it is when it is released. */
export const isAuditOnline = ({ audit, online }: CodeState): boolean =>
  audit?.status === 'approved' &&
  online !== undefined &&
  (online.time ?? 0) >= (audit.submittedAt ?? 0) &&
  (online.version === '' || online.version === audit.version);

/** What an operator wants to know first. */
export type Stage = 'nothing' | 'uploaded' | AuditPhase | 'online';

/** The newest code, by where it is: what is only uploaded counts more than an older audit. */
export function stageOf(state: CodeState): Stage {
  const { trial, audit, online } = state;
  if (audit && isOpenAudit(audit)) return audit.status;
  const isNewer = trial !== undefined && (trial.time ?? 0) > Math.max(audit?.submittedAt ?? 0, online?.time ?? 0);
  if (isNewer) return 'uploaded';
  if (audit && !isAuditOnline(state)) return audit.status;
  if (online) return 'online';
  return trial ? 'uploaded' : 'nothing';
}
