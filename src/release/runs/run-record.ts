/** What a run of many releases remembers: one record of the run, and one of each mini program in it. */
import type { CodeVersion } from '../../protocol/calls/release/code-endpoints.ts';
import type { ErrorCode } from '../../sentences/error-codes.ts';
import type { Text } from '../../sentences/text.ts';
import type { ReleasePlan } from './release-plan.ts';

/** A wxop that knows a smaller number leaves such a run alone. */
export const RUN_FORMAT = 1;

export interface ReleaseRunRecord {
  format: number;
  plan: ReleasePlan;
  startedAt: number;
  /** Of the wxop that began it. */
  wxop: string;
  /** Why nothing more was begun. */
  stop?: RunStop;
  finishedAt?: number;
}

/** `upload` ends uploads too; `submit` only what costs audits. */
export interface RunStop {
  closes: 'upload' | 'submit';
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
  /** The audit before it, which WeChat goes on showing for a while. */
  earlierAuditId?: number;
  /** HTML, as WeChat wrote it. */
  reason?: string;
  screenshots?: string[];
  /** Online before. */
  before?: CodeVersion;
  publishedAt?: number;
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
