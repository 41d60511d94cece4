/** Where a mini program's code is: three slots that move independently of each other. */
import { getLatestAudit, type Audit, type AuditPhase } from '../protocol/calls/release/audit-endpoints.ts';
import { getVersionInfo, type CodeVersion, type CodeVersions } from '../protocol/calls/release/code-endpoints.ts';
import type { Endpoint } from '../protocol/calls/endpoints.ts';
import { isError } from '../sentences/wxop-error.ts';

/** Calls an endpoint with the token of one mini program. */
export type CodeCall = <Args, Answer>(endpoint: Endpoint<Args, Answer>, args: Args) => Promise<Answer>;

export interface CodeState {
  /** What was uploaded last. */
  trial?: CodeVersion;
  /** The latest audit, also long after it was decided. */
  audit?: Audit;
  online?: CodeVersion;
}

export async function readCodeState(ask: CodeCall): Promise<CodeState> {
  const versions: CodeVersions = await ask(getVersionInfo, undefined);
  const audit = await readLatestAudit(ask);
  return { ...versions, ...(audit && { audit }) };
}

/** None by this component, or submitted a moment ago; nothing uploaded by it. */
const NO_AUDIT = [85058, 86001];

export async function readLatestAudit(ask: CodeCall): Promise<Audit | undefined> {
  try {
    return await ask(getLatestAudit, undefined);
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
