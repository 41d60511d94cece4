/** What belongs to a mini program beside its code: privacy guide, testers, domains, name and conduct. */
import { describe, expect, it } from 'vitest';
import { AUDIT, openMiniProgram, START, type MiniProgramDesk } from '../../support/mini-program.ts';
import { eventually } from '../../support/processes.ts';
import { receivePushes } from '../../support/push-receiver.ts';

const OK = { errcode: 0, errmsg: 'ok' };

async function release({ submit, pass, call }: MiniProgramDesk, version = '1'): Promise<void> {
  await submit(version);
  pass(AUDIT);
  await call('/wxa/release', {});
}

describe('the privacy guide', () => {
  const path = (name: string) => `/cgi-bin/component/${name}`;

  it('is set in development, replaced as a whole, and goes online with the release', async () => {
    const desk = await openMiniProgram({ accounts: { '*': { guide: false } } });
    const { call, commit, pass } = desk;
    expect(await call(path('getprivacysetting'), {})).toMatchObject({
      code_exist: 0,
      privacy_list: [],
      setting_list: [],
    });
    await commit();
    pass(3000);
    expect(await call(path('getprivacysetting'), { privacy_ver: 2 })).toMatchObject({
      code_exist: 1,
      privacy_list: ['UserInfo', 'Address'],
      setting_list: [
        { privacy_key: 'UserInfo', privacy_text: '', privacy_label: '' },
        { privacy_key: 'Address', privacy_text: '', privacy_label: '' },
      ],
    });
    expect(await call('/wxa/submit_audit', {})).toMatchObject({ errcode: 85086 });
    const form = new FormData();
    form.append('file', new Blob(['补充']), 'a.txt');
    const { ext_file_media_id } = await call(path('uploadprivacyextfile'), form);
    const owner_setting = {
      contact_email: 'a@example.com',
      notice_method: '弹窗',
      store_expire_timestamp: '30天',
      ext_file_media_id,
    };
    const setting_list = [
      { privacy_key: 'UserInfo', privacy_text: '注册会员' },
      // The name of another field: accepted, and ignored.
      { privacy_key: 'Address', privacy_value: '寄送' },
    ];
    expect(await call(path('setprivacysetting'), { owner_setting, setting_list })).toEqual(OK);
    expect(await call(path('getprivacysetting'), {})).toMatchObject({
      update_time: START / 1000 + 3,
      setting_list: [
        { privacy_key: 'UserInfo', privacy_text: '注册会员' },
        { privacy_key: 'Address', privacy_text: '' },
      ],
      owner_setting: { ...owner_setting, contact_phone: '', store_region: 0 },
    });
    await release(desk);
    expect(await call(path('getprivacysetting'), { privacy_ver: 1 })).toMatchObject({
      owner_setting: { contact_email: 'a@example.com' },
    });
    const online = { privacy_ver: 1, owner_setting: { contact_phone: '1', notice_method: '弹窗' } };
    expect(await call(path('setprivacysetting'), online)).toEqual(OK);
    expect(await call(path('getprivacysetting'), { privacy_ver: 1 })).toMatchObject({
      owner_setting: { contact_phone: '1', contact_email: 'a@example.com' },
      setting_list: [{ privacy_text: '注册会员' }, {}],
    });
    expect(await call(path('getprivacysetting'), {})).toMatchObject({ owner_setting: { contact_phone: '' } });
  });
});

describe('testers', () => {
  it('are bound, listed without names, and unbound by either handle', async () => {
    const { call } = await openMiniProgram();
    const { userstr } = await call('/wxa/bind_tester', { wechatid: 'xiaoming' });
    await call('/wxa/bind_tester', { wechatid: 'xiaohong' });
    const members = async () => (await call('/wxa/memberauth', { action: 'get_experiencer' })).members;
    expect(await members()).toEqual([{ userstr }, { userstr: expect.any(String) as string }]);
    expect(await call('/wxa/unbind_tester', { userstr })).toEqual(OK);
    expect(await call('/wxa/unbind_tester', { wechatid: 'xiaohong' })).toEqual(OK);
    expect(await members()).toEqual([]);
  });
});

describe('domains', () => {
  const register = ({ asComponent }: MiniProgramDesk, action: string, host: string) =>
    asComponent('/cgi-bin/component/modify_wxa_server_domain', {
      action,
      wxa_server_domain: host,
      is_modify_published_together: true,
    });

  it('come over the component, are live after a release, and go with the one after they were taken off its list', async () => {
    const desk = await openMiniProgram();
    const { call } = desk;
    expect(await register(desk, 'add', 'a.example.com;b.example.com;c d')).toEqual({
      ...OK,
      published_wxa_server_domain: 'a.example.com;b.example.com',
      testing_wxa_server_domain: 'a.example.com;b.example.com',
      invalid_wxa_server_domain: 'c d',
    });
    const requestdomain = ['https://a.example.com', 'https://b.example.com:8443'];
    expect(await call('/wxa/modify_domain', { action: 'add', requestdomain })).toMatchObject({ ...OK, requestdomain });
    const effective = async () =>
      (await call('/wxa/get_effective_domain', {})) as Record<string, { requestdomain: string[] }>;
    expect(await effective()).toMatchObject({
      third_domain: { requestdomain },
      effective_domain: { requestdomain: [] },
    });
    await release(desk);
    expect((await effective()).effective_domain?.requestdomain).toEqual(requestdomain);
    await register(desk, 'delete', 'b.example.com');
    await release(desk, '2');
    expect((await effective()).effective_domain?.requestdomain).toEqual(['https://a.example.com']);
  });

  it('that are wrong are left out with errcode 0, and named', async () => {
    const { call } = await openMiniProgram();
    expect(
      await call('/wxa/modify_domain_directly', {
        action: 'set',
        requestdomain: ['https://a.example.com', 'https://b.exam\nple.com', 'https://127.0.0.1'],
        wsrequestdomain: ['wss://https://c.example.com'],
        uploaddomain: ['https://d.noicp.example'],
      }),
    ).toMatchObject({
      ...OK,
      requestdomain: ['https://a.example.com'],
      invalid_requestdomain: ['https://b.exam\nple.com', 'https://127.0.0.1'],
      invalid_wsrequestdomain: ['wss://https://c.example.com'],
      uploaddomain: [],
      no_icp_domain: ['https://d.noicp.example'],
    });
    expect(await call('/wxa/modify_domain_directly', { action: 'get' })).toMatchObject({
      requestdomain: ['https://a.example.com'],
    });
  });

  it('of web views need the component, or not, and cover what is below them', async () => {
    const { call, asComponent } = await openMiniProgram();
    await asComponent('/cgi-bin/component/modify_wxa_jump_domain', {
      action: 'add',
      wxa_jump_h5_domain: 'a.example.com',
    });
    expect(await call('/wxa/setwebviewdomain', {})).toEqual({ ...OK, webviewdomain: ['https://a.example.com'] });
    const add = (webviewdomain: string[], path = '/wxa/setwebviewdomain') =>
      call(path, { action: 'add', webviewdomain });
    expect(await add(['https://shop.a.example.com'])).toMatchObject(OK);
    expect(await add(['https://b.example.com'])).toMatchObject({ errcode: 89021 });
    expect(await add(['https://b.example.com'], '/wxa/setwebviewdomain_directly')).toMatchObject(OK);
    expect(await call('/wxa/get_effective_webviewdomain', {})).toMatchObject({
      third_webviewdomain: ['https://a.example.com', 'https://shop.a.example.com'],
      direct_webviewdomain: ['https://b.example.com'],
      effective_webviewdomain: [],
    });
    const file = {
      file_name: expect.stringMatching(/^\w{10}\.txt$/) as string,
      file_content: expect.any(String) as string,
    };
    expect(await call('/wxa/get_webviewdomain_confirmfile', {})).toEqual({ ...OK, ...file });
    expect(await asComponent('/cgi-bin/component/get_domain_confirmfile', {})).toEqual({ ...OK, ...file });
  });
});

describe('without a call', () => {
  it('a new name is decided: 86002 until then, and an event', async () => {
    const to = await receivePushes();
    const rename = { outcome: 'pass', nickname: '新店', after: 60_000 } as const;
    const { submit, call, pass } = await openMiniProgram({ accounts: { '*': { rename } } }, { messageUrl: to.url });
    expect(await submit()).toMatchObject({ errcode: 86002 });
    pass(60_000);
    const { message } = await eventually(() => to.received[0]);
    expect(message).toMatchObject({ Event: 'wxa_nickname_audit', ret: '3', nickname: '新店' });
    expect(await call('/wxa/submit_audit', {})).toMatchObject(OK);
  });

  it('a violation is recorded, pushed, and may suspend the service', async () => {
    const to = await receivePushes();
    const violations = [{ reason: '诱导分享', content: '首页', after: 60_000, suspends: true }];
    const desk = await openMiniProgram({ accounts: { '*': { violations, events: 'once' } } }, { messageUrl: to.url });
    await release(desk);
    desk.pass(60_000);
    const { message } = await eventually(() => to.received.find((one) => one.message.Event === 'wxa_illegal_record'));
    expect(message).toMatchObject({ appid: desk.appId, illegal_reason: '诱导分享', illegal_content: '首页' });
    expect(await desk.call('/wxa/getvisitstatus', {})).toMatchObject({ status: 0 });
    const { records } = (await desk.call('/wxa/getillegalrecords', {})) as { records: { create_time: number }[] };
    expect(records).toMatchObject([{ illegal_record_id: 'violation1', illegal_reason: '诱导分享' }]);
    const later = { start_time: (records[0]?.create_time ?? 0) + 1 };
    expect(await desk.call('/wxa/getillegalrecords', later)).toMatchObject({ records: [] });
    expect(await desk.call('/wxa/getappealrecords', { illegal_record_id: 'violation1' })).toEqual({
      ...OK,
      records: [],
    });
  });
});
