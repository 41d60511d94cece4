/** What goes wrong with a release over many merchants, and what becomes of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openReleaseRuns, PATIENCE, type ShownRun } from '../support/release-runs.ts';
import { startWxop, wxop } from '../support/processes.ts';

const ALL = `template: 1\nversion: "2.4.0"\naccounts: all\n${PATIENCE}`;
const QUICKLY = ['--poll', '1s', '--json'];
const MONTH = 32 * 24 * 3_600_000;

const failureOf = ({ accounts }: ShownRun, appId: string) => accounts.find((one) => one.appId === appId)?.error;

describe('wxop release plan refuses', () => {
  test.each([
    [
      'no accounts',
      'template: 1\nversion: "2.4.0"\naccounts: []\n',
      'USAGE',
      /autumn\.yaml:3:11: accounts must be a list/,
    ],
    ['an unknown template', 'template: 77\naccounts: all\n', 'USAGE', /^There is no template 77\.$/],
    [
      'a version that is a number',
      'template: 1\nversion: 2.10\naccounts: all\n',
      'USAGE',
      /autumn\.yaml:2:10: version must be a text/,
    ],
    [
      'a field that it does not know',
      'template: 1\nacounts: all\n',
      'USAGE',
      /autumn\.yaml:2:10: acounts is not a field/,
    ],
    ['broken YAML', 'template: 1\nversion: "2\naccounts: all\n', 'USAGE', /autumn\.yaml:4:1: /],
    [
      'an ext_json with a wrong path',
      'template: 1\nextJson:\n  tabBar:\n    list:\n      - pagePath: pages/a\n      - pagePath: /pages/b\naccounts: all\n',
      'EXT_JSON_INVALID',
      /autumn\.yaml:6:19: The path \/pages\/b must not begin with a slash/,
    ],
    [
      'the extAppid of another merchant',
      'template: 1\nextJson:\n  extAppid: wx0000000000000000\naccounts: all\n',
      'EXT_JSON_INVALID',
      /autumn\.yaml:3:13: extAppid is wx0000000000000000, and this is for wx/,
    ],
  ])('%s, and asks nothing of the mini programs', async (_name, source, code, message) => {
    const { plan, sandbox } = await openReleaseRuns();
    const made = await plan(source);
    expect([made.code, errorOf(made).code]).toEqual([2, code]);
    expect(errorOf(made).message).toMatch(message);
    expect(sandbox.state().calls['/wxa/getversioninfo']).toBeUndefined();
    expect(sandbox.state().calls['/wxa/commit']).toBeUndefined();
  });
});

describe('wxop release plan', () => {
  test('finds a wrong path in the values of one account, at its place, from the pages of the pilot', async () => {
    const { plan, run, appIds, sandbox } = await openReleaseRuns({}, { miniPrograms: 2 });
    const [pilot = '', other = ''] = appIds;
    expect((await run('release', 'upload', pilot, '--template', '1')).code).toBe(0);
    const source = [
      'template: 1',
      'version: "2.4.0"',
      `pagesOf: ${pilot}`,
      'extJson: {window: {navigationBarTitleText: 店}, extPages: {pages/cart/cart: {}}}',
      'accounts:',
      `  - ${pilot}`,
      `  - account: ${other}`,
      '    extJson:',
      '      extPages:',
      '        pages/index/index: {}',
      '        pages/carts/carts: {}',
    ];
    const made = await plan(source.join('\n'));
    expect([made.code, errorOf(made)]).toMatchObject([2, { code: 'EXT_JSON_INVALID', errcode: 85045 }]);
    expect(errorOf(made).message).toMatch(
      /autumn\.yaml:11:\d+: The template has no page pages\/carts\/carts\. \(for wx/,
    );
    expect(errorOf(made).hint).toBe('Did you mean pages/cart/cart?');
    const common = await plan(source.slice(0, -1).join('\n').replace('pages/cart/cart', 'pages/carts/carts'));
    expect(errorOf(common).message).toMatch(/autumn\.yaml:4:\d+: The template has no page pages\/carts\/carts/);
    expect(sandbox.state().releases[other]).toBeUndefined();
    const right = await plan(source.slice(0, -1).join('\n'));
    expect([right.code, right.stderr]).toEqual([0, '']);
  });

  test('leaves out whom it cannot release to, and says why', async () => {
    const [first = '', second = '', third = ''] = (await openReleaseRuns({}, { miniPrograms: 3 })).appIds;
    const { plan, appIds } = await openReleaseRuns(
      { [first]: { sets: [17, 30] }, [second]: { categories: [] } },
      { miniPrograms: 3 },
    );
    const made = await plan(`template: 1\nversion: "2.4.0"\naccounts: [${appIds.join(', ')}]\n`);
    expect(made.code).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({
      accounts: [
        { appId: first, included: false, why: 'permission set 18 (code) is not granted' },
        { appId: second, included: false, why: 'it has no approved category' },
        { appId: third, included: true, why: null },
      ],
    });
  });

  test('puts the values of a table into ext, and those of the file over them', async () => {
    const { plan, appIds, folder } = await openReleaseRuns({}, { miniPrograms: 2 });
    writeFileSync(
      join(folder, 'shops.csv'),
      `\ufeffaccount,shop,note\r\n${appIds[0]},101,"a, ""b"""\r\n${appIds[1]},102,\r\n`,
    );
    const made = await plan(
      'template: 1\nversion: "2.4.0"\nextJson: {ext: {api: x, shop: 0}}\nvalues: shops.csv\npilots: 1\n',
    );
    expect([made.code, made.stderr]).toEqual([0, '']);
    const { accounts } = JSON.parse(readFileSync(made.path, 'utf8')) as { accounts: object[] };
    expect(accounts).toEqual([
      {
        appId: appIds[0],
        name: '小店 1',
        pilot: true,
        extJson: { ext: { api: 'x', shop: '101', note: 'a, "b"' }, extAppid: appIds[0] },
      },
      { appId: appIds[1], name: '小店 2', extJson: { ext: { api: 'x', shop: '102', note: '' }, extAppid: appIds[1] } },
    ]);
  });
});

describe('wxop release run', () => {
  test('sends nothing where the template was deleted since the plan, or the plan is of a newer wxop', async () => {
    const { plan, run, sandbox } = await openReleaseRuns();
    const { path } = await plan(ALL);
    writeFileSync(`${path}.newer`, readFileSync(path, 'utf8').replace('"wxopReleasePlan": 1', '"wxopReleasePlan": 2'));
    const newer = await run('release', 'run', `${path}.newer`, '--json');
    expect([newer.code, errorOf(newer).code]).toEqual([1, 'RECORD_NEWER']);
    expect((await run('template', 'delete', '1', '--yes')).code).toBe(0);
    const gone = await run('release', 'run', path, '--json');
    expect([gone.code, errorOf(gone).code]).toEqual([3, 'WRONG_STAGE']);
    expect(sandbox.state().calls['/wxa/commit']).toBeUndefined();
  });

  test('goes on with the others where one was revoked in the middle', async () => {
    const [, second = ''] = (await openReleaseRuns({}, { miniPrograms: 3 })).appIds;
    const { plan, run, read, effects } = await openReleaseRuns(
      { [second]: { revokedAfter: 'commit' } },
      { miniPrograms: 3 },
    );
    const { path } = await plan(ALL);
    const ran = await run('release', 'run', path, ...QUICKLY);
    expect([ran.code, errorOf(ran).code]).toEqual([3, 'PARTLY_FAILED']);
    expect(read(ran)).toMatchObject({ state: 'failures', counts: { online: 2, failed: 1 } });
    expect(failureOf(read(ran), second)).not.toBeNull();
    expect(effects(second)).toEqual({ commit: 1 });
  });

  test('stops where the quota is gone, publishes what was submitted, and finishes when there is quota again', async () => {
    const { plan, run, here, env, read, appIds, effects, sandbox } = await openReleaseRuns(
      {},
      { miniPrograms: 5 },
      { quota: { limit: 20, rest: 3 } },
    );
    const { path } = await plan(ALL);
    const stopped = await run('release', 'run', path, ...QUICKLY);
    expect([stopped.code, errorOf(stopped)]).toMatchObject([3, { code: 'RUN_STOPPED', errcode: 85085 }]);
    expect(read(stopped)).toMatchObject({
      state: 'stopped',
      counts: { online: 3, checked: 2 },
      stop: { errcode: 85085 },
    });
    sandbox.advance(MONTH);
    await sandbox.push({ event: 'component_verify_ticket' });
    await here(['ticket', 'set', '--quiet'], { stdin: sandbox.state().ticket, environment: env });
    const ended = await run('release', 'resume', read(stopped).run, ...QUICKLY);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    for (const appId of appIds) expect(effects(appId)).toEqual({ commit: 1, submit_audit: 1, release: 1 });
  });

  test('leaves the reserve of the month alone', async () => {
    const { plan, run, read, sandbox } = await openReleaseRuns(
      {},
      { miniPrograms: 4 },
      { quota: { limit: 20, rest: 5 } },
    );
    const { path } = await plan(`${ALL}reserve: 3\n`);
    const stopped = await run('release', 'run', path, ...QUICKLY);
    expect([stopped.code, errorOf(stopped).code]).toEqual([3, 'RUN_STOPPED']);
    expect(read(stopped).counts).toEqual({ online: 2, checked: 2 });
    const submitted = Object.values(sandbox.state().releases).map(({ effects }) => effects.submit_audit ?? 0);
    expect(submitted.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  test('stops submitting when the same rejection comes again and again, and tells the reason as text', async () => {
    const rejected = {
      detection: 0,
      audit: { outcome: 'reject', after: 0, reason: '1:页面内容为空<br>(1):请补充' },
    } as const;
    const { plan, run, read, sandbox } = await openReleaseRuns({ '*': rejected }, { miniPrograms: 6 });
    const { path } = await plan(`${ALL}stopAfter: 2\n`);
    const stopped = await run('release', 'run', path, ...QUICKLY, '--concurrency', '1');
    expect([stopped.code, errorOf(stopped).code]).toEqual([3, 'RUN_STOPPED']);
    expect(read(stopped).counts).toMatchObject({ rejected: 2, checked: 4 });
    expect(read(stopped).accounts.find(({ stage }) => stage === 'rejected')?.reason).toBe('1:页面内容为空\n(1):请补充');
    expect(Object.values(sandbox.state().releases).filter(({ effects }) => effects.submit_audit)).toHaveLength(2);
  });

  test('uploads to nobody else where a pilot fails', async () => {
    const { appIds } = await openReleaseRuns({}, { miniPrograms: 3 });
    const [pilot = ''] = appIds;
    const { plan, run, read, effects } = await openReleaseRuns({ [pilot]: { named: false } }, { miniPrograms: 3 });
    const { path } = await plan(`${ALL}pilots: [${pilot}]\n`);
    const stopped = await run('release', 'run', path, ...QUICKLY);
    expect([stopped.code, errorOf(stopped).code]).toEqual([3, 'RUN_STOPPED']);
    expect(read(stopped).counts).toEqual({ failed: 1, planned: 2 });
    expect(appIds.slice(1).map((appId) => effects(appId))).toEqual([{}, {}]);
  });

  test.each(['unsure', 'truncated'] as const)(
    'finds what took effect though each answer was lost (%s)',
    async (lost) => {
      const calls = { commit: [lost], submit_audit: [lost], release: [lost] };
      const { plan, run, read, appIds, effects } = await openReleaseRuns(
        { '*': { detection: 0, audit: { outcome: 'pass', after: 0 }, calls } },
        { miniPrograms: 3 },
      );
      const { path } = await plan(ALL);
      const ran = await run('release', 'run', path, ...QUICKLY);
      expect([ran.code, read(ran).counts]).toEqual([0, { online: 3 }]);
      for (const appId of appIds) expect(effects(appId)).toEqual({ commit: 1, submit_audit: 1, release: 1 });
    },
  );

  test('neither submits nor publishes the code of somebody who uploaded in between', async () => {
    const { plan, run, read, appId, effects, submit, sandbox } = await openReleaseRuns({
      '*': { detection: 0, audit: { outcome: 'person' } },
    });
    const { path } = await plan(ALL);
    const begun = await run('release', 'run', path, ...QUICKLY, '--no-wait');
    expect([begun.code, errorOf(begun)]).toMatchObject([5, { code: 'RUN_WAITING', retryable: true }]);
    sandbox.decideAudit({ appId, outcome: 'reject' });
    await submit('9.9.9');
    sandbox.decideAudit({ appId, outcome: 'pass' });
    const resumed = await run('release', 'resume', read(begun).run, ...QUICKLY);
    expect([resumed.code, read(resumed).counts]).toEqual([3, { failed: 1 }]);
    expect(failureOf(read(resumed), appId)).toMatchObject({ code: 'WRONG_STAGE' });
    expect(effects().release).toBeUndefined();
  });

  test('of one plan twice at the same time: one works, the other is refused', async () => {
    const { plan, env, appIds, effects } = await openReleaseRuns({}, { miniPrograms: 6 });
    const { path } = await plan(ALL);
    const both = [0, 1].map(() => startWxop(['release', 'run', path, ...QUICKLY], env));
    const ended = await Promise.all(both.map(({ finished }) => finished));
    expect(ended.filter(({ code }) => code === 0)).toHaveLength(1);
    const refused = ended.find(({ code }) => code !== 0);
    expect(refused && ['USAGE', 'STORE_CONFLICT'].includes(errorOf(refused).code)).toBe(true);
    for (const appId of appIds) expect(effects(appId)).toEqual({ commit: 1, submit_audit: 1, release: 1 });
    const shown = await wxop(['release', 'runs', '--json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject([{ state: 'done', counts: { online: 6 } }]);
  });
});
