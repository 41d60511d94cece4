/** From an approved version to the users, and back: `wxop release publish` and `revert`. */
import { describe, expect, test } from 'vitest';
import type { AccountScript } from '../../src/sandbox/releases/script/release-script.ts';
import { errorOf } from '../support/error-line.ts';
import { openReleaseAccounts, type ReleaseAccounts } from '../support/release-accounts.ts';

type Json = Record<string, unknown>;
const read = (stdout: string): Json => JSON.parse(stdout) as Json;

async function openApproved(script: AccountScript = {}, version = '1.0.0'): Promise<ReleaseAccounts> {
  const accounts = await openReleaseAccounts({ accounts: { '*': { audit: { outcome: 'person' }, ...script } } });
  await approve(accounts, version);
  return accounts;
}

async function approve({ submit, sandbox, appId }: ReleaseAccounts, version: string): Promise<void> {
  await submit(version);
  sandbox.decideAudit({ appId, outcome: 'pass' });
}

describe('wxop release publish', () => {
  test('puts the approved version online, and a second time does nothing', async () => {
    const { run, appId, effects } = await openApproved();
    const published = await run('release', 'publish', appId, '--json');
    expect([published.code, read(published.stdout)]).toMatchObject([
      0,
      { appId, version: '1.0.0', published: true, answerLost: false, online: { version: '1.0.0' } },
    ]);
    const again = await run('release', 'publish', appId, '--json');
    expect([again.code, read(again.stdout)]).toMatchObject([0, { published: false, online: { version: '1.0.0' } }]);
    expect(effects().release).toBe(1);
    expect(read((await run('release', 'status', appId, '--json')).stdout)).toMatchObject({ stage: 'online' });
  });

  test('publishes no version but the expected one', async () => {
    const { run, appId, effects } = await openApproved();
    const other = await run('release', 'publish', appId, '--expect', '2.0.0', '--json');
    expect([other.code, errorOf(other)]).toMatchObject([
      3,
      { code: 'WRONG_STAGE', message: 'The approved version is 1.0.0, not 2.0.0.' },
    ]);
    expect(effects().release).toBeUndefined();
    expect((await run('release', 'publish', appId, '--expect', '1.0.0')).code).toBe(0);
  });

  test('refuses what is not approved, and sends nothing', async () => {
    const accounts = await openReleaseAccounts({ accounts: { '*': { audit: { outcome: 'person' } } } });
    const { run, appId, submit, effects } = accounts;
    const none = await run('release', 'publish', appId, '--json');
    expect([none.code, errorOf(none)]).toMatchObject([3, { code: 'WRONG_STAGE', errcode: 85019 }]);
    await submit();
    const early = await run('release', 'publish', appId, '--json');
    expect([early.code, errorOf(early)]).toMatchObject([3, { code: 'WRONG_STAGE', errcode: 85020 }]);
    expect(effects().release).toBeUndefined();
  });

  test.each(['unsure', 'reset'] as const)('a release whose answer was lost (%s) is found online', async (lost) => {
    const { run, appId, effects } = await openApproved({ calls: { release: [lost] } });
    const published = await run('release', 'publish', appId, '--json');
    expect([published.code, read(published.stdout)]).toMatchObject([0, { published: true, answerLost: true }]);
    expect(effects().release).toBe(1);
  });
});

describe('wxop release revert', () => {
  async function openTwice(script: AccountScript = {}): Promise<ReleaseAccounts> {
    const accounts = await openApproved(script);
    const { here, appId, sandbox } = accounts;
    expect((await here(['release', 'publish', appId])).code).toBe(0);
    sandbox.advance(60_000);
    await approve(accounts, '2.0.0');
    expect((await here(['release', 'publish', appId])).code).toBe(0);
    return accounts;
  }

  test('lists what can come back, and lists without reverting', async () => {
    const { run, appId, effects } = await openTwice();
    const listed = await run('release', 'revert', appId, '--list', '--json');
    expect([listed.code, JSON.parse(listed.stdout)]).toMatchObject([0, [{ version: '1.0.0' }]]);
    expect(effects().revertcoderelease).toBeUndefined();
    const asked = await run('release', 'revert', appId, '--json');
    expect([asked.code, errorOf(asked).code]).toEqual([2, 'USAGE']);
    expect(effects().revertcoderelease).toBeUndefined();
  });

  test.each([[], ['unsure']] as const)('goes back one version, once, with lost answers: %s', async (...lost) => {
    const { run, appId, effects } = await openTwice({ calls: { revertcoderelease: ['ok', ...lost] } });
    const reverted = await run('release', 'revert', appId, '--yes', '--json');
    expect([reverted.code, read(reverted.stdout)]).toMatchObject([
      0,
      { version: '1.0.0', reverted: true, answerLost: lost.length > 0 },
    ]);
    expect(effects().revertcoderelease).toBe(1);
    expect(read((await run('release', 'status', appId, '--json')).stdout)).toMatchObject({
      online: { version: '1.0.0' },
    });
    const nothing = await run('release', 'revert', appId, '--yes', '--json');
    expect([nothing.code, errorOf(nothing).code]).toEqual([3, 'WRONG_STAGE']);
  });

  test('what was gone back from takes a new audit, as status and publish say', async () => {
    const { run, appId } = await openTwice();
    expect((await run('release', 'revert', appId, '--yes')).code).toBe(0);
    const anew = /somebody went back.*, it takes a new upload and audit\./;
    expect((await run('release', 'status', appId)).stderr).toMatch(anew);
    const published = await run('release', 'publish', appId);
    expect([published.code, published.stderr]).toEqual([0, expect.stringMatching(anew)]);
    expect(published.stderr).not.toContain('is online already');
  });

  test('a number that is not listed is refused, with those that are', async () => {
    const { run, appId, effects } = await openTwice();
    const refused = await run('release', 'revert', appId, '999', '--yes', '--json');
    expect([refused.code, errorOf(refused).code]).toEqual([2, 'USAGE']);
    expect(errorOf(refused).hint).toMatch(/^There are: \d+\.$/);
    expect(effects().revertcoderelease).toBeUndefined();
  });
});
