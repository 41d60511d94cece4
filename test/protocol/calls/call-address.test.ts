/** What `wxop api` makes of what people type: address, token, fields, forms, pages. */
import { describe, expect, test } from 'vitest';
import { ENDPOINTS, isChanging, knownPath, tokenNameOf } from '../../../src/protocol/calls/api-paths.ts';
import { exchangesForComponent } from '../../../src/protocol/calls/exchanges.ts';
import { authorizerToken, componentToken, queryAuth } from '../../../src/protocol/calls/endpoints.ts';
import { checkExchange, readAddress, withComponent } from '../../../src/protocol/calls/call-address.ts';
import { bodyOfFields, typed } from '../../../src/protocol/calls/read-fields.ts';
import { multipart } from '../../../src/protocol/calls/multipart.ts';
import { PAGED_PATHS, pagingOf } from '../../../src/protocol/calls/paging.ts';
import { maskFields, maskQuery } from '../../../src/protocol/secret-fields.ts';

const API = 'https://api.weixin.qq.com';

describe('whose token a path takes, and under which name', () => {
  test.each([
    ['/cgi-bin/component/api_component_token', 'none', 'access_token'],
    ['/cgi-bin/component/api_start_push_ticket', 'none', 'access_token'],
    ['/cgi-bin/component/clear_quota/v2', 'none', 'access_token'],
    ['/cgi-bin/component/api_get_authorizer_info', 'component', 'component_access_token'],
    ['/cgi-bin/component/api_set_authorizer_option', 'component', 'component_access_token'],
    ['/cgi-bin/component/modify_wxa_server_domain', 'component', 'access_token'],
    ['/wxa/gettemplatelist', 'component', 'access_token'],
    ['/sns/component/jscode2session', 'component', 'component_access_token'],
    ['/sns/oauth2/component/access_token', 'component', 'component_access_token'],
    ['/cgi-bin/clear_quota', 'either', 'access_token'],
    ['/cgi-bin/openapi/rid/get', 'either', 'access_token'],
    ['/cgi-bin/getcallbackip', 'either', 'access_token'],
    ['/cgi-bin/menu/create', 'account', 'access_token'],
    ['/cgi-bin/get_current_selfmenu_info', 'account', 'access_token'],
    ['/cgi-bin/open/get', 'account', 'access_token'],
  ])('%s: %s, %s', (path, tokenOf, tokenName) => {
    expect(knownPath(path)).toMatchObject({ tokenOf, tokenName });
  });

  test('every call that wxop makes itself is known as its endpoint says it', () => {
    expect(ENDPOINTS.length).toBeGreaterThan(20);
    for (const { path, method, tokenOf } of ENDPOINTS) expect(knownPath(path)).toMatchObject({ method, tokenOf });
  });

  test('the option calls, about which the documents disagree, and strangers are not guessed', () => {
    for (const path of ['/cgi-bin/component/get_authorizer_option', '/wxa/plugin', '/datacube/getusersummary', '/']) {
      expect(knownPath(path)).toBeUndefined();
    }
    expect(tokenNameOf('/cgi-bin/component/get_authorizer_option', true)).toBe('component_access_token');
    expect(tokenNameOf('/wxa/commit', false)).toBe('access_token');
  });
});

describe('an address', () => {
  test.each([
    ['cgi-bin/menu/get', '/cgi-bin/menu/get', ''],
    ['/cgi-bin/menu/get?a=1', '/cgi-bin/menu/get', 'a=1'],
    [`${API}/cgi-bin/menu/get?a=%E4%B8%AD`, '/cgi-bin/menu/get', 'a=%E4%B8%AD'],
    ['//evil.example/x', '/evil.example/x', ''],
    ['/cgi-bin//menu/../menu/get#part', '/cgi-bin/menu/get', ''],
  ])('%s', (written, path, query) => {
    const read = readAddress(written, API, []);
    expect([read.path, read.query.toString()]).toEqual([path, query]);
  });

  test.each([
    'http://api.weixin.qq.com/x',
    'https://api.weixin.qq.com.evil.example/x',
    'https://api.weixin.qq.com@evil.example/x',
    'https://user:password@api.weixin.qq.com/x',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '/cgi-bin/%63omponent/api_query_auth',
    '/cgi-bin/component/api_query_auth;v=1',
    '/x?ACCESS_TOKEN=1',
  ])('%s is refused', (written) => {
    expect(() => readAddress(written, API, [])).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });
});

describe('the component names itself', () => {
  const path = '/cgi-bin/component/api_get_authorizer_list';
  test.each([
    ['{}', '{"component_appid":"wx1"}'],
    [' {\n "a": 1}', '{"component_appid":"wx1",\n "a": 1}'],
    ['{"component_appid": "wx2"}', '{"component_appid": "wx2"}'],
    ['[1]', '[1]'],
    ['not JSON', 'not JSON'],
  ])('%j', (body, expected) => {
    expect(withComponent(body, path, () => 'wx1')).toBe(expected);
    expect(withComponent(body, '/cgi-bin/menu/create', () => 'wx1')).toBe(body);
  });
});

describe('fields', () => {
  test.each([
    ['1', 1],
    ['-7', -7],
    ['0', 0],
    ['007', '007'],
    ['1.5', '1.5'],
    ['12345678901234567890', '12345678901234567890'],
    ['true', true],
    ['null', null],
    ['', ''],
  ])('%j is %j', (written, value) => {
    expect(typed(written)).toBe(value);
  });

  test('nest, append, and cannot reach behind the body', () => {
    const body = bodyOfFields([
      ['a[b][c]', 1],
      ['a[b][d][]', 2],
      ['a[b][d][]', 3],
      ['list[][x]', 4],
      ['__proto__[polluted]', true],
    ]);
    expect(JSON.stringify(body)).toBe('{"a":{"b":{"c":1,"d":[2,3]}},"list":[{"x":4}],"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each([[['a', 'a[b]']], [['a[]', 'a[b]']], [['a', 'a']], [['a[b', 'c']], [['[a]', 'c']]])('%j', (names) => {
    expect(() => bodyOfFields(names.map((name) => [name, 1]))).toThrow(
      expect.objectContaining({ code: 'USAGE' }) as Error,
    );
  });
});

test('a form holds texts and bytes; a name cannot end its line', async () => {
  const content = Buffer.of(0, 13, 10, 255);
  const { contentType, body } = await multipart([
    { name: 'description', value: '{"title":\n"标题"}' },
    { name: 'media', value: { fileName: 'a"\r\nb.PNG', content } },
  ]);
  const boundary = contentType.replace('multipart/form-data; boundary=', '');
  expect(boundary).toMatch(/^[\w-]{20,70}$/);
  expect(Buffer.from(body).toString('latin1')).toBe(
    [
      `--${boundary}`,
      'Content-Disposition: form-data; name="description"',
      '',
      Buffer.from('{"title":\r\n"标题"}').toString('latin1'),
      `--${boundary}`,
      'Content-Disposition: form-data; name="media"; filename="a%22%0D%0Ab.PNG"',
      'Content-Type: image/png',
      '',
      content.toString('latin1'),
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  );
});

describe('pages', () => {
  test('by offset: a short page is not the end, an empty one is', () => {
    const { next, first } = pagingOf('/cgi-bin/component/api_get_authorizer_list')!;
    expect(first).toEqual({ offset: 0, count: 500 });
    const list = [1, 2, 3];
    expect(next({ total_count: 9, list }, { offset: 0, count: 5 })).toEqual({ offset: 3 });
    expect(next({ total_count: 3, list }, { offset: 0, count: 5 })).toBeUndefined();
    expect(next({ total_count: 9, list: [] }, { offset: 3, count: 5 })).toBeUndefined();
    expect(next({}, { offset: 3 })).toBeUndefined();
  });

  test('by openid: never the same page twice', () => {
    const { next, where } = pagingOf('/cgi-bin/user/get')!;
    expect(where).toBe('query');
    const data = { openid: ['a', 'b'] };
    expect(next({ data, next_openid: 'b' }, {})).toEqual({ next_openid: 'b' });
    expect(next({ data, next_openid: 'b' }, { next_openid: 'b' })).toBeUndefined();
    expect(next({ count: 0, next_openid: '' }, { next_openid: 'b' })).toBeUndefined();
  });

  test('every path with pages is one whose token is known', () => {
    for (const path of PAGED_PATHS) expect(knownPath(path), path).toBeDefined();
  });
});

test.each([
  '/cgi-bin/component/api_query_auth',
  '/cgi-bin/Component/API_Query_Auth',
  '/cgi-bin/component/api_query_auth/',
  '/cgi-bin/token//',
  '/CGI-BIN/stable_token',
])('%s exchanges credentials, however it is spelt', (path) => {
  expect(() => checkExchange(path, false)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  expect(() => checkExchange(path, true)).not.toThrow();
});

test('of the calls that wxop makes itself, exactly three exchange what belongs to the component', () => {
  const exchanges = ENDPOINTS.filter(({ path }) => exchangesForComponent(path));
  expect(exchanges).toEqual([componentToken, queryAuth, authorizerToken]);
});

test('secrets are masked by their names', () => {
  expect(maskQuery('/x?access_token=abc&js_code=1&openid=o1&secret=')).toBe(
    '/x?access_token=***&js_code=***&openid=o1&secret=***',
  );
  expect(maskFields('{"appsecret":"s\\"x","component_verify_ticket": "t","nick":"n"}')).toBe(
    '{"appsecret":"***","component_verify_ticket": "***","nick":"n"}',
  );
});

test.each([
  ['GET', '/cgi-bin/menu/get', false],
  ['GET', '/wxa/anything', false],
  ['POST', '/cgi-bin/component/api_get_authorizer_list', false],
  ['POST', '/cgi-bin/material/batchget_material', false],
  ['POST', '/cgi-bin/openapi/quota/get', false],
  ['POST', '/cgi-bin/menu/create', true],
  ['POST', '/cgi-bin/clear_quota', true],
  ['POST', '/cgi-bin/component/clear_quota/v2', true],
  ['GET', '/cgi-bin/menu/delete', true],
  ['GET', '/cgi-bin/menu/delete/', true],
  ['GET', '/wxa/revertcoderelease', true],
])('%s %s changes something: %s', (method, path, expected) => {
  expect(isChanging(method, path)).toBe(expected);
});

test('a secret field is masked however the JSON is laid out', () => {
  expect(maskFields('{ "access_token" : "abc", "component_appsecret"\n:\n"def" }')).not.toMatch(/abc|def/);
});
