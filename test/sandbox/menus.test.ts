/** The sandbox's menus answer as WeChat's do: what is taken, what is refused with which number, what each call shows. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { SANDBOX_COMPONENT, startSandbox } from '../../src/sandbox/sandbox.ts';

type Json = Record<string, unknown>;

const [TEA, WEBSITE, EMPTY, NONE, MINI, CONDITIONAL, , , UNVERIFIED, OFF, PLAIN, NO_SET] = Array.from(Array(12).keys());

/** The calls of one merchant who has authorized. */
async function open(merchant = 0) {
  const sandbox = await startSandbox({ accounts: 12 });
  onTestFinished(() => sandbox.close());
  const call = async (path: string, token: string, body?: object | string): Promise<Json> => {
    const response = await fetch(`${sandbox.url}/cgi-bin/${path}?access_token=${token}`, {
      method: body === undefined ? 'GET' : 'POST',
      body: typeof body === 'object' ? JSON.stringify(body) : body,
    });
    return (await response.json()) as Json;
  };
  const component_appid = SANDBOX_COMPONENT.appId;
  const { component_access_token } = await call('component/api_component_token', '', {
    component_appid,
    component_appsecret: SANDBOX_COMPONENT.secret,
    component_verify_ticket: sandbox.state().ticket,
  });
  const { authorization_info } = await call('component/api_query_auth', component_access_token as string, {
    component_appid,
    authorization_code: sandbox.codeOf(sandbox.state().accounts[merchant]?.appId ?? ''),
  });
  const token = (authorization_info as { authorizer_access_token: string }).authorizer_access_token;
  return {
    self: () => call('get_current_selfmenu_info', token),
    get: () => call('menu/get', token),
    create: (button: unknown) => call('menu/create', token, { button }),
    post: (path: string, body: object) => call(`menu/${path}`, token, body),
    remove: () => call('menu/delete', token),
  };
}

const OK = { errcode: 0, errmsg: 'ok' };
const leaf = { type: 'click', name: '今日', key: 'K' };
const page = { type: 'view', name: '网页', url: 'https://a.example.com/' };
const inSub = (...sub_button: unknown[]): unknown[] => [{ name: '更多', sub_button }];
const refusal = (errcode: number) => expect.objectContaining({ errcode }) as unknown;

describe('menu/create', () => {
  it('replaces the menu of the website, and shows in both calls, in the form of each', async () => {
    const { create, self, get } = await open(WEBSITE);
    expect(await get()).toEqual(refusal(46003));
    expect(await create([leaf, { name: '更多', sub_button: [page] }])).toEqual(OK);
    expect(await self()).toEqual({
      is_menu_open: 1,
      selfmenu_info: { button: [leaf, { name: '更多', sub_button: { list: [page] } }] },
    });
    expect(await get()).toEqual({
      menu: {
        button: [
          { ...leaf, sub_button: [] },
          { name: '更多', sub_button: [{ ...page, sub_button: [] }] },
        ],
        menuid: expect.any(Number) as number,
      },
    });
  });

  it('takes every type there is, at its limits', async () => {
    const { create } = await open();
    const keyed = ['click', 'scancode_push', 'scancode_waitmsg', 'pic_sysphoto', 'pic_photo_or_album'];
    const name = '二'.repeat(20);
    const media = [
      { type: 'media_id', name, media_id: 'M' },
      { type: 'view_limited', name, media_id: 'M' },
      { type: 'article_id', name, article_id: 'A' },
      { type: 'article_view_limited', name, article_id: 'A' },
      { type: 'miniprogram', name, appid: 'wx0123456789abcdef', pagepath: 'p', url: 'http://a.example.com' },
    ];
    const url = `https://a.example.com/${'x'.repeat(1024 - 22)}`;
    expect(
      await create([
        { name: '一二三四五a', sub_button: keyed.map((type) => ({ type, name, key: 'k'.repeat(128) })) },
        { name: 'b', sub_button: media },
        { type: 'view', name: 'c', url, sub_button: [] },
      ]),
    ).toEqual(OK);
  });

  const WRONG: [number, string, unknown][] = [
    [40016, 'no button', []],
    [40016, 'four buttons', [leaf, leaf, leaf, leaf]],
    [40016, 'no list', {}],
    [40017, 'an unknown type', [{ ...leaf, type: 'text' }]],
    [40017, 'neither type nor sub-menu', [{ name: 'a' }]],
    [40017, 'both type and sub-menu', [{ ...leaf, sub_button: [leaf] }]],
    [40018, 'a long name', [{ ...leaf, name: '一二三四五六' }]],
    [40018, 'a long name over a sub-menu', [{ name: '一二三四五六', sub_button: [leaf] }]],
    [40018, 'no name', [{ ...leaf, name: '' }]],
    [40019, 'a long key', [{ ...leaf, key: 'k'.repeat(129) }]],
    [40019, 'no key', [{ type: 'click', name: 'a' }]],
    [40020, 'a long url', [{ ...page, url: `https://a.example.com/${'x'.repeat(1024)}` }]],
    [40055, 'a url of another scheme', [{ ...page, url: 'ftp://a.example.com/' }]],
    [40007, 'no media_id', [{ type: 'media_id', name: 'a' }]],
    [40007, 'no article_id', [{ type: 'article_id', name: 'a' }]],
    [40166, 'an appid in capitals', [{ ...page, type: 'miniprogram', appid: 'WX0123456789ABCDEF', pagepath: 'p' }]],
    [40165, 'no pagepath', [{ ...page, type: 'miniprogram', appid: 'wx0123456789abcdef' }]],
    [40022, 'a third level', inSub({ name: 'a', sub_button: [leaf] })],
    [40023, 'six children', inSub(leaf, leaf, leaf, leaf, leaf, leaf)],
    [40024, 'an unknown type of a child', inSub({ ...leaf, type: 'news' })],
    [40025, 'a long name of a child', inSub({ ...leaf, name: '二'.repeat(21) })],
    [40026, 'no key of a child', inSub({ ...leaf, key: '' })],
    [40027, 'no url of a child', inSub({ ...page, url: undefined })],
    [40054, 'a child whose url is none', inSub({ ...page, url: 'https://' })],
  ];

  it.each(WRONG)('refuses with %i %s, and changes nothing', async (errcode, _name, button) => {
    const { create, get } = await open();
    const before = await get();
    expect(await create(button)).toEqual(refusal(errcode));
    expect(await get()).toEqual(before);
  });

  it('refuses what menu/get answered, with its wrapper: 40016', async () => {
    const { get, post } = await open();
    expect(await post('create', await get())).toEqual(refusal(40016));
  });
});

describe('conditional menus', () => {
  it('are shown with the tag as group_id; the one made last wins', async () => {
    const { get, post } = await open(TEA);
    const { menuid } = await post('addconditional', { button: [leaf], matchrule: { tag_id: '7' } });
    await post('addconditional', { button: [page], matchrule: { tag_id: '7', client_platform_type: '1' } });
    expect(menuid).toMatch(/^\d+$/);
    expect((await get()).conditionalmenu).toMatchObject([
      { button: [leaf], matchrule: { group_id: 7 }, menuid: Number(menuid) },
      { button: [page], matchrule: { group_id: 7, client_platform_type: 1 } },
    ]);
    const seen = async (user_id: string): Promise<unknown> =>
      ((await post('trymatch', { user_id })).button as Json[] | undefined)?.[0]?.name;
    expect(await seen('oA-tag7-ios')).toBe('网页');
    expect(await seen('oA-tag7-android')).toBe('今日');
    expect(await seen('oA-tag8')).toBe('今日推荐');
    expect(await post('trymatch', { user_id: '' })).toEqual(refusal(65302));

    expect(await post('delconditional', { menuid })).toEqual(OK);
    expect(await seen('oA-tag7-android')).toBe('今日推荐');
    expect(await post('delconditional', { menuid })).toEqual(refusal(65301));
  });

  it('outlive a new default menu, do not show in self, and go with menu/delete', async () => {
    const { get, create, self, remove } = await open(CONDITIONAL);
    await create([leaf]);
    expect((await get()).conditionalmenu).toHaveLength(2);
    expect(JSON.stringify(await self())).not.toContain('安卓');
    expect(await remove()).toEqual(OK);
    expect([await get(), await self()]).toEqual([refusal(46003), { is_menu_open: 0 }]);
  });

  it.each<[number, string, object]>([
    [65304, 'no rule', { button: [leaf] }],
    [65304, 'an empty rule', { button: [leaf], matchrule: { tag_id: '' } }],
    [65320, 'a withdrawn field', { button: [leaf], matchrule: { tag_id: '2', sex: '1' } }],
    [65307, 'no buttons', { matchrule: { tag_id: '2' } }],
    [40018, 'a wrong button', { button: [{ ...leaf, name: '' }], matchrule: { tag_id: '2' } }],
    [
      65316,
      'four domains',
      {
        button: inSub(...['a', 'b', 'c', 'd'].map((host) => ({ ...page, url: `https://${host}.example.com` }))),
        matchrule: { tag_id: 2 },
      },
    ],
  ])('are refused with %i for %s', async (errcode, _name, body) => {
    const { post } = await open();
    expect(await post('addconditional', body)).toEqual(refusal(errcode));
  });

  it('need a default menu: 65303', async () => {
    const { post } = await open(WEBSITE);
    expect(await post('addconditional', { button: [leaf], matchrule: { tag_id: 2 } })).toEqual(refusal(65303));
  });
});

describe('who may', () => {
  it.each([
    [EMPTY, { is_menu_open: 1, selfmenu_info: { button: [] } }, refusal(46003)],
    [NONE, { is_menu_open: 0 }, refusal(46003)],
    [MINI, refusal(48001), refusal(48001)],
    [UNVERIFIED, expect.objectContaining({ is_menu_open: 1 }), refusal(48001)],
    [OFF, expect.objectContaining({ is_menu_open: 0, selfmenu_info: expect.anything() as Json }), refusal(46003)],
    [PLAIN, expect.objectContaining({ is_menu_open: 1 }), refusal(46003)],
    [NO_SET, expect.objectContaining({ is_menu_open: 1 }), refusal(61007)],
  ])('merchant %i sees its menus as it may', async (merchant, ofWebsite, ofApi) => {
    const { self, get } = await open(merchant);
    expect([await self(), await get()]).toEqual([ofWebsite, ofApi]);
  });

  it.each([
    [UNVERIFIED, 48001],
    [MINI, 48001],
    [NO_SET, 61007],
  ])('merchant %i is refused with %i whatever it would change', async (merchant, errcode) => {
    const { create, remove, post } = await open(merchant);
    expect([await create([leaf]), await remove(), await post('delconditional', { menuid: '1' })]).toEqual(
      Array(3).fill(refusal(errcode)),
    );
  });

  it('what one account changes is no other account’s, though both began alike', async () => {
    const one = await open(TEA);
    const other = await open(NO_SET);
    await one.create([leaf]);
    expect(JSON.stringify(await other.self())).toContain('今日推荐');
  });
});
