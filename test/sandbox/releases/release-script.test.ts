/** A release script decides how each account goes: what is lost, late, unclear or odd, and what it says when it is wrong. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startSandbox, type ReleaseScript } from '../../../src/sandbox/sandbox.ts';
import { AUDIT, DETECTION, enter, openMiniProgram } from '../../support/mini-program.ts';
import { eventually } from '../../support/processes.ts';

type AccountScript = NonNullable<ReleaseScript['accounts']>[string];

const OK = { errcode: 0, errmsg: 'ok' };
const open = (script: AccountScript) => openMiniProgram({ accounts: { '*': script } });

describe('a call that a script names', () => {
  it('loses its answer after it was carried out, and the next one is whole', async () => {
    const { commit, call, effects, sandbox } = await open({ calls: { commit: ['reset', 'truncated'] } });
    await expect(commit('1')).rejects.toThrow('fetch failed');
    expect(effects()).toEqual({ commit: 1 });
    await expect(commit('2')).rejects.toThrow('terminated');
    expect(await call('/wxa/getversioninfo', {})).toMatchObject({ exp_info: { exp_version: '2' } });
    expect(await commit('3')).toEqual(OK);
    expect(effects()).toEqual({ commit: 3 });
    expect(sandbox.state().calls['/wxa/commit']).toBe(3);
  });

  it('is carried out, and never answered: silent', async () => {
    const { sandbox, token, effects } = await open({ calls: { commit: ['silent'] } });
    const giveUp = new AbortController();
    const calling = fetch(`${sandbox.url}/wxa/commit?access_token=${token}`, {
      method: 'POST',
      body: JSON.stringify({ template_id: 1, ext_json: '{}', user_version: '1', user_desc: '' }),
      signal: giveUp.signal,
    });
    calling.catch(() => undefined);
    await eventually(() => effects().commit);
    giveUp.abort();
    await expect(calling).rejects.toThrow('aborted');
  });

  it('is carried out, and answers -1: unsure', async () => {
    const { commit, effects } = await open({ calls: { commit: ['unsure', 'busy'] } });
    expect(await commit()).toMatchObject({ errcode: -1 });
    expect(effects()).toEqual({ commit: 1 });
    expect(await commit()).toMatchObject({ errcode: -1 });
    expect(effects()).toEqual({ commit: 1 });
  });

  it('is carried out at once, and answers later: late', async () => {
    const { commit, effects } = await open({ calls: { commit: ['late'] } });
    let isAnswered = false;
    const calling = commit().then((answer) => {
      isAnswered = true;
      return answer;
    });
    await eventually(() => effects().commit);
    expect(isAnswered).toBe(false);
    expect(await calling).toEqual(OK);
  });

  it('is refused with a number, and nothing is done', async () => {
    const { submit, call, effects } = await open({ calls: { submit_audit: ['ok', 9402202] } });
    expect(await submit()).toMatchObject(OK);
    expect(await call('/wxa/submit_audit', {})).toMatchObject({ errcode: 9402202 });
    expect(await call('/wxa/submit_audit', {})).toMatchObject({ errcode: 85009 });
    expect(effects().submit_audit).toBe(1);
  });

  it('belongs to its account; what an appid says replaces what all have', async () => {
    const probe = await startSandbox({ accounts: 0, miniPrograms: 2, quiet: true });
    const [first = '', second = ''] = probe.state().accounts.map(({ appId }) => appId);
    await probe.close();
    const releases = { accounts: { '*': { calls: { commit: [85014] } }, [second]: { calls: { commit: [85043] } } } };
    const { sandbox } = await openMiniProgram(releases, { miniPrograms: 2 });
    expect(await (await enter(sandbox, first)).commit()).toMatchObject({ errcode: 85014 });
    expect(await (await enter(sandbox, second)).commit()).toMatchObject({ errcode: 85043 });
    expect(await (await enter(sandbox, first)).commit()).toEqual(OK);
  });

  it('is not counted while its token has expired', async () => {
    const { commit, pass, sandbox, appId, effects } = await open({ calls: { commit: ['reset'] } });
    pass(3 * 3_600_000);
    expect(await commit()).toMatchObject({ errcode: 42001 });
    await expect((await enter(sandbox, appId)).commit()).rejects.toThrow('fetch failed');
    expect(effects()).toEqual({ commit: 1 });
  });

  it("of the component's is under its appid", async () => {
    const appId = 'wx5a4db0c0ffee0001';
    const { asComponent, sandbox } = await openMiniProgram({
      accounts: { [appId]: { calls: { addtotemplate: ['reset'] } } },
    });
    await expect(asComponent('/wxa/addtotemplate', { draft_id: 3 })).rejects.toThrow('fetch failed');
    expect(sandbox.state().releases[appId]).toEqual({ effects: { addtotemplate: 1 }, audits: [] });
  });

  it('cancels the authorization when it was carried out: revokedAfter', async () => {
    const { commit, call, effects, sandbox } = await open({ revokedAfter: 'commit' });
    expect(await commit()).toEqual(OK);
    expect(await call('/wxa/getversioninfo', {})).toMatchObject({ errcode: 40001 });
    expect(effects()).toEqual({ commit: 1 });
    expect(sandbox.state().accounts[0]?.authorized).toBe(false);
  });
});

describe('an audit', () => {
  it('goes as the list says, the first, the second, and then always as the last', async () => {
    const reject: AccountScript['audit'] = { outcome: 'reject', reason: '1:名称<br>', screenshots: ['A', 'B'] };
    const { submit, call, pass } = await open({ audit: [reject, { outcome: 'pass', after: 1000 }] });
    const { auditid } = await submit('1');
    pass(AUDIT);
    expect(await call('/wxa/get_auditstatus', { auditid })).toEqual({
      ...OK,
      status: 1,
      reason: '1:名称<br>',
      screenshot: 'A|B',
    });
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({
      status: 1,
      reason: '1:名称<br>',
      ScreenShot: 'A|B',
    });
    for (const version of ['2', '3']) {
      await submit(version);
      pass(1000);
      expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ status: 0, user_version: version });
    }
  });

  it('that is delayed stays open until it is decided', async () => {
    const { submit, call, pass } = await open({
      audit: { outcome: 'delay', after: 1000, reason: '需要更多时间', then: { outcome: 'pass', after: 5000 } },
    });
    const { auditid } = await submit();
    pass(1000);
    expect(await call('/wxa/get_auditstatus', { auditid })).toEqual({ ...OK, status: 4, reason: '需要更多时间' });
    expect(await call('/wxa/get_latest_auditstatus')).not.toHaveProperty('reason');
    expect(await call('/wxa/submit_audit', {})).toMatchObject({ errcode: 85009 });
    pass(5000);
    expect(await call('/wxa/get_auditstatus', { auditid })).toEqual({ ...OK, status: 0 });
  });

  it('that is hurried ends in a quarter of the time', async () => {
    const { submit, call, pass } = await open({ audit: { outcome: 'pass', after: 4000 } });
    const { auditid } = await submit();
    expect(await call('/wxa/speedupaudit', { auditid })).toEqual(OK);
    expect(await call('/wxa/queryquota')).toMatchObject({ speedup_rest: 19 });
    pass(1000);
    expect(await call('/wxa/get_auditstatus', { auditid })).toMatchObject({ status: 0 });
  });

  it('that is withdrawn is never decided, and its unit of quota is gone', async () => {
    const { submit, call, pass } = await open({});
    const { auditid } = await submit();
    expect(await call('/wxa/undocodeaudit')).toEqual(OK);
    pass(AUDIT);
    expect(await call('/wxa/get_auditstatus', { auditid })).toEqual({ ...OK, status: 3 });
    expect(await call('/wxa/queryquota')).toMatchObject({ rest: 999 });
  });

  it('keeps the package that it was submitted with when another is committed', async () => {
    const { submit, commit, call, pass } = await open({});
    await submit('1');
    await commit('2');
    pass(AUDIT);
    await call('/wxa/release', {});
    expect(await call('/wxa/getversioninfo', {})).toMatchObject({
      exp_info: { exp_version: '2' },
      release_info: { release_version: '1' },
    });
  });

  it('is seen late, after the one before it: latest', async () => {
    const { submit, call, pass } = await open({
      latest: { missing: 60_000, previous: 10_000 },
      audit: { outcome: 'pass', after: 1_000_000 },
    });
    await submit('1');
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ errcode: 85058 });
    pass(70_000);
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ user_version: '1' });
    await call('/wxa/undocodeaudit');
    await submit('2');
    pass(59_999);
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ errcode: 85058 });
    pass(1);
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ user_version: '1', status: 3 });
    pass(10_000);
    expect(await call('/wxa/get_latest_auditstatus')).toMatchObject({ user_version: '2', status: 2 });
  });

  it('costs a unit of the month, which all share; the next month in Beijing has new ones', async () => {
    const { submit, call, sandbox, appId, pass } = await openMiniProgram({
      quota: { limit: 27, rest: 1, speedupLimit: 3, speedupRest: 2 },
    });
    expect(await call('/wxa/queryquota')).toEqual({ ...OK, rest: 1, limit: 27, speedup_rest: 2, speedup_limit: 3 });
    await submit();
    expect(await call('/wxa/queryquota')).toMatchObject({ rest: 0 });
    pass(31 * 24 * 3_600_000);
    expect(await (await enter(sandbox, appId)).call('/wxa/queryquota')).toMatchObject({ rest: 27, speedup_rest: 3 });
  });
});

describe('the detection', () => {
  it('takes its time, and starts again with every commit', async () => {
    const { commit, call, pass } = await open({ detection: 60_000 });
    const detect = () => call('/wxa/security/get_code_privacy_info');
    await commit('1');
    pass(59_999);
    expect(await detect()).toMatchObject({ errcode: 61039 });
    await commit('2');
    pass(59_999);
    expect(await detect()).toMatchObject({ errcode: 61039 });
    pass(1);
    expect(await detect()).toMatchObject(OK);
  });

  it('names what was not granted and what was not declared, and a promise gets past it', async () => {
    const { commit, call, pass } = await openMiniProgram({
      templates: [{ version: '1', uses: ['getLocation', 'chooseAddress'], requiredPrivateInfos: [] }],
      accounts: { '*': { rights: ['chooseAddress'] } },
    });
    await commit();
    pass(DETECTION);
    expect(await call('/wxa/security/get_code_privacy_info')).toEqual({
      ...OK,
      without_auth_list: ['wx.getLocation'],
      without_conf_list: ['wx.chooseAddress'],
    });
    expect(await call('/wxa/submit_audit', {})).toMatchObject({
      errcode: 61040,
      errmsg: expect.stringContaining('wx.getLocation') as string,
    });
    expect(await call('/wxa/submit_audit', { privacy_api_not_use: true })).toMatchObject(OK);
  });
});

describe('quirks', () => {
  it.each<[string, AccountScript, Record<string, unknown>]>([
    ['empty-release-version', {}, { release_info: { release_version: '', release_desc: '' } }],
    ['no-version-info', {}, OK],
  ])('%s shows in getversioninfo', async (quirk, script, expected) => {
    const { submit, call, pass } = await open({ ...script, quirks: [quirk as 'no-version-info'] });
    await submit();
    pass(AUDIT);
    await call('/wxa/release', {});
    const answer = await call('/wxa/getversioninfo', {});
    expect(answer).toMatchObject(expected);
    if (quirk === 'no-version-info') expect(answer).toEqual(OK);
  });

  it('screenshot-everywhere, no-screenshot and numbers-as-strings show in the latest audit', async () => {
    const audit: AccountScript['audit'] = { outcome: 'reject', screenshots: ['A'] };
    const same = await open({ audit, quirks: ['screenshot-everywhere', 'numbers-as-strings'] });
    const { auditid } = await same.submit();
    expect(auditid).toEqual(expect.any(String));
    same.pass(AUDIT);
    expect(await same.call('/wxa/get_latest_auditstatus')).toMatchObject({ auditid, screenshot: 'A' });
    const none = await open({ audit, quirks: ['no-screenshot'] });
    await none.submit();
    none.pass(AUDIT);
    expect(await none.call('/wxa/get_latest_auditstatus')).not.toHaveProperty('ScreenShot');
  });

  it('version-list-object and quota-zeros show in their calls', async () => {
    const { submit, call, pass } = await open({ quirks: ['version-list-object', 'quota-zeros'] });
    for (const version of ['1', '2']) {
      await submit(version);
      pass(AUDIT);
      await call('/wxa/release', {});
    }
    expect(await call('/wxa/revertcoderelease?action=get_history_version')).toMatchObject({
      version_list: { 0: { app_version: 1, user_version: '1' } },
    });
    expect(await call('/wxa/queryquota')).toEqual({ ...OK, rest: 0, limit: 0, speedup_rest: 0, speedup_limit: 0 });
  });
});

describe('the text of a script', () => {
  it('is JSON with comments and trailing commas', async () => {
    const { call } = await openMiniProgram({}, { releases: '// quota\n{ "quota": { "limit": 3, }, /* … */ }' });
    expect(await call('/wxa/queryquota')).toMatchObject({ rest: 3, limit: 3 });
  });

  it.each(['docs/sandbox.md', 'docs/zh/sandbox.md'])('in %s is taken', async (file) => {
    const manual = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    const [, example = ''] = /```jsonc\n([^]*?)```/.exec(manual) ?? [];
    const { call } = await openMiniProgram({}, { releases: example });
    expect(await call('/wxa/queryquota')).toMatchObject({ limit: 27, rest: 12, speedup_limit: 3 });
  });

  it.each([
    ['{"quota": ', 'ValueExpected, line 1, column 11'],
    ['{}\n  x', 'InvalidSymbol, line 2, column 3'],
    ['[]', 'wrong at .'],
    ['{"quotas": {}}', 'wrong at quotas.'],
    ['{"quota": {"rest": -1}}', 'wrong at quota.rest.'],
    ['{"accounts": {"wx1": {}}}', 'wrong at accounts.wx1.'],
    ['{"accounts": {"*": {"audit": {"outcome": "passed"}}}}', 'wrong at accounts.*.audit.outcome.'],
    ['{"accounts": {"*": {"audit": [{"after": 1}]}}}', 'wrong at accounts.*.audit[0].outcome.'],
    ['{"accounts": {"*": {"calls": {"comit": []}}}}', 'wrong at accounts.*.calls.comit.'],
    ['{"accounts": {"*": {"calls": {"commit": ["lost"]}}}}', 'wrong at accounts.*.calls.commit[0].'],
    ['{"accounts": {"*": {"events": "thrice"}}}', 'wrong at accounts.*.events.'],
    ['{"accounts": {"*": {"events": {"times": 2}}}}', 'wrong at accounts.*.events.late.'],
    ['{"templates": [{"pages": []}]}', 'wrong at templates[0].version.'],
  ])('%s is refused, with its place', async (releases, place) => {
    await expect(startSandbox({ releases })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(place) as string,
    });
  });
});
