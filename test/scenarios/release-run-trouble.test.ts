/** What goes wrong with a release over many merchants, and what becomes of it. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { clockFrom, openReleaseRuns, PATIENCE, type ShownRun } from '../support/release-runs.ts';

const ALL = `template: 1\nversion: "2.4.0"\naccounts: all\n${PATIENCE}`;
const QUICKLY = ['--poll', '1s', '--json'];

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

  test('leaves out a mini program that WeChat has banned', async () => {
    const { plan, env, here, sandbox } = await openReleaseRuns({}, { miniPrograms: 1 });
    const server = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => {
        void fetch(`${sandbox.url}${request.url}`, { method: request.method, body })
          .then((answer) => answer.text())
          .then((answer) => response.end(answer.replace('"account_status":1', '"account_status":16')));
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const spoilt = { ...env, WXOP_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    expect((await here(['accounts', 'sync', '--json'], { environment: spoilt })).code).toBe(0);
    const made = await plan(ALL);
    expect([made.code, errorOf(made).message]).toEqual([2, expect.stringContaining('banned (16)')]);
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

  test('refuses a table in GBK, as Excel saves it in China, at the line that shows it', async () => {
    const { plan, appIds, folder } = await openReleaseRuns({}, { miniPrograms: 1 });
    const gbk = Buffer.from([0xb4, 0xba, 0xb7, 0xe7]); // 春风
    writeFileSync(
      join(folder, 'shops.csv'),
      Buffer.concat([Buffer.from(`account,shop\r\n${appIds[0]},`), gbk, Buffer.from('\r\n')]),
    );
    const made = await plan('template: 1\nversion: "2.4.0"\nvalues: shops.csv\n');
    expect([made.code, errorOf(made).message]).toEqual([2, expect.stringMatching(/shops\.csv:2:1: .*not UTF-8/)]);
  });
});

describe('wxop release run', () => {
  test('sends nothing where the template was deleted since the plan, or the plan is of a newer wxop', async () => {
    const { plan, run, sandbox } = await openReleaseRuns();
    const { path } = await plan(ALL);
    writeFileSync(`${path}.newer`, readFileSync(path, 'utf8').replace('"wxopReleasePlan": 1', '"wxopReleasePlan": 3'));
    const newer = await run('release', 'run', `${path}.newer`, '--json');
    expect([newer.code, errorOf(newer).code]).toEqual([1, 'RECORD_NEWER']);
    expect((await run('template', 'delete', '1', '--yes')).code).toBe(0);
    const gone = await run('release', 'run', path, '--json');
    expect([gone.code, errorOf(gone).code]).toEqual([3, 'WRONG_STAGE']);
    expect(sandbox.state().calls['/wxa/commit']).toBeUndefined();
  });

  test('sends nothing where another template has the number of the plan now', async () => {
    const at = Date.now();
    const open = (description: string) =>
      openReleaseRuns({}, { now: clockFrom(at) }, { templates: [{ version: '1.0.0', description }] });
    const { plan, run: runBefore } = await open('首个版本');
    const { path } = await plan(ALL);
    expect((await runBefore('release', 'run', path, ...QUICKLY)).code).toBe(0);
    const after = await open('另一个版本');
    const refused = await after.run('release', 'run', path, '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([3, 'WRONG_STAGE']);
    expect(after.effects()).toEqual({});
    expect(JSON.parse((await after.run('release', 'runs', '--json')).stdout)).toEqual([]);
  });

  test('goes on with the others where one does not grant permission set 18 any more', async () => {
    const at = Date.now();
    const before = await openReleaseRuns({}, { miniPrograms: 3, now: clockFrom(at) });
    const { path } = await before.plan(ALL);
    const [, second = ''] = before.appIds;
    const { run, read, effects } = await openReleaseRuns(
      { [second]: { sets: [17, 30] } },
      { miniPrograms: 3, now: clockFrom(at) },
    );
    const ran = await run('release', 'run', path, ...QUICKLY);
    expect([ran.code, errorOf(ran).code]).toEqual([3, 'PARTLY_FAILED']);
    expect(read(ran).counts).toEqual({ online: 2, failed: 1 });
    expect(failureOf(read(ran), second)).not.toBeNull();
    expect(effects(second)).toEqual({});
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

  test('says before it starts what it costs, and leaves the reserve of the month alone', async () => {
    const { plan, run, sandbox, appIds, effects } = await openReleaseRuns(
      {},
      { miniPrograms: 4 },
      { quota: { limit: 20, rest: 5 } },
    );
    const { path } = await plan(`${ALL}reserve: 3\n`);
    const stopped = await run('release', 'run', path, '--poll', '1s');
    expect(stopped.code).toBe(3);
    expect(stopped.stderr).toContain(
      `It costs 4 of the month's audits.\nOnly 5 of 20 audits are left this month, 3 of them in reserve: the run would stop with 2 left to submit.\n`,
    );
    const [shown] = JSON.parse((await run('release', 'runs', '--json')).stdout) as ShownRun[];
    // What the detection said is asked again.
    expect(shown).toMatchObject({ state: 'stopped', counts: { online: 2, checking: 2 } });
    expect(appIds.filter((appId) => effects(appId).submit_audit)).toHaveLength(2);
    // Two are left above the reserve, then none: a reserve is kept of nothing, too.
    const again = await run('release', 'resume', shown?.run ?? '', '--poll', '1s');
    expect([again.code, again.stderr]).toEqual([3, expect.stringContaining(`It costs 2 of the month's audits.`)]);
    expect(sandbox.state().calls['/wxa/submit_audit']).toBe(2);
  });

  test.each([
    ['submit_audit', 86008, { online: 2, checked: 1 }],
    ['commit', 85014, { online: 2, planned: 1 }],
  ])('stops where %s is refused with %s, and publishes what was submitted before', async (call, errcode, counts) => {
    const refused = { calls: { [call]: [errcode] } };
    const { appIds } = await openReleaseRuns({}, { miniPrograms: 3 });
    const { plan, run, read } = await openReleaseRuns({ [appIds[2] ?? '']: refused }, { miniPrograms: 3 });
    const { path } = await plan(ALL.replace('all', `[${appIds.join(', ')}]`));
    const stopped = await run('release', 'run', path, ...QUICKLY, '--concurrency', '1');
    expect([stopped.code, errorOf(stopped)]).toMatchObject([3, { code: 'RUN_STOPPED', errcode }]);
    expect(read(stopped).counts).toEqual(counts);
    const resumed = await run('release', 'resume', read(stopped).run, ...QUICKLY);
    expect([resumed.code, read(resumed).counts]).toEqual([0, { online: 3 }]);
  });

  test('goes on with those that have a version online where WeChat takes no new mini programs (86009)', async () => {
    const [first = ''] = (await openReleaseRuns()).appIds;
    const { plan, run, read, appIds } = await openReleaseRuns(
      { [first]: { calls: { submit_audit: [86009] } } },
      { miniPrograms: 3 },
    );
    const [, second = '', third = ''] = appIds;
    const before = await plan(ALL.replace('all', `[${third}]`).replace('2.4.0', '2.3.0'), 'summer');
    expect((await run('release', 'run', before.path, ...QUICKLY)).code).toBe(0);
    const { path } = await plan(ALL.replace('all', `[${first}, ${second}, ${third}]`));
    const stopped = await run('release', 'run', path, ...QUICKLY, '--concurrency', '1');
    expect([stopped.code, errorOf(stopped)]).toMatchObject([3, { code: 'RUN_STOPPED', errcode: 86009 }]);
    expect(read(stopped).accounts.map(({ stage }) => stage)).toEqual(['checked', 'checked', 'online']);
  });

  test('submits nothing where WeChat does not show what was uploaded', async () => {
    const { plan, run, read, appId, effects } = await openReleaseRuns({
      '*': { detection: 0, quirks: ['no-version-info'] },
    });
    const { path } = await plan(ALL);
    const ran = await run('release', 'run', path, ...QUICKLY);
    expect([ran.code, failureOf(read(ran), appId)?.code]).toEqual([3, 'WRONG_STAGE']);
    expect(ran.stdout).toContain('WeChat does not show the trial version that was uploaded');
    expect(effects()).toEqual({ commit: 1 });
  });

  test('reads answers in every form that WeChat gives them', async () => {
    const odd = ['numbers-as-strings', 'empty-release-version', 'screenshot-everywhere', 'quota-zeros'] as const;
    const { plan, run, read, effects } = await openReleaseRuns({
      '*': { detection: 0, audit: { outcome: 'pass', after: 0 }, quirks: [...odd] },
    });
    const { path } = await plan(`${ALL}reserve: 3\n`);
    const ran = await run('release', 'run', path, ...QUICKLY);
    expect([ran.code, read(ran).counts, effects()]).toEqual([
      0,
      { online: 1 },
      { commit: 1, submit_audit: 1, release: 1 },
    ]);
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
});
