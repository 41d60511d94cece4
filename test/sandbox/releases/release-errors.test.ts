/** Each error number of the code management that the sandbox plays, and what gets it; a refused call changes nothing. */
import { describe, expect, it } from 'vitest';
import { RELEASE_ERRMSG } from '../../../src/sandbox/releases/release-errmsg.ts';
import type { ReleaseScript } from '../../../src/sandbox/sandbox.ts';
import { AUDIT, DETECTION, enter, openMiniProgram, type MiniProgramDesk } from '../../support/mini-program.ts';

type Answer = Record<string, unknown>;
type Case = [
  errcode: number,
  what: string,
  act: (desk: MiniProgramDesk) => Promise<Answer>,
  script?: NonNullable<ReleaseScript['accounts']>[string],
  rest?: ReleaseScript,
];

const DAY = 24 * 3_600_000;
const PROVIDER = 'wx0123456789abcdef';
const ITEM = { first_class: '商家自营', second_class: '百货', first_id: 1, second_id: 2 };

const commitBody = (desk: MiniProgramDesk, body: object) =>
  desk.call('/wxa/commit', { template_id: 1, ext_json: '{}', user_version: '1', user_desc: '', ...body });
const withItem = (item: object) => (desk: MiniProgramDesk) => desk.submit('1', { item_list: [{ ...ITEM, ...item }] });
const withPlugin = (version: string, provider: string) => (desk: MiniProgramDesk) =>
  desk.commit('1', { plugins: { live: { version, provider } } });
const inOrder =
  (...paths: [path: string, body?: unknown][]) =>
  async ({ call }: MiniProgramDesk): Promise<Answer> => {
    let answer: Answer = {};
    for (const [path, body] of paths) answer = await call(path, body);
    return answer;
  };

async function upload(desk: MiniProgramDesk, fileName: string, size = 8): Promise<Answer> {
  const form = new FormData();
  form.append('media', new Blob([new Uint8Array(size)]), fileName);
  return desk.call('/wxa/uploadmedia', form);
}

async function released(desk: MiniProgramDesk, version = '1'): Promise<void> {
  await desk.submit(version);
  desk.pass(AUDIT);
  await desk.call('/wxa/release', {});
}

async function approved(desk: MiniProgramDesk): Promise<void> {
  await released(desk);
  await desk.submit('2');
  desk.pass(AUDIT);
}

async function undo(desk: MiniProgramDesk, times: number): Promise<Answer> {
  let answer: Answer = {};
  for (let time = 0; time < times; time++) {
    await desk.submit(String(time));
    answer = await desk.call('/wxa/undocodeaudit');
  }
  return answer;
}

const gray = (gray_percentage: unknown, flags: object = {}): [string, object] => [
  '/wxa/grayrelease',
  { gray_percentage, ...flags },
];
const guide = (owner_setting: object, rest: object = {}) => inOrder(setGuide(owner_setting, rest));
const setGuide = (owner_setting: object, rest: object = {}): [string, object] => [
  '/cgi-bin/component/setprivacysetting',
  { owner_setting: { contact_phone: '1', notice_method: '弹窗', ...owner_setting }, setting_list: [], ...rest },
];
const apply = (body: object) =>
  inOrder([
    '/wxa/security/apply_privacy_interface',
    { api_name: 'wx.getLocation', content: '用途', pic_list: ['https://a.example.com/1.png'], ...body },
  ]);
const server = (body: object): [string, object] => ['/wxa/modify_domain_directly', { action: 'add', ...body }];
const webview = (...webviewdomain: string[]): [string, object] => [
  '/wxa/setwebviewdomain_directly',
  { action: 'add', webviewdomain },
];
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `https://a${index}.example.com`);

const CASES: Case[] = [
  // Templates.
  [85064, 'a draft that there is not', ({ asComponent }) => asComponent('/wxa/addtotemplate', { draft_id: 99 })],
  [47001, 'a draft id that is no number', ({ asComponent }) => asComponent('/wxa/addtotemplate', { draft_id: 'x' })],
  [
    85065,
    'a template when the library is full',
    ({ asComponent }) => asComponent('/wxa/addtotemplate', { draft_id: 201 }),
    {},
    { templates: Array.from({ length: 200 }, (_, index) => ({ version: String(index) })) },
  ],

  // commit.
  [47001, 'an ext_json that is an object', (desk) => commitBody(desk, { ext_json: {} })],
  [47001, 'no user_version', (desk) => commitBody(desk, { user_version: '' })],
  [47001, 'a user_version of 65 characters', (desk) => commitBody(desk, { user_version: '一'.repeat(65) })],
  [47001, 'no user_desc', (desk) => commitBody(desk, { user_desc: undefined })],
  [85048, 'an ext_json in single quotes', (desk) => commitBody(desk, { ext_json: "{'ext':{}}" })],
  [85048, 'an ext_json that is a list', (desk) => commitBody(desk, { ext_json: '[]' })],
  [85014, 'a template that there is not', (desk) => commitBody(desk, { template_id: 99 })],
  [85043, 'a broken template', (desk) => desk.commit(), {}, { templates: [{ version: '1', fault: 'broken' }] }],
  [85044, 'a large template', (desk) => desk.commit(), {}, { templates: [{ version: '1', fault: 'too-large' }] }],
  [85047, 'no pages', (desk) => desk.commit('1', { pages: [] })],
  [85013, 'pages that are no list', (desk) => desk.commit('1', { pages: 'pages/index/index' })],
  [85045, 'a page that the template lacks', (desk) => desk.commit('1', { pages: ['pages/none'] })],
  [85045, 'a tab on a page that was left out', (desk) => desk.commit('1', { pages: ['pages/index/index'] })],
  [85045, 'a page in extPages that the template lacks', (desk) => desk.commit('1', { extPages: { 'pages/none': {} } })],
  [
    85045,
    'a tab with a leading slash',
    (desk) => desk.commit('1', { tabBar: { list: [{ pagePath: '/pages/my/my' }] } }),
  ],
  [85045, 'a sub-package page', (desk) => desk.commit('1', { subPackages: [{ root: 'packages/x', pages: ['a'] }] })],
  [85046, 'a tab without a page', (desk) => desk.commit('1', { tabBar: { list: [{ text: '我' }] } })],
  [80067, 'a plugin of nobody', withPlugin('1.0.0', 'plugin')],
  [80066, 'a plugin version that is none', withPlugin('newest', PROVIDER)],
  [80082, 'a plugin that the merchant has not', withPlugin('1.0.0', PROVIDER), { plugins: [] }],
  [85310, 'an interface with wx.', (desk) => desk.commit('1', { requiredPrivateInfos: ['wx.getLocation'] })],
  [
    85311,
    'exact and fuzzy location',
    (desk) => desk.commit('1', { requiredPrivateInfos: ['getFuzzyLocation', 'getLocation'] }),
  ],
  [
    85312,
    'an interface that was not granted',
    (desk) => desk.commit('1', { requiredPrivateInfos: ['getLocation'] }),
    { rights: ['chooseAddress'] },
  ],
  [
    9402203,
    'pages for a standard template',
    (desk) => desk.commit('1', { pages: ['pages/index/index'] }),
    {},
    { templates: [{ version: '1', type: 1 }] },
  ],
  [
    9402202,
    'a commit while another one is under way',
    async (desk) => {
      const slow = desk.commit('1');
      // The first has been taken when its trial version shows.
      while (!desk.effects().commit) await new Promise((resolve) => setImmediate(resolve));
      const second = await desk.commit('2');
      await slow;
      return second;
    },
    { upload: 200 },
  ],

  // What is there.
  [86001, 'the pages of nothing', inOrder(['/wxa/get_page'])],
  [86001, 'the detection of nothing', inOrder(['/wxa/security/get_code_privacy_info'])],
  [
    61040,
    'a detection that found something, as some see it',
    async (desk) => {
      await desk.commit();
      desk.pass(DETECTION);
      return desk.call('/wxa/security/get_code_privacy_info');
    },
    { rights: [], quirks: ['detection-61040'] },
  ],

  // submit_audit.
  [85086, 'a submission of nothing', inOrder(['/wxa/submit_audit', {}])],
  [85086, 'a submission without a privacy guide', (desk) => desk.submit(), { guide: false }],
  [
    61039,
    'a submission before the detection ends',
    (desk) => desk.commit().then(() => desk.call('/wxa/submit_audit', {})),
  ],
  [61040, 'an interface that was not granted', (desk) => desk.submit(), { rights: [] }],
  [
    61040,
    'an interface that was not declared',
    (desk) => desk.submit(),
    {},
    { templates: [{ version: '1', uses: ['getLocation'] }] },
  ],
  [86002, 'a submission without name and avatar', (desk) => desk.submit(), { named: false }],
  [87006, 'a mini game', (desk) => desk.submit(), { game: true }],
  [85008, 'no approved category', (desk) => desk.submit(), { categories: [{ name: '商家自营-百货', state: 1 }] }],
  [85077, 'a withdrawn category', (desk) => desk.submit(), { categories: [{ name: '教育-驾校', state: 'withdrawn' }] }],
  [85009, 'a second submission', (desk) => desk.submit().then(() => desk.call('/wxa/submit_audit', {}))],
  [85023, 'no item in the list', (desk) => desk.submit('1', { item_list: [] })],
  [85023, 'six items', (desk) => desk.submit('1', { item_list: Array(6).fill(ITEM) })],
  [85010, 'an item without a category', withItem({ first_class: undefined })],
  [85008, 'an item of a category that it lacks', withItem({ second_class: '食品' })],
  [85007, 'an item with a page that the build lacks', withItem({ address: 'pages/none' })],
  [85006, 'eleven tags', withItem({ tag: Array(11).fill('a').join(' ') })],
  [85006, 'a tag of 21 characters', withItem({ tag: '一'.repeat(21) })],
  [85011, 'a title of 33 characters', withItem({ title: '一'.repeat(33) })],
  [85051, 'a long description', (desk) => desk.submit('1', { version_desc: '一'.repeat(1001) })],
  [47001, 'a preview that is a list', (desk) => desk.submit('1', { preview_info: [] })],
  [85092, 'a preview without pictures', (desk) => desk.submit('1', { preview_info: { video_id_list: [] } })],
  [
    85092,
    'a picture among the videos',
    async (desk) => {
      const { mediaid } = await upload(desk, 'a.png');
      return desk.submit('1', { preview_info: { video_id_list: [mediaid], pic_id_list: [] } });
    },
  ],
  [
    40007,
    'a picture of four days ago',
    async (desk) => {
      const { mediaid } = await upload(desk, 'a.png');
      desk.pass(4 * DAY);

      const again = await reopen(desk);
      return again.submit('1', { preview_info: { video_id_list: [], pic_id_list: [mediaid] } });
    },
  ],
  [
    85093,
    'eleven pictures',
    (desk) => desk.submit('1', { preview_info: { video_id_list: [], pic_id_list: Array(11).fill('a') } }),
  ],
  [85094, 'a forum without ugc_declare', (desk) => desk.submit(), { categories: [{ name: '社交-社区/论坛' }] }],
  [85094, 'a ugc_declare without methods', (desk) => desk.submit('1', { ugc_declare: { scene: [2] } })],
  [85087, 'jumps without a list', (desk) => desk.submit(), {}, { templates: [{ version: '1', jumps: true }] }],
  [85085, 'one audit more than there are', (desk) => desk.submit(), {}, { quota: { rest: 0 } }],
  [
    85051,
    'a long answer to a rejection',
    async (desk) => {
      await desk.submit();
      desk.pass(AUDIT);
      return desk.submit('2', { feedback_info: '一'.repeat(201) });
    },
    { audit: { outcome: 'reject' } },
  ],
  [41005, 'a form without a file', (desk) => desk.call('/wxa/uploadmedia', new FormData())],
  [40005, 'a text as a picture', (desk) => upload(desk, 'a.txt')],
  [40006, 'a picture of 3 MB', (desk) => upload(desk, 'a.png', 3 * 1024 * 1024)],

  // Audits.
  [85012, 'an audit of somebody else', inOrder(['/wxa/get_auditstatus', { auditid: 1 }])],
  [85012, 'to hurry an audit of somebody else', inOrder(['/wxa/speedupaudit', { auditid: 1 }])],
  [85058, 'the latest of no audits', inOrder(['/wxa/get_latest_auditstatus'])],
  [87012, 'to withdraw what is not open', inOrder(['/wxa/undocodeaudit'])],
  [87013, 'the sixth withdrawal of a day', (desk) => undo(desk, 6)],
  [
    87013,
    'the eleventh withdrawal of a month',
    async (desk) => {
      await undo(desk, 5);
      desk.pass(DAY);
      const next = await reopen(desk);
      await undo(next, 5);
      next.pass(DAY);
      return undo(await reopen(next), 1);
    },
  ],
  [
    89402,
    'to hurry what is decided',
    async (desk) => {
      const { auditid } = await desk.submit();
      desk.pass(AUDIT);
      return desk.call('/wxa/speedupaudit', { auditid });
    },
  ],
  [
    89404,
    'to hurry twice',
    async (desk) => {
      const { auditid } = await desk.submit();
      await desk.call('/wxa/speedupaudit', { auditid });
      return desk.call('/wxa/speedupaudit', { auditid });
    },
  ],
  [
    89405,
    'to hurry without quota',
    async (desk) => desk.call('/wxa/speedupaudit', await desk.submit()),
    {},
    { quota: { speedupRest: 0 } },
  ],

  // Going online.
  [85019, 'a release of nothing', inOrder(['/wxa/release', {}])],
  [85020, 'a release during the audit', (desk) => desk.submit().then(() => desk.call('/wxa/release', {}))],
  [85052, 'a second release', (desk) => released(desk).then(() => desk.call('/wxa/release', {}))],
  [40097, 'a version that is no number', inOrder(['/wxa/revertcoderelease?app_version=x'])],
  [40097, 'list and version at once', inOrder(['/wxa/revertcoderelease?app_version=1&action=get_history_version'])],
  [87012, 'nothing to go back to', inOrder(['/wxa/revertcoderelease'])],
  [
    87011,
    'to go back under a gray release',
    async (desk) => {
      await approved(desk);
      return inOrder(gray(5), ['/wxa/revertcoderelease'])(desk);
    },
  ],
  [40097, 'a percentage that is no number', inOrder(gray('5'))],
  [85081, 'a percentage over 100', inOrder(gray(101))],
  [85081, 'nobody at all', inOrder(gray(0))],
  [85079, 'a first release in parts', inOrder(gray(5))],
  [85080, 'a gray release of what is out', (desk) => released(desk).then(() => inOrder(gray(5))(desk))],
  [85082, 'a percentage that does not grow', (desk) => approved(desk).then(() => inOrder(gray(5), gray(5))(desk))],
  [86002, 'a gray release without a name', inOrder(gray(5)), { named: false }],
  [85021, 'to close what was never open', inOrder(['/wxa/change_visitstatus', { action: 'close' }])],
  [85022, 'an unknown action', inOrder(['/wxa/change_visitstatus', { action: 'shut' }])],
  [89014, 'an unknown base library', inOrder(['/cgi-bin/wxopen/setweappsupportversion', { version: '0.1' }])],

  // Privacy.
  [61034, 'an application without pictures', apply({ pic_list: [] }), { rights: [] }],
  [61035, 'an application for what is granted', apply({})],
  [61032, 'a video that is none', apply({ video_list: ['https://a.example.com/1.avi'] }), { rights: [] }],
  [61033, 'a picture that cannot be fetched', apply({ pic_list: ['file:///1.png'] }), { rights: [] }],
  [61031, 'a second application', (desk) => apply({})(desk).then(() => apply({})(desk)), { rights: [] }],
  [86071, 'a version 3 of the guide', inOrder(['/cgi-bin/component/getprivacysetting', { privacy_ver: 3 }])],
  [86069, 'a guide without a contact', guide({ contact_phone: '' })],
  [86070, 'a guide without a notice', guide({ notice_method: '' })],
  [86072, 'a time that is none', guide({ store_expire_timestamp: '30 days' })],
  [86073, 'an unknown file', guide({ ext_file_media_id: 'x' })],
  [86074, 'an online guide before a release', guide({}, { privacy_ver: 1, setting_list: undefined })],
  [
    86075,
    'a file for the online guide',
    (desk) => released(desk).then(() => guide({ ext_file_media_id: 'x' }, { privacy_ver: 1 })(desk)),
  ],
  [47001, 'a guide that declares nothing', guide({}, { setting_list: undefined })],
  [61039, 'a guide during the detection', (desk) => desk.commit().then(() => guide({})(desk))],

  // Testers.
  [85001, 'a tester who is nobody', inOrder(['/wxa/bind_tester', { wechatid: '' }])],
  [
    85004,
    'a tester who is one',
    inOrder(['/wxa/bind_tester', { wechatid: 'xiaoming' }], ['/wxa/bind_tester', { wechatid: 'xiaoming' }]),
  ],
  [
    85002,
    'one tester too many',
    async ({ call }) => {
      for (let index = 0; index < 90; index++) await call('/wxa/bind_tester', { wechatid: `tester${index}` });
      return call('/wxa/bind_tester', { wechatid: 'xiaoming' });
    },
  ],
  [89034, 'to unbind who is not bound', inOrder(['/wxa/unbind_tester', { userstr: 'x' }])],

  // Domains.
  [86100, 'a request domain without its scheme', inOrder(server({ requestdomain: ['a.example.com'] }))],
  [86101, "WeChat's own domain", inOrder(server({ requestdomain: ['https://api.weixin.qq.com'] }))],
  [85016, 'two hundred and one domains', inOrder(server({ requestdomain: many(201) }))],
  [85017, 'nothing new', inOrder(server({ requestdomain: many(1) }), server({ requestdomain: many(1) }))],
  [
    85018,
    'a domain that the component has not',
    inOrder(['/wxa/modify_domain', { action: 'add', requestdomain: many(1) }]),
  ],
  [
    86102,
    'the fifty-first change of a month',
    async (desk) => {
      for (const domain of many(50)) await desk.call(...server({ requestdomain: [domain] }));
      return desk.call(...server({ requestdomain: ['https://b.example.com'] }));
    },
  ],
  [89020, 'web-view domains of a component that has none', inOrder(['/wxa/setwebviewdomain', {}])],
  [89021, 'a web-view domain without its scheme', inOrder(webview('a.example.com'))],
  [
    89019,
    'the same web-view domain again',
    inOrder(webview('https://a.example.com'), webview('https://a.example.com')),
  ],
  [89029, 'too many web-view domains', inOrder(webview(...many(301)))],
  [89231, 'web-view domains of a personal one', inOrder(webview('https://a.example.com')), { personal: true }],
  [
    9410016,
    'a component domain that is none',
    ({ asComponent }) =>
      asComponent('/cgi-bin/component/modify_wxa_server_domain', { action: 'add', wxa_server_domain: 'https://a' }),
  ],
  [
    65316,
    'too many domains of the component',
    ({ asComponent }) =>
      asComponent('/cgi-bin/component/modify_wxa_jump_domain', {
        action: 'add',
        wxa_jump_h5_domain: many(301).join(';').replaceAll('https://', ''),
      }),
  ],
  [
    45104,
    'the fifty-first change of the component',
    async ({ asComponent }) => {
      let answer: Answer = {};
      for (let index = 0; index <= 50; index++) {
        const body = { action: 'add', wxa_server_domain: `a${index}.example.com` };
        answer = await asComponent('/cgi-bin/component/modify_wxa_server_domain', body);
      }
      return answer;
    },
  ],
];

/** A day later the token has expired. */
const reopen = ({ sandbox, appId }: MiniProgramDesk): Promise<MiniProgramDesk> => enter(sandbox, appId);

/** They come from what the sandbox does not know; a script gives them. */
const ONLY_SCRIPTED = [85003, 85015, 85301, 85302, 86000, 89403];

describe('the sandbox refuses', () => {
  it.each(CASES)('with %i %s', async (errcode, _what, act, script = {}, rest = {}) => {
    const desk = await openMiniProgram({ ...rest, accounts: { '*': script } });
    const answer = await act(desk);
    expect(answer).toMatchObject({ errcode, errmsg: expect.stringContaining('rid: ') as string });
  });

  it.each(ONLY_SCRIPTED)('with %i when a script says so', async (errcode) => {
    const desk = await openMiniProgram({ accounts: { '*': { calls: { commit: [errcode] } } } });
    const errmsg = expect.stringContaining(RELEASE_ERRMSG[errcode] ?? '?') as string;
    expect(await desk.commit()).toMatchObject({ errcode, errmsg });
    expect(desk.effects()).toEqual({});
  });

  it('with no number that has no case here', () => {
    const covered = new Set([...CASES.map(([errcode]) => errcode), ...ONLY_SCRIPTED]);
    expect(Object.keys(RELEASE_ERRMSG).filter((errcode) => !covered.has(Number(errcode)))).toEqual([]);
  });
});

describe('a refused call', () => {
  it('changes nothing, and is not counted', async () => {
    const desk = await openMiniProgram({ quota: { rest: 1 } });
    await desk.submit('1');
    const before = desk.sandbox.state().releases;
    expect(await desk.commit('2', { pages: [] })).toMatchObject({ errcode: 85047 });
    expect(await desk.call('/wxa/submit_audit', {})).toMatchObject({ errcode: 85009 });
    expect(await desk.call('/wxa/release', {})).toMatchObject({ errcode: 85020 });
    expect(desk.sandbox.state().releases).toEqual(before);
    expect(await desk.call('/wxa/queryquota')).toMatchObject({ rest: 0 });
  });
});
