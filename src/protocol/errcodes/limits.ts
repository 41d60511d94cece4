/** Who may call, from where, and how often. */
import { text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';
import { STEPS } from './steps.ts';

const IP = text('this IP is not on the whitelist', 'IP 不在白名单中');
const NEW_IP = text(
  'The outbound address changed, or the whitelist was saved but not published.',
  '出口 IP 发生变化，或白名单已保存但未全网发布。',
);
const ADMIN_ASKED = text(
  'The administrator of the account must confirm calls from a new address.',
  '帐号管理员需要确认来自新 IP 的调用。',
);
const PUBLISH = text('Publish it in the console (全网发布).', '请在控制台全网发布。');
const CHECKER = text('A field of callback/check.', 'callback/check 的参数。');

export const LIMITS: Errcodes = {
  40090: entry(
    'no',
    text('this IP may not call', 'IP 无效'),
    text('The outbound address changed, or it stands on no list.', '出口 IP 发生变化，或未加入任何名单。'),
    text(
      'Add this IP to the list that counts here: 白名单IP of the third-party platform (and publish), or the IP白名单 of the account at mp.weixin.qq.com.',
      '请将该 IP 加入相应名单：第三方平台的“白名单IP”（并全网发布），或该帐号在 mp.weixin.qq.com 的“IP白名单”。',
    ),
  ),
  40164: entry(
    'no',
    text("this IP is not on the account's own whitelist", 'IP 不在该帐号自己的白名单中'),
    text(
      "A token was asked for with the account's own AppSecret (/cgi-bin/token), not through the third-party platform.",
      '使用了帐号自己的 AppSecret 换取令牌（/cgi-bin/token），而不是通过第三方平台。',
    ),
    text(
      "Add this IP to the account's IP白名单 at mp.weixin.qq.com; 白名单IP of the component does not count here. `wxop token get` does without it.",
      '请将该 IP 加入该帐号的“IP白名单”（mp.weixin.qq.com）；第三方平台的“白名单IP”在此无效。`wxop token get` 则不需要它。',
    ),
  ),
  45035: entry('no', IP, NEW_IP, STEPS.ALLOW_IP),
  61004: entry('no', IP, NEW_IP, STEPS.ALLOW_IP),
  40201: entry(
    'no',
    text('no callback URL is set, or it is not valid', '未设置回调 URL 或 URL 无效'),
    CHECKER,
    text('Set the URLs in the console (开发资料) and publish.', '请在控制台“开发资料”设置 URL 并发布。'),
  ),
  40202: entry(
    'no',
    text('the action is not one of dns, ping, all', 'action 只能是 dns、ping、all'),
    CHECKER,
    text('Name one of them.', '请使用其中之一。'),
  ),
  40203: entry(
    'no',
    text(
      'the operator is not one of CHINANET, UNICOM, CAP, DEFAULT',
      'check_operator 只能是 CHINANET、UNICOM、CAP、DEFAULT',
    ),
    CHECKER,
    text('Name one of them.', '请使用其中之一。'),
  ),
  40243: entry(
    'no',
    text('the AppSecret is frozen', 'AppSecret 已被冻结'),
    text('It was frozen in the console.', 'AppSecret 在控制台被冻结。'),
    text('Unfreeze it in the console.', '请在控制台解冻。'),
  ),
  45009: entry(
    'no',
    text('the daily quota is used up', '当日调用额度已用完'),
    text(
      "Something calls again and again; calls on behalf of an account use the account's own quota.",
      '有程序在反复调用；代帐号的调用消耗该帐号自己的额度。',
    ),
    text(
      'Wait until 00:00 Beijing time, or spend one of ten clears a month: `wxop quota clear`; for api_component_token only `wxop quota clear --component` helps. `wxop quota get` shows what is left.',
      '请等到北京时间 0 点，或使用每月 10 次清零之一：`wxop quota clear`；若为 api_component_token，只能用 `wxop quota clear --component`。`wxop quota get` 可查看剩余额度。',
    ),
  ),
  45011: entry(
    'backoff',
    text('too many calls in this minute', '分钟级调用过于频繁'),
    text('More calls at once than WeChat takes.', '短时间内的调用超过了微信的限制。'),
    text('Slow down, and try again in the next minute.', '请降低频率，下一分钟再试。'),
  ),
  45028: entry(
    'no',
    text('there is no mass-send quota left', '群发次数已用完'),
    text('The mass messages of this period are spent.', '本周期的群发次数已用完。'),
    text('Wait for the next period.', '请等待下一个周期。'),
  ),
  45029: entry(
    'no',
    text('too many QR codes with a scene', '带参数二维码数量超限'),
    text('An account may make 100,000 permanent ones.', '每个帐号最多可创建 10 万个永久二维码。'),
    text('Use temporary ones.', '请改用临时二维码。'),
  ),
  48001: entry(
    'no',
    text('the account may not use this API', '该帐号无此接口权限'),
    text(
      'An unverified account, a permission set that was not granted, or a token of the wrong kind.',
      '帐号未认证、未授予权限集，或使用了错误类型的令牌。',
    ),
    text(
      'Unverified accounts have no menu API; otherwise the permission set is missing: authorize again.',
      '未认证帐号没有菜单接口；否则为缺少权限集，请重新授权。',
    ),
  ),
  48004: entry(
    'no',
    text('the API is banned for this account', '该帐号的接口被封禁'),
    text('WeChat punished a violation.', '因违规被微信处罚。'),
    STEPS.MERCHANT_CONSOLE,
  ),
  48006: entry(
    'no',
    text('the quota was cleared ten times this month', '本月清零次数已用完'),
    text('Clears are shared by all who call for this account.', '清零次数由该帐号的所有调用方共用。'),
    text('Wait until 00:00 Beijing time, when the quota begins anew.', '请等到北京时间 0 点额度恢复。'),
  ),
  48008: entry(
    'no',
    text('the account may not send this kind of message', '无权发送该类型的消息'),
    text('The permission set does not cover it.', '权限集不包含该类型。'),
    STEPS.GRANT,
  ),
  49001: entry(
    'no',
    text("the appid is not that of the token's holder", 'appid 与令牌所属帐号不一致'),
    text('The body names another account than the token.', '正文中的帐号与令牌所属帐号不同。'),
    text('Use the appid and the token of the same account.', '请使用同一帐号的 appid 与令牌。'),
  ),
  50001: entry(
    'no',
    text('the user did not allow this API', '用户未授权该接口'),
    text('A permission that was never granted.', '从未授予该权限。'),
    STEPS.GRANT,
  ),
  50002: entry(
    'no',
    text('the account is frozen', '帐号被冻结或注销'),
    text('WeChat or the merchant closed it.', '帐号被微信冻结或已由商家注销。'),
    STEPS.CONTACT,
  ),
  50007: entry(
    'no',
    text('the account is frozen', '帐号已被冻结'),
    text('WeChat froze it.', '帐号被微信冻结。'),
    STEPS.CONTACT,
  ),
  61002: entry(
    'no',
    text('customer service is not opened', '未开通客服功能'),
    text('The account never switched it on.', '该帐号从未开启。'),
    text('The merchant switches it on at mp.weixin.qq.com.', '请商家在 mp.weixin.qq.com 开通。'),
  ),
  61007: entry(
    'no',
    text('this API was not granted', '该接口未授权给第三方平台'),
    text(
      'The permission set was added later, or another component holds it alone (18, 24, 25).',
      '权限集是后来添加的，或已被其他第三方平台独占（18、24、25）。',
    ),
    STEPS.GRANT,
  ),
  61028: entry(
    'no',
    text('the component is not published', '第三方平台未全网发布'),
    text('Only test accounts may be used before.', '发布前只能使用测试帐号。'),
    PUBLISH,
  ),
  61029: entry(
    'no',
    text('the component must be published again, with the base category', '第三方平台须选择基础类目后重新全网发布'),
    text('Permission sets changed after the last publishing.', '上次发布后权限集发生了变化。'),
    PUBLISH,
  ),
  86000: entry(
    'no',
    text('only a third-party platform may call this', '该接口仅限第三方平台调用'),
    text("It was called with the token of the account's own AppSecret.", '使用了帐号自身的令牌调用。'),
    text("Use the token of `wxop token get`, which is the component's.", '请使用 `wxop token get` 获取的令牌。'),
  ),
  ...each(
    [89501, 89502, 89503, 89504, 89505],
    entry(
      'backoff',
      text('the administrator must first allow this IP', '该 IP 须先由管理员确认'),
      ADMIN_ASKED,
      text('Let the administrator confirm it on the phone, then try again.', '请管理员在手机上确认后重试。'),
    ),
  ),
  89506: entry(
    'no',
    text('the administrator refused this IP twice', '管理员已两次拒绝该 IP'),
    ADMIN_ASKED,
    text('It cannot be used for 24 hours.', '24 小时内不可使用该 IP。'),
  ),
  89507: entry(
    'no',
    text('the administrator refused this IP', '管理员已拒绝该 IP'),
    ADMIN_ASKED,
    text('It cannot be used for one hour.', '1 小时内不可使用该 IP。'),
  ),
  89000: entry(
    'no',
    text('the account is bound to an open account already', '该帐号已绑定开放平台帐号'),
    text('An earlier binding stands.', '此前的绑定仍然有效。'),
    STEPS.CONSOLE,
  ),
  89001: entry(
    'no',
    text('the account and the open account belong to different subjects', '帐号与开放平台帐号主体不一致'),
    text('Two companies.', '属于不同主体。'),
    text('Bind accounts of the same subject only.', '只能绑定同一主体的帐号。'),
  ),
  89002: entry(
    'no',
    text('the account is bound to no open account', '该帐号未绑定开放平台帐号'),
    text('Nothing was bound yet, or it was unbound.', '尚未绑定或已解绑。'),
    text('Create or bind one first.', '请先创建或绑定。'),
  ),
  89003: entry(
    'no',
    text('the open account was not made by API', '该开放平台帐号不是通过接口创建'),
    text('It was registered by hand.', '由人工注册。'),
    text('Manage it at open.weixin.qq.com.', '请在 open.weixin.qq.com 管理。'),
  ),
  89004: entry(
    'no',
    text('the open account has bound 100 accounts', '该开放平台帐号已绑定 100 个帐号'),
    text('The limit of one open account.', '达到单个开放平台帐号的上限。'),
    text('Unbind one that is no longer used.', '请解绑不再使用的帐号。'),
  ),
};
