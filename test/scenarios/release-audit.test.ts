/** From a trial version to the verdict: `wxop release check`, `submit`, `withdraw`, `hurry`, `reasons` and `quota`. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AccountScript } from '../../src/sandbox/releases/script/release-script.ts';
import { errorOf } from '../support/error-line.ts';
import { hasPty, onTerminal } from '../support/pty.ts';
import { openReleaseAccounts, type ReleaseAccounts } from '../support/release-accounts.ts';
import { decodeShown } from '../support/screen.ts';
import { temporaryFolder } from '../support/world.ts';

type Json = Record<string, unknown>;
const read = (stdout: string): Json => JSON.parse(stdout) as Json;

const open = (script: AccountScript = {}): Promise<ReleaseAccounts> =>
  openReleaseAccounts({ accounts: { '*': { audit: { outcome: 'person' }, ...script } } });

const upload = async ({ here, appId }: ReleaseAccounts, ...flags: string[]): Promise<void> => {
  expect(await here(['release', 'upload', appId, '--template', '1', ...flags])).toMatchObject({ code: 0 });
};

describe('wxop release check', () => {
  test('waits for the detection, and says when every interface is declared', async () => {
    const accounts = await open({ detection: 1_000 });
    await upload(accounts);
    const checked = await accounts.run('release', 'check', accounts.appId, '--json');
    expect([checked.code, read(checked.stdout)]).toEqual([
      0,
      { appId: accounts.appId, isClean: true, ungranted: [], undeclared: [] },
    ]);
  });

  test('ends with 5 when the time runs out, without uploading again', async () => {
    const accounts = await open({ detection: 3_600_000 });
    await upload(accounts);
    const checked = await accounts.run('release', 'check', accounts.appId, '--timeout', '1s', '--json');
    expect([checked.code, checked.stdout, errorOf(checked).code]).toEqual([5, '', 'TIMEOUT']);
    expect(accounts.effects().commit).toBe(1);
  });

  test('names the interfaces that are not declared or granted, with 3', async () => {
    const uses = ['getLocation', 'chooseAddress'];
    const accounts = await openReleaseAccounts({
      templates: [
        { version: '1.0.0', pages: ['pages/index/index'], tabs: [], uses, requiredPrivateInfos: ['getLocation'] },
      ],
      accounts: { '*': { detection: 0 } },
    });
    const { appId } = accounts;
    await upload(accounts);
    const checked = await accounts.run('release', 'check', appId, '--json');
    expect([checked.code, errorOf(checked).code]).toEqual([3, 'CODE_CHECK_FAILED']);
    expect(errorOf(checked).message).toContain('not declared: wx.chooseAddress');
  });
});

describe('wxop release submit', () => {
  test('submits the trial version with a category, once, and says its audit', async () => {
    const accounts = await open({ detection: 0 });
    const { run, appId, effects } = accounts;
    await upload(accounts, '--code-version', '3.1.4');
    const submitted = await run('release', 'submit', appId, '--json');
    expect(submitted.code).toBe(0);
    const { auditId } = read(submitted.stdout);
    expect(read(submitted.stdout)).toEqual({ appId, auditId, version: '3.1.4', submitted: true, answerLost: false });
    const status = read((await run('release', 'status', appId, '--json')).stdout);
    expect(status).toMatchObject({ stage: 'inAudit', audit: { auditId, status: 'inAudit', version: '3.1.4' } });
    // The same once more is no second audit.
    const again = await run('release', 'submit', appId, '--json');
    expect([again.code, read(again.stdout).submitted, effects().submit_audit]).toEqual([0, false, 1]);
  });

  test('refuses without code, and while another version is in audit, and sends nothing', async () => {
    const accounts = await open({ detection: 0 });
    const { run, appId, effects, sandbox, submit } = accounts;
    const nothing = await run('release', 'submit', appId, '--json');
    expect([nothing.code, errorOf(nothing)]).toMatchObject([3, { code: 'WRONG_STAGE', errcode: 85086 }]);
    await submit('1.0.0');
    sandbox.advance(60_000);
    await upload(accounts, '--code-version', '2.0.0');
    const open85009 = await run('release', 'submit', appId, '--json');
    expect([open85009.code, errorOf(open85009)]).toMatchObject([3, { code: 'WRONG_STAGE', errcode: 85009 }]);
    expect(effects().submit_audit).toBe(1);
  });

  test.each(['unsure', 'truncated', 'reset'] as const)(
    'a submission whose answer was lost (%s) is found, and costs one of the quota',
    async (lost) => {
      const accounts = await open({ detection: 0, calls: { submit_audit: [lost] }, latest: { missing: 2_000 } });
      const { run, appId, effects } = accounts;
      await upload(accounts);
      const submitted = await run('release', 'submit', appId, '--json');
      expect(submitted.code).toBe(0);
      expect(read(submitted.stdout)).toMatchObject({ submitted: true, answerLost: true });
      expect(read(submitted.stdout).auditId).toEqual(expect.any(Number));
      expect(effects().submit_audit).toBe(1);
    },
  );

  test("the quota of the month used up is WeChat's refusal, with what to do", async () => {
    const accounts = await openReleaseAccounts({ quota: { limit: 5, rest: 0 }, accounts: { '*': { detection: 0 } } });
    await upload(accounts);
    const refused = await accounts.run('release', 'submit', accounts.appId, '--json');
    expect([refused.code, errorOf(refused)]).toMatchObject([3, { code: 'PLATFORM_REFUSED', errcode: 85085 }]);
    const quota = await accounts.run('release', 'quota', '--json');
    expect(read(quota.stdout)).toMatchObject({ askedWith: accounts.appId, rest: 0, limit: 5 });
  });
});

describe('an open audit', () => {
  test('can be withdrawn, also when the answer is lost, and spends one withdrawal', async () => {
    const { run, appId, submit, effects } = await open({ calls: { undocodeaudit: ['unsure'] } });
    await submit();
    const withdrawn = await run('release', 'withdraw', appId, '--json');
    expect([withdrawn.code, read(withdrawn.stdout)]).toMatchObject([0, { withdrawn: true, answerLost: true }]);
    expect(effects().undocodeaudit).toBe(1);
    const again = await run('release', 'withdraw', appId, '--json');
    expect([again.code, errorOf(again).code]).toEqual([3, 'WRONG_STAGE']);
  });

  test('can be hurried; a lost answer is followed by one more try, which costs nothing', async () => {
    const { run, appId, submit, effects } = await open({ calls: { speedupaudit: ['unsure'] } });
    await submit();
    const hurried = await run('release', 'hurry', appId, '--json');
    expect([hurried.code, read(hurried.stdout)]).toMatchObject([0, { hurried: true }]);
    expect(effects().speedupaudit).toBe(1);
  });
});

describe('wxop release reasons', () => {
  test('prints the reason as text and saves its pictures under names of its own', async () => {
    const accounts = await open();
    const { run, appId, submit, sandbox } = accounts;
    await submit();
    const reason =
      '1:服务内容:<br>(1):请看 <a href="https://x.example/1">说明</a>\u001b[31m<script>alert(1)</script><br>';
    sandbox.decideAudit({ appId, outcome: 'reject', reason, screenshots: ['../../evil', 'SHOT-2'] });
    const folder = join(temporaryFolder(), 'pictures');
    const shown = await run('release', 'reasons', appId, '-o', folder);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('1:服务内容:\n(1):请看 说明 (https://x.example/1)');
    for (const piece of ['\u001b', '<', 'alert']) expect(shown.stdout).not.toContain(piece);
    expect(existsSync(folder)).toBe(true);
    for (const name of readdirSync(folder)) expect(name).toMatch(/^\d+-\d\.(?:jpg|png|gif)$/);
    const document = read((await run('release', 'reasons', appId, '-o', folder, '--json')).stdout);
    expect(document).toMatchObject({ appId, status: 'rejected' });
    expect(document.pictures).toHaveLength(2);
    expect(read((await run('release', 'status', appId, '--json')).stdout)).toMatchObject({ stage: 'rejected' });
  });

  test('says so where there is none', async () => {
    const { run, appId } = await open();
    const none = await run('release', 'reasons', appId, '--json');
    expect([none.code, errorOf(none)]).toMatchObject([3, { code: 'WRONG_STAGE', errcode: 85058 }]);
  });
});

test('wxop release qr writes the code of the trial version as WeChat drew it', async () => {
  const accounts = await open();
  const { run, appId } = accounts;
  const file = join(temporaryFolder(), 'trial.jpg');
  const none = await run('release', 'qr', appId, '-o', file, '--json');
  expect([none.code, errorOf(none).code, existsSync(file)]).toEqual([3, 'PLATFORM_REFUSED', false]);
  await upload(accounts);
  const written = await run('release', 'qr', appId, '-o', file, '--page', 'pages/index/index?a=1', '--json');
  expect([written.code, read(written.stdout)]).toMatchObject([0, { appId, file }]);
  expect(readFileSync(file).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
});

describe.skipIf(!hasPty)('wxop release qr on a terminal', () => {
  test.each([
    ['draws the code that is in the picture', 40, true],
    ['writes a file where the code does not fit, and says where', 12, false],
  ])('%s', async (_title, rows, draws) => {
    const accounts = await open();
    await upload(accounts);
    const { appId } = accounts;
    // In the folder where it runs.
    const file = `${appId}-trial.jpg`;
    onTestFinished(() => rmSync(file, { force: true }));
    const terminal = onTerminal(['release', 'qr', appId], accounts.env, { columns: 80, rows });
    expect(await terminal.finished).toBe(0);
    const shown = terminal.shown();
    expect([existsSync(file), shown.includes('Written to')]).toEqual([!draws, !draws]);
    if (draws) expect(await decodeShown(shown)).toEqual(['wxop sandbox: trial version']);
    else expect(readFileSync(file).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  });
});
