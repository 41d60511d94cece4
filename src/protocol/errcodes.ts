/**
 * The platform's error numbers: what each means and what to do about it.
 * Source: developers.weixin.qq.com, 第三方平台 → 返回码说明, and operators' reports.
 */
import { text, WxopError, type ErrorCode, type Text } from '../errors.ts';

/** Whether, and after what, the same call can succeed. */
export type RetryClass = 'no' | 'backoff' | 'refresh-token' | 'wait-ticket';

export interface Errcode {
  means: Text;
  next: Text;
  retry: RetryClass;
}

const entry = (retry: RetryClass, means: Text, next: Text): Errcode => ({ retry, means, next });

const BUSY = text('Try again in a moment.', '请稍后重试。');
const SECRET = text(
  'Copy the AppSecret again from the console (开发资料) and run `wxop init`: resetting it there kills the old one at once.',
  '请在控制台「开发资料」重新获取 AppSecret 并运行 `wxop init`：在控制台重置后旧值立即失效。',
);
const COMPONENT_APPID = text(
  'Check WXOP_COMPONENT_APPID: no typo, lower case, the appid of the third-party platform itself.',
  '请检查 WXOP_COMPONENT_APPID：应为第三方平台自身的 AppID，小写、无多余字符。',
);
const ANOTHER_OWNER = text(
  'If it comes back, another service refreshes the same tokens: let one of them own the tokens (share the store).',
  '若反复出现，说明另有服务在刷新同一 token：请只保留一个 token 持有者（共用存储）。',
);
const REAUTHORIZE = text('Let the merchant authorize again: `wxop authorize`.', '请让商家重新授权：`wxop authorize`。');
const NEW_TICKET = text(
  'Keep `wxop listen` running until the next ticket comes (10 minutes at most), or run `wxop ticket start`.',
  '请保持 `wxop listen` 运行直到收到下一个 ticket（最多 10 分钟），或运行 `wxop ticket start`。',
);
const ALLOW_IP = text(
  'Add this IP to 白名单IP in the console, save, and publish again (全网发布); tickets arriving prove nothing about it.',
  '请将该 IP 加入控制台的「白名单IP」，保存并重新全网发布；能收到 ticket 并不代表白名单正确。',
);
const NEW_CODE = text(
  'Every authorization code works once: start again with `wxop authorize`.',
  '授权码只能使用一次：请用 `wxop authorize` 重新开始。',
);
const GRANT = text(
  'The merchant must authorize again and grant this permission set.',
  '需要商家重新授权并勾选相应权限集。',
);

const ERRCODES: Record<number, Errcode> = {
  [-1]: entry('backoff', text('the platform is busy', '系统繁忙'), BUSY),
  [-1000]: entry('backoff', text('the platform failed', '系统错误'), BUSY),
  40001: entry('refresh-token', text('the token is not the latest one', 'access_token 无效或不是最新'), ANOTHER_OWNER),
  40013: entry('no', text('the appid is not valid', 'appid 无效'), COMPONENT_APPID),
  40014: entry('refresh-token', text('the token is not valid', 'access_token 无效'), ANOTHER_OWNER),
  40125: entry('no', text('the AppSecret is wrong', 'AppSecret 错误'), SECRET),
  40164: entry('no', text('this IP is not on the whitelist', 'IP 不在白名单中'), ALLOW_IP),
  41001: entry('no', text('the call carries no token', '缺少 access_token'), BUSY),
  41002: entry('no', text('the appid is missing', '缺少 appid'), COMPONENT_APPID),
  41004: entry('no', text('the AppSecret is missing', '缺少 AppSecret'), SECRET),
  41018: entry('no', text('the component appid is missing', '缺少 component_appid'), COMPONENT_APPID),
  42001: entry('refresh-token', text('the token has expired', 'access_token 已过期'), ANOTHER_OWNER),
  42002: entry('no', text('the refresh token has expired', 'refresh_token 已过期'), REAUTHORIZE),
  42006: entry(
    'refresh-token',
    text('the component token has expired', 'component_access_token 已过期'),
    ANOTHER_OWNER,
  ),
  42007: entry('no', text('the merchant changed the WeChat password', '商家修改了微信密码'), REAUTHORIZE),
  45009: entry(
    'no',
    text('the daily quota is used up', '当日调用额度已用完'),
    text(
      'Wait until 00:00 Beijing time, or clear the quota in the console (10 times a month).',
      '请等到北京时间 0 点，或在控制台清零额度（每月 10 次）。',
    ),
  ),
  45011: entry('backoff', text('too many calls in this minute', '分钟级调用过于频繁'), BUSY),
  45035: entry('no', text('this IP is not on the whitelist', 'IP 不在白名单中'), ALLOW_IP),
  46003: entry(
    'no',
    text('the account has no menu made by API', '该帐号没有用接口创建的菜单'),
    text('A menu made on the website shows with `wxop menu get`.', '网页创建的菜单可用 `wxop menu get` 查看。'),
  ),
  48001: entry(
    'no',
    text('the account may not use this API', '该帐号无此接口权限'),
    text(
      'Unverified accounts have no menu API; otherwise the permission set is missing: authorize again.',
      '未认证帐号没有菜单接口；否则为缺少权限集，请重新授权。',
    ),
  ),
  48004: entry(
    'no',
    text('the API is banned for this account', '该帐号的接口被封禁'),
    text('The merchant finds the reason at mp.weixin.qq.com.', '请商家登录 mp.weixin.qq.com 查看原因。'),
  ),
  50002: entry('no', text('the account is frozen', '帐号被冻结或注销'), text('Contact the merchant.', '请联系商家。')),
  61003: entry('no', text('the account has not authorized this platform', '该帐号未授权给本第三方平台'), REAUTHORIZE),
  61004: entry('no', text('this IP is not on the whitelist', 'IP 不在白名单中'), ALLOW_IP),
  61005: entry('wait-ticket', text('the ticket has expired', 'ticket 已过期'), NEW_TICKET),
  61006: entry('wait-ticket', text('the ticket is not valid', 'ticket 无效'), NEW_TICKET),
  61007: entry('no', text('this API was not granted', '该接口未授权给第三方平台'), GRANT),
  61009: entry('no', text('the code is not valid', '授权码无效'), NEW_CODE),
  61010: entry('no', text('the code has expired or was used', '授权码已过期或已使用'), NEW_CODE),
  61011: entry('no', text('the component is not valid', '第三方平台无效'), COMPONENT_APPID),
  61014: entry('no', text('this call needs the component token', '该接口须使用 component_access_token'), BUSY),
  61015: entry('no', text("this call needs an account's token", '该接口须使用 authorizer_access_token'), BUSY),
  61023: entry('no', text('the refresh token is not valid', 'refresh_token 无效'), REAUTHORIZE),
};

/** What is known of an error number; undefined for one that is not in the table. */
export function explainErrcode(errcode: number): Errcode | undefined {
  return ERRCODES[errcode];
}

/** Errors that go away by themselves. */
export function isBusy(errcode: number): boolean {
  return ERRCODES[errcode]?.retry === 'backoff';
}

const ERROR_CODE_OF: Record<number, ErrorCode> = {
  61003: 'REVOKED',
  40164: 'IP_NOT_ALLOWED',
  45035: 'IP_NOT_ALLOWED',
  61004: 'IP_NOT_ALLOWED',
  61005: 'TICKET_EXPIRED',
  61006: 'TICKET_INVALID',
};

/** The WxopError for an answer with `errcode` ≠ 0; takes rid and the seen IP out of errmsg. */
export function platformError(errcode: number, errmsg: string, path: string): WxopError {
  const known = ERRCODES[errcode];
  const rid = /\brid: ?([0-9a-f]+(?:-[0-9a-f]+)+)/i.exec(errmsg)?.[1];
  const requestIp = /requestIP: ?([0-9a-f.:]*[0-9a-f])/i.exec(errmsg)?.[1];
  const call = path.split('/').at(-1) ?? path;
  const said = errmsg.replace(/\s*\brid: ?\S+/i, '').trim();
  const sentence = text(
    `${call} was refused: ${known ? `${known.means.en} (${errcode}: ${said})` : `${errcode} ${said}`}.`,
    `${call} 被拒绝：${known ? `${known.means.zh}（${errcode}: ${said}）` : `${errcode} ${said}`}。`,
  );
  const next = known?.next ?? text('Look the number up in the platform documents.', '请在平台文档中查询该错误码。');
  const hint =
    requestIp && ERROR_CODE_OF[errcode] === 'IP_NOT_ALLOWED'
      ? text(next.en.replace('this IP', requestIp), next.zh.replace('该 IP', ` ${requestIp}`))
      : next;
  return new WxopError(ERROR_CODE_OF[errcode] ?? 'PLATFORM_REFUSED', sentence, {
    errcode,
    hint,
    retryable: known?.retry === 'backoff' || known?.retry === 'wait-ticket',
    ...(rid && { rid }),
    ...(requestIp && { requestIp }),
  });
}
