/** A release that reaches merchants in portions: who waits for whom, who lets the next ones go on, and when it is enough. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openReleaseRuns, PATIENCE, type ShownRun } from '../support/release-runs.ts';

const ALL = `template: 1\nversion: "2.4.0"\naccounts: all\n${PATIENCE}`;
/** In this order. */
const inOrder = (appIds: string[]): string => ALL.replace('all', `[${appIds.join(', ')}]`);
const QUICKLY = ['--poll', '1s', '--json'];

const stages = ({ accounts }: ShownRun) => accounts.map(({ stage }) => stage);

describe('wxop release plan with portions', () => {
  test('says which portion each mini program is in, pilots included', async () => {
    const { plan } = await openReleaseRuns({}, { miniPrograms: 10 });
    const made = await plan(`${ALL}pilots: 1\nportions: [20%, 5]\npause: 2h\nmostFailures: 2\n`);
    const { accounts } = JSON.parse(made.stdout) as { accounts: { portion: number }[] };
    expect(accounts.map(({ portion }) => portion)).toEqual([1, 2, 3, 3, 3, 4, 4, 4, 4, 4]);
    // A wxop that does not know portions must not carry it out all at once.
    expect(JSON.parse(readFileSync(made.path, 'utf8'))).toMatchObject({
      wxopReleasePlan: 2,
      portions: { upTo: [2, 5], from: 'publish', pause: 7_200_000, mostFailures: 2 },
    });
  });

  test.each([
    ['portions: 10%', /:\d+:11: portions must be a list such as \[10%, 50%\]/],
    ['portions: [10%, 110%]', /:\d+:17: portions\.1 must be a number of mini programs/],
    ['portions: [0]', /portions\.0 must be/],
    ['portions: [5]\npause: later', /:\d+:8: pause must be a duration such as 2h, or `resume`/],
    ['portions: [5]\nmostFailures: -1', /mostFailures must be/],
    ['portions: [5]\npublish: false\nportionsFrom: publish', /portionsFrom must be upload/],
  ])('refuses %s', async (wrong, message) => {
    const { plan } = await openReleaseRuns();
    const made = await plan(`${ALL}${wrong}\n`);
    expect([made.code, errorOf(made).code]).toEqual([2, 'USAGE']);
    expect(errorOf(made).message).toMatch(message);
  });
});

describe('a run in portions', () => {
  test('publishes a portion, waits until a person lets the next one go on, and ends all done', async () => {
    const { plan, run, read, appIds, effects } = await openReleaseRuns({}, { miniPrograms: 4 });
    const { path } = await plan(`${ALL}pilots: 1\nportions: [2]\npause: resume\n`);
    const begun = await run('release', 'run', path, ...QUICKLY);
    expect([begun.code, errorOf(begun).code, errorOf(begun).retryable]).toEqual([5, 'RUN_PAUSED', false]);
    expect(read(begun)).toMatchObject({ state: 'paused', portion: { number: 1, of: 3, held: 'person' } });
    expect(stages(read(begun))).toEqual(['online', 'approved', 'approved', 'approved']);
    const id = read(begun).run;
    // A timer that resumes it lets nobody go on.
    const again = await run('release', 'resume', id, ...QUICKLY, '--no-wait');
    expect([again.code, errorOf(again).code]).toEqual([5, 'RUN_PAUSED']);
    expect(stages(read(await run('release', 'show', id, '--json')))).toEqual(stages(read(begun)));
    const second = await run('release', 'resume', id, '--next', ...QUICKLY);
    expect([second.code, stages(read(second))]).toEqual([5, ['online', 'online', 'approved', 'approved']]);
    const last = await run('release', 'resume', id, '--next', ...QUICKLY);
    expect([last.code, read(last).counts]).toEqual([0, { online: 4 }]);
    const over = await run('release', 'resume', id, '--next', ...QUICKLY);
    expect([over.code, errorOf(over).code]).toEqual([2, 'USAGE']);
    for (const appId of appIds) expect(effects(appId)).toEqual({ commit: 1, submit_audit: 1, release: 1 });
  });

  test('waits a time between portions, and uploads nothing to later ones where it is told so', async () => {
    const { plan, run, read, appIds, effects } = await openReleaseRuns({}, { miniPrograms: 2 });
    const { path } = await plan(`${inOrder(appIds)}portions: [50%]\nportionsFrom: upload\npause: 2s\n`);
    const begun = await run('release', 'run', path, ...QUICKLY, '--no-wait');
    expect([begun.code, errorOf(begun).code]).toEqual([5, 'RUN_WAITING']);
    expect(stages(read(begun))).toEqual(['online', 'planned']);
    expect(read(begun)).toMatchObject({ portion: { held: 'time', until: expect.stringMatching(/Z$/) as string } });
    expect(effects(appIds[1])).toEqual({});
    const ended = await run('release', 'resume', read(begun).run, ...QUICKLY);
    expect([ended.code, stages(read(ended))]).toEqual([0, ['online', 'online']]);
  });

  test('stops where more failed than the plan allows, publishes to nobody else, and goes on where a person says so', async () => {
    const [first = '', second = ''] = (await openReleaseRuns({}, { miniPrograms: 4 })).appIds;
    const rejected = { detection: 0, audit: { outcome: 'reject', after: 0, reason: '1:原因' } } as const;
    const { plan, run, read, appIds, effects } = await openReleaseRuns(
      { [first]: rejected, [second]: { ...rejected, audit: { ...rejected.audit, reason: '2:别的原因' } } },
      { miniPrograms: 4 },
    );
    const { path } = await plan(`${inOrder(appIds)}portions: [2]\nmostFailures: 1\n`);
    const begun = await run('release', 'run', path, ...QUICKLY);
    expect([begun.code, errorOf(begun).code]).toEqual([3, 'TOO_MANY_FAILED']);
    expect(errorOf(begun).message).toContain('2 of 2 mini programs failed');
    expect(appIds.slice(2).map((appId) => effects(appId).release)).toEqual([undefined, undefined]);
    const id = read(begun).run;
    const again = await run('release', 'resume', id, ...QUICKLY);
    expect([again.code, errorOf(again).code]).toEqual([3, 'TOO_MANY_FAILED']);
    const ended = await run('release', 'resume', id, '--next', ...QUICKLY);
    expect([ended.code, errorOf(ended).code]).toEqual([3, 'PARTLY_FAILED']);
    expect(stages(read(ended))).toEqual(['rejected', 'rejected', 'online', 'online']);
  });
});
