/** Causes and next steps that several error numbers share. */
import { text } from '../../sentences/text.ts';

export const STEPS = {
  BUSY: text('Try again in a moment.', '请稍后重试。'),
  SECRET: text(
    'Copy the AppSecret again from the console (开发资料) and run `wxop init`: resetting it there kills the old one at once.',
    '请在控制台“开发资料”重新获取 AppSecret 并运行 `wxop init`：在控制台重置后旧值立即失效。',
  ),
  COMPONENT_APPID: text(
    'Check WXOP_COMPONENT_APPID: no typo, lower case, the appid of the third-party platform itself.',
    '请检查 WXOP_COMPONENT_APPID：应为第三方平台自身的 AppID，小写、无多余字符。',
  ),
  /** For numbers that speak of any appid in the request, not of the component's alone. */
  APPID: text(
    'Check the appids that were sent: `appid` or `authorizer_appid` in the body, and WXOP_COMPONENT_APPID; lower case, nothing around them.',
    '请检查所传的 AppID：请求体中的 `appid` 或 `authorizer_appid`，以及 WXOP_COMPONENT_APPID；应为小写、无多余字符。',
  ),
  ANOTHER_OWNER: text(
    'If it comes back, another service refreshes the same tokens: let one of them own the tokens (share the store).',
    '若反复出现，说明另有服务在刷新同一令牌：请只保留一个令牌来源（共用存储）。',
  ),
  REAUTHORIZE: text('Let the merchant authorize again: `wxop authorize`.', '请让商家重新授权：`wxop authorize`。'),
  SYNC_FIRST: text(
    'Read it again from WeChat: `wxop accounts sync`. Only where that does not help, let the merchant authorize again: `wxop authorize`.',
    '请先从微信重新读取：`wxop accounts sync`；仍无效时再请商家重新授权：`wxop authorize`。',
  ),
  NEW_TICKET: text(
    'Keep `wxop listen` running until the next ticket comes (10 minutes at most), or run `wxop ticket start`.',
    '请保持 `wxop listen` 运行直到收到下一个 ticket（最多 10 分钟），或运行 `wxop ticket start`。',
  ),
  ALLOW_IP: text(
    'Add this IP to 白名单IP in the console, save, and publish again (全网发布); tickets arriving prove nothing about it.',
    '请将该 IP 加入控制台的“白名单IP”，保存并重新全网发布；能收到 ticket 并不代表白名单正确。',
  ),
  NEW_CODE: text(
    'Every authorization code works once: start again with `wxop authorize`.',
    '授权码只能使用一次：请用 `wxop authorize` 重新开始。',
  ),
  GRANT: text(
    'See that the component has this permission set in the console (权限集); then the merchant must authorize again and grant it.',
    '请确认第三方平台在控制台“权限集”中已有该权限集，再由商家重新授权并勾选。',
  ),
  CHECK_BODY: text(
    'Compare the names and the kinds of the fields with the documents of this API: text and numbers are not the same.',
    '请对照该接口的文档检查字段名与类型：字符串与数字不能混用。',
  ),
  FIX_MENU: text(
    'Correct the menu and send it again; the menu that is live was not changed.',
    '请修改菜单后重新提交；线上菜单未被更改。',
  ),
  FIX_RULE: text(
    'Correct the matchrule: only tag_id and client_platform_type still have an effect.',
    '请修改 matchrule：目前仅 tag_id 与 client_platform_type 有效。',
  ),
  FIX_MEDIA: text(
    'Upload the material again and use the media_id that comes back.',
    '请重新上传素材，并使用返回的 media_id。',
  ),
  SWAP_TOKEN: text(
    'Call it as the other holder: `wxop api` takes `--as component` or `--as <appid>`.',
    '请换用另一方的令牌：`wxop api` 支持 `--as component` 与 `--as <appid>`。',
  ),
  CONSOLE: text(
    'See what the console says about it (open.weixin.qq.com).',
    '请在开放平台控制台（open.weixin.qq.com）查看原因。',
  ),
  CONTACT: text('Contact the merchant.', '请联系商家。'),
  MERCHANT_CONSOLE: text(
    'The merchant finds the reason at mp.weixin.qq.com.',
    '请商家登录 mp.weixin.qq.com 查看原因。',
  ),
  FIX_APPLICANT: text(
    'Correct what was given of the applicant and apply again.',
    '请更正所填的主体或个人信息后重新提交。',
  ),
  OTHER_APPLICANT: text(
    'Apply with another administrator, mobile number or company.',
    '请更换管理员、手机号或主体后再申请。',
  ),
  TRANSIENT: text('A passing trouble of WeChat.', '微信侧的短暂故障。'),
} as const;
