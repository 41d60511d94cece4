import { describe, expect, it } from 'vitest';
import {
  authorizedPage,
  launchPage,
  messagePage,
  pageLang,
  browserOf,
  receivedPage,
  type Page,
  type Browser,
} from '../../src/listener/pages.ts';
import { text, type Lang } from '../../src/sentences/text.ts';

describe('the language of a page', () => {
  it.each<[string, Lang]>([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['zh', 'zh'],
    ['ZH-tw', 'zh'],
    ['zh-Hans-CN', 'zh'],
    ['fr-FR,fr;q=0.9,zh-CN;q=0.8', 'zh'],
    ['ja,zh-CN;q=0.9,en;q=0.8', 'zh'],
    ['en-US,en;q=0.9', 'en'],
    ['en-US,en;q=0.9,zh-CN;q=0.8', 'en'],
    ['fr-FR,fr;q=0.9', 'en'],
    ['', 'en'],
    ['*', 'en'],
  ])('%j → %s', (header, lang) => {
    expect(pageLang(header)).toBe(lang);
  });
});

describe('the place where a page is opened', () => {
  const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36';
  it.each<[string, string, Browser]>([
    ['Chrome on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome}`, 'desktop'],
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 'desktop'],
    ['nothing at all', '', 'desktop'],
    [
      'Safari on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
      'phone',
    ],
    [
      'Chrome on Android',
      `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${chrome.replace('Safari', 'Mobile Safari')}`,
      'phone',
    ],
    [
      'WeChat on an iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.42(0x18002a2a) NetType/WIFI Language/zh_CN',
      'wechat',
    ],
    [
      'WeChat on Android',
      `Mozilla/5.0 (Linux; Android 13; V2183A) ${chrome.replace('Safari', 'Mobile Safari')} XWEB/1160065 MMWEBSDK/20231202 MMWEBID/1 MicroMessenger/8.0.47.2560(0x28002F30) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64`,
      'wechat',
    ],
    [
      'WeChat for Windows',
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} MicroMessenger/7.0.20.1781(0x6700143B) NetType/WIFI MiniProgramEnv/Windows WindowsWechat/WMPF WindowsWechat(0x63090a13) UnifiedPCWindowsWechat(0xf2541022) XWEB/16467`,
      'desktop',
    ],
    [
      'WeChat for Mac',
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${chrome} MicroMessenger/6.8.0(0x16080000) NetType/WIFI MiniProgramEnv/Mac MacWechat/WMPF MacWechat/3.8.7(0x13080712) UnifiedPCMacWechat(0xf2641721) XWEB/18788`,
      'desktop',
    ],
    [
      'WeChat for Linux',
      `Mozilla/5.0 (X11; Linux x86_64) ${chrome} MicroMessenger/7.0.20.1781(0x6700143B) NetType/WIFI MiniProgramEnv/Windows WindowsWechat/WMPF WindowsWechat(0x63090a13) UnifiedPCLinuxWechat(0xf2741104) XWEB/14910`,
      'desktop',
    ],
  ])('%s', (_, agent, place) => {
    expect(browserOf(agent)).toBe(place);
  });
});

const LINKS = {
  pcUrl: 'https://mp.example/cgi-bin/componentloginpage?a=1&b=2',
  mobileUrl: 'https://open.example/wxaopen/safe/bindcomponent?a=1&b=2#wechat_redirect',
};
const ACCOUNT = { nickName: 'Tea & Co', appId: 'wx0123456789abcdef', funcInfo: [1, 15, 9999] };
const launch = (lang: Lang, browser: Browser): Page => launchPage({ lang, browser, links: LINKS, minutesLeft: 9 });

const PAGES: [name: string, make: (lang: Lang) => Page][] = [
  ['launch in WeChat', (lang) => launch(lang, 'wechat')],
  ['launch on a phone', (lang) => launch(lang, 'phone')],
  ['launch on a desktop', (lang) => launch(lang, 'desktop')],
  ['authorized', (lang) => authorizedPage(lang, ACCOUNT)],
  ['received', (lang) => receivedPage(lang)],
  [
    'message',
    (lang) => messagePage(lang, 410, text('Link expired', '链接已过期'), text('Ask for a new one.', '请重新获取。')),
  ],
];

describe.each(PAGES)('the page: %s', (_, make) => {
  it('speaks English to readers of English', () => {
    const { html } = make('en');
    expect(html).toContain('<html lang="en">');
    expect(html).not.toMatch(/\p{Script=Han}/u);
  });

  it('speaks Chinese to readers of Chinese', () => {
    const { html } = make('zh');
    expect(html).toContain('<html lang="zh-CN">');
    expect(/<h1>(.*)<\/h1>/.exec(html)?.[1]).toMatch(/^\p{Script=Han}+$/u);
    expect(/<title>(.*)<\/title>/.exec(html)?.[1]).toMatch(/^\p{Script=Han}+$/u);
  });

  it('is whole by itself: no script, nothing from elsewhere', () => {
    const { html } = make('en');
    expect(html).toMatch(/^<!doctype html>\n[^]*<\/html>\n$/);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|@import|url\(/i);
    expect(html).toContain('<meta name="robots" content="noindex">');
  });
});

describe('the launch page', () => {
  it('says how long the link works', () => {
    expect(launch('en', 'desktop').html).toContain('9 more minutes');
    expect(launch('zh', 'desktop').html).toContain('9 分钟');
  });

  it('keeps the Referer that WeChat checks', () => {
    const page = launch('en', 'desktop');
    expect(page.referrerPolicy).toBe('origin');
    expect(page.html).toContain('<meta name="referrer" content="origin">');
  });

  it('never offers the mobile link where it cannot open', () => {
    expect(launch('en', 'desktop').html).not.toContain('wechat_redirect');
    expect(launch('en', 'wechat').html).toContain('b=2#wechat_redirect"');
  });

  it('escapes its links', () => {
    const html = launchPage({
      lang: 'en',
      browser: 'desktop',
      links: { pcUrl: 'https://mp.example/?a=1&b="><script>', mobileUrl: '' },
      minutesLeft: 1,
    }).html;
    expect(html).toContain('href="https://mp.example/?a=1&amp;b=&quot;&gt;&lt;script&gt;"');
  });
});

describe('the result page', () => {
  it('names the account and what it granted, in words', () => {
    const { html, status } = authorizedPage('en', ACCOUNT);
    expect(status).toBe(200);
    expect(html).toContain('<strong>Tea &amp; Co</strong>');
    expect(html).toContain('wx0123456789abcdef');
    expect(html).toContain('<li>custom menus</li>');
    expect(html).toContain('<li>permission set 9999</li>');
    expect(authorizedPage('zh', ACCOUNT).html).toContain('<li>自定义菜单</li>');
  });

  it('of an account whose name is not known names its appid', () => {
    const { html } = authorizedPage('en', { ...ACCOUNT, nickName: '', funcInfo: [] });
    expect(html).toContain('<strong>wx0123456789abcdef</strong>');
    expect(html).not.toContain('<ul>');
  });

  it('has a Referer for nobody', () => {
    for (const page of [authorizedPage('en', ACCOUNT), receivedPage('en')]) {
      expect(page.referrerPolicy).toBe('no-referrer');
      expect(page.html).toContain('<meta name="referrer" content="no-referrer">');
    }
  });

  it('reloads itself while the exchange goes on, and only then', () => {
    expect(receivedPage('en').html).toContain('<meta http-equiv="refresh" content="2">');
    expect(authorizedPage('en', ACCOUNT).html).not.toContain('http-equiv="refresh"');
  });

  it('escapes what a failure says', () => {
    const page = messagePage('en', 400, text('Failed', '失败'), text('<b>61009</b>', '61009'));
    expect(page.status).toBe(400);
    expect(page.html).toContain('&lt;b&gt;61009&lt;/b&gt;');
  });
});
