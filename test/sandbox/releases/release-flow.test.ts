/** One mini program from the template to the line and back, as the sandbox plays it. */
import { describe, expect, it } from 'vitest';
import { AUDIT, DETECTION, openMiniProgram, START } from '../../support/mini-program.ts';

const OK = { errcode: 0, errmsg: 'ok' };
const SECONDS = START / 1000;
const refusal = (errcode: number) => expect.objectContaining({ errcode }) as unknown;

describe('a release', () => {
  it('goes from the template list through commit, detection, audit and release, and back', async () => {
    const { call, asComponent, commit, pass, effects, sandbox, appId } = await openMiniProgram();
    expect(await asComponent('/wxa/gettemplatelist')).toMatchObject({
      errcode: 0,
      template_list: [
        { template_id: 1, user_version: '1.0.0' },
        { template_id: 2, user_version: '1.1.0' },
      ],
    });
    expect(await call('/wxa/getversioninfo', {})).toEqual(OK);
    expect(await commit('2.0.0')).toEqual(OK);
    expect(await call('/wxa/getversioninfo', {})).toEqual({
      ...OK,
      exp_info: { exp_time: SECONDS, exp_version: '2.0.0', exp_desc: '关于 2.0.0' },
    });

    expect(await call('/wxa/security/get_code_privacy_info')).toEqual(refusal(61039));
    expect(await call('/wxa/submit_audit', {})).toEqual(refusal(61039));
    pass(DETECTION);
    expect(await call('/wxa/security/get_code_privacy_info')).toEqual({
      ...OK,
      without_auth_list: [],
      without_conf_list: [],
    });

    const { auditid, ...submitted } = await call('/wxa/submit_audit', {});
    expect(submitted).toEqual(OK);
    expect(auditid).toEqual(expect.any(Number));
    expect(await call('/wxa/get_auditstatus', { auditid })).toEqual({ ...OK, status: 2 });
    pass(AUDIT);
    expect(await call('/wxa/get_latest_auditstatus')).toEqual({
      ...OK,
      auditid,
      status: 0,
      user_version: '2.0.0',
      user_desc: '关于 2.0.0',
      submit_audit_time: SECONDS + DETECTION / 1000,
    });

    expect(await call('/wxa/release', {})).toEqual(OK);
    expect(await call('/wxa/release', {})).toEqual(refusal(85052));
    await commit('3.0.0');
    pass(DETECTION);
    await call('/wxa/submit_audit', {});
    pass(AUDIT);
    expect(await call('/wxa/release', {})).toEqual(OK);
    expect(await call('/wxa/revertcoderelease?action=get_history_version')).toEqual({
      ...OK,
      version_list: [{ app_version: 1, user_version: '2.0.0', user_desc: '关于 2.0.0', commit_time: SECONDS }],
    });
    expect(await call('/wxa/revertcoderelease?app_version=1')).toEqual(OK);
    expect(await call('/wxa/getversioninfo', {})).toMatchObject({
      exp_info: { exp_version: '3.0.0' },
      release_info: { release_version: '2.0.0', release_desc: '关于 2.0.0', release_time: SECONDS + 26 },
    });
    expect(await call('/wxa/revertcoderelease')).toEqual(refusal(87012));
    expect(effects()).toEqual({ commit: 2, submit_audit: 2, release: 2, revertcoderelease: 1 });
    expect(sandbox.state().releases[appId]).toMatchObject({
      trial: '3.0.0',
      online: '2.0.0',
      audits: [
        { version: '2.0.0', status: 0 },
        { version: '3.0.0', status: 0 },
      ],
    });
  });
});
