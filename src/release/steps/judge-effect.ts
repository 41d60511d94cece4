/** What the state of a mini program tells of a request whose answer was lost. Nothing is asked here. */
import type { Audit } from '../../protocol/calls/release/audit-endpoints.ts';
import type { EarlierVersion } from '../../protocol/calls/release/release-endpoints.ts';
import type { CodeVersion } from '../../protocol/calls/release/code-endpoints.ts';
import type { Template } from '../../protocol/calls/release/template-endpoints.ts';
import { isOpenAudit, type CodeState } from '../code-state.ts';
import type { Seen } from './send-once.ts';

const ABSENT = { effect: 'absent' } as const;
const UNCLEAR = { effect: 'unclear' } as const;
const there = <Answer>(answer: Answer): Seen<Answer> => ({ effect: 'there', answer });

const isSameVersion = (one: CodeVersion | undefined, other: CodeVersion | undefined): boolean =>
  one?.version === other?.version && one?.description === other?.description && one?.time === other?.time;

/** An upload: the trial version is the wanted one, and another than before. */
export function judgeUpload(
  { trial }: CodeState,
  wanted: { version: string; description: string; before: CodeVersion | undefined },
): Seen<void> {
  if (isSameVersion(trial, wanted.before)) return ABSENT;
  const isWanted = trial?.version === wanted.version && trial.description === wanted.description;
  // Somebody else uploaded in between: neither there, nor to be overwritten.
  return isWanted ? there(undefined) : UNCLEAR;
}

/** A submission: a new audit of this version. Without one it is never certain that none will appear. */
export function judgeSubmission(
  audit: Audit | undefined,
  wanted: { version: string; before: number | undefined },
): Seen<number> {
  if (!audit || audit.auditId === wanted.before || audit.version !== wanted.version) return UNCLEAR;
  return there(audit.auditId);
}

export function judgeWithdrawal(audit: Audit | undefined, auditId: number): Seen<void> {
  if (audit?.auditId !== auditId) return UNCLEAR;
  if (audit.status === 'withdrawn') return there(undefined);
  return isOpenAudit(audit) ? ABSENT : UNCLEAR;
}

/** A release: what is online changed, to the wanted version or to one whose name WeChat leaves empty. */
export function judgePublication(
  { online }: CodeState,
  wanted: { version: string; before: CodeVersion | undefined },
): Seen<void> {
  if (isSameVersion(online, wanted.before)) return ABSENT;
  return online && (online.version === wanted.version || online.version === '') ? there(undefined) : UNCLEAR;
}

/** Going back: the target is online, and no longer among those that can be gone back to. */
export function judgeReversion(
  { online }: CodeState,
  earlier: readonly EarlierVersion[],
  wanted: { target: EarlierVersion; before: CodeVersion | undefined },
): Seen<void> {
  const isListed = earlier.some(({ appVersion }) => appVersion === wanted.target.appVersion);
  const isChanged = !isSameVersion(online, wanted.before);
  if (isListed && !isChanged) return ABSENT;
  if (!isListed) return there(undefined);
  return online?.version === wanted.target.version ? there(undefined) : UNCLEAR;
}

/** A new template made of a draft; WeChat gives no id, so it is found by what it is made of. */
export function findAddedTemplate(
  templates: readonly Template[],
  before: readonly Template[],
  draft: { draftId: number; version: string; description: string; sourceAppId: string },
): Template | undefined {
  const known = new Set(before.map(({ templateId }) => templateId));
  const fits = (template: Template): boolean =>
    template.version === draft.version &&
    template.description === draft.description &&
    template.sourceAppId === draft.sourceAppId;
  const added = templates
    .filter(({ templateId }) => !known.has(templateId))
    .filter((template) => (template.draftId === undefined || template.draftId === draft.draftId) && fits(template));
  return added.toSorted((one, other) => other.templateId - one.templateId)[0];
}
