/** Tickets, tokens, codes, appids and secrets. */
import { text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';
import { STEPS } from './steps.ts';

const TWO_OWNERS = text(
  'A newer token was issued, the component token was sent where the account token belongs, or the AppSecret is wrong.',
  '已换发了更新的令牌，或把 component_access_token 用在了应使用 authorizer_access_token 的接口，或 AppSecret 有误。',
);
const FIELD_MISSING = text(
  'The field has another name than this call expects (component_secret or component_appsecret), or is empty.',
  '字段名与该接口要求的不同（如 component_secret 与 component_appsecret），或为空。',
);
const WRONG_APPID = text(
  'A typo, upper case, a blank, or the appid of another account.',
  '拼写错误、大小写、多余空格，或误用了其他帐号的 AppID。',
);
const OLD_TICKET = text(
  'No ticket has been taken in for more than twelve hours: look at the pushes.',
  '超过十二小时没有收到新的 ticket：请检查推送。',
);
const FOREIGN_TICKET = text(
  'The ticket of another component or configuration, or one that was cut off; or none was sent.',
  '使用了其他第三方平台或其他配置的 ticket，或 ticket 被截断、为空。',
);
const NO_TOKEN_SENT = text(
  'The query of the call names the token wrongly, or the token is empty.',
  '调用参数中令牌的名称有误，或令牌为空。',
);
const NAME_TOKEN = text(
  'component_access_token for /cgi-bin/component/api_…, access_token elsewhere; `wxop api` chooses by itself.',
  '/cgi-bin/component/api_… 使用 component_access_token，其余使用 access_token；`wxop api` 会自动选择。',
);

export const CREDENTIALS: Errcodes = {
  [-1]: entry(
    'backoff',
    text('WeChat is busy', '系统繁忙'),
    text(
      'A passing trouble; from api_start_push_ticket also the appid of a mini program in place of the component.',
      '短暂故障；若来自 api_start_push_ticket，也可能是误用了小程序的 AppID。',
    ),
    STEPS.BUSY,
  ),
  [-1000]: entry('backoff', text('WeChat failed', '系统错误'), STEPS.TRANSIENT, STEPS.BUSY),
  0: entry(
    'no',
    text('it worked', '成功'),
    text('Nothing is wrong.', '没有错误。'),
    text('Nothing is to be done.', '无需处理。'),
  ),
  40001: entry(
    'refresh-token',
    text('the token is not the latest one', 'access_token 无效或不是最新'),
    TWO_OWNERS,
    STEPS.ANOTHER_OWNER,
  ),
  40013: entry('no', text('the appid is not valid', 'appid 无效'), WRONG_APPID, STEPS.APPID),
  40014: entry(
    'refresh-token',
    text('the token is not valid', 'access_token 无效'),
    text('It was cut off, or it is a token of another kind.', '令牌被截断，或使用了其他类型的令牌。'),
    STEPS.ANOTHER_OWNER,
  ),
  40091: entry(
    'wait-ticket',
    text('the ticket is not valid', 'component ticket 无效'),
    FOREIGN_TICKET,
    STEPS.NEW_TICKET,
  ),
  40094: entry(
    'no',
    text("the component's credential is not valid", '第三方平台凭证无效'),
    text('An older number for a wrong AppID or AppSecret.', '较早的错误码，表示 AppID 或 AppSecret 有误。'),
    STEPS.SECRET,
  ),
  40125: entry(
    'no',
    text('the AppSecret is wrong', 'AppSecret 错误'),
    text('It was reset in the console, or copied badly.', 'AppSecret 已在控制台重置，或复制有误。'),
    STEPS.SECRET,
  ),
  41001: entry('no', text('the call carries no token', '缺少 access_token'), NO_TOKEN_SENT, NAME_TOKEN),
  41002: entry(
    'no',
    text('the appid is missing', '缺少 appid'),
    text(
      "The request's body or query has no such field: `appid`, `component_appid` and `authorizer_appid` are three.",
      '请求体或参数中缺少该字段：`appid`、`component_appid` 与 `authorizer_appid` 各不相同。',
    ),
    STEPS.APPID,
  ),
  41003: entry(
    'no',
    text('the refresh token is missing', '缺少 refresh_token'),
    text(
      'The field `authorizer_refresh_token` is misnamed or empty.',
      '字段 `authorizer_refresh_token` 名称有误或为空。',
    ),
    STEPS.SYNC_FIRST,
  ),
  41004: entry('no', text('the AppSecret is missing', '缺少 AppSecret'), FIELD_MISSING, STEPS.SECRET),
  41018: entry(
    'no',
    text('the component appid is missing', '缺少 component_appid'),
    FIELD_MISSING,
    STEPS.COMPONENT_APPID,
  ),
  41019: entry(
    'wait-ticket',
    text("the component's AppSecret or ticket is missing", '缺少第三方平台 AppSecret 或 ticket'),
    text(
      'Mostly an empty ticket; or component_appsecret is misnamed or empty.',
      '多为 ticket 为空；或 component_appsecret 名称有误、为空。',
    ),
    STEPS.NEW_TICKET,
  ),
  41020: entry(
    'wait-ticket',
    text('the ticket is missing', '缺少 component_verify_ticket'),
    text('No ticket has been stored yet.', '尚未保存任何 ticket。'),
    STEPS.NEW_TICKET,
  ),
  41021: entry(
    'no',
    text('the call carries no component token', '缺少 component_access_token'),
    NO_TOKEN_SENT,
    NAME_TOKEN,
  ),
  42001: entry(
    'refresh-token',
    text('the token has expired', 'access_token 已过期'),
    text('It is older than two hours, or a newer one ended it.', '超过两小时，或已被新的令牌取代。'),
    STEPS.ANOTHER_OWNER,
  ),
  42002: entry(
    'no',
    text('the refresh token has expired', 'refresh_token 已过期'),
    text('The authorization it came from no longer stands.', '其对应的授权已不再有效。'),
    STEPS.REAUTHORIZE,
  ),
  42006: entry(
    'refresh-token',
    text('the component token has expired', 'component_access_token 已过期'),
    text('It is older than two hours, or a newer one ended it.', '超过两小时，或已被新的令牌取代。'),
    STEPS.ANOTHER_OWNER,
  ),
  42007: entry(
    'no',
    text('the merchant changed the WeChat password', '商家修改了微信密码'),
    text('All tokens of the account became void with the change.', '修改密码后该帐号的全部令牌失效。'),
    STEPS.REAUTHORIZE,
  ),
  61003: entry(
    'no',
    text('the account has not authorized this component', '该帐号未授权给本第三方平台'),
    text(
      'The merchant cancelled, never authorized, or authorized another component; accounts of the publish check say so too.',
      '商家已取消授权、从未授权，或授权给了其他第三方平台；全网发布检测的帐号也会返回此错误。',
    ),
    STEPS.REAUTHORIZE,
  ),
  61005: entry('wait-ticket', text('the ticket has expired', 'ticket 已过期'), OLD_TICKET, STEPS.NEW_TICKET),
  61006: entry('wait-ticket', text('the ticket is not valid', 'ticket 无效'), FOREIGN_TICKET, STEPS.NEW_TICKET),
  61008: entry(
    'no',
    text('the key of the request was used before', '请求的 key 重复'),
    text('The same request was sent twice.', '同一请求被发送了两次。'),
    text(
      'Look whether the first one did its work; do not send it a third time.',
      '请先确认第一次是否已生效，不要再次发送。',
    ),
  ),
  61009: entry(
    'no',
    text('the code is not valid', '授权码无效'),
    text(
      'A pre-auth code in its place, %40 that was not decoded, or the code of another component.',
      '误传了预授权码、%40 未解码，或属于其他第三方平台。',
    ),
    STEPS.NEW_CODE,
  ),
  61010: entry(
    'no',
    text('the code has expired or was used', '授权码已过期或已使用'),
    text(
      'It was exchanged already, here or elsewhere; after a success it is harmless.',
      '该授权码已在此处或别处换取过；若此前已成功，可忽略。',
    ),
    STEPS.NEW_CODE,
  ),
  61011: entry(
    'no',
    text('the component is not valid', '第三方平台无效'),
    text('A wrong component appid, or it is not approved yet.', 'component_appid 有误，或第三方平台尚未通过审核。'),
    STEPS.COMPONENT_APPID,
  ),
  ...each(
    [61000, 61001],
    entry(
      'no',
      text('the kind of the component does not fit its appid', '第三方平台类型无效，或与 appid 不符'),
      WRONG_APPID,
      STEPS.COMPONENT_APPID,
    ),
  ),
  61014: entry(
    'no',
    text('this call needs the component token', '该接口须使用 component_access_token'),
    text("An account's token was sent.", '传入的是授权帐号的令牌。'),
    STEPS.SWAP_TOKEN,
  ),
  61015: entry(
    'no',
    text("this call needs an account's token", '该接口须使用 authorizer_access_token'),
    text("The component's token was sent.", '传入的是第三方平台的令牌。'),
    STEPS.SWAP_TOKEN,
  ),
  61023: entry(
    'no',
    text('the refresh token is not valid', 'refresh_token 无效'),
    text(
      'It is from before the last authorization, empty, or of another account.',
      '该 refresh_token 来自上一次授权之前、为空或属于其他帐号。',
    ),
    STEPS.SYNC_FIRST,
  ),
  61024: entry(
    'no',
    text('a component must get its token from api_component_token', '第三方平台须通过 api_component_token 获取令牌'),
    text('/cgi-bin/token was called with the appid of a component.', '用第三方平台的 appid 调用了 /cgi-bin/token。'),
    text('Get it with `wxop token component`.', '请使用 `wxop token component` 获取。'),
  ),
  61030: entry(
    'no',
    text('a component may not cancel an authorization', '第三方平台不能取消授权'),
    text('Only the merchant can.', '只有商家可以取消。'),
    text('The merchant cancels at mp.weixin.qq.com (授权管理).', '请商家在 mp.weixin.qq.com 的“授权管理”中取消。'),
  ),
};
