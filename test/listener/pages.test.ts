import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { browserOf, pageLang, type Browser } from '../../src/listener/pages/browser.ts';
import { launchPage } from '../../src/listener/pages/launch-page.ts';
import { busyPage, expiredPage, failedPage, receivedPage, unknownPage } from '../../src/listener/pages/notice-pages.ts';
import type { Operator, Page } from '../../src/listener/pages/page.ts';
import { authorizedPage } from '../../src/listener/pages/result-pages.ts';
import type { Lang } from '../../src/sentences/text.ts';

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
const URL_OF_PAGE = 'https://wx.example.com/authorize/0123456789abcdef0123';
const LOGO = { type: 'image/png', bytes: Buffer.from('logo') } as const;
const NAMED: Operator = { name: 'Spring <Cloud>', logo: LOGO, permissionSets: [15, 11] };

const launch = (lang: Lang, browser: Browser, operator: Operator = {}): Page =>
  launchPage({ lang, operator, browser, links: LINKS, url: URL_OF_PAGE, code: Buffer.from('png'), secondsLeft: 540 });
const authorized = (lang: Lang, account = ACCOUNT, operator: Operator = {}): Page =>
  authorizedPage({ lang, operator, address: '/authorize/0123456789abcdef0123' }, account);

const PAGES: [name: string, make: (lang: Lang, operator?: Operator) => Page][] = [
  ['launch in WeChat', (lang, operator) => launch(lang, 'wechat', operator)],
  ['launch on a phone', (lang, operator) => launch(lang, 'phone', operator)],
  ['launch on a desktop', (lang, operator) => launch(lang, 'desktop', operator)],
  ['authorized', (lang, operator) => authorized(lang, ACCOUNT, operator)],
  ['received', (lang, operator = {}) => receivedPage({ lang, operator })],
  ['expired', (lang, operator = {}) => expiredPage({ lang, operator })],
  ['unknown, with a standing link', (lang, operator = {}) => unknownPage({ lang, operator, again: '/authorize' })],
  ['failed', (lang, operator = {}) => failedPage({ lang, operator }, '2bd66e51')],
  ['busy', (lang, operator = {}) => busyPage({ lang, operator }, 503)],
];

/** Without what is marked as written in the other language. */
const inItsLanguage = (html: string): string => html.replaceAll(/<(a|p|span)\b[^>]* lang="[^]*?<\/\1>/g, '');
/** What a reader sees of it. */
const textOf = (html: string): string => html.replaceAll(/<(style|script)>[^]*?<\/\1>|<[^>]*>/g, ' ');

describe.each(PAGES)('the page: %s', (_, make) => {
  it('speaks English to readers of English, and marks what is Chinese', () => {
    const { html } = make('en');
    expect(html).toContain('<html lang="en">');
    expect(inItsLanguage(html)).not.toMatch(/\p{Script=Han}/u);
  });

  it('speaks Chinese to readers of Chinese, and marks what is English', () => {
    const { html } = make('zh');
    expect(html).toContain('<html lang="zh-CN">');
    expect(/<h1>(.*)<\/h1>/.exec(html)?.[1]).toMatch(/^\p{Script=Han}+$/u);
    expect(/<title>(.*)<\/title>/.exec(html)?.[1]).toMatch(/^\p{Script=Han}+$/u);
    const words = textOf(inItsLanguage(html)).replaceAll(/https?:\S+|mp\.weixin\.qq\.com|wx\w{16}|Tea &amp; Co/g, '');
    expect(words).not.toMatch(/[a-z]{3}/i);
  });

  it('can be read in the other language: by a switch, or because it says both', () => {
    for (const lang of ['en', 'zh'] as const) {
      const { html } = make(lang);
      const other = lang === 'en' ? 'zh' : 'en';
      expect(html.includes(`?lang=${other}"`) || html.includes('class="quiet twin" lang="')).toBe(true);
    }
  });

  it('has one heading of the first order, and no text of a size in pixels', () => {
    const { html } = make('en', NAMED);
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect(html).not.toMatch(/font(?:-size)?:[^;}]*px|text-size-adjust/);
  });

  it('is whole by itself: nothing from elsewhere, and no script that its policy does not name', () => {
    for (const operator of [{}, NAMED]) {
      const { html, allows } = make('en', operator);
      expect(html).toMatch(/^<!doctype html>\n[^]*<\/html>\n$/);
      expect(html).not.toMatch(/<link|<iframe|@import|url\(|\son\w+=/i);
      for (const [, source = ''] of html.matchAll(/\ssrc="([^"]*)"/g)) {
        expect(source).toMatch(/^(?:data:image\/png;base64,|\/authorize\/logo$)/);
        expect(allows).toContain("img-src 'self' data:");
      }
      for (const [, script = ''] of html.matchAll(/<script>([^]*?)<\/script>/g)) {
        expect(allows).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
      }
      expect(html).toContain('<meta name="robots" content="noindex">');
    }
  });

  it('says who asks, with the logo, as text and never as markup', () => {
    const { html } = make('en', NAMED);
    expect(html).toContain('<img src="/authorize/logo" alt=""><span>Spring &lt;Cloud&gt;</span>');
    expect(html).not.toContain('<Cloud>');
    expect(make('en').html).not.toContain('/authorize/logo');
  });
});

describe('the launch page', () => {
  it('says how long the link works, and asks again when it no longer does', () => {
    expect(launch('en', 'desktop').html).toContain('9 more minutes');
    expect(launch('zh', 'desktop').html).toContain('9 分钟');
    expect(launch('zh', 'desktop').html).toContain('<meta http-equiv="refresh" content="541">');
  });

  it('says in words what is asked for, where the operator told, and that WeChat lists all of it', () => {
    for (const browser of ['wechat', 'phone', 'desktop'] as const) {
      const { html } = launch('zh', browser, { ...NAMED, name: '春云科技' });
      expect(html).toContain('<h1>授权春云科技管理您的帐号</h1>');
      expect(html).toContain('春云科技申请以下权限集：');
      expect(html).toContain('<li>自定义菜单</li><li>素材管理</li>');
      expect(launch('en', browser).html).toContain('WeChat lists every permission set on the next page');
      expect(launch('en', browser).html).not.toContain('<li>custom menus');
    }
  });

  it('puts blanks between Chinese and a Latin name', () => {
    expect(launch('zh', 'wechat', { name: 'Spring' }).html).toContain('<h1>授权 Spring 管理您的帐号</h1>');
    expect(launch('zh', 'wechat', { name: 'Spring' }).html).toContain('<p>Spring 申请代您管理');
  });

  it('keeps the Referer that WeChat checks', () => {
    const page = launch('en', 'desktop');
    expect(page.referrerPolicy).toBe('origin');
    expect(page.html).toContain('<meta name="referrer" content="origin">');
  });

  it('never offers the mobile link where it cannot open', () => {
    expect(launch('en', 'desktop').html).not.toContain('wechat_redirect');
    expect(launch('en', 'phone').html).not.toContain('wechat_redirect');
    expect(launch('en', 'wechat').html).toContain('b=2#wechat_redirect"');
  });

  it('gives another browser on a phone its address as text, as a button to copy and as a QR code', () => {
    const { html } = launch('zh', 'phone');
    expect(html).toContain(`id="address">${URL_OF_PAGE}</span>`);
    expect(html).toContain('复制网址</button>');
    expect(html).toContain('<img class="code"');
    expect(html).toContain('文件传输助手');
  });

  it('escapes its links', () => {
    const html = launchPage({
      lang: 'en',
      operator: {},
      browser: 'desktop',
      links: { pcUrl: 'https://mp.example/?a=1&b="><script>', mobileUrl: '' },
      url: URL_OF_PAGE,
      secondsLeft: 60,
    }).html;
    expect(html).toContain('href="https://mp.example/?a=1&amp;b=&quot;&gt;&lt;script&gt;"');
    expect(html).toContain('1 more minute,');
  });
});

describe('the result page', () => {
  it('names the account and what it granted to whom, in words, and how to cancel', () => {
    const { html, status } = authorized('en', ACCOUNT, NAMED);
    expect(status).toBe(200);
    expect(html).toContain('<strong>Tea &amp; Co</strong>');
    expect(html).toContain('wx0123456789abcdef');
    expect(html).toContain('You granted Spring &lt;Cloud&gt;:');
    expect(html).toContain('<li>custom menus</li>');
    expect(html).toContain('<li>permission set 9999</li>');
    expect(html).toContain('mp.weixin.qq.com');
    expect(authorized('zh').html).toContain('<li>自定义菜单</li>');
  });

  it('of an account whose name is not known names its appid, and says where nothing was granted', () => {
    const { html } = authorized('en', { ...ACCOUNT, nickName: '', funcInfo: [] });
    expect(html).toContain('<strong>wx0123456789abcdef</strong>');
    expect(html).not.toContain('<ul');
    expect(html).toContain('no permission set');
  });

  it('has a Referer for nobody', () => {
    for (const page of [authorized('en'), receivedPage({ lang: 'en', operator: {} })]) {
      expect(page.referrerPolicy).toBe('no-referrer');
      expect(page.html).toContain('<meta name="referrer" content="no-referrer">');
    }
  });

  it('reloads itself while the exchange goes on, and only then', () => {
    expect(receivedPage({ lang: 'en', operator: {} }).html).toContain('<meta http-equiv="refresh" content="2">');
    expect(authorized('en').html).not.toContain('http-equiv="refresh"');
  });
});

describe('a page that something is over', () => {
  it('says whom to ask, or begins again where the operator keeps a standing link', () => {
    expect(expiredPage({ lang: 'en', operator: { name: 'Spring' } }).html).toContain('Ask Spring for a new one.');
    expect(expiredPage({ lang: 'zh', operator: {} }).html).toContain('请联系服务商重新获取。');
    const { html } = expiredPage({ lang: 'en', operator: {}, again: '/authorize' });
    expect(html).toContain('<a class="main" href="/authorize">Start again</a>');
    expect(html).not.toContain('Ask ');
  });
});
