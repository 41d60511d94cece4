/**
 * The launch page (授权发起页): who asks, what for, and the one thing to do in the browser that shows it.
 *
 * WeChat compares the host of the page that the merchant comes from (the Referer) with that of the redirect_uri and with
 * the configured 授权发起页域名. A pasted link sends no Referer, so the merchant must click a real link on this page.
 */
import { createHash } from 'node:crypto';
import { escapeHtml } from '../../sentences/escape-html.ts';
import { en, text, zh, type Lang, type Text } from '../../sentences/text.ts';
import type { Browser } from './browser.ts';
import { nameOf, page, paragraph, written, type Look, type Operator, type Page } from './page.ts';
import { howToCancel, permissionList } from './result-pages.ts';

export interface LaunchOptions extends Look {
  browser: Browser;
  links: { pcUrl: string; mobileUrl: string };
  /** Of this page, as the internet reaches it. */
  url: string;
  /** A QR code of `url` as PNG, where it can be of use. */
  code?: Buffer;
  secondsLeft: number;
  /** The only account that the link is for. */
  bizAppId?: string;
}

export function launchPage(options: LaunchOptions): Page {
  const { lang, operator, browser, secondsLeft, bizAppId } = options;
  return page(
    {
      lang,
      operator,
      referrerPolicy: 'origin',
      title: titleOf(operator),
      address: '',
      // By then it is expired, and says so.
      reload: secondsLeft + 1,
      allows: [
        ...(browser === 'wechat' || operator.logo ? [] : ["img-src 'self' data:"]),
        ...(browser === 'phone' ? [`script-src 'sha256-${digestOf(COPY)}'`] : []),
      ],
    },
    [
      paragraph(whoAsks(operator), lang),
      bizAppId === undefined ? '' : paragraph(onlyFor(bizAppId), lang),
      // Another browser shows it again, where it can be decided.
      ...(browser === 'phone' ? [] : permissions(operator, lang)),
      ...WAYS[browser](options),
      ...(browser === 'phone' ? permissions(operator, lang) : []),
      paragraph(lifeOf(secondsLeft), lang, 'quiet'),
      howToCancel(lang),
    ],
  );
}

function titleOf(operator: Operator): Text {
  if (operator.name === undefined) return text('Authorize your account', '授权您的帐号');
  const name = nameOf(operator);
  return text(en`Authorize ${name}`, zh`授权${name}管理您的帐号`);
}

function whoAsks(operator: Operator): Text {
  const name =
    operator.name === undefined
      ? text('The service provider who sent you this link', '向您发送此链接的服务商')
      : nameOf(operator);
  return text(
    en`${name} asks to manage your official account or mini program for you.`,
    zh`${name}申请代您管理公众号或小程序。`,
  );
}

const onlyFor = (appId: string): Text =>
  text(`This link is only for the account ${appId}.`, `本链接仅用于帐号 ${appId}。`);

const TO_BE_GRANTED = text('What you will grant', '将授予的权限');
const LISTED_BY_WECHAT = text(
  'WeChat lists every permission set on the next page, before anything is granted. You can untick what you do not want to grant.',
  '在您确认之前，微信会在下一页列出全部权限集，您可以取消勾选不想授予的权限。',
);
const NO_PASSWORD = text('Your password is not part of it.', '授权不会用到您的登录密码。');

function permissions(operator: Operator, lang: Lang): string[] {
  const { permissionSets = [] } = operator;
  const name = nameOf(operator);
  const asked = text(en`${name} asks for these permission sets:`, zh`${name}申请以下权限集：`);
  return [
    `<h2>${written(TO_BE_GRANTED, lang)}</h2>`,
    ...(permissionSets.length > 0 ? [paragraph(asked, lang), permissionList(permissionSets, lang)] : []),
    paragraph(text(en`${LISTED_BY_WECHAT} ${NO_PASSWORD}`, zh`${LISTED_BY_WECHAT}${NO_PASSWORD}`), lang),
  ];
}

function lifeOf(seconds: number): Text {
  const minutes = Math.max(1, Math.round(seconds / 60));
  return text(
    `This link works for ${minutes} more ${minutes === 1 ? 'minute' : 'minutes'}, once.`,
    `本链接还有 ${minutes} 分钟有效，仅可使用一次。`,
  );
}

/** What to do, in each kind of browser. */
const WAYS: Record<Browser, (options: LaunchOptions) => string[]> = {
  wechat: ({ lang, links }) => [
    paragraph(IN_WECHAT, lang),
    button(links.mobileUrl, text('Authorize in WeChat', '在微信中授权'), lang, 'main'),
  ],
  desktop: ({ lang, links, code }) => [
    paragraph(ON_DESKTOP, lang),
    button(links.pcUrl, text('Authorize on this computer', '在电脑上授权'), lang, 'main'),
    `<h2>${written(text('Or on the phone', '或在手机上授权'), lang)}</h2>`,
    paragraph(SCAN_THIS, lang),
    picture(code, lang),
  ],
  phone: ({ lang, links, url, code }) => [
    `<h2>${written(text('Open this page in WeChat', '请在微信中打开本页'), lang)}</h2>`,
    paragraph(ADMINISTRATOR, lang),
    '<ol>',
    `<li>${written(text("Copy this page's address:", '复制本页网址：'), lang)}`,
    `<span class="address" id="address">${escapeHtml(url)}</span>`,
    `<button type="button" class="main" id="copy" aria-live="polite" data-done="${written(COPIED, lang)}" hidden>${written(text('Copy the address', '复制网址'), lang)}</button></li>`,
    `<li>${written(SEND_TO_YOURSELF, lang)}</li>`,
    '</ol>',
    `<h2>${written(text('Or by QR code', '或使用二维码'), lang)}</h2>`,
    paragraph(SAVE_THE_CODE, lang),
    picture(code, lang),
    `<h2>${written(text('On a tablet', '使用平板电脑'), lang)}</h2>`,
    paragraph(SCAN_FROM_HERE, lang),
    button(links.pcUrl, text("Show WeChat's code", '显示授权二维码'), lang, 'other'),
    `<script>${COPY}</script>`,
  ],
};

const IN_WECHAT = text(
  'Tap the button, choose your account and confirm. You must be its administrator.',
  '点击按钮，选择您的帐号并确认。须由帐号管理员操作。',
);
const ON_DESKTOP = text(
  "Click the button, then scan the code with the WeChat of the account's administrator. A copied link does not work there: it has to be clicked on this page.",
  '点击按钮，由帐号管理员用微信扫码确认。请勿复制链接打开：必须在本页点击。',
);
const SCAN_THIS = text(
  'The administrator scans this code with WeChat and confirms on the phone.',
  '帐号管理员用微信扫描此二维码，在手机上确认。',
);
const ADMINISTRATOR = text(
  "You can authorize only inside WeChat, on the phone of the account's administrator.",
  '只能在微信中完成授权，且须使用帐号管理员的微信。',
);
const SEND_TO_YOURSELF = text(
  'Send it in WeChat to File Transfer or any chat, and tap it there.',
  '在微信中发送给“文件传输助手”或任意聊天，再点开。',
);
const SAVE_THE_CODE = text(
  "Press and hold the code to save it, then choose it from the album in WeChat's Scan; or scan it with WeChat on another phone.",
  '长按保存二维码图片，在微信“扫一扫”中从相册选取；或用另一部手机的微信扫描。',
);
const SCAN_FROM_HERE = text(
  'WeChat can show its code here; the administrator scans it with a phone.',
  '可在此显示微信的授权二维码，由管理员用手机微信扫描。',
);
const COPIED = text('Copied', '已复制');

const button = (url: string, label: Text, lang: Lang, kind: 'main' | 'other'): string =>
  `<a class="${kind}" href="${escapeHtml(url)}">${written(label, lang)}</a>`;

const picture = (code: Buffer | undefined, lang: Lang): string =>
  code === undefined
    ? ''
    : `<img class="code" width="196" height="196" alt="${written(text("QR code of this page's address", '本页网址的二维码'), lang)}" src="data:image/png;base64,${code.toString('base64')}">`;

/** Without it the address can still be selected as a whole. Copies as old phones do, and without https. */
const COPY = `(function(){var b=document.getElementById('copy'),a=document.getElementById('address');b.hidden=false;b.onclick=function(){var r=document.createRange(),s=getSelection();r.selectNodeContents(a);s.removeAllRanges();s.addRange(r);try{if(document.execCommand('copy'))b.textContent=b.getAttribute('data-done')}catch(e){}}})()`;

const digestOf = (script: string): string => createHash('sha256').update(script).digest('base64');
