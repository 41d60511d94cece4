/**
 * How the broker says no: an HTTP status, and a document that libraries for WeChat take for a refusal (errcode, errmsg) and
 * wxop for one of its errors, in both languages.
 */
import { formatDuration } from '../sentences/format-duration.ts';
import { en, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { json, type Reply } from '../listener/http/reply.ts';
import type { ErrorCode } from '../sentences/error-codes.ts';
import type { CallerScope } from '../store/store.ts';
import type { KeyFault } from './keyring.ts';

export interface Refusal {
  status: number;
  error: WxopError;
  /** Seconds. */
  retryAfter?: number;
  headers?: Record<string, string>;
}

export function refusalReply({ status, error, retryAfter, headers }: Refusal, redact: (line: string) => string): Reply {
  const { code, hint } = error;
  const document = {
    errcode: status,
    errmsg: redact(error.text.en),
    errmsg_zh: redact(error.text.zh),
    code,
    ...(hint && { hint: redact(hint.en), hint_zh: redact(hint.zh) }),
    ...(status === 502 && { retryable: error.retryable }),
  };
  const wait = retryAfter === undefined ? undefined : { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) };
  return { ...json(status, document), headers: { ...headers, ...wait } };
}

/** Seconds: a ticket comes every ten minutes, anything else may be back in a moment. */
const LATER: Partial<Record<ErrorCode, number>> = { NO_TICKET: 60, TICKET_EXPIRED: 60, TICKET_INVALID: 60 };
const STATUSES: Partial<Record<ErrorCode, number>> = {
  USAGE: 400,
  NO_ACCOUNT: 404,
  REVOKED: 403,
  NOT_GRANTED: 403,
  PLATFORM_REFUSED: 502,
  IP_NOT_ALLOWED: 502,
};

/** What a failure of the broker's own means to the caller. */
export function refusalFor(error: WxopError): Refusal {
  const status = STATUSES[error.code];
  return status === undefined ? { status: 503, error, retryAfter: LATER[error.code] ?? 5 } : { status, error };
}

const refusal = (
  status: number,
  code: ErrorCode,
  sentence: Text,
  hint: Text,
  more: Partial<Refusal> = {},
): Refusal => ({
  status,
  error: new WxopError(code, sentence, { hint }),
  ...more,
});

const ASK_OPERATOR = text(
  'Ask the operator of the broker for a key: `wxop serve key add`.',
  '请向中控服务器的管理员索取密钥：`wxop serve key add`。',
);
const FAULTS: Record<KeyFault, Text> = {
  missing: text('The request shows no key.', '请求未携带密钥。'),
  unknown: text('The broker does not know this key.', '中控服务器不认识该密钥。'),
  revoked: text('This key was revoked.', '该密钥已被吊销。'),
  expired: text('This key has expired.', '该密钥已过期。'),
};

export const keyRefused = (fault: KeyFault): Refusal =>
  refusal(401, 'KEY_REFUSED', FAULTS[fault], fault === 'missing' ? SHOW_KEY : ASK_OPERATOR, {
    headers: { 'www-authenticate': 'Bearer' },
  });
const SHOW_KEY = text(
  'Send it as `Authorization: Bearer <key>`; wxop takes it from WXOP_BROKER_KEY.',
  '请以 `Authorization: Bearer <密钥>` 发送；wxop 从 WXOP_BROKER_KEY 读取。',
);

export const scopeMissing = (name: string, scope: CallerScope): Refusal =>
  refusal(
    403,
    'KEY_NOT_ALLOWED',
    text(en`The key ${name} has no scope ${scope}.`, zh`密钥 ${name} 没有 ${scope} 权限。`),
    text(
      en`Ask the operator for a key with it: \`wxop serve key add … --scopes ${scope}\`.`,
      zh`请向管理员索取带该权限的密钥：\`wxop serve key add … --scopes ${scope}\`。`,
    ),
  );

/** Whether there is such an account is not told to who may not use it. */
export const accountNotAllowed = (name: string, account: string): Refusal =>
  refusal(
    403,
    'KEY_NOT_ALLOWED',
    account === 'component'
      ? text(en`The key ${name} may not act for the component.`, zh`密钥 ${name} 无权以第三方平台的身份操作。`)
      : text(en`The key ${name} may not use the account ${account}.`, zh`密钥 ${name} 无权使用帐号 ${account}。`),
    text(
      en`Ask the operator for a key with it: \`wxop serve key add … --accounts ${account}\`.`,
      zh`请向管理员索取带该帐号的密钥：\`wxop serve key add … --accounts ${account}\`。`,
    ),
  );

export const tooFast = (name: string, rate: number, retryAfter: number): Refusal =>
  refusal(
    429,
    'RATE_LIMITED',
    text(en`The key ${name} may make ${rate} requests a second.`, zh`密钥 ${name} 每秒最多 ${rate} 次请求。`),
    text(
      'Slow down, or ask the operator for a key with a higher --rate.',
      '请降低频率，或向管理员索取 --rate 更高的密钥。',
    ),
    { retryAfter },
  );

export const noSuchPath = (): Refusal =>
  refusal(
    404,
    'USAGE',
    text('The broker has no such path.', '中控服务器没有该路径。'),
    text('See docs/team.md for those that it has.', '可用的路径见 docs/zh/team.md。'),
  );

export const apiIsOff = (): Refusal =>
  refusal(
    404,
    'USAGE',
    text('This broker hands out tokens only.', '该中控服务器仅发放令牌。'),
    text('Its operator can start it with `wxop serve --api`.', '其管理员可用 `wxop serve --api` 启动。'),
  );

export const pathRefused = (): Refusal =>
  refusal(
    404,
    'USAGE',
    text('This is no path of the API of WeChat.', '这不是微信接口的路径。'),
    text('Write it plainly, as in /api/cgi-bin/menu/get.', '请直接书写路径，如 /api/cgi-bin/menu/get。'),
  );

export const methodRefused = (allow: string): Refusal =>
  refusal(405, 'USAGE', text(`Only ${allow} is taken here.`, `此处仅接受 ${allow}。`), SEE_MANUAL, {
    headers: { allow },
  });
const SEE_MANUAL = text('See docs/team.md.', '请查看 docs/zh/team.md。');

export const minRefused = (most: number): Refusal =>
  refusal(
    400,
    'USAGE',
    text(`min is a number of seconds up to ${most}.`, `min 为不超过 ${most} 的秒数。`),
    text('WeChat issues tokens that live for two hours.', '微信的 access_token 有效期为两小时。'),
  );

export const tokenTooShort = (left: number, min: number): Refusal => {
  const [lives, wanted] = [formatDuration(left), formatDuration(min)];
  return refusal(
    503,
    'TIMEOUT',
    text(en`The newest token lives ${lives} more, not ${wanted}.`, zh`最新的令牌仅剩 ${lives}，不足 ${wanted}。`),
    text('Ask for less, or again when it has expired.', '请减小 min，或等它过期后再试。'),
    { retryAfter: Math.max(1, left / 1000) },
  );
};

export const whichAccount = (): Refusal =>
  refusal(
    400,
    'USAGE',
    text('The request does not say for which account it is.', '请求未指明帐号。'),
    text('Send its appid or alias as `X-Account`.', '请在 `X-Account` 中给出其 AppID 或别名。'),
  );

export const handsOutTokens = (): Refusal =>
  refusal(
    403,
    'KEY_NOT_ALLOWED',
    text(
      'The broker makes no calls that exchange or hand out credentials.',
      '中控服务器不代为调用换取或返回凭据的接口。',
    ),
    text(
      'For a token, GET /token/<appid> with the scope token.',
      '需要令牌时，请以有此权限的密钥 GET /token/<appid>。',
    ),
  );

export const takesNoToken = (): Refusal =>
  refusal(
    403,
    'KEY_NOT_ALLOWED',
    text('This call takes no token, so it needs no broker.', '该接口无需令牌，不必经过中控服务器。'),
    text('Call WeChat directly.', '请直接调用微信。'),
  );

export const bodyTooLarge = (most: number): Refusal => {
  const size = `${Math.floor(most / 1024 / 1024)} MiB`;
  return refusal(
    413,
    'USAGE',
    text(`The body is larger than ${size}.`, `正文超过 ${size}。`),
    text('WeChat takes 10 MB; the operator can raise --max-upload.', '微信的上限为 10 MB；管理员可调大 --max-upload。'),
    { headers: { connection: 'close' } },
  );
};

export const bodyBrokenOff = (): Refusal =>
  refusal(
    400,
    'USAGE',
    text('The body breaks off, or is no HTTP.', '正文不完整，或不符合 HTTP 格式。'),
    text('Nothing came of the call: send it whole.', '该调用未生效，请完整发送。'),
    { headers: { connection: 'close' } },
  );

export const sendAgain = (): Refusal =>
  refusal(
    503,
    'TIMEOUT',
    text('WeChat rejected the token; it was replaced.', '微信拒绝了令牌，现已更换。'),
    text('Send the request again: its body was too large to be kept.', '正文过大未能保留，请重新发送。'),
    { retryAfter: 1 },
  );

export const busy = (): Refusal =>
  refusal(503, 'TIMEOUT', text('The broker is busy.', '中控服务器繁忙。'), text('Try again.', '请重试。'), {
    retryAfter: 1,
    headers: { connection: 'close' },
  });

/** The request went out, and what became of it is not known: no Retry-After, which would have it sent twice. */
export const answerLost = ({ code, text: sentence, cause }: WxopError): Refusal => ({
  status: 502,
  error: new WxopError(code, sentence, { cause, hint: MAY_BE_DONE, retryable: false }),
});
const MAY_BE_DONE = text(
  'The call may have taken effect all the same: look before you send it again.',
  '该调用可能已经生效：重发之前请先查看。',
);
