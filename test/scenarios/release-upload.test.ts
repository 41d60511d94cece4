/** From a draft to a trial version: `wxop template`, `wxop release status` and `upload`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorOf } from '../support/error-line.ts';
import { openReleaseAccounts } from '../support/release-accounts.ts';
import { temporaryFolder } from '../support/world.ts';

type Json = Record<string, unknown>;
const read = (stdout: string): Json => JSON.parse(stdout) as Json;

describe('wxop template', () => {
  test('add prints the id of the new template, which WeChat does not tell', async () => {
    const { run } = await openReleaseAccounts();
    const [draft] = JSON.parse((await run('template', 'drafts', '--json')).stdout) as Json[];
    const before = JSON.parse((await run('template', 'list', '--json')).stdout) as Json[];
    const added = await run('template', 'add', String(draft?.draftId));
    expect(added.code).toBe(0);
    expect(added.stdout).toMatch(/^\d+\n$/);
    const after = JSON.parse((await run('template', 'list', '--json')).stdout) as Json[];
    const known = before.map(({ templateId }) => templateId);
    expect(after.map(({ templateId }) => templateId).filter((id) => !known.includes(id))).toEqual([
      Number(added.stdout),
    ]);
    const missing = await run('template', 'add', '999', '--json');
    expect([missing.code, missing.stdout, errorOf(missing).code]).toEqual([2, '', 'USAGE']);
  });

  test('delete asks, and with --yes takes the template away', async () => {
    const { run } = await openReleaseAccounts();
    const asked = await run('template', 'delete', '1', '--json');
    expect([asked.code, errorOf(asked).code]).toEqual([2, 'USAGE']);
    const deleted = await run('template', 'delete', '1', '--yes', '--json');
    expect([deleted.code, read(deleted.stdout)]).toEqual([0, { templateId: 1, deleted: true, answerLost: false }]);
    const again = await run('template', 'delete', '1', '--yes', '--json');
    expect([again.code, errorOf(again).message]).toEqual([2, 'There is no template 1.']);
  });
});

describe('wxop release upload', () => {
  test('makes the template the trial version, with the appid of the merchant in its ext_json', async () => {
    const { run, appId, effects } = await openReleaseAccounts();
    expect(read((await run('release', 'status', appId, '--json')).stdout)).toMatchObject({
      stage: 'nothing',
      trial: null,
      audit: null,
      online: null,
    });
    const uploaded = await run('release', 'upload', appId, '--template', '1', '--code-version', '2.3.1', '--json');
    expect(uploaded.code).toBe(0);
    expect(read(uploaded.stdout)).toMatchObject({
      appId,
      templateId: 1,
      version: '2.3.1',
      uploaded: true,
      answerLost: false,
      extJson: { extAppid: appId },
    });
    const status = await run('release', 'status', appId);
    expect(status.stdout.split('\n').map((line) => line.split('\t').slice(0, 3))).toEqual([
      ['trial', '2.3.1', 'uploaded'],
      ['audit', '-', 'none'],
      ['online', '-', 'none'],
      [''],
    ]);
    expect(status.stderr).toContain(`Next: \`wxop release check ${appId}\``);
    expect(effects().commit).toBe(1);
  });

  test('names the path that the template does not have, with line and column, and uploads nothing', async () => {
    const { run, appId, effects } = await openReleaseAccounts();
    const folder = temporaryFolder();
    const [ext, app] = [join(folder, 'ext.json'), join(folder, 'app.json')];
    writeFileSync(app, JSON.stringify({ pages: ['pages/index/index', 'pages/cart/cart'] }));
    writeFileSync(ext, '{\n  "ext": {"shop": 7},\n  "pages": ["pages/index/index", "pages/card/card"]\n}\n');
    const argv = ['release', 'upload', appId, '--template', '1', '--ext-json', ext, '--app-json', app];
    const refused = await run(...argv);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${ext}:3:34: error 85045 page-path: The template has no page pages/card/card.`);
    expect(refused.stderr).toContain('Did you mean pages/cart/cart?');
    expect(errorOf(await run(...argv, '--json'))).toMatchObject({ code: 'EXT_JSON_INVALID', errcode: 85045 });
    expect(effects().commit).toBeUndefined();
    writeFileSync(ext, '{"ext": {"shop": 7}, "pages": ["pages/cart/cart"]}');
    expect((await run(...argv, '--dry-run')).code).toBe(0);
    expect(effects().commit).toBeUndefined();
  });

  test('finds a wrong path without the project too, from a trial version that was made of the template', async () => {
    const { run, appIds, effects } = await openReleaseAccounts({}, { miniPrograms: 2 });
    const [pilot = '', appId = ''] = appIds;
    const ext = join(temporaryFolder(), 'ext.json');
    writeFileSync(ext, '{"pages": [\n  "pages/index/index", "pages/carts/carts"]}');
    const argv = ['release', 'upload', appId, '--template', '1', '--ext-json', ext, '--pages-of', pilot];
    const early = await run(...argv, '--json');
    expect([early.code, errorOf(early)]).toMatchObject([3, { code: 'WRONG_STAGE', errcode: 86001 }]);
    expect((await run('release', 'upload', pilot, '--template', '1')).code).toBe(0);
    const refused = await run(...argv);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('Paths are checked against the trial version 1.0.0 of 小店 1.');
    expect(refused.stderr).toContain(`${ext}:2:24: error 85045 page-path: The template has no page pages/carts/carts.`);
    expect(refused.stderr).toContain('Did you mean pages/cart/cart?');
    expect(effects(appId)).toEqual({});
    writeFileSync(ext, '{"extPages": {"packages/coupon/list": {}}}');
    expect((await run(...argv)).code).toBe(0);
    expect(effects(appId)).toEqual({ commit: 1 });
  });

  test.each(['unsure', 'truncated'] as const)(
    'an upload whose answer was lost (%s) is found, and not sent again',
    async (lost) => {
      const { appId, run, effects } = await openReleaseAccounts({ accounts: { '*': { calls: { commit: [lost] } } } });
      const uploaded = await run('release', 'upload', appId, '--template', '1', '--json');
      expect([uploaded.code, uploaded.stderr]).toEqual([0, expect.stringMatching(/^WeChat did not answer/)]);
      expect(read(uploaded.stdout)).toMatchObject({ uploaded: true, answerLost: true });
      expect(effects().commit).toBe(1);
    },
  );
});

describe('an account that has no code to release', () => {
  test('is refused before WeChat is asked: an official account, a mini program without permission set 18', async () => {
    const { sandbox, run, appId } = await openReleaseAccounts({ accounts: { '*': { sets: [17, 30] } } });
    const official = sandbox.state().accounts.find(({ kind }) => kind === 'mp')?.appId ?? '';
    const wrongKind = await run('release', 'status', official, '--json');
    expect([wrongKind.code, errorOf(wrongKind).code]).toEqual([2, 'USAGE']);
    const notGranted = await run('release', 'status', appId, '--json');
    expect([notGranted.code, errorOf(notGranted).code]).toEqual([4, 'NOT_GRANTED']);
    expect(sandbox.state().calls['/wxa/getversioninfo']).toBeUndefined();
  });
});
