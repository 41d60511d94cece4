/**
 * The launch page (授权发起页) and the result page. Self-contained: no script, no third-party asset.
 *
 * WeChat compares the host of the page that the merchant comes from (the Referer) with that of the redirect_uri and with
 * the configured 授权发起页域名. A pasted link sends no Referer, so the merchant must click a real link on this page.
 */
import { permissionName } from '../protocol/permissions.ts';
import { escapeHtml } from '../sentences/escape-html.ts';
import { inLang, type Lang, type Text } from '../sentences/text.ts';

export interface Page {
  status: number;
  html: string;
  /** `origin` sends the Referer that WeChat checks; a page with a code in its address sends none. */
  referrerPolicy: 'origin' | 'no-referrer';
}

/** Where a page is opened, which decides the link that can work. */
export type Browser = 'wechat' | 'phone' | 'desktop';

/** WeChat for desktop calls itself MicroMessenger too, but cannot open the mobile link. */
export function browserOf(userAgent: string): Browser {
  if (/MicroMessenger/i.test(userAgent) && !/WindowsWechat|MacWechat/i.test(userAgent)) return 'wechat';
  return /Android|iPhone|iPad|Mobile/i.test(userAgent) ? 'phone' : 'desktop';
}

/** Chinese when it is listed before English, otherwise English. */
export function pageLang(acceptLanguage: string): Lang {
  const zh = acceptLanguage.search(/\bzh\b/i);
  const en = acceptLanguage.search(/\ben\b/i);
  return zh >= 0 && (en < 0 || zh < en) ? 'zh' : 'en';
}

export interface LaunchOptions {
  lang: Lang;
  browser: Browser;
  links: { pcUrl: string; mobileUrl: string };
  minutesLeft: number;
}

export function launchPage({ lang, browser, links, minutesLeft }: LaunchOptions): Page {
  const say = (en: string, zh: string): string => (lang === 'zh' ? zh : en);
  const desktop = say('Authorize on this computer', '在电脑上授权');
  const button = {
    wechat: link(links.mobileUrl, say('Authorize in WeChat', '在微信中授权'), 'main'),
    desktop: link(links.pcUrl, desktop, 'main'),
    phone: link(links.pcUrl, desktop, 'other'),
  };
  const steps = {
    wechat: say(
      'Tap the button, choose your account and confirm. You must be its administrator.',
      '点击按钮，选择您的帐号并确认。须由帐号管理员操作。',
    ),
    desktop: say(
      "Click the button, then scan the code with the WeChat of the account's administrator. A copied link does not work there: it has to be clicked on this page.",
      '点击按钮，由帐号管理员用微信扫码确认。请勿复制链接打开：必须在本页点击。',
    ),
    phone: say(
      'Open this page inside WeChat: send its address to yourself in a chat and tap it there, or scan its code with WeChat.',
      '请在微信中打开本页：把网址发到微信聊天中再点开，或用微信扫描二维码。',
    ),
  };
  return page({ lang, referrerPolicy: 'origin', title: say('Authorize your account', '授权您的帐号') }, [
    `<p>${steps[browser]}</p>`,
    button[browser],
    `<p class="quiet">${say(`This link works for ${minutesLeft} more minutes, once.`, `本链接还有 ${minutesLeft} 分钟有效，仅可使用一次。`)}</p>`,
  ]);
}

export interface AuthorizedAccount {
  nickName: string;
  appId: string;
  funcInfo: number[];
}

export function authorizedPage(lang: Lang, { nickName, appId, funcInfo }: AuthorizedAccount): Page {
  const say = (en: string, zh: string): string => (lang === 'zh' ? zh : en);
  const sets = funcInfo.map((id) => `<li>${escapeHtml(inLang(permissionName(id), lang))}</li>`).join('');
  return page({ lang, title: say('Authorized', '授权成功') }, [
    `<p><strong>${escapeHtml(nickName || appId)}</strong><br><span class="quiet">${escapeHtml(appId)}</span></p>`,
    sets ? `<p>${say('Granted:', '已授予权限集：')}</p><ul>${sets}</ul>` : '',
    `<p>${say('You can close this page.', '可以关闭本页。')}</p>`,
  ]);
}

/** Shown when the exchange takes longer than a person should wait; the page reloads itself. */
export function receivedPage(lang: Lang): Page {
  const say = (en: string, zh: string): string => (lang === 'zh' ? zh : en);
  const head = '<meta http-equiv="refresh" content="2">';
  return page({ lang, title: say('Received', '已收到授权'), head }, [
    `<p>${say('Finishing… this page reloads itself.', '正在处理……页面会自动刷新。')}</p>`,
  ]);
}

export function messagePage(lang: Lang, status: number, title: Text, sentence: Text): Page {
  return page({ lang, status, title: inLang(title, lang) }, [`<p>${escapeHtml(inLang(sentence, lang))}</p>`]);
}

const STYLE = `:root{color-scheme:light dark}
body{font:17px/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei",sans-serif;margin:0;padding:12vh 24px;display:flex;justify-content:center}
main{max-width:26em;width:100%}
h1{font-size:1.5em;line-height:1.25;margin:0 0 .6em}
a{display:block;text-align:center;padding:.8em 1em;border-radius:10px;text-decoration:none;margin:1.2em 0;overflow-wrap:anywhere}
a.main{background:#07793f;color:#fff;font-weight:600}
a.other{border:1px solid currentColor;color:inherit}
ul{padding-left:1.2em}
.quiet{opacity:.72;font-size:.85em}`;

interface Frame {
  lang: Lang;
  status?: number;
  referrerPolicy?: Page['referrerPolicy'];
  title: string;
  head?: string;
}

function page({ lang, status = 200, referrerPolicy = 'no-referrer', title, head = '' }: Frame, body: string[]): Page {
  const html = `<!doctype html>
<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="${referrerPolicy}">
<meta name="robots" content="noindex">
${head}<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body><main>
<h1>${escapeHtml(title)}</h1>
${body.filter(Boolean).join('\n')}
</main></body>
</html>
`;
  return { status, html, referrerPolicy };
}

const link = (url: string, label: string, kind: 'main' | 'other'): string =>
  `<a class="${kind}" href="${escapeHtml(url)}">${escapeHtml(label)}</a>`;
