/** What a run of many releases remembers: one record of the run, and one of each mini program in it. */
import type { CodeVersion } from '../../protocol/calls/release/code-endpoints.ts';
import type { ErrorCode } from '../../sentences/error-codes.ts';
import type { Text } from '../../sentences/text.ts';
import type { ReleasePlan } from '../plans/release-plan.ts';

/** Of the record of a mini program, and of a run without portions. */
export const RUN_AT_ONCE = 1;
/** A wxop that knows a smaller number leaves such a run alone. */
export const RUN_FORMAT = 2;

export interface ReleaseRunRecord {
  format: number;
  plan: ReleasePlan;
  startedAt: number;
  /** Of the wxop that began it. */
  wxop: string;
  /** Why nothing more was begun. */
  stop?: RunStop;
  /** A portion is over, and the next one waits for a person. */
  isPaused?: true;
  /** Portions that a person let go on, whatever became of those before. */
  portionsGiven?: number;
  finishedAt?: number;
}

/**
 * `first` ends the submissions of mini programs that have nothing online, `submit` all of them, `upload` uploads too,
 * `publish` everything.
 */
export interface RunStop {
  closes: 'publish' | 'upload' | 'submit' | 'first';
  /** RUN_STOPPED unless it has one of its own. */
  code?: ErrorCode;
  reason: Text;
  hint: Text;
  at: number;
  errcode?: number;
}

export type RunStage =
  /** Not uploaded yet. */
  | 'planned'
  /** Uploaded; WeChat looks for private interfaces. */
  | 'checking'
  | 'checked'
  | 'inAudit'
  | 'approved'
  /** WeChat took the release; it is not seen yet. */
  | 'published'
  | 'online'
  /** Approved, and the plan does not publish. */
  | 'held'
  | 'rejected'
  | 'failed'
  /** The answer was lost, and WeChat does not show whether it took effect. */
  | 'unknown'
  | 'skipped';

export type RunStep = 'upload' | 'submit' | 'publish' | 'withdraw';

/** A request that is about to be sent, or was: what has no result yet may have taken effect. */
export interface Intent {
  step: RunStep;
  at: number;
  /** How often it was sent. */
  nth: number;
  /** What was there before it. */
  trial?: CodeVersion;
  online?: CodeVersion;
  auditId?: number;
}

export interface ReleaseAccountRecord {
  format: number;
  appId: string;
  stage: RunStage;
  intent?: Intent;
  uploadedAt?: number;
  auditId?: number;
  submittedAt?: number;
  /** It is still open, and WeChat says why it takes longer. */
  isDelayed?: true;
  /** The audit before it, which WeChat goes on showing for a while. */
  earlierAuditId?: number;
  /** HTML, as WeChat wrote it. */
  reason?: string;
  screenshots?: string[];
  /** What the upload is seen as, by WeChat's clock. */
  trial?: CodeVersion;
  /** Audits that were taken back for it: five a day and ten a month are allowed. */
  withdrawnAt?: number[];
  /** Online before. */
  before?: CodeVersion;
  publishedAt?: number;
  /** Of the online version, by WeChat's clock, in unix seconds. */
  onlineAt?: number;
  /** The stage that a failed one would go on from. */
  from?: RunStage;
  error?: RunFailure;
  changedAt: number;
}

export interface RunFailure {
  code: ErrorCode;
  message: Text;
  hint?: Text;
  errcode?: number;
  rid?: string;
}

const OVER: readonly RunStage[] = ['online', 'held', 'rejected', 'failed', 'unknown', 'skipped'];

/** Nothing more happens to it by itself. */
export const isFinalStage = (stage: RunStage): boolean => OVER.includes(stage);

export const isFailure = (stage: RunStage): boolean => ['rejected', 'failed', 'unknown'].includes(stage);
