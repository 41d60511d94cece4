/**
 * The codes of the consent page, which the merchant's administrator sees. Numbers of their own: -1 is also one of the API's.
 * Source: the page's script, and operators' reports.
 */
import { text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';
import { STEPS } from './steps.ts';

const NEW_LINK = text(
  'Make a new link just before it is opened: `wxop authorize`.',
  '请在打开前重新生成链接：`wxop authorize`。',
);
const RELOAD = text('Reload the page and scan again.', '请刷新页面后重新扫码。');
const STALE = text('The page or its QR code is older than the attempt.', '页面或二维码已过时。');
const TRANSIENT = text('A passing trouble of the page.', '页面的短暂故障。');
const ADMIN = text(
  "Scan with the WeChat of the account's administrator (管理员), not of an operator.",
  '请使用该帐号管理员（而非运营者）的微信扫码。',
);
const RIVAL = text(
  'The merchant first cancels the other component at mp.weixin.qq.com (授权管理).',
  '请商家先在 mp.weixin.qq.com 的“授权管理”中取消其他第三方平台。',
);

export const CONSENT_PAGE: Errcodes = {
  [-1]: entry('backoff', text('the page failed', '授权页系统错误'), TRANSIENT, STEPS.BUSY),
  [-11]: entry(
    'no',
    text('the pre-auth code is not valid', '预授权码无效'),
    text('It expired, is damaged, or is of another component.', '已过期、被破坏，或属于其他第三方平台。'),
    NEW_LINK,
  ),
  [-12]: entry('no', text('the QR code has expired', '二维码失效'), STALE, RELOAD),
  [-13]: entry(
    'no',
    text('a parameter of the link is wrong', '链接参数错误'),
    text(
      'One is missing or not percent-encoded, or the component appid is wrong.',
      '缺少参数、未编码，或 component_appid 有误。',
    ),
    NEW_LINK,
  ),
  [-14]: entry(
    'no',
    text('entry page, redirect and 授权发起页域名 are not the same host', '授权入口页、回调页与授权发起页域名不一致'),
    text(
      'The PC link was pasted, redirected to or put into a QR code: then no Referer is sent (空).',
      'PC 链接被粘贴、跳转或做成二维码打开：此时没有 Referer（空）。',
    ),
    text(
      'Send the launch link of `wxop authorize`, and set its exact host as 授权发起页域名.',
      '请发送 `wxop authorize` 给出的链接，并将其域名原样设为“授权发起页域名”。',
    ),
  ),
  [-15]: entry(
    'backoff',
    text('too many requests', '请求过于频繁'),
    text('The page was opened again and again.', '页面被反复打开。'),
    STEPS.BUSY,
  ),
  [-16]: entry(
    'no',
    text('the redirect address is on the blacklist', '跳转 url 命中黑名单'),
    text('The host of redirect_uri was blocked by WeChat.', 'redirect_uri 的域名被微信屏蔽。'),
    text('Use another host for WXOP_PUBLIC_URL.', '请为 WXOP_PUBLIC_URL 更换域名。'),
  ),
  [-19]: entry('backoff', text('the authorization could not be read', '获取授权信息失败'), TRANSIENT, STEPS.BUSY),
  [-20]: entry(
    'no',
    text('the permission sets did not change', '权限集未发生变化'),
    text('The account has authorized with the same sets already.', '该帐号已用相同权限集授权。'),
    text(
      'Nothing is to be done; to force an event, add or remove a set.',
      '无需处理；如需触发事件，请增减一个权限集。',
    ),
  ),
  [-21]: entry(
    'no',
    text('no administrator is bound', '没有绑定管理员'),
    text('Whoever scanned is not the administrator.', '扫码者不是管理员。'),
    ADMIN,
  ),
  [-22]: entry(
    'no',
    text('the WeChat account is bound to no account', '没有绑定关系'),
    text('Whoever scanned administers no account.', '扫码者不是任何帐号的管理员。'),
    ADMIN,
  ),
  [-23]: entry('backoff', text('the authorization failed', '授权失败'), TRANSIENT, STEPS.BUSY),
  [-24]: entry(
    'no',
    text('the component was stopped', '第三方平台已停止服务'),
    text('It was stopped in the console or by WeChat.', '在控制台停用或被微信停用。'),
    text('See the console (open.weixin.qq.com).', '请查看开放平台控制台（open.weixin.qq.com）。'),
  ),
  [-25]: entry(
    'no',
    text('the account has authorized as many components as it may', '公众号已达到最大授权上限'),
    text('Others are authorized already.', '已授权给其他第三方平台。'),
    RIVAL,
  ),
  [-26]: entry('no', text('the QR code was used already', '二维码已被授权'), STALE, RELOAD),
  [-27]: entry('no', text('the QR code was not authorized', '二维码未授权'), STALE, RELOAD),
  [-28]: entry(
    'no',
    text('the pre-auth code was used already', '预授权码已经被授权过'),
    text('A pre-auth code works once.', '预授权码只能使用一次。'),
    NEW_LINK,
  ),
  [-108]: entry(
    'no',
    text('the account is not on the test list of an unpublished component', '未全网发布，且帐号不在测试列表中'),
    text('Before publishing only listed accounts may authorize.', '全网发布前只有测试列表中的帐号可以授权。'),
    text(
      'Add its original id (gh_…) to 授权测试公众号/小程序列表, or publish (全网发布).',
      '请将其原始 ID（gh_…）加入授权测试列表，或全网发布。',
    ),
  ),
  ...each(
    [-107, -311, -314],
    entry(
      'no',
      text('another component holds an exclusive permission set', '互斥的权限集已授权给其他第三方平台'),
      text('Sets such as 18, 24 and 25 go to one component only.', '18、24、25 等权限集只能授权给一个第三方平台。'),
      RIVAL,
    ),
  ),
};

/** What the page says, where no number is shown: part of its text → code. */
export const CONSENT_TEXTS: [RegExp, number][] = [
  [/PreAuthCode无效/, -11],
  [/二维码失效/, -12],
  [/授权入口页所在域名/, -14],
  [/命中黑名单/, -16],
  [/获取授权信息失败/, -19],
  [/权限集未发生变化/, -20],
  [/没有绑定管理员/, -21],
  [/没有绑定关系|尚未绑定为任何小程序或公众号的管理员/, -22],
  [/第三方平台已停止服务/, -24],
  [/已达到最大授权上限/, -25],
  [/二维码已被授权/, -26],
  [/预授权码已经被授权过/, -28],
  [/非白名单公众号不可授权/, -108],
];
