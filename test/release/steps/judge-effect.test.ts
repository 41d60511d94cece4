/** What WeChat shows, and what it proves of a request whose answer was lost. */
import { describe, expect, test } from 'vitest';
import type { Audit, AuditPhase } from '../../../src/protocol/calls/release/audit-endpoints.ts';
import type { Template } from '../../../src/protocol/calls/release/template-endpoints.ts';
import {
  findAddedTemplate,
  judgePublication,
  judgeReversion,
  judgeSubmission,
  judgeUpload,
  judgeWithdrawal,
} from '../../../src/release/steps/judge-effect.ts';
import { stageOf, type CodeState } from '../../../src/release/code-state.ts';

const version = (name: string, time: number, description = `about ${name}`) => ({ version: name, description, time });
const audit = (auditId: number, status: AuditPhase, name = '2.0', submittedAt = 50): Audit => ({
  auditId,
  status,
  version: name,
  description: '',
  reason: '',
  screenshots: [],
  submittedAt,
});

test.each([
  ['the wanted version, newer than before', version('2.0', 20), version('1.0', 10), 'there'],
  ['the same version uploaded again', version('2.0', 20), version('2.0', 10), 'there'],
  ['the first version of all', version('2.0', 20), undefined, 'there'],
  ['what was there before', version('1.0', 10), version('1.0', 10), 'absent'],
  ['still nothing', undefined, undefined, 'absent'],
  ['what somebody else uploaded', version('9.9', 20), version('1.0', 10), 'unclear'],
  ['the same version with another description', version('2.0', 20, 'x'), version('1.0', 10), 'unclear'],
] as const)('after an upload, %s is %s', (_, trial, before, effect) => {
  const wanted = { version: '2.0', description: 'about 2.0', before };
  expect(judgeUpload({ ...(trial && { trial }) }, wanted).effect).toBe(effect);
});

test.each([
  ['a new audit of the version', audit(2, 'inAudit'), 1, 'there'],
  ['a new audit that is decided already', audit(2, 'rejected'), 1, 'there'],
  ['the first audit of all', audit(2, 'inAudit'), undefined, 'there'],
  ['the audit before', audit(1, 'approved'), 1, 'unclear'],
  ['no audit', undefined, undefined, 'unclear'],
  ['a new audit of another version', audit(2, 'inAudit', '9.9'), 1, 'unclear'],
] as const)('after a submission, %s is %s', (_, latest, before, effect) => {
  expect(judgeSubmission(latest, { version: '2.0', before }).effect).toBe(effect);
});

test.each([
  ['withdrawn', audit(2, 'withdrawn'), 'there'],
  ['still open', audit(2, 'inAudit'), 'absent'],
  ['delayed', audit(2, 'delayed'), 'absent'],
  ['decided meanwhile', audit(2, 'approved'), 'unclear'],
  ['another audit', audit(3, 'withdrawn'), 'unclear'],
  ['none', undefined, 'unclear'],
] as const)('after a withdrawal, an audit that is %s: %s', (_, latest, effect) => {
  expect(judgeWithdrawal(latest, 2).effect).toBe(effect);
});

test.each([
  ['the version', version('2.0', 20), 'there'],
  ['a newer one without a name', version('', 20, ''), 'there'],
  ['what was online before', version('1.0', 10), 'absent'],
  ['another version', version('9.9', 20), 'unclear'],
] as const)('after a release, %s online is %s', (_, online, effect) => {
  expect(judgePublication({ online }, { version: '2.0', before: version('1.0', 10) }).effect).toBe(effect);
});

const earlier = (appVersion: number, name: string) => ({ appVersion, version: name, description: '' });

test.each([
  ['the target is gone from the list', version('1.0', 30), [], 'there'],
  ['the target is online and still listed', version('1.0', 30), [earlier(1, '1.0')], 'there'],
  ['everything is as before', version('2.0', 20), [earlier(1, '1.0')], 'absent'],
  ['another version came', version('9.9', 30), [earlier(1, '1.0')], 'unclear'],
])('after going back, where %s, it is %s', (_, online, list, effect) => {
  const wanted = { target: earlier(1, '1.0'), before: version('2.0', 20) };
  expect(judgeReversion({ online }, list, wanted).effect).toBe(effect);
});

describe('the template that was made of a draft', () => {
  const template = (templateId: number, more: Partial<Template> = {}): Template => ({
    templateId,
    version: '1.0',
    description: 'd',
    sourceAppId: 'wx1',
    sourceName: '',
    developer: '',
    isStandard: false,
    ...more,
  });
  const draft = { draftId: 7, version: '1.0', description: 'd', sourceAppId: 'wx1' };

  test.each<[string, Template[], number | undefined]>([
    ['is the new one', [template(1), template(2)], 2],
    ['is the newest where several fit', [template(2), template(3)], 3],
    ['is not one of another draft', [template(2, { draftId: 7 }), template(3, { draftId: 8 })], 2],
    ['is not one of another version', [template(2, { version: '1.1' })], undefined],
    ['is not one that was there before', [template(1)], undefined],
  ])('%s', (_, templates, found) => {
    expect(findAddedTemplate(templates, [template(1)], draft)?.templateId).toBe(found);
  });
});

test.each<[string, CodeState]>([
  ['nothing', {}],
  ['uploaded', { trial: version('1.0', 10) }],
  ['uploaded', { trial: version('3.0', 90), audit: audit(2, 'approved'), online: version('2.0', 60) }],
  ['inAudit', { trial: version('3.0', 90), audit: audit(2, 'inAudit') }],
  ['delayed', { trial: version('2.0', 10), audit: audit(2, 'delayed') }],
  ['approved', { trial: version('2.0', 10), audit: audit(2, 'approved'), online: version('1.0', 5) }],
  ['rejected', { trial: version('2.0', 10), audit: audit(2, 'rejected'), online: version('1.0', 5) }],
  ['online', { trial: version('2.0', 10), audit: audit(2, 'approved'), online: version('2.0', 60) }],
  ['online', { trial: version('2.0', 10), audit: audit(2, 'approved'), online: version('', 60) }],
  ['online', { online: version('1.0', 5) }],
])('the stage is %s', (stage, state) => {
  expect(stageOf(state)).toBe(stage);
});
