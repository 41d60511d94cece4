/**
 * Requests of a run, each written down before it is sent and with its result after it: an intent without a result may have
 * taken effect, and WeChat is looked at.
 */
import type { AuditForm } from '../../protocol/calls/release/audit-endpoints.ts';
import { isError, type WxopError } from '../../sentences/wxop-error.ts';
import type { HolderCall } from '../../wechat-api/call.ts';
import type { PatientStep, PlannedAccount, ReleasePlan } from '../plans/release-plan.ts';
import { isAnswerLost } from '../steps/send-once.ts';
import { failures } from './run-failures.ts';
import type { Intent, ReleaseAccountRecord, RunStep } from './run-record.ts';

export interface AdvanceOptions {
  plan: ReleasePlan;
  planned: PlannedAccount;
  form: Partial<AuditForm>;
  call: HolderCall;
  now: () => number;
  /** Durable before it resolves. */
  save: (record: ReleaseAccountRecord) => Promise<void>;
  /** Milliseconds between two looks at an audit. */
  pollEvery: number;
  onLost: () => void;
}

export interface Advanced {
  record: ReleaseAccountRecord;
  /** Milliseconds until the next look; undefined: at once. */
  dueIn?: number;
}

/** Milliseconds between looks for a lost effect. */
const LOOK_AGAIN = 2_000;

/** Its effect is looked for again soon; the last look is the one that counts. */
export const lookAgain = (record: ReleaseAccountRecord, { plan }: AdvanceOptions): Advanced => ({
  record,
  dueIn: Math.min(LOOK_AGAIN, plan.patience[patientStepOf(record)] / 2),
});

const patientStepOf = ({ intent }: ReleaseAccountRecord): PatientStep =>
  intent?.step === 'upload' ? 'upload' : intent?.step === 'submit' ? 'submission' : 'publication';

/**
 * Sends what the intent of the record says. `done` gives what changes with the answer; undefined where it does not tell,
 * and WeChat has to be looked at. `isDoubtful`: a refusal that does not say that it had no effect.
 */
export async function sendIntended<Answer>(
  record: ReleaseAccountRecord,
  options: AdvanceOptions,
  request: () => Promise<Answer>,
  done: (answer: Answer) => Partial<ReleaseAccountRecord> | undefined,
  isDoubtful: (error: unknown) => boolean = () => false,
): Promise<Advanced> {
  await options.save(record);
  let answer: Answer;
  try {
    answer = await request();
  } catch (error) {
    if (isAnswerLost(error) || isDoubtful(error)) {
      if (!isDoubtful(error)) options.onLost();
      return lookAgain(record, options);
    }
    // An interruption may come after the request was sent.
    if (!isError(error, 'CANCELLED')) await options.save(withoutIntent(record));
    throw error;
  }
  const changes = done(answer);
  return changes ? recordResult(record, options, changes) : lookAgain(record, options);
}

/** The result of a step: the intent is over. */
export async function recordResult(
  record: ReleaseAccountRecord,
  { save, now }: AdvanceOptions,
  changes: Partial<ReleaseAccountRecord>,
): Promise<Advanced> {
  const next = { ...withoutIntent(record), ...changes, changedAt: now() };
  await save(next);
  return { record: next };
}

/** Its intent stays: a later look may still find the effect. */
export async function giveUp(
  record: ReleaseAccountRecord,
  options: AdvanceOptions,
  error: WxopError,
): Promise<Advanced> {
  const next: ReleaseAccountRecord = {
    ...record,
    stage: 'unknown',
    from: record.stage,
    error: failures.recorded(error),
    changedAt: options.now(),
  };
  await options.save(next);
  return { record: next };
}

export const withoutIntent = ({
  intent: _intent,
  error: _error,
  ...record
}: ReleaseAccountRecord): ReleaseAccountRecord => record;

export const intentOf = ({ intent }: ReleaseAccountRecord, step: RunStep): Intent | undefined =>
  intent?.step === step ? intent : undefined;
