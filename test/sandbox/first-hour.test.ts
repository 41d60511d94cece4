/** What a service calls in its first hour: the documented shape, and the documented number for what is wrong. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { SANDBOX_COMPONENT, startSandbox } from '../../src/sandbox/sandbox.ts';

type Json = Record<string, unknown>;

const [TEA, , , , MINI] = Array.from(Array(5).keys());
const [FOLLOWER, LEFT] = ['oSomebodyWhoFollows', 'oSomebody-left'];
const OK = { errcode: 0, errmsg: 'ok' };
const text = expect.any(String) as unknown;
const number = expect.any(Number) as unknown;
const refusal = (errcode: number) => expect.objectContaining({ errcode }) as unknown;

/** The calls of one merchant who has authorized, and those of the component. */
async function open(merchant = TEA) {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const appId = sandbox.state().accounts[merchant ?? 0]?.appId ?? '';
  const request = (path: string, query: Record<string, string>, body?: Json | FormData): Promise<Response> =>
    fetch(`${sandbox.url}${path}?${new URLSearchParams(query).toString()}`, {
      method: body ? 'POST' : 'GET',
      body: body instanceof FormData ? body : body && JSON.stringify(body),
      redirect: 'manual',
    });
  const call = async (path: string, query: Record<string, string>, body?: Json | FormData): Promise<Json> =>
    (await (await request(path, query, body)).json()) as Json;
  const component_appid = SANDBOX_COMPONENT.appId;
  const { component_access_token } = await call(
    '/cgi-bin/component/api_component_token',
    {},
    {
      component_appid,
      component_appsecret: SANDBOX_COMPONENT.secret,
      component_verify_ticket: sandbox.state().ticket,
    },
  );
  const asComponent = { component_appid, component_access_token: component_access_token as string };
  const { authorization_info } = await call('/cgi-bin/component/api_query_auth', asComponent, {
    component_appid,
    authorization_code: sandbox.codeOf(appId),
  });
  const { authorizer_access_token: access_token } = authorization_info as { authorizer_access_token: string };
  const get = (path: string, query: Record<string, string> = {}) => call(path, { access_token, ...query });
  const post = (path: string, body: Json) => call(path, { access_token }, body);
  return {
    sandbox,
    appId,
    request,
    get,
    post,
    raw: (path: string, query: Record<string, string>) => request(path, { access_token, ...query }),
    plain: call,
    sns: (path: string, query: Record<string, string>) => call(path, { appid: appId, ...asComponent, ...query }),
    upload(path: string, type: string, fields: Record<string, string> = {}) {
      const form = new FormData();
      form.append('media', new Blob(['bytes'], { type: 'image/png' }), `picture.${type === 'video' ? 'mp4' : 'png'}`);
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      return call(path, { access_token, type }, form);
    },
  };
}

it('an unknown path says that this is the sandbox', async () => {
  const { get } = await open();
  expect(await get('/card/create')).toEqual({ errcode: 40066, errmsg: expect.stringContaining('sandbox') as unknown });
});

describe('users', () => {
  it('are told of, one by one and in a list, with remark and tags', async () => {
    const { get, post } = await open();
    const { tag } = await post('/cgi-bin/tags/create', { tag: { name: '广东' } });
    const tagid = (tag as { id: number }).id;
    expect(await post('/cgi-bin/tags/members/batchtagging', { openid_list: [FOLLOWER], tagid })).toEqual(OK);
    expect(await post('/cgi-bin/user/info/updateremark', { openid: FOLLOWER, remark: '阿明' })).toEqual(OK);
    const known = {
      subscribe: 1,
      openid: FOLLOWER,
      language: 'zh_CN',
      subscribe_time: number,
      unionid: text,
      remark: '阿明',
      groupid: tagid,
      tagid_list: [tagid],
      subscribe_scene: 'ADD_SCENE_QR_CODE',
      qr_scene: 0,
      qr_scene_str: '',
    };
    expect(await get('/cgi-bin/user/info', { openid: FOLLOWER, lang: 'zh_CN' })).toEqual(known);
    const left = { subscribe: 0, openid: LEFT, tagid_list: [] };
    const user_list = [{ openid: FOLLOWER, lang: 'zh_CN' }, { openid: LEFT }];
    expect(await post('/cgi-bin/user/info/batchget', { user_list })).toEqual({ user_info_list: [known, left] });
    expect(await get('/cgi-bin/tags/get')).toEqual({
      tags: [
        { id: 2, name: '星标组', count: 0 },
        { id: tagid, name: '广东', count: 1 },
      ],
    });
    const page = { count: 1, data: { openid: [FOLLOWER] }, next_openid: FOLLOWER };
    expect(await post('/cgi-bin/user/tag/get', { tagid, next_openid: '' })).toEqual(page);
    expect(await post('/cgi-bin/tags/members/batchuntagging', { openid_list: [FOLLOWER], tagid })).toEqual(OK);
    expect(await post('/cgi-bin/tags/getidlist', { openid: FOLLOWER })).toEqual({ tagid_list: [] });
    expect(await post('/cgi-bin/tags/members/batchblacklist', { openid_list: [FOLLOWER] })).toEqual(OK);
    expect(await post('/cgi-bin/tags/members/getblacklist', { begin_openid: '' })).toEqual({ total: 1, ...page });
  });

  it.each([
    [40003, 'user/tag/get', { tagid: 2, next_openid: 'oNobodyThere' }],
    [40003, 'tags/getidlist', { openid: 'x' }],
    [40032, 'user/info/batchget', { user_list: Array(101).fill({ openid: FOLLOWER }) }],
    [40032, 'tags/members/batchtagging', { openid_list: [], tagid: 2 }],
    [45058, 'tags/delete', { tag: { id: 2 } }],
    [45157, 'tags/create', { tag: { name: '星标组' } }],
    [45158, 'tags/create', { tag: { name: '一二三四五六七八九十一' } }],
    [45159, 'tags/update', { tag: { id: 999, name: 'x' } }],
    [47001, 'tags/create', {}],
  ])('%i: %s', async (errcode, path, body) => {
    const { post } = await open();
    expect(await post(`/cgi-bin/${path}`, body)).toEqual(refusal(errcode));
  });

  it('are no business of a mini program: 48001', async () => {
    const { get } = await open(MINI);
    expect(await get('/cgi-bin/user/info', { openid: FOLLOWER })).toEqual(refusal(48001));
  });
});

it('trymatch goes by the tag that was given last, and answers under the documented key', async () => {
  const { post } = await open();
  const leaf = { type: 'click', name: '会员', key: 'K' };
  for (const id of [2, '100']) {
    await post('/cgi-bin/tags/create', { tag: { name: `tag ${id}` } });
    const button = [{ ...leaf, key: String(id) }];
    expect(await post('/cgi-bin/menu/addconditional', { button, matchrule: { tag_id: id } })).toEqual({ menuid: text });
    await post('/cgi-bin/tags/members/batchtagging', { openid_list: [FOLLOWER], tagid: Number(id) });
    const matched = await post('/cgi-bin/menu/trymatch', { user_id: FOLLOWER });
    expect(matched).toEqual({ button: [{ ...leaf, key: String(id), sub_button: [] }] });
  }
});

describe('customer-service messages', () => {
  const send = '/cgi-bin/message/custom/send';

  it('of every documented type are taken from a 公众号', async () => {
    const { sandbox, appId, post, upload } = await open();
    const id = async (type: string) => {
      const { media_id, thumb_media_id } = await upload('/cgi-bin/media/upload', type);
      return media_id ?? thumb_media_id;
    };
    const thumb_media_id = await id('thumb');
    const messages: Json = {
      text: { content: '你好' },
      image: { media_id: await id('image') },
      voice: { media_id: await id('voice') },
      video: { media_id: await id('video'), thumb_media_id, title: 't', description: 'd' },
      music: { musicurl: 'http://a/', hqmusicurl: 'http://b/', thumb_media_id },
      news: { articles: [{ title: 't', description: 'd', url: 'http://a/', picurl: 'http://b/' }] },
      mpnews: { media_id: 'MEDIA' },
      mpnewsarticle: { article_id: 'ARTICLE' },
      msgmenu: { head_content: '满意吗', list: [{ id: '101', content: '满意' }], tail_content: '' },
      wxcard: { card_id: 'CARD' },
      miniprogrampage: { title: 't', appid: 'wx0123456789abcdef', pagepath: 'pages/a', thumb_media_id },
    };
    for (const [msgtype, message] of Object.entries(messages)) {
      await sandbox.push({ event: 'message', appId, fields: { FromUserName: FOLLOWER } });
      expect([msgtype, await post(send, { touser: FOLLOWER, msgtype, [msgtype]: message })]).toEqual([msgtype, OK]);
    }
    expect(sandbox.state().sent.map(({ msgtype }) => msgtype)).toEqual(Object.keys(messages));
    expect(await post('/cgi-bin/message/custom/typing', { touser: FOLLOWER, command: 'Typing' })).toEqual(OK);
  });

  it('of the types of mini programs are taken from one', async () => {
    const { sandbox, appId, post, upload } = await open(MINI);
    await sandbox.push({ event: 'message', appId, fields: { FromUserName: FOLLOWER } });
    const { media_id } = await upload('/cgi-bin/media/upload', 'image');
    const messages: Json = {
      image: { media_id },
      link: { title: 't', description: 'd', url: 'http://a/', thumb_url: 'http://b/' },
      miniprogrampage: { title: 't', pagepath: 'pages/a', thumb_media_id: media_id },
    };
    for (const [msgtype, message] of Object.entries(messages)) {
      expect(await post(send, { touser: FOLLOWER, msgtype, [msgtype]: message })).toEqual(OK);
    }
    expect(await post(send, { touser: FOLLOWER, msgtype: 'news', news: {} })).toEqual(refusal(40008));
  });

  it.each([
    [40007, { msgtype: 'image', image: { media_id: 'none' } }],
    [40008, { msgtype: 'hologram', hologram: {} }],
    [44003, { msgtype: 'news', news: { articles: [] } }],
    [44004, { msgtype: 'text', text: { content: '' } }],
    [45008, { msgtype: 'news', news: { articles: [{}, {}] } }],
    [47001, { msgtype: 'wxcard' }],
  ])('%i: %j', async (errcode, message) => {
    const { sandbox, appId, post } = await open();
    await sandbox.push({ event: 'message', appId, fields: { FromUserName: FOLLOWER } });
    expect(await post(send, { touser: FOLLOWER, ...message })).toEqual(refusal(errcode));
  });

  it('are five to each message of a follower: 45047', async () => {
    const { sandbox, appId, post } = await open();
    const message = { touser: FOLLOWER, msgtype: 'text', text: { content: 'x' } };
    expect(await post(send, message)).toEqual(refusal(45015));
    await sandbox.push({ event: 'message', appId, fields: { FromUserName: FOLLOWER } });
    for (const _ of Array(5)) expect(await post(send, message)).toEqual(OK);
    expect(await post(send, message)).toEqual(refusal(45047));
  });
});

it('template messages are sent with a template of the account, to a follower', async () => {
  const { get, post } = await open();
  const send = '/cgi-bin/message/template/send';
  const { template_list } = await get('/cgi-bin/template/get_all_private_template');
  const [{ template_id }] = template_list as [{ template_id: string }];
  const message = { touser: FOLLOWER, template_id, data: { thing4: { value: '茶' } } };
  expect(await post(send, message)).toEqual({ ...OK, msgid: number });
  expect(await post(send, { ...message, template_id: 'none' })).toEqual(refusal(40037));
  expect(await post(send, { ...message, touser: LEFT })).toEqual(refusal(43004));
  expect(await post(send, { ...message, data: { thing4: '茶' } })).toEqual(refusal(47003));
  const added = await post('/cgi-bin/template/api_add_template', { template_id_short: 'TM00015' });
  expect(added).toEqual({ ...OK, template_id: text });
  expect(await post(send, { ...message, template_id: added.template_id })).toEqual({ ...OK, msgid: number });
  expect(await post('/cgi-bin/template/del_private_template', { template_id: added.template_id })).toEqual(OK);
  expect(await post(send, { ...message, template_id: added.template_id })).toEqual(refusal(40037));
  expect(await post('/cgi-bin/template/api_set_industry', { industry_id1: '1', industry_id2: 4 })).toEqual(OK);
  expect(await get('/cgi-bin/template/get_industry')).toHaveProperty('primary_industry.first_class');
});

it('subscription messages are sent with a template that was chosen from the public ones', async () => {
  const { get, post } = await open(MINI);
  expect(await get('/wxaapi/newtmpl/getcategory')).toEqual({ ...OK, data: [{ id: number, name: text }] });
  const { data } = await get('/wxaapi/newtmpl/getpubtemplatetitles', { ids: '616', start: '0', limit: '30' });
  const [{ tid }] = data as [{ tid: number }];
  expect(await get('/wxaapi/newtmpl/getpubtemplatekeywords', { tid: String(tid) })).toMatchObject({ count: 5 });
  const { priTmplId } = await post('/wxaapi/newtmpl/addtemplate', {
    tid: String(tid),
    kidList: [1, 2],
    sceneDesc: 's',
  });
  const mine = await get('/wxaapi/newtmpl/gettemplate');
  expect((mine.data as Json[]).map((one) => one.priTmplId)).toContain(priTmplId);
  const message = { touser: FOLLOWER, template_id: priTmplId, page: 'index', data: { thing1: { value: '茶' } } };
  expect(await post('/cgi-bin/message/subscribe/send', message)).toEqual({ ...OK, msgid: number });
  expect(await post('/cgi-bin/message/subscribe/send', { ...message, touser: LEFT })).toEqual(refusal(43101));
  expect(await post('/wxaapi/newtmpl/deltemplate', { priTmplId })).toEqual(OK);
  expect(await post('/cgi-bin/message/subscribe/send', message)).toEqual(refusal(40037));
});

it('material is counted, listed, read back and removed', async () => {
  const { get, post, upload } = await open();
  const { media_id } = await upload('/cgi-bin/material/add_material', 'image');
  const description = JSON.stringify({ title: '片名', introduction: '简介' });
  const video = await upload('/cgi-bin/material/add_material', 'video', { description });
  const counts = { voice_count: 0, video_count: 1, image_count: 1, news_count: 0 };
  expect(await get('/cgi-bin/material/get_materialcount')).toEqual(counts);
  const read = await post('/cgi-bin/material/get_material', { media_id: video.media_id });
  expect(read).toEqual({ title: '片名', description: '简介', down_url: text });
  expect(await post('/cgi-bin/material/del_material', { media_id })).toEqual(OK);
  expect(await post('/cgi-bin/material/del_material', { media_id })).toEqual(refusal(40007));
  expect(await get('/cgi-bin/material/get_materialcount')).toEqual({ ...counts, image_count: 0 });
  expect(await upload('/cgi-bin/media/uploadimg', '')).toEqual({ url: text });
});

it('web login: a code of the page, the visitor’s tokens, a refresh, who it is', async () => {
  const { appId, request, sns, plain } = await open();
  const link = {
    appid: appId,
    redirect_uri: 'https://shop.example.com/login?a=1',
    response_type: 'code',
    scope: 'snsapi_userinfo',
    state: 'S',
    component_appid: SANDBOX_COMPONENT.appId,
  };
  const page = await request('/connect/oauth2/authorize', link);
  const back = new URL(page.headers.get('location') ?? '');
  expect([back.host, back.searchParams.get('a'), back.searchParams.get('state')]).toEqual([
    'shop.example.com',
    '1',
    'S',
  ]);
  const exchange = { code: back.searchParams.get('code') ?? '', grant_type: 'authorization_code' };
  const tokens = await sns('/sns/oauth2/component/access_token', exchange);
  const shape = { access_token: text, expires_in: 7200, refresh_token: text, openid: text };
  expect(tokens).toEqual({ ...shape, scope: 'snsapi_userinfo', unionid: text });
  expect(await sns('/sns/oauth2/component/access_token', exchange)).toEqual(refusal(40163));
  expect(await sns('/sns/oauth2/component/access_token', { ...exchange, code: 'x' })).toEqual(refusal(40029));
  const refresh = { refresh_token: tokens.refresh_token as string, grant_type: 'refresh_token' };
  const refreshed = (await sns('/sns/oauth2/component/refresh_token', refresh)) as Record<string, string>;
  expect(refreshed).toEqual({ ...tokens, access_token: text, refresh_token: text });
  const { access_token = '', openid = '' } = refreshed;
  expect(await plain('/sns/userinfo', { access_token, openid, lang: 'zh_CN' })).toMatchObject({
    openid,
    privilege: [],
  });
  expect(await plain('/sns/userinfo', { access_token, openid: FOLLOWER })).toEqual(refusal(40003));
  expect(await plain('/sns/auth', { access_token, openid })).toEqual(OK);
  const wrong = await request('/connect/oauth2/authorize', { ...link, redirect_uri: 'shop.example.com' });
  expect(await wrong.text()).toContain('10003');
});

it('mini program login: one user for one name of the code, once for each code', async () => {
  const { sns, post } = await open(MINI);
  const login = (js_code: string) =>
    sns('/sns/component/jscode2session', { js_code, grant_type: 'authorization_code' });
  const first = await login('alice-1');
  expect(first).toEqual({ openid: text, session_key: text, unionid: text });
  expect(await login('alice-1')).toEqual(refusal(40163));
  expect(await login('alice-2')).toMatchObject({ openid: first.openid });
  expect(await login('?')).toEqual(refusal(40029));
  const phone = await post('/wxa/business/getuserphonenumber', { code: 'CODE' });
  expect(phone).toMatchObject({ phone_info: { phoneNumber: expect.stringMatching(/^138\d{8}$/) as unknown } });
  expect(await post('/wxa/genwxashortlink', { page_url: 'pages/a' })).toEqual({ ...OK, link: text });
});

it('JS tickets, QR codes and short links', async () => {
  const { get, post, request } = await open();
  expect(await get('/cgi-bin/ticket/getticket', { type: 'jsapi' })).toEqual({ ...OK, ticket: text, expires_in: 7200 });
  expect(await get('/cgi-bin/ticket/getticket', { type: 'x' })).toEqual(refusal(40097));
  const code = { action_name: 'QR_STR_SCENE', action_info: { scene: { scene_str: 'shop' } }, expire_seconds: 600 };
  const made = await post('/cgi-bin/qrcode/create', code);
  expect(made).toEqual({ ticket: text, expire_seconds: 600, url: text });
  const shown = await request('/cgi-bin/showqrcode', { ticket: made.ticket as string });
  expect(shown.headers.get('content-type')).toBe('image/jpeg');
  expect(await post('/cgi-bin/qrcode/create', { ...code, action_name: 'QR' })).toEqual(refusal(40052));
  expect(await post('/cgi-bin/qrcode/create', { ...code, action_info: {} })).toEqual(refusal(40053));
  const { short_key } = await post('/cgi-bin/shorten/gen', { long_data: 'loooong' });
  const fetched = await post('/cgi-bin/shorten/fetch', { short_key });
  expect(fetched).toEqual({ ...OK, long_data: 'loooong', create_time: number, expire_seconds: number });
});
