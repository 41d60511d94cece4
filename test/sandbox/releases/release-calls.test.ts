/** Every call of the code management that WeChat documents is answered, to the right holder with the right permission set. */
import { describe, expect, it } from 'vitest';
import { openMiniProgram } from '../../support/mini-program.ts';

const [CAT, AAT] = ['component', 'account'] as const;
const [GET, POST] = ['GET', 'POST'] as const;
const NOTHING = undefined;

/** Path, method, whose token, the permission sets of which one is needed. */
const CALLS: [path: string, method: 'GET' | 'POST', token: 'component' | 'account', sets: number[]][] = [
  ['/wxa/gettemplatedraftlist', GET, CAT, []],
  ['/wxa/addtotemplate', POST, CAT, []],
  ['/wxa/gettemplatelist', GET, CAT, []],
  ['/wxa/deletetemplate', POST, CAT, []],
  ['/wxa/commit', POST, AAT, [18]],
  ['/wxa/get_page', GET, AAT, [18]],
  ['/wxa/get_qrcode', GET, AAT, [18, 86]],
  ['/wxa/getversioninfo', POST, AAT, [18]],
  ['/wxa/security/get_code_privacy_info', GET, AAT, [18]],
  ['/wxa/security/get_privacy_interface', GET, AAT, [18]],
  ['/wxa/security/apply_privacy_interface', POST, AAT, [18]],
  ['/cgi-bin/component/getprivacysetting', POST, AAT, [18]],
  ['/cgi-bin/component/setprivacysetting', POST, AAT, [18]],
  ['/cgi-bin/component/uploadprivacyextfile', POST, AAT, [18]],
  ['/wxa/get_category', GET, AAT, [18]],
  ['/cgi-bin/wxopen/getcategory', GET, AAT, [30]],
  ['/wxa/uploadmedia', POST, AAT, [18]],
  ['/wxa/submit_audit', POST, AAT, [18]],
  ['/wxa/get_auditstatus', POST, AAT, [18]],
  ['/wxa/get_latest_auditstatus', GET, AAT, [18]],
  ['/wxa/undocodeaudit', GET, AAT, [18]],
  ['/wxa/speedupaudit', POST, AAT, [18]],
  ['/wxa/queryquota', GET, AAT, [18]],
  ['/wxa/release', POST, AAT, [18]],
  ['/wxa/revertcoderelease', GET, AAT, [18]],
  ['/wxa/grayrelease', POST, AAT, [18]],
  ['/wxa/getgrayreleaseplan', GET, AAT, [18]],
  ['/wxa/revertgrayrelease', GET, AAT, [18]],
  ['/wxa/change_visitstatus', POST, AAT, [18]],
  ['/wxa/getvisitstatus', POST, AAT, [18]],
  ['/cgi-bin/wxopen/getweappsupportversion', POST, AAT, [18]],
  ['/cgi-bin/wxopen/setweappsupportversion', POST, AAT, [18]],
  ['/wxa/bind_tester', POST, AAT, [18]],
  ['/wxa/unbind_tester', POST, AAT, [18]],
  ['/wxa/memberauth', POST, AAT, [18]],
  ['/wxa/modify_domain', POST, AAT, [18]],
  ['/wxa/modify_domain_directly', POST, AAT, [18]],
  ['/wxa/get_effective_domain', POST, AAT, [18]],
  ['/wxa/setwebviewdomain', POST, AAT, [18]],
  ['/wxa/setwebviewdomain_directly', POST, AAT, [18]],
  ['/wxa/get_effective_webviewdomain', POST, AAT, [18]],
  ['/wxa/get_webviewdomain_confirmfile', POST, AAT, [18]],
  ['/cgi-bin/component/modify_wxa_server_domain', POST, CAT, []],
  ['/cgi-bin/component/modify_wxa_jump_domain', POST, CAT, []],
  ['/cgi-bin/component/get_domain_confirmfile', POST, CAT, []],
  ['/wxa/getillegalrecords', POST, AAT, [18, 76]],
  ['/wxa/getappealrecords', POST, AAT, [18, 76]],
];

const FORMS = ['/wxa/uploadmedia', '/cgi-bin/component/uploadprivacyextfile'];
const ofAccounts = CALLS.filter(([, , token]) => token === AAT);
const bodyFor = (method: 'GET' | 'POST'): object | undefined => (method === POST ? {} : NOTHING);

describe('every call', () => {
  it('is answered, and refused to the other method, to nobody and to the other holder', async () => {
    const { call, asComponent, sandbox } = await openMiniProgram();
    for (const [path, method, token] of CALLS) {
      const [own, other] = token === AAT ? [call, asComponent] : [asComponent, call];
      expect(await own(path, bodyFor(method)), path).not.toMatchObject({ errcode: 40066 });
      const wrong = method === GET ? 43001 : 43002;
      expect(await own(path, bodyFor(method === GET ? POST : GET)), path).toMatchObject({ errcode: wrong });
      const stranger = token === AAT ? 61015 : 61014;
      expect(await other(path, bodyFor(method)), path).toMatchObject({ errcode: stranger });
      const nobody = await fetch(`${sandbox.url}${path}`, { method, body: method === POST ? '{}' : NOTHING });
      expect(await nobody.json(), path).toMatchObject({ errcode: token === AAT ? 41001 : 41021 });
    }
  });

  it('that takes JSON needs a body, even an empty object', async () => {
    const { call, asComponent } = await openMiniProgram();
    for (const [path, method, token] of CALLS) {
      if (method === GET || FORMS.includes(path)) continue;
      expect(await (token === AAT ? call : asComponent)(path, ''), path).toMatchObject({ errcode: 44002 });
    }
  });

  it('on a mini program is refused without its permission set: 61007', async () => {
    const { call } = await openMiniProgram({ accounts: { '*': { sets: [17, 19] } } });
    for (const [path, method] of ofAccounts) {
      expect(await call(path, bodyFor(method)), path).toMatchObject({ errcode: 61007 });
    }
  });

  it('needs the permission set that is its own', async () => {
    const wide = await openMiniProgram({ accounts: { '*': { sets: [18] } } });
    expect(await wide.call('/cgi-bin/wxopen/getcategory')).toMatchObject({ errcode: 61007 });
    expect(await wide.call('/wxa/getillegalrecords', {})).toMatchObject({ errcode: 61007 });
    const narrow = await openMiniProgram({ accounts: { '*': { sets: [30, 76, 86] } } });
    expect(await narrow.call('/cgi-bin/wxopen/getcategory')).toMatchObject({ errcode: 0 });
    expect(await narrow.call('/wxa/get_qrcode')).toMatchObject({ errcode: 86001 });
    expect(await narrow.call('/wxa/getillegalrecords', {})).toMatchObject({ errcode: 61007 });
  });

  it('is refused to an official account: 48001', async () => {
    const { call } = await openMiniProgram({}, { accounts: 1, miniPrograms: 0 });
    for (const [path, method] of ofAccounts) {
      expect(await call(path, bodyFor(method)), path).toMatchObject({ errcode: 48001 });
    }
  });

  it('is refused after the merchant cancelled, and a new token too: 61003', async () => {
    const { call, sandbox, appId, asComponent } = await openMiniProgram();
    await sandbox.push({ event: 'unauthorized', appId });
    expect(await call('/wxa/getversioninfo', {})).toMatchObject({ errcode: 40001 });
    expect(
      await asComponent('/cgi-bin/component/api_authorizer_token', {
        component_appid: sandbox.env.WXOP_COMPONENT_APPID,
        authorizer_appid: appId,
        authorizer_refresh_token: 'refreshtoken@@@x',
      }),
    ).toMatchObject({ errcode: 61003 });
  });
});

describe('answers', () => {
  const OK = { errcode: 0, errmsg: 'ok' };

  it('of lists and reads have the keys of WeChat', async () => {
    const desk = await openMiniProgram();
    const { call, asComponent } = desk;
    expect(await asComponent('/wxa/gettemplatedraftlist')).toEqual({
      ...OK,
      draft_list: [
        {
          create_time: expect.any(Number) as number,
          user_version: '1.2.0',
          user_desc: '会员中心',
          draft_id: 3,
          source_miniprogram_appid: expect.stringMatching(/^wx[0-9a-f]{16}$/) as string,
          source_miniprogram: '示例开发小程序',
          developer: '阿开',
          category_list: [],
        },
      ],
    });
    await desk.commit();
    expect(await call('/wxa/get_page')).toEqual({
      ...OK,
      page_list: [
        'pages/index/index',
        'pages/goods/goods',
        'pages/cart/cart',
        'pages/my/my',
        'packages/coupon/list',
        'packages/coupon/detail',
      ],
    });
    expect(await call('/wxa/get_category')).toEqual({
      ...OK,
      category_list: ['商家自营-百货', '餐饮服务-点餐平台'].map((name) => ({
        first_class: name.split('-')[0],
        second_class: name.split('-')[1],
        first_id: expect.any(Number) as number,
        second_id: expect.any(Number) as number,
      })),
    });
    expect(await call('/cgi-bin/wxopen/getcategory')).toMatchObject({
      categories: [{ first_name: '商家自营', second_name: '百货', audit_status: 3, audit_reason: '' }, {}],
      limit: 5,
      quota: 4,
      category_limit: 20,
    });
    expect(await call('/wxa/queryquota')).toEqual({
      ...OK,
      rest: 1000,
      limit: 1000,
      speedup_rest: 20,
      speedup_limit: 20,
    });
    expect(await call('/wxa/getvisitstatus', {})).toEqual({ ...OK, status: 0 });
    expect(await call('/wxa/getgrayreleaseplan')).toMatchObject({ gray_release_plan: { status: 0 } });
    expect(await call('/cgi-bin/wxopen/getweappsupportversion', {})).toMatchObject({ now_version: '2.0.0' });
  });

  it('of the trial code are a picture', async () => {
    const { sandbox, token, commit } = await openMiniProgram();
    await commit();
    const response = await fetch(`${sandbox.url}/wxa/get_qrcode?access_token=${token}&path=page%2Findex`);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await response.arrayBuffer()).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  });

  it('of addtotemplate lack the id; the list has it, with the draft', async () => {
    const { asComponent, sandbox } = await openMiniProgram();
    const draft_id = sandbox.uploadDraft({ version: '9.0.0', description: '新' });
    expect(await asComponent('/wxa/addtotemplate', { draft_id })).toEqual(OK);
    const { template_list } = (await asComponent('/wxa/gettemplatelist')) as { template_list: object[] };
    expect(template_list.at(-1)).toMatchObject({ template_id: 3, draft_id, user_version: '9.0.0', template_type: 0 });
    expect(await asComponent('/wxa/gettemplatelist?template_type=1')).toEqual({ ...OK, template_list: [] });
    expect(await asComponent('/wxa/deletetemplate', { template_id: 3 })).toEqual(OK);
    expect(await asComponent('/wxa/deletetemplate', { template_id: 3 })).toMatchObject({ errcode: 85064 });
  });

  it('of drafts show only the newest upload of each development mini program', async () => {
    const { asComponent, sandbox } = await openMiniProgram();
    const other = sandbox.uploadDraft({ version: '2.0.0', sourceAppId: 'wx00000000000000ff' });
    const newest = sandbox.uploadDraft({ version: '1.3.0' });
    expect(await asComponent('/wxa/gettemplatedraftlist')).toMatchObject({
      draft_list: [{ draft_id: other }, { draft_id: newest, user_version: '1.3.0' }],
    });
  });
});
