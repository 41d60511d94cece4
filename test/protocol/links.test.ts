/** The authorization links byte for byte, and the way back from what a person pasted. */
import { describe, expect, test } from 'vitest';
import {
  attemptIdOf,
  launchUrl,
  mobileLink,
  pcLink,
  readPastedCode,
  redirectUrl,
  type AuthType,
  type LinkOptions,
} from '../../src/protocol/links.ts';

const OPTIONS: LinkOptions = {
  componentAppId: 'wxbbd3f07e2945cf2a',
  preAuthCode: 'preauthcode@@@a-B_9',
  redirectUrl: 'https://wx.example.com/authorize/callback?attempt=0123456789abcdef0123',
  authType: 'all',
};

describe('the PC link', () => {
  test('is written byte for byte', () => {
    expect(pcLink('https://mp.weixin.qq.com', OPTIONS)).toBe(
      'https://mp.weixin.qq.com/cgi-bin/componentloginpage?component_appid=wxbbd3f07e2945cf2a&pre_auth_code=preauthcode@@@a-B_9&redirect_uri=https%3A%2F%2Fwx.example.com%2Fauthorize%2Fcallback%3Fattempt%3D0123456789abcdef0123&auth_type=3',
    );
  });

  test('names the one account that may be authorized', () => {
    expect(pcLink('https://mp.weixin.qq.com', { ...OPTIONS, authType: 'mp', bizAppId: 'wx570bc396a51b8ff8' })).toBe(
      'https://mp.weixin.qq.com/cgi-bin/componentloginpage?component_appid=wxbbd3f07e2945cf2a&pre_auth_code=preauthcode@@@a-B_9&redirect_uri=https%3A%2F%2Fwx.example.com%2Fauthorize%2Fcallback%3Fattempt%3D0123456789abcdef0123&auth_type=1&biz_appid=wx570bc396a51b8ff8',
    );
  });
});

describe('the permission sets', () => {
  test.each([
    ['PC', pcLink],
    ['mobile', mobileLink],
  ])('of a %s link are joined by |, encoded, and before the fragment', (_name, link) => {
    const url = link('https://h', { ...OPTIONS, permissionSets: [15, 11] });
    expect(url).toContain('&category_id_list=15%7C11');
    expect(new URL(url).searchParams.get('category_id_list')).toBe('15|11');
    expect(url.endsWith('#wechat_redirect')).toBe(link === mobileLink);
  });
});

describe('the mobile link', () => {
  test('is written byte for byte', () => {
    expect(mobileLink('https://open.weixin.qq.com', OPTIONS)).toBe(
      'https://open.weixin.qq.com/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&component_appid=wxbbd3f07e2945cf2a&pre_auth_code=preauthcode@@@a-B_9&redirect_uri=https%3A%2F%2Fwx.example.com%2Fauthorize%2Fcallback%3Fattempt%3D0123456789abcdef0123&auth_type=3#wechat_redirect',
    );
  });

  test('keeps its fragment last, after the account', () => {
    expect(mobileLink('https://open.weixin.qq.com', { ...OPTIONS, bizAppId: 'wx570bc396a51b8ff8' })).toBe(
      'https://open.weixin.qq.com/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&component_appid=wxbbd3f07e2945cf2a&pre_auth_code=preauthcode@@@a-B_9&redirect_uri=https%3A%2F%2Fwx.example.com%2Fauthorize%2Fcallback%3Fattempt%3D0123456789abcdef0123&auth_type=3&biz_appid=wx570bc396a51b8ff8#wechat_redirect',
    );
  });
});

describe.each([
  ['PC', pcLink],
  ['mobile', mobileLink],
])('every %s link', (_name, link) => {
  test.each<[AuthType, string]>([
    ['mp', '1'],
    ['mini', '2'],
    ['all', '3'],
    ['promoter', '4'],
    ['channels', '5'],
    ['any', '6'],
    ['seller', '8'],
  ])('asks for %s accounts with auth_type %s', (authType, number) => {
    const url = new URL(link('https://h', { ...OPTIONS, authType }));
    expect(url.searchParams.getAll('auth_type')).toEqual([number]);
  });

  test.each([
    'https://wx.example.com/cb?attempt=a&b=c#d',
    'https://wx.example.com/a b/票据',
    'https://wx.example.com/cb?mail=a@b',
    'https://wx.example.com/cb?x=1+2&y=50%25',
    "https://wx.example.com/cb?q='#wechat_redirect",
  ])('carries the redirect whole: %s', (redirect) => {
    const text = link('https://h', { ...OPTIONS, redirectUrl: redirect });
    expect(new URL(text).searchParams.get('redirect_uri')).toBe(redirect);
    expect(text.match(/redirect_uri=([^&#]*)/)?.[1]).not.toMatch(/[:/?=@+ #]/);
  });

  test('without an account to choose has no biz_appid', () => {
    expect(link('https://h', OPTIONS)).not.toContain('biz_appid');
    expect(link('https://h', { ...OPTIONS, bizAppId: '' })).not.toContain('biz_appid');
  });
});

describe('our own links', () => {
  test('are written byte for byte', () => {
    expect(redirectUrl('https://wx.example.com', 'abc')).toBe('https://wx.example.com/authorize/callback?attempt=abc');
    expect(launchUrl('https://wx.example.com', 'abc')).toBe('https://wx.example.com/authorize/abc');
  });

  test('name an attempt by the digest of its pre-auth code', () => {
    // printf 'preauthcode@@@a-B_9' | sha256sum
    expect(attemptIdOf('preauthcode@@@a-B_9')).toBe('8c346d176f634efcf364');
    expect(attemptIdOf('preauthcode@@@a-B_8')).not.toBe(attemptIdOf('preauthcode@@@a-B_9'));
  });
});

describe('a pasted code', () => {
  const BACK = 'https://wx.example.com/authorize/callback';

  test.each([
    ['bare', 'queryauthcode@@@a-B_9', { code: 'queryauthcode@@@a-B_9' }],
    ['with %40', 'queryauthcode%40%40%40a-B_9', { code: 'queryauthcode@@@a-B_9' }],
    ['with space around it', ' \nqueryauthcode@@@a-B_9\r\n', { code: 'queryauthcode@@@a-B_9' }],
    ['beginning with letters of its prefix', 'queryauthcode@@@queryauth', { code: 'queryauthcode@@@queryauth' }],
    [
      'in the whole URL',
      `${BACK}?attempt=abc&auth_code=queryauthcode@@@a-B_9&expires_in=3600`,
      { code: 'queryauthcode@@@a-B_9', attemptId: 'abc' },
    ],
    [
      'in the whole URL with %40',
      `${BACK}?attempt=abc&auth_code=queryauthcode%40%40%40a-B_9&expires_in=3600`,
      { code: 'queryauthcode@@@a-B_9', attemptId: 'abc' },
    ],
    ['in a URL without attempt', `${BACK}?auth_code=queryauthcode@@@a`, { code: 'queryauthcode@@@a' }],
    [
      'in a URL with capitals and a port',
      'HTTP://LOCALHOST:7788/cb?auth_code=queryauthcode@@@a',
      { code: 'queryauthcode@@@a' },
    ],
    [
      'in a URL with a plus, which is no space',
      `${BACK}?auth_code=queryauthcode@@@a+b`,
      { code: 'queryauthcode@@@a+b' },
    ],
  ])('is read %s', (_name, pasted, expected) => {
    expect(readPastedCode(pasted)).toStrictEqual(expected);
  });

  test.each([
    ['nothing', ''],
    ['space', ' \n'],
    ['too short a word', 'short'],
    ['words', 'the code is queryauthcode@@@a'],
    ['two lines', 'queryauthcode@@@a\nqueryauthcode@@@b'],
    ['quotes', '"queryauthcode@@@a"'],
    ['markup', '<queryauthcode@@@a>'],
    ['Chinese', '授权码授权码授权码授权码'],
    ['more than a code can be', 'a'.repeat(513)],
    ['a URL without code', `${BACK}?attempt=abc`],
    ['a URL with an empty code', `${BACK}?attempt=abc&auth_code=`],
    ['a URL that is none', 'https://'],
    ['another scheme', 'javascript:queryauthcode@@@a'],
  ])('is not found in %s', (_name, pasted) => {
    expect(readPastedCode(pasted)).toBeUndefined();
  });
});
