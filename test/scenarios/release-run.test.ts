/** A release over many merchants: plan, run, resume. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openReleaseRuns, PATIENCE } from '../support/release-runs.ts';

describe('a release over twenty merchants', () => {
  test('is uploaded, checked, submitted, waited for and published, each once', async () => {
    const { plan, run, read, appIds, effects, sandbox, folder } = await openReleaseRuns({}, { miniPrograms: 20 });
    const made = await plan(
      `template: 1\nversion: "2.4.0"\ndescription: 秋季菜单\nextJson:\n  ext: {shop: tea}\naccounts: all\n${PATIENCE}`,
    );
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(sandbox.state().releases).toEqual(
      Object.fromEntries(appIds.map((appId) => [appId, { effects: {}, audits: [] }])),
    );
    const ran = await run('release', 'run', made.path, '--poll', '1s', '--json');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(read(ran)).toMatchObject({ state: 'done', counts: { online: 20 }, stop: null });
    for (const appId of appIds) {
      expect(effects(appId)).toEqual({ commit: 1, submit_audit: 1, release: 1 });
      expect(sandbox.state().releases[appId]?.online).toBe('2.4.0');
    }
    const again = await run('release', 'run', made.path, '--json');
    expect([again.code, errorOf(again).code]).toEqual([2, 'USAGE']);
    expect(JSON.parse(readFileSync(join(folder, 'autumn.plan.json'), 'utf8'))).toMatchObject({ version: '2.4.0' });
  });
});
