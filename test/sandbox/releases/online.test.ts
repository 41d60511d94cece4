/** What goes online in the sandbox, in parts or at once, and what comes back. */
import { describe, expect, it } from 'vitest';
import { AUDIT, DETECTION, openMiniProgram, type MiniProgramDesk } from '../../support/mini-program.ts';

const OK = { errcode: 0, errmsg: 'ok' };

async function approve({ submit, pass }: MiniProgramDesk, version: string): Promise<void> {
  await submit(version);
  pass(AUDIT);
}

async function release(desk: MiniProgramDesk, ...versions: string[]): Promise<void> {
  for (const version of versions) {
    await approve(desk, version);
    await desk.call('/wxa/release', {});
  }
}

const onlineVersion = async ({ call }: MiniProgramDesk): Promise<unknown> =>
  ((await call('/wxa/getversioninfo', {})).release_info as { release_version: string }).release_version;

describe('a gray release', () => {
  it('grows, shows its plan, and ends with the release', async () => {
    const desk = await openMiniProgram();
    const { call, effects } = desk;
    await release(desk, '1');
    await approve(desk, '2');
    const plan = async () => (await call('/wxa/getgrayreleaseplan')).gray_release_plan;
    expect(await call('/wxa/grayrelease', { gray_percentage: 0, support_experiencer_first: true })).toEqual(OK);
    expect(await call('/wxa/grayrelease', { gray_percentage: 5 })).toEqual(OK);
    expect(await plan()).toEqual({
      status: 1,
      create_timestamp: expect.any(Number) as number,
      gray_percentage: 5,
      support_experiencer_first: false,
      support_debuger_first: false,
    });
    expect(await onlineVersion(desk)).toBe('1');
    expect(await call('/wxa/release', {})).toEqual(OK);
    expect(await plan()).toMatchObject({ status: 3 });
    expect(await onlineVersion(desk)).toBe('2');
    expect(effects()).toMatchObject({ grayrelease: 2, release: 2 });
  });

  it('that is cancelled leaves the old version, and the new one approved', async () => {
    const desk = await openMiniProgram();
    const { call } = desk;
    await release(desk, '1');
    await approve(desk, '2');
    await call('/wxa/grayrelease', { gray_percentage: 5 });
    expect(await call('/wxa/revertgrayrelease')).toEqual(OK);
    expect(await call('/wxa/getgrayreleaseplan')).toMatchObject({ gray_release_plan: { status: 4 } });
    expect(await onlineVersion(desk)).toBe('1');
    expect(await call('/wxa/release', {})).toEqual(OK);
  });

  it('of 100 is a release', async () => {
    const desk = await openMiniProgram();
    await release(desk, '1');
    await approve(desk, '2');
    expect(await desk.call('/wxa/grayrelease', { gray_percentage: 100 })).toEqual(OK);
    expect(await onlineVersion(desk)).toBe('2');
    expect(await desk.call('/wxa/release', {})).toMatchObject({ errcode: 85052 });
  });
});

describe('a revert', () => {
  it('has five versions to go back to, and the way back is closed behind it', async () => {
    const desk = await openMiniProgram();
    const { call } = desk;
    await release(desk, '1', '2', '3', '4', '5', '6', '7');
    const list = async () =>
      (
        (await call('/wxa/revertcoderelease?action=get_history_version')) as {
          version_list: { app_version: number; user_version: string }[];
        }
      ).version_list.map(({ user_version }) => user_version);
    expect(await list()).toEqual(['6', '5', '4', '3', '2']);
    expect(await call('/wxa/revertcoderelease')).toEqual(OK);
    expect(await onlineVersion(desk)).toBe('6');
    expect(await call('/wxa/revertcoderelease?app_version=3')).toEqual(OK);
    expect(await onlineVersion(desk)).toBe('3');
    expect(await list()).toEqual(['2']);
    expect(await call('/wxa/revertcoderelease?app_version=6')).toMatchObject({ errcode: 87012 });
  });

  it('is counted when it acts, not when it lists', async () => {
    const desk = await openMiniProgram();
    await release(desk, '1', '2');
    await desk.call('/wxa/revertcoderelease?action=get_history_version');
    expect(desk.effects()).not.toHaveProperty('revertcoderelease');
    await desk.call('/wxa/revertcoderelease');
    expect(desk.effects()).toMatchObject({ revertcoderelease: 1 });
  });
});

describe('the service', () => {
  it('is open after the first release, and closed and opened by hand', async () => {
    const desk = await openMiniProgram();
    const { call } = desk;
    await release(desk, '1');
    const status = async () => (await call('/wxa/getvisitstatus', {})).status;
    expect(await status()).toBe(1);
    await call('/wxa/change_visitstatus', { action: 'close' });
    expect(await status()).toBe(0);
    await release(desk, '2');
    expect(await status()).toBe(0);
    await call('/wxa/change_visitstatus', { action: 'open' });
    expect(await status()).toBe(1);
  });

  it('keeps the minimum base library that was set', async () => {
    const { call } = await openMiniProgram();
    expect(await call('/cgi-bin/wxopen/setweappsupportversion', { version: '2.30.0' })).toEqual(OK);
    expect(await call('/cgi-bin/wxopen/getweappsupportversion', {})).toMatchObject({ now_version: '2.30.0' });
  });
});

describe('a commit', () => {
  it('takes the template id as a number or its text, and what ext_json may change', async () => {
    const { commit, call } = await openMiniProgram();
    const ext = {
      extAppid: 'wx0123456789abcdef',
      ext: { shopId: '1001' },
      pages: ['pages/index/index', 'pages/my/my'],
      extPages: { 'pages/my/my': { navigationBarTitleText: '我' } },
      tabBar: { list: [{ pagePath: 'pages/index/index' }, { pagePath: 'pages/my/my' }] },
      subPackages: [{ root: 'packages/coupon/', pages: ['list'] }],
      plugins: { live: { version: '1.3.5', provider: 'wx2b03c6e691cd7370' } },
      requiredPrivateInfos: ['chooseAddress', 'chooseLocation'],
      lazyCodeLoading: 'requiredComponents',
    };
    expect(await commit('1', ext, '2')).toEqual(OK);
    expect(await call('/wxa/get_page')).toMatchObject({
      page_list: ['pages/index/index', 'pages/my/my', 'packages/coupon/list'],
    });
    expect(await commit('2')).toEqual(OK);
    // Nothing is remembered of the one before.
    expect((await call('/wxa/get_page')).page_list).toHaveLength(6);
  });

  it('that takes time is answered when it is through, and detected after that', async () => {
    const { commit, call, pass } = await openMiniProgram({ accounts: { '*': { upload: 50, detection: 1000 } } });
    expect(await commit()).toEqual(OK);
    pass(1049);
    expect(await call('/wxa/security/get_code_privacy_info')).toMatchObject({ errcode: 61039 });
    pass(1);
    expect(await call('/wxa/security/get_code_privacy_info')).toMatchObject(OK);
  });
});

describe('a submission', () => {
  it('takes everything that the form has', async () => {
    const { commit, call, pass } = await openMiniProgram({
      accounts: { '*': { categories: [{ name: '社交-社区/论坛' }] } },
    });
    await commit();
    pass(DETECTION);
    const upload = async (fileName: string) => {
      const form = new FormData();
      form.append('media', new Blob(['x']), fileName);
      return call('/wxa/uploadmedia', form);
    };
    const picture = await upload('图.PNG');
    const video = await upload('a.mp4');
    expect([picture, video]).toEqual([
      { ...OK, type: 'image', mediaid: expect.any(String) as string },
      { ...OK, type: 'video', mediaid: expect.any(String) as string },
    ]);
    const { category_list } = (await call('/wxa/get_category')) as { category_list: object[] };
    expect(
      await call('/wxa/submit_audit', {
        item_list: [{ ...category_list[0], address: 'pages/index/index', tag: '学习 生活', title: '首页' }],
        version_desc: '测试帐号 a / b',
        preview_info: { video_id_list: [video.mediaid], pic_id_list: [picture.mediaid] },
        ugc_declare: { scene: [2], method: [1], has_audit_team: 0, audit_desc: '机审' },
        privacy_api_not_use: false,
        // Ignored: there was no audit before.
        feedback_info: '一'.repeat(201),
      }),
    ).toEqual({ ...OK, auditid: expect.any(Number) as number });
  });
});
