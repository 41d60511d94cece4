/**
 * WeChat's error numbers: what each means, what causes it, and what to do about it.
 * Source: developers.weixin.qq.com, 第三方平台 → 返回码说明, and operators' reports. Loaded when something was refused.
 */
import { en, inEach, inLang, text, type Text, zh } from '../../sentences/text.ts';
import { WxopError } from '../../sentences/wxop-error.ts';
import { type ErrorCode } from '../../sentences/error-codes.ts';
import { AUDITS } from './audits.ts';
import { CODE } from './code.ts';
import { CONVERSATIONS } from './conversations.ts';
import { CREDENTIALS } from './credentials.ts';
import type { Errcode, Errcodes } from './entry.ts';
import { LIMITS } from './limits.ts';
import { MENUS } from './menus.ts';
import { MINI_SETTINGS } from './mini-settings.ts';
import { REGISTRATION } from './registration.ts';
import { REQUESTS } from './requests.ts';
import { withoutRid, ridIn, requestIpIn } from './parse-error-message.ts';

export type { Errcode, RetryClass } from './entry.ts';

/** Every number of the API. */
export const ERRCODES: Errcodes = {
  ...CREDENTIALS,
  ...REQUESTS,
  ...LIMITS,
  ...MENUS,
  ...CONVERSATIONS,
  ...REGISTRATION,
  ...CODE,
  ...AUDITS,
  ...MINI_SETTINGS,
};

/** What is known of an error number; undefined for one that is not in the table. */
export function explainErrcode(errcode: number): Errcode | undefined {
  return ERRCODES[errcode];
}

/** Passes within seconds: other numbers of the class `backoff` wait for a person, or for the next day. */
const PASSING = [-1, -1000, 45011];

/** Errors that go away by themselves while a call is still under way. */
export const isBusy = (errcode: number): boolean => PASSING.includes(errcode);

/** Whether a new token cures it: the one that was sent is invalid, malformed or expired. */
export const needsNewToken = (errcode: number): boolean => ERRCODES[errcode]?.retry === 'refresh-token';

const ERROR_CODE_OF: Record<number, ErrorCode> = {
  61003: 'REVOKED',
  40164: 'IP_NOT_ALLOWED',
  45035: 'IP_NOT_ALLOWED',
  61004: 'IP_NOT_ALLOWED',
  61005: 'TICKET_EXPIRED',
  61006: 'TICKET_INVALID',
};

/** A next step with the address in place of `this IP`. */
export const withAddress = (next: Text, ip: string): Text =>
  inEach((lang) => inLang(next, lang).replace('this IP', ip).replace('该 IP', ` ${ip}`));

/** `api_query_auth` tells by itself what was called, `create` does not. */
const nameOf = (path: string): string =>
  /[^/]*_[^/]*$/.exec(path)?.[0] ?? path.replace(/^\/(?:cgi-bin\/)?(?:component\/)?/, '');

/** The WxopError for an answer with `errcode` ≠ 0; takes rid and the seen IP out of errmsg. */
export function wechatError(errcode: number, errmsg: string, path: string): WxopError {
  const known = ERRCODES[errcode];
  const rid = ridIn(errmsg);
  const requestIp = requestIpIn(errmsg);
  const call = nameOf(path);
  const said = withoutRid(errmsg);
  const reason = known
    ? text(en`${known.means} (${errcode}: ${said})`, zh`${known.means}（${errcode}: ${said}）`)
    : `${errcode} ${said}`;
  const sentence = text(en`${call} was refused: ${reason}.`, zh`${call} 被拒绝：${reason}。`);
  const next = known?.next ?? text("Look the number up in WeChat's documents.", '请在微信文档中查询该错误码。');
  const hint = requestIp ? withAddress(next, requestIp) : next;
  return new WxopError(ERROR_CODE_OF[errcode] ?? 'PLATFORM_REFUSED', sentence, {
    errcode,
    hint,
    retryable: known?.retry === 'backoff' || known?.retry === 'wait-ticket',
    ...(rid && { rid }),
    ...(requestIp && { requestIp }),
  });
}
