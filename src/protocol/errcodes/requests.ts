/** Requests that are written wrongly: paths, methods, bodies, fields. */
import { text } from '../../sentences/text.ts';
import { each, entry, type Errcodes } from './entry.ts';
import { STEPS } from './steps.ts';

const WRONG_FIELD = text('A field is missing, empty, or of another kind than asked for.', '字段缺失、为空或类型不符。');
const ESCAPED = text(
  'Chinese text was sent as \\uXXXX, or the body holds characters that are not allowed.',
  '中文被写成了 \\uXXXX，或正文含有不允许的字符。',
);
const AS_UTF8 = text('Send plain UTF-8 JSON, nothing escaped.', '请以未转义的 UTF-8 JSON 发送。');
const WRONG_METHOD = text('The call was sent with another HTTP method.', '使用了错误的 HTTP 方法。');
const CHECK_ADDRESS = text(
  'Check the whole address in WXOP_API_URL: https and the right host.',
  '请检查 WXOP_API_URL：须为 https 且域名正确。',
);
const USE_METHOD = text(
  'Name the method: `wxop api GET <path>` or `wxop api POST <path>`.',
  '请写明方法：`wxop api GET <path>` 或 `wxop api POST <path>`。',
);
const CATEGORY = text('The older flow of confirming function categories.', '旧版的权限集确认流程。');

export const REQUESTS: Errcodes = {
  40033: entry(
    'no',
    text('the request holds characters that are not allowed', '请求含有不合法的字符'),
    ESCAPED,
    AS_UTF8,
  ),
  40035: entry('no', text('the parameters are not valid', '参数不合法'), WRONG_FIELD, STEPS.CHECK_BODY),
  40038: entry('no', text('the request has a wrong format', '请求格式不合法'), WRONG_FIELD, STEPS.CHECK_BODY),
  40066: entry(
    'no',
    text('there is no such API', '接口地址不合法'),
    text('The path is misspelt, or meant for another host.', '接口路径拼写错误，或属于其他域名。'),
    text('Compare the path with the documents.', '请对照文档检查接口路径。'),
  ),
  ...each(
    [40097, 40101, 41011, 47003],
    entry('no', text('a parameter is missing or wrong', '参数缺失或错误'), WRONG_FIELD, STEPS.CHECK_BODY),
  ),
  40170: entry(
    'no',
    text('more was asked for than one call may', '请求数量超过上限'),
    text('`count` is over the limit: 500 for the list of accounts.', '`count` 超过上限：授权帐号列表为 500。'),
    text(
      'Ask for fewer at a time: `wxop api --paginate` goes through all pages.',
      '请减少每次的数量：`wxop api --paginate` 会逐页获取。',
    ),
  ),
  43001: entry('no', text('this call must be a GET', '该接口须使用 GET'), WRONG_METHOD, USE_METHOD),
  43002: entry('no', text('this call must be a POST', '该接口须使用 POST'), WRONG_METHOD, USE_METHOD),
  43003: entry(
    'no',
    text('this call must use https', '该接口须使用 https'),
    text('An http address, or a gateway that speaks http onwards.', '使用了 http 地址，或中间网关以 http 转发。'),
    CHECK_ADDRESS,
  ),
  44002: entry(
    'no',
    text('the body of the call is empty', 'POST 的正文为空'),
    text('Nothing was sent where JSON was expected.', '应发送 JSON，但正文为空。'),
    text('Give the body with `wxop api --data` or `--field`.', '请用 `wxop api --data` 或 `--field` 提供正文。'),
  ),
  47001: entry(
    'no',
    text('the body is not readable', '正文解析失败'),
    text('Broken JSON, a wrong encoding, or a field that is missing.', 'JSON 不完整、编码错误，或缺少字段。'),
    STEPS.CHECK_BODY,
  ),
  47002: entry('no', text('the body is escaped', '正文含有转义字符'), ESCAPED, AS_UTF8),
  ...each(
    [61012, 61013],
    entry(
      'no',
      text('the option has no such name or value', '选项名称或取值无效'),
      text(
        'location_report takes 0, 1, 2; voice_recognize and customer_service take 0, 1; all as text.',
        'location_report 取 0、1、2；voice_recognize 与 customer_service 取 0、1；均为字符串。',
      ),
      STEPS.CHECK_BODY,
    ),
  ),
  61025: entry(
    'no',
    text('the option can only be read', '该选项只读'),
    text('It is set by the merchant, not by a component.', '该选项由商家设置，第三方平台不能修改。'),
    text('Ask the merchant to change it.', '请商家自行修改。'),
  ),
  ...each(
    [61016, 61017, 61018, 61019, 61020, 61021, 61022],
    entry(
      'no',
      text('the function category is in another state of confirmation', '权限集的确认状态不符'),
      CATEGORY,
      STEPS.CONSOLE,
    ),
  ),
  76001: entry(
    'no',
    text('WeChat has no such rid', '没有该 rid'),
    text('It was mistyped, or belongs to another host.', 'rid 输入有误，或不属于该域名。'),
    text('Copy the rid whole, as it stands in the errmsg.', '请从 errmsg 中完整复制 rid。'),
  ),
  76002: entry(
    'no',
    text('the rid is empty or malformed', 'rid 为空或格式错误'),
    text('A rid is three groups of hexadecimal digits.', 'rid 由三组十六进制数字组成。'),
    text('Copy the rid whole, as it stands in the errmsg.', '请从 errmsg 中完整复制 rid。'),
  ),
  76003: entry(
    'no',
    text('the rid belongs to another account', '该 rid 属于其他帐号'),
    text(
      'Only the token that made the call may ask about it; for a cgi_path: no leading slash, or a host in it.',
      '只有发起该调用的令牌才能查询；若为 cgi_path：缺少开头的斜杠，或包含域名。',
    ),
    text('Say who made the call: `wxop rid <rid> --as <appid>`.', '请指明调用方：`wxop rid <rid> --as <appid>`。'),
  ),
  76004: entry(
    'no',
    text('the rid is older than seven days', '该 rid 已超过七天'),
    text('WeChat keeps requests for seven days.', '微信仅保留七天内的请求。'),
    text('Make the call again and ask about the new rid.', '请重新调用，并查询新的 rid。'),
  ),
  76021: entry(
    'no',
    text('cgi_path is wrong', 'cgi_path 错误'),
    text('It needs its leading slash, no host and no query.', '须以斜杠开头，不含域名与参数。'),
    text('Write it like /cgi-bin/menu/create.', '格式如 /cgi-bin/menu/create。'),
  ),
  76022: entry(
    'no',
    text('this token has no right to that API', '该令牌无权使用此接口'),
    text(
      'The permission set is missing, or it is an API of the other kind of token.',
      '缺少权限集，或该接口使用另一类令牌。',
    ),
    text(
      'Ask as the other holder: `wxop quota get <path> --as <appid>`.',
      '请换一方查询：`wxop quota get <path> --as <appid>`。',
    ),
  ),
};
