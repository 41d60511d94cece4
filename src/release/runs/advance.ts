/**
 * Takes one mini program of a run one step further. What is sent is written down before, and its result after it; where
 * a result is missing, WeChat's state decides, and only what is marked for it is sent again, once.
 */
import {
  getCodePrivacyInfo,
  commitCode,
  getCodeCategories,
  type CodeVersion,
} from '../../protocol/calls/release/code-endpoints.ts';
import {
  getAuditStatus,
  submitAudit,
  undoAudit,
  type Audit,
  type AuditForm,
} from '../../protocol/calls/release/audit-endpoints.ts';
import { releaseCode } from '../../protocol/calls/release/release-endpoints.ts';
import { isError, type WxopError } from '../../sentences/wxop-error.ts';
import { defaultItems } from '../audit-form.ts';
import { isOpenAudit, readCodeState, readLatestAudit, type CodeCall, type CodeState } from '../code-state.ts';
import { judgePublication, judgeUpload, judgeWithdrawal } from '../judge-effect.ts';
import { isAnswerLost } from '../send-once.ts';
import { foundInterfaces, isCheckClean } from '../wait-for-detection.ts';
import { markedDescription, type PatientStep, type PlannedAccount, type ReleasePlan } from './release-plan.ts';
import type { Intent, ReleaseAccountRecord, RunStage, RunStep } from './run-record.ts';
import { failures } from './run-failures.ts';

export interface AdvanceOptions {
  plan: ReleasePlan;
  planned: PlannedAccount;
  form: Partial<AuditForm>;
  ask: CodeCall;
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

/** Milliseconds between looks for a lost effect, and for the end of the detection. */
const LOOK_AGAIN = 2_000;
const DETECTION_PAUSES = { first: 3_000, longest: 30_000, part: 0.5 };
/** WeChat needs about a minute; outages of hours are known. After this it is looked at as seldom as an audit. */
const DETECTION_PATIENCE = 15 * 60_000;
const TWICE = 2;

/** Milliseconds; the last look is the one that counts. */
const lookAgain = ({ patience }: ReleasePlan, step: PatientStep): number => Math.min(LOOK_AGAIN, patience[step] / 2);

const patientStepOf = ({ intent }: ReleaseAccountRecord): PatientStep =>
  intent?.step === 'upload' ? 'upload' : intent?.step === 'submit' ? 'submission' : 'publication';

/** Throws what WeChat refuses with: nothing took effect then, and the record says so. */
export function advance(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  if (record.intent?.step === 'withdraw') return lookForWithdrawal(record, record.intent, options);
  const step = STEPS[record.stage];
  if (!step) throw new TypeError(`nothing to do at ${record.stage}`);
  return step(record, options);
}

const STEPS: Partial<Record<RunStage, (record: ReleaseAccountRecord, options: AdvanceOptions) => Promise<Advanced>>> = {
  planned: upload,
  checking: check,
  checked: submit,
  inAudit: watch,
  approved: publish,
  published: verify,
};

async function upload(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  const { plan, planned, ask, now } = options;
  const state = await readCodeState(ask);
  const wanted = { version: plan.version, description: markedDescription(plan) };
  if (isOurs(state.trial, plan)) return become(record, options, { stage: 'checking', uploadedAt: now() });
  const intent = intentOf(record, 'upload');
  if (intent) {
    if (judgeUpload(state, { ...wanted, before: intent.trial }).effect !== 'absent') throw failures.foreignTrial();
    if (now() - intent.at < plan.patience.upload) return { record, dueIn: lookAgain(options.plan, 'upload') };
    if (intent.nth >= TWICE) return giveUp(record, options, failures.uploadWithoutEffect());
  } else {
    if (isOurs(state.online, plan)) return become(record, options, { stage: 'online' });
    const open = openAuditIn(state);
    if (open) return besideOpenAudit(record, options, open);
  }
  const extJson = JSON.stringify({ ...planned.extJson, extAppid: planned.appId });
  return send(
    {
      ...record,
      ...(state.online && { before: state.online }),
      intent: { step: 'upload', at: now(), nth: (intent?.nth ?? 0) + 1, ...(state.trial && { trial: state.trial }) },
    },
    options,
    () => ask(commitCode, { templateId: plan.template.templateId, extJson, ...wanted }),
    () => ({ stage: 'checking', uploadedAt: now() }),
  );
}

/** Only asks: uploading again would begin the detection anew. */
async function check(record: ReleaseAccountRecord, { ask, form, now, pollEvery }: AdvanceOptions): Promise<Advanced> {
  try {
    const found = await ask(getCodePrivacyInfo, undefined);
    if (!isCheckClean(found) && !form.privacyApiNotUse) throw foundInterfaces(found);
  } catch (error) {
    if (isError(error, 'PLATFORM_REFUSED', 61039)) {
      const elapsed = now() - (record.uploadedAt ?? now());
      const { first, longest, part } = DETECTION_PAUSES;
      if (isSlowDetection(record, now())) return { record, dueIn: Math.max(longest, pollEvery) };
      return { record, dueIn: Math.min(longest, Math.max(first, elapsed * part)) };
    }
    // 61040 says the same as the lists.
    if (!isError(error, 'PLATFORM_REFUSED', 61040) || !form.privacyApiNotUse) throw error;
  }
  // It costs nothing to ask again: saved with the submission.
  return { record: { ...record, stage: 'checked' } };
}

export const isSlowDetection = ({ stage, uploadedAt }: ReleaseAccountRecord, now: number): boolean =>
  stage === 'checking' && uploadedAt !== undefined && now - uploadedAt > DETECTION_PATIENCE;

async function submit(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  const { plan, ask, now, form } = options;
  const state = await readCodeState(ask);
  const { audit, trial } = state;
  const intent = intentOf(record, 'submit');
  if (audit && isOurs(audit, plan) && audit.auditId !== record.auditId && audit.auditId !== intent?.auditId) {
    return become(record, options, {
      stage: 'inAudit',
      auditId: audit.auditId,
      submittedAt: intent?.at ?? now(),
      earlierAuditId: intent?.auditId,
    });
  }
  if (!isOurs(trial, plan)) throw failures.otherTrial(trial !== undefined);
  const open = openAuditIn(state);
  if (open && open.auditId !== record.auditId) {
    return besideOpenAudit(intent ? without(record) : record, options, open);
  }
  if (intent) {
    return now() - intent.at < plan.patience.submission
      ? { record, dueIn: lookAgain(options.plan, 'submission') }
      : giveUp(record, options, failures.submissionUnknown());
  }
  const items = form.items ?? defaultItems(await ask(getCodeCategories, undefined));
  const sent: ReleaseAccountRecord = {
    ...record,
    ...(trial && { trial }),
    intent: { step: 'submit', at: now(), nth: 1, ...(audit && { auditId: audit.auditId }) },
  };
  try {
    return await send(
      sent,
      options,
      () => ask(submitAudit, { ...form, items }),
      (auditId) =>
        auditId === undefined
          ? undefined
          : { stage: 'inAudit', auditId, submittedAt: now(), earlierAuditId: audit?.auditId },
      // An audit that nobody sees yet may be ours.
      (error) => isError(error, 'PLATFORM_REFUSED', 85009),
    );
  } catch (error) {
    if (!isError(error, 'PLATFORM_REFUSED', 61039)) throw error;
    return { record: { ...without(record), stage: 'checking' }, dueIn: DETECTION_PAUSES.first };
  }
}

async function watch(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  const { plan, ask, pollEvery } = options;
  const audit = await readLatestAudit(ask);
  if (!audit || audit.auditId !== record.auditId) {
    if (audit && audit.auditId !== record.earlierAuditId) throw failures.otherAudit(audit.version);
    return { record, dueIn: pollEvery };
  }
  const { status, reason, screenshots } = audit;
  const { isDelayed: _isDelayed, reason: _reason, ...decided } = record;
  if (status === 'approved') return become(decided, options, { stage: plan.publish ? 'approved' : 'held' });
  if (status === 'rejected')
    return become(decided, options, { stage: 'rejected', reason, screenshots, from: 'checked' });
  if (status === 'withdrawn') {
    const error = failures.recorded(failures.withdrawn());
    return become(decided, options, { stage: 'failed', from: 'checked', error });
  }
  if (status === 'delayed' && !record.isDelayed) {
    // It has its reason only where it is asked for by id.
    const why = reason || (await ask(getAuditStatus, { auditId: audit.auditId })).reason;
    return { ...(await become(record, options, { isDelayed: true, reason: why })), dueIn: pollEvery };
  }
  return { record, dueIn: pollEvery };
}

async function publish(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  const { plan, ask, now } = options;
  const state = await readCodeState(ask);
  const intent = intentOf(record, 'publish');
  const seenAt = state.online?.time === undefined ? {} : { onlineAt: state.online.time };
  if (isOurs(state.online, plan))
    return become(record, options, { stage: 'online', publishedAt: intent?.at ?? now(), ...seenAt });
  if (intent) {
    const { effect } = judgePublication(state, { version: plan.version, before: intent.online });
    if (effect === 'there') return become(record, options, { stage: 'online', publishedAt: intent.at, ...seenAt });
    if (effect === 'unclear') throw failures.foreignOnline();
    if (now() - intent.at < plan.patience.publication) return { record, dueIn: lookAgain(options.plan, 'publication') };
    if (intent.nth >= TWICE) return giveUp(record, options, failures.publicationUnknown());
  }
  // WeChat publishes the latest approved version, whatever is meant.
  if (state.audit?.status !== 'approved' || state.audit.auditId !== record.auditId) throw failures.otherApproved();
  return send(
    {
      ...record,
      intent: {
        step: 'publish',
        at: now(),
        nth: (intent?.nth ?? 0) + 1,
        ...(state.online && { online: state.online }),
      },
    },
    options,
    async () => {
      try {
        await ask(releaseCode, undefined);
      } catch (error) {
        // It is online already.
        if (!isError(error, 'PLATFORM_REFUSED', 85052)) throw error;
      }
    },
    () => ({ stage: 'published', publishedAt: now() }),
  );
}

async function verify(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  const { online } = await readCodeState(options.ask);
  // WeChat is known to leave the version of what is online empty.
  if (online && (online.version === options.plan.version || online.version === '')) {
    return become(record, options, { stage: 'online', ...(online.time !== undefined && { onlineAt: online.time }) });
  }
  if (options.now() - (record.publishedAt ?? 0) < options.plan.patience.publication)
    return { record, dueIn: lookAgain(options.plan, 'publication') };
  return giveUp(record, options, failures.publicationUnknown());
}

/** Another version is in audit. */
async function besideOpenAudit(record: ReleaseAccountRecord, options: AdvanceOptions, open: Audit): Promise<Advanced> {
  const { plan, ask, now, pollEvery } = options;
  if (plan.openAudit === 'wait') return { record, dueIn: pollEvery };
  if (plan.openAudit === 'skip') {
    return become(record, options, { stage: 'skipped', from: record.stage, error: failures.openAudit(open.version) });
  }
  return send(
    {
      ...record,
      intent: { step: 'withdraw', at: now(), nth: 1, auditId: open.auditId },
    },
    options,
    () => ask(undoAudit, undefined),
    () => ({ stage: record.stage, withdrawnAt: [...(record.withdrawnAt ?? []), now()] }),
  );
}

async function lookForWithdrawal(
  record: ReleaseAccountRecord,
  intent: Intent,
  options: AdvanceOptions,
): Promise<Advanced> {
  const { effect } = judgeWithdrawal(await readLatestAudit(options.ask), intent.auditId ?? 0);
  // Decided meanwhile is as good: what comes next looks again.
  if (effect !== 'absent') {
    const withdrawnAt = [...(record.withdrawnAt ?? []), ...(effect === 'there' ? [intent.at] : [])];
    return become(record, options, { stage: record.stage, ...(withdrawnAt.length > 0 && { withdrawnAt }) });
  }
  if (options.now() - intent.at < options.plan.patience.publication)
    return { record, dueIn: lookAgain(options.plan, 'publication') };
  return giveUp(record, options, failures.withdrawalUnknown());
}

/**
 * Sends what the intent of the record says. `done` gives what changes with the answer; undefined where it does not tell,
 * and WeChat has to be looked at. `isDoubtful`: a refusal that does not say that it had no effect.
 */
async function send<Answer>(
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
      return { record, dueIn: lookAgain(options.plan, patientStepOf(record)) };
    }
    // An interruption may come after the request was sent.
    if (!isError(error, 'CANCELLED')) await options.save(without(record));
    throw error;
  }
  const changes = done(answer);
  return changes ? become(record, options, changes) : { record, dueIn: lookAgain(options.plan, patientStepOf(record)) };
}

/** The result of a step: the intent is over. */
async function become(
  record: ReleaseAccountRecord,
  { save, now }: AdvanceOptions,
  changes: Partial<ReleaseAccountRecord>,
): Promise<Advanced> {
  const next = { ...without(record), ...changes, changedAt: now() };
  await save(next);
  return { record: next };
}

/** Its intent stays: a later look may still find the effect. */
async function giveUp(record: ReleaseAccountRecord, options: AdvanceOptions, error: WxopError): Promise<Advanced> {
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

const without = ({ intent: _intent, error: _error, ...record }: ReleaseAccountRecord): ReleaseAccountRecord => record;

const intentOf = ({ intent }: ReleaseAccountRecord, step: RunStep): Intent | undefined =>
  intent?.step === step ? intent : undefined;

const isOurs = (one: Pick<CodeVersion, 'version' | 'description'> | undefined, plan: ReleasePlan): boolean =>
  one?.version === plan.version && one.description === markedDescription(plan);

const openAuditIn = ({ audit }: CodeState): Audit | undefined => (audit && isOpenAudit(audit) ? audit : undefined);
