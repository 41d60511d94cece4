/** What each platform call sends, exactly, and what it makes of answers that are not as documented. */
import { describe, expect, test } from 'vitest';
import { WxopError } from '../../../src/sentences/wxop-error.ts';
import {
  authorizerToken,
  componentToken,
  createPreAuthCode,
  getAuthorizerInfo,
  getAuthorizerList,
  getCurrentSelfMenu,
  LIST_PAGE,
  queryAuth,
  startPushTicket,
} from '../../../src/protocol/calls/endpoints.ts';

const appId = 'wxbbd3f07e2945cf2a';
const accountAppId = 'wx570bc396a51b8ff8';

describe('a request', () => {
  test.each([
    [
      'api_start_push_ticket',
      startPushTicket.write({ appId, secret: 's' }),
      // Not component_appsecret, as everywhere else.
      { component_appid: appId, component_secret: 's' },
    ],
    [
      'api_component_token',
      componentToken.write({ appId, secret: 's', ticket: 'ticket@@@t' }),
      { component_appid: appId, component_appsecret: 's', component_verify_ticket: 'ticket@@@t' },
    ],
    ['api_create_preauthcode', createPreAuthCode.write({ appId }), { component_appid: appId }],
    [
      'api_query_auth',
      queryAuth.write({ appId, code: 'queryauthcode@@@c' }),
      { component_appid: appId, authorization_code: 'queryauthcode@@@c' },
    ],
    [
      'api_authorizer_token',
      authorizerToken.write({ appId, accountAppId, refreshToken: 'refreshtoken@@@r' }),
      { component_appid: appId, authorizer_appid: accountAppId, authorizer_refresh_token: 'refreshtoken@@@r' },
    ],
    [
      'api_get_authorizer_info',
      getAuthorizerInfo.write({ appId, accountAppId }),
      { component_appid: appId, authorizer_appid: accountAppId },
    ],
    [
      'api_get_authorizer_list',
      getAuthorizerList.write({ appId, offset: 500, count: 100 }),
      { component_appid: appId, offset: 500, count: 100 },
    ],
    ['get_current_selfmenu_info', getCurrentSelfMenu.write(), {}],
  ])('of %s is written exactly', (_name, written, expected) => {
    expect(written).toStrictEqual(expected);
  });

  test.each([
    [startPushTicket, 'POST', '/cgi-bin/component/api_start_push_ticket', 'none'],
    [componentToken, 'POST', '/cgi-bin/component/api_component_token', 'none'],
    [createPreAuthCode, 'POST', '/cgi-bin/component/api_create_preauthcode', 'component'],
    [queryAuth, 'POST', '/cgi-bin/component/api_query_auth', 'component'],
    [authorizerToken, 'POST', '/cgi-bin/component/api_authorizer_token', 'component'],
    [getAuthorizerInfo, 'POST', '/cgi-bin/component/api_get_authorizer_info', 'component'],
    [getAuthorizerList, 'POST', '/cgi-bin/component/api_get_authorizer_list', 'component'],
    [getCurrentSelfMenu, 'GET', '/cgi-bin/get_current_selfmenu_info', 'account'],
  ])('goes to its address with its token: %#', (endpoint, method, path, tokenOf) => {
    expect(endpoint).toMatchObject({ method, path, tokenOf });
  });

  test('that uses something up is never repeated blindly', () => {
    const once = [componentToken, queryAuth, authorizerToken];
    expect(once.map(({ repeatable }) => repeatable)).toEqual([false, false, false]);
  });

  test('for a page of the list asks for 500 at most', () => {
    expect(LIST_PAGE).toBe(500);
  });
});

describe('a component token', () => {
  test.each([
    ['a number', 7200, 7200],
    ['a numeric string', '3600', 3600],
    ['left out', undefined, 7200],
    ['empty', '', 7200],
    ['null', null, 7200],
    ['no number', 'soon', 7200],
  ])('whose lifetime is %s lives %o → %i s', (_name, expires_in, expiresIn) => {
    const answer = componentToken.read({ component_access_token: 'a-b', expires_in }, '');
    expect(answer).toStrictEqual({ accessToken: 'a-b', expiresIn });
  });
});

describe('a pre-auth code', () => {
  test.each([
    [1800, 1800],
    ['1800', 1800],
    [undefined, 600],
    [null, 600],
  ])('that expires in %o lives %i s: without a word, the shorter life', (expires_in, expiresIn) => {
    const answer = createPreAuthCode.read({ pre_auth_code: 'preauthcode@@@a', expires_in }, '');
    expect(answer).toStrictEqual({ preAuthCode: 'preauthcode@@@a', expiresIn });
  });
});

const FUNC_INFO = [{ funcscope_category: { id: 1 } }, { funcscope_category: { id: '15', type: 0 } }];

describe('an exchanged code', () => {
  test('gives account, tokens and permissions', () => {
    const authorization_info = {
      authorizer_appid: accountAppId,
      authorizer_access_token: 'access',
      expires_in: '7200',
      authorizer_refresh_token: 'refreshtoken@@@r',
      func_info: FUNC_INFO,
    };
    expect(queryAuth.read({ authorization_info }, '')).toStrictEqual({
      appId: accountAppId,
      accessToken: 'access',
      expiresIn: 7200,
      refreshToken: 'refreshtoken@@@r',
      funcInfo: [1, 15],
    });
  });

  test.each([
    ['absent', {}],
    ['empty', { authorizer_access_token: '', authorizer_refresh_token: '' }],
    ['null', { authorizer_access_token: null, authorizer_refresh_token: null }],
  ])('of an account without API permission has %s tokens, and that is no error', (_name, tokens) => {
    const authorization_info = { authorizer_appid: accountAppId, ...tokens };
    expect(queryAuth.read({ authorization_info }, '')).toStrictEqual({
      appId: accountAppId,
      expiresIn: 7200,
      funcInfo: [],
    });
  });
});

describe('the permissions of an account', () => {
  const read = (func_info: unknown): number[] =>
    queryAuth.read({ authorization_info: { authorizer_appid: accountAppId, func_info } }, '').funcInfo;

  test('are numbers, also where the platform wrote text', () => {
    expect(read(FUNC_INFO)).toEqual([1, 15]);
  });

  test.each([
    ['no list', undefined],
    ['null', null],
    ['an object', { funcscope_category: { id: 1 } }],
    ['an item without category', [{}]],
    ['an item that is null', [null]],
    ['a category without id', [{ funcscope_category: {} }]],
    ['an empty id', [{ funcscope_category: { id: '' } }]],
    ['an id that is null', [{ funcscope_category: { id: null } }]],
    ['an id that is no number', [{ funcscope_category: { id: 'menu' } }]],
  ])('are none with %s', (_name, funcInfo) => {
    expect(read(funcInfo)).toEqual([]);
  });
});

describe('a refreshed token', () => {
  test('comes with the refresh token that is valid from now on', () => {
    const document = {
      authorizer_access_token: 'access',
      expires_in: 7200,
      authorizer_refresh_token: 'refreshtoken@@@new',
    };
    expect(authorizerToken.read(document, '')).toStrictEqual({
      accessToken: 'access',
      expiresIn: 7200,
      refreshToken: 'refreshtoken@@@new',
    });
  });

  test.each([[{}], [{ authorizer_refresh_token: '' }], [{ authorizer_refresh_token: null }]])(
    'without a refresh token leaves the old one: %j',
    (rest) => {
      const answer = authorizerToken.read({ authorizer_access_token: 'access', ...rest }, '');
      expect(answer).toStrictEqual({ accessToken: 'access', expiresIn: 7200 });
    },
  );
});

describe('the description of an account', () => {
  const authorizer_info = { nick_name: '一家店', user_name: 'gh_3c884a361561', principal_name: '公司' };
  const described = {
    nickName: '一家店',
    userName: 'gh_3c884a361561',
    principalName: '公司',
    funcInfo: [1, 15],
    refreshToken: 'refreshtoken@@@r',
  };
  const authorization_info = { authorizer_refresh_token: 'refreshtoken@@@r', func_info: FUNC_INFO };

  test('without MiniProgramInfo is of a 公众号', () => {
    expect(getAuthorizerInfo.read({ authorizer_info, authorization_info }, '')).toStrictEqual({
      ...described,
      kind: 'mp',
    });
  });

  test.each([[{ network: {}, categories: [] }], [{}]])(
    'with MiniProgramInfo %j is of a mini program',
    (MiniProgramInfo) => {
      const document = { authorizer_info: { ...authorizer_info, MiniProgramInfo }, authorization_info };
      expect(getAuthorizerInfo.read(document, '')).toStrictEqual({ ...described, kind: 'mini' });
    },
  );

  test.each([
    ['nothing', {}],
    ['null in both parts', { authorizer_info: null, authorization_info: null }],
    ['empty fields', { authorizer_info: { nick_name: '' }, authorization_info: { authorizer_refresh_token: '' } }],
    ['lists instead of objects', { authorizer_info: [], authorization_info: [] }],
  ])('with %s is empty, not an error', (_name, document) => {
    expect(getAuthorizerInfo.read(document, '')).toStrictEqual({
      nickName: '',
      userName: '',
      kind: 'mp',
      funcInfo: [],
    });
  });
});

describe('a page of the list', () => {
  test('calls the refresh token refresh_token, and may leave it empty', () => {
    const document = {
      total_count: 2,
      list: [
        { authorizer_appid: accountAppId, refresh_token: 'refreshtoken@@@r', auth_time: 1558000607 },
        { authorizer_appid: 'wx9252c5e0bb1836fc', refresh_token: '', auth_time: 1558000608 },
      ],
    };
    expect(getAuthorizerList.read(document, '')).toStrictEqual({
      total: 2,
      accounts: [
        { appId: accountAppId, refreshToken: 'refreshtoken@@@r', authTime: 1558000607 },
        { appId: 'wx9252c5e0bb1836fc', authTime: 1558000608 },
      ],
    });
  });

  test('may have numbers as text, or none', () => {
    const list = [{ authorizer_appid: accountAppId, auth_time: '1558000607' }, { authorizer_appid: 'wx2' }];
    expect(getAuthorizerList.read({ total_count: '2', list }, '')).toStrictEqual({
      total: 2,
      accounts: [
        { appId: accountAppId, authTime: 1558000607 },
        { appId: 'wx2', authTime: 0 },
      ],
    });
  });

  test.each([[{}], [{ total_count: 0, list: null }], [{ total_count: 0, list: {} }]])(
    'may be empty: %j',
    (document) => {
      expect(getAuthorizerList.read(document, '')).toStrictEqual({ total: 0, accounts: [] });
    },
  );
});

describe('the current menu', () => {
  test('keeps the text as the platform sent it', () => {
    const raw = '{"is_menu_open": 1,  "selfmenu_info":{}}';
    const document = { is_menu_open: 1, selfmenu_info: {} };
    expect(getCurrentSelfMenu.read(document, raw)).toStrictEqual({ document, raw });
  });
});

describe('an answer that lacks what it must have is a refusal', () => {
  const MISSING: [name: string, field: string, read: () => unknown][] = [
    ['component token', 'component_access_token', () => componentToken.read({ expires_in: 7200 }, '')],
    ['empty component token', 'component_access_token', () => componentToken.read({ component_access_token: '' }, '')],
    [
      'component token as number',
      'component_access_token',
      () => componentToken.read({ component_access_token: 5 }, ''),
    ],
    ['pre-auth code', 'pre_auth_code', () => createPreAuthCode.read({}, '')],
    ['authorization', 'authorizer_appid', () => queryAuth.read({}, '')],
    ['account', 'authorizer_appid', () => queryAuth.read({ authorization_info: { expires_in: 7200 } }, '')],
    ['account token', 'authorizer_access_token', () => authorizerToken.read({ authorizer_refresh_token: 'r' }, '')],
    ['listed account', 'authorizer_appid', () => getAuthorizerList.read({ list: [{ refresh_token: 'r' }] }, '')],
  ];

  test.each(MISSING)('%s', (_name, field, read) => {
    expect(read).toThrow(
      expect.toSatisfy((error: unknown) => {
        expect(error).toBeInstanceOf(WxopError);
        const { code, text, hint, exitCode } = error as WxopError;
        expect({ code, exitCode }).toEqual({ code: 'PLATFORM_REFUSED', exitCode: 3 });
        expect(text.en).toContain(field);
        expect(text.zh).toContain(field);
        expect(hint?.en && hint.zh).toBeTruthy();
        return true;
      }),
    );
  });

  test('and says nothing of what the answer did have', () => {
    const document = { authorizer_refresh_token: 'refreshtoken@@@r' };
    expect(() => authorizerToken.read(document, 'refreshtoken@@@r')).toThrow(
      expect.toSatisfy(
        (error: WxopError) => !JSON.stringify([error.message, error.text, error.hint, error.cause]).includes('@@@'),
      ),
    );
  });
});
