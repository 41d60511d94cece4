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
import { getAuditStatus, submitAudit, undoAudit, type Audit } from '../../protocol/calls/release/audit-endpoints.ts';
import { releaseCode } from '../../protocol/calls/release/release-endpoints.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { defaultItems } from '../audit-form.ts';
import { isOpenAudit, readCodeState, readLatestAudit, type CodeState } from '../code-state.ts';
import { judgePublication, judgeUpload, judgeWithdrawal } from '../steps/judge-effect.ts';
import { foundInterfaces, isCheckClean } from '../steps/wait-for-detection.ts';
import { markedDescription, type ReleasePlan } from '../plans/release-plan.ts';
import type { Intent, ReleaseAccountRecord, RunStage } from './run-record.ts';
import {
  giveUp,
  intentOf,
  lookAgain,
  recordResult,
  sendIntended,
  withoutIntent,
  type Advanced,
  type AdvanceOptions,
} from './intents.ts';
import { failures } from './run-failures.ts';

/** Milliseconds between looks for the end of the detection. */
const DETECTION_PAUSES = { first: 3_000, longest: 30_000, part: 0.5 };
/** WeChat needs about a minute; outages of hours are known. After this it is looked at as seldom as an audit. */
const DETECTION_PATIENCE = 15 * 60_000;
const TWICE = 2;

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
  const { plan, planned, call, now } = options;
  const state = await readCodeState(call);
  const wanted = { version: plan.version, description: markedDescription(plan) };
  if (isOurs(state.trial, plan)) return recordResult(record, options, { stage: 'checking', uploadedAt: now() });
  const intent = intentOf(record, 'upload');
  if (intent) {
    if (judgeUpload(state, { ...wanted, before: intent.trial }).effect !== 'absent') throw failures.foreignTrial();
    if (now() - intent.at < plan.patience.upload) return lookAgain(record, options);
    if (intent.nth >= TWICE) return giveUp(record, options, failures.uploadWithoutEffect());
  } else {
    if (isOurs(state.online, plan)) return recordResult(record, options, { stage: 'online' });
    const open = openAuditIn(state);
    if (open) return besideOpenAudit(record, options, open);
  }
  const extJson = JSON.stringify({ ...planned.extJson, extAppid: planned.appId });
  return sendIntended(
    {
      ...record,
      ...(state.online && { before: state.online }),
      intent: { step: 'upload', at: now(), nth: (intent?.nth ?? 0) + 1, ...(state.trial && { trial: state.trial }) },
    },
    options,
    () => call(commitCode, { templateId: plan.template.templateId, extJson, ...wanted }),
    () => ({ stage: 'checking', uploadedAt: now() }),
  );
}

/** Only asks: uploading again would begin the detection anew. */
async function check(record: ReleaseAccountRecord, { call, form, now, pollEvery }: AdvanceOptions): Promise<Advanced> {
  try {
    const found = await call(getCodePrivacyInfo, undefined);
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
  const { plan, call, now, form } = options;
  const state = await readCodeState(call);
  const { audit, trial } = state;
  const intent = intentOf(record, 'submit');
  if (audit && isOurs(audit, plan) && audit.auditId !== record.auditId && audit.auditId !== intent?.auditId) {
    return recordResult(record, options, {
      stage: 'inAudit',
      auditId: audit.auditId,
      submittedAt: intent?.at ?? now(),
      earlierAuditId: intent?.auditId,
    });
  }
  if (!isOurs(trial, plan)) throw failures.otherTrial(trial !== undefined);
  const open = openAuditIn(state);
  if (open && open.auditId !== record.auditId) {
    return besideOpenAudit(intent ? withoutIntent(record) : record, options, open);
  }
  if (intent) {
    return now() - intent.at < plan.patience.submission
      ? lookAgain(record, options)
      : giveUp(record, options, failures.submissionUnknown());
  }
  const items = form.items ?? defaultItems(await call(getCodeCategories, undefined));
  const sent: ReleaseAccountRecord = {
    ...record,
    ...(trial && { trial }),
    intent: { step: 'submit', at: now(), nth: 1, ...(audit && { auditId: audit.auditId }) },
  };
  try {
    return await sendIntended(
      sent,
      options,
      () => call(submitAudit, { ...form, items }),
      (auditId) =>
        auditId === undefined
          ? undefined
          : { stage: 'inAudit', auditId, submittedAt: now(), earlierAuditId: audit?.auditId },
      // An audit that nobody sees yet may be ours.
      (error) => isError(error, 'PLATFORM_REFUSED', 85009),
    );
  } catch (error) {
    if (!isError(error, 'PLATFORM_REFUSED', 61039)) throw error;
    return { record: { ...withoutIntent(record), stage: 'checking' }, dueIn: DETECTION_PAUSES.first };
  }
}

async function watch(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  const { plan, call, pollEvery } = options;
  const audit = await readLatestAudit(call);
  if (!audit || audit.auditId !== record.auditId) {
    if (audit && audit.auditId !== record.earlierAuditId) throw failures.otherAudit(audit.version);
    return { record, dueIn: pollEvery };
  }
  const { status, reason, screenshots } = audit;
  const { isDelayed: _isDelayed, reason: _reason, ...decided } = record;
  if (status === 'approved') return recordResult(decided, options, { stage: plan.publish ? 'approved' : 'held' });
  if (status === 'rejected')
    return recordResult(decided, options, { stage: 'rejected', reason, screenshots, from: 'checked' });
  if (status === 'withdrawn') {
    const error = failures.recorded(failures.withdrawn());
    return recordResult(decided, options, { stage: 'failed', from: 'checked', error });
  }
  if (status === 'delayed' && !record.isDelayed) {
    // It has its reason only where it is asked for by id.
    const why = reason || (await call(getAuditStatus, { auditId: audit.auditId })).reason;
    return { ...(await recordResult(record, options, { isDelayed: true, reason: why })), dueIn: pollEvery };
  }
  return { record, dueIn: pollEvery };
}

async function publish(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  const { plan, call, now } = options;
  const state = await readCodeState(call);
  const intent = intentOf(record, 'publish');
  const seenAt = state.online?.time === undefined ? {} : { onlineAt: state.online.time };
  if (isOurs(state.online, plan))
    return recordResult(record, options, { stage: 'online', publishedAt: intent?.at ?? now(), ...seenAt });
  if (intent) {
    const { effect } = judgePublication(state, { version: plan.version, before: intent.online });
    if (effect === 'there')
      return recordResult(record, options, { stage: 'online', publishedAt: intent.at, ...seenAt });
    if (effect === 'unclear') throw failures.foreignOnline();
    if (now() - intent.at < plan.patience.publication) return lookAgain(record, options);
    if (intent.nth >= TWICE) return giveUp(record, options, failures.publicationUnknown());
  }
  // WeChat publishes the latest approved version, whatever is meant.
  if (state.audit?.status !== 'approved' || state.audit.auditId !== record.auditId) throw failures.otherApproved();
  return sendIntended(
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
        await call(releaseCode, undefined);
      } catch (error) {
        // It is online already.
        if (!isError(error, 'PLATFORM_REFUSED', 85052)) throw error;
      }
    },
    () => ({ stage: 'published', publishedAt: now() }),
  );
}

async function verify(record: ReleaseAccountRecord, options: AdvanceOptions): Promise<Advanced> {
  const { online } = await readCodeState(options.call);
  // WeChat is known to leave the version of what is online empty.
  if (online && (online.version === options.plan.version || online.version === '')) {
    return recordResult(record, options, {
      stage: 'online',
      ...(online.time !== undefined && { onlineAt: online.time }),
    });
  }
  if (options.now() - (record.publishedAt ?? 0) < options.plan.patience.publication) return lookAgain(record, options);
  return giveUp(record, options, failures.publicationUnknown());
}

/** Another version is in audit. */
async function besideOpenAudit(record: ReleaseAccountRecord, options: AdvanceOptions, open: Audit): Promise<Advanced> {
  const { plan, call, now, pollEvery } = options;
  if (plan.openAudit === 'wait') return { record, dueIn: pollEvery };
  if (plan.openAudit === 'skip') {
    return recordResult(record, options, {
      stage: 'skipped',
      from: record.stage,
      error: failures.openAudit(open.version),
    });
  }
  return sendIntended(
    {
      ...record,
      intent: { step: 'withdraw', at: now(), nth: 1, auditId: open.auditId },
    },
    options,
    () => call(undoAudit, undefined),
    () => ({ stage: record.stage, withdrawnAt: [...(record.withdrawnAt ?? []), now()] }),
  );
}

async function lookForWithdrawal(
  record: ReleaseAccountRecord,
  intent: Intent,
  options: AdvanceOptions,
): Promise<Advanced> {
  const { effect } = judgeWithdrawal(await readLatestAudit(options.call), intent.auditId ?? 0);
  // Decided meanwhile is as good: what comes next looks again.
  if (effect !== 'absent') {
    const withdrawnAt = [...(record.withdrawnAt ?? []), ...(effect === 'there' ? [intent.at] : [])];
    return recordResult(record, options, { stage: record.stage, ...(withdrawnAt.length > 0 && { withdrawnAt }) });
  }
  if (options.now() - intent.at < options.plan.patience.publication) return lookAgain(record, options);
  return giveUp(record, options, failures.withdrawalUnknown());
}

const isOurs = (one: Pick<CodeVersion, 'version' | 'description'> | undefined, plan: ReleasePlan): boolean =>
  one?.version === plan.version && one.description === markedDescription(plan);

const openAuditIn = ({ audit }: CodeState): Audit | undefined => (audit && isOpenAudit(audit) ? audit : undefined);
