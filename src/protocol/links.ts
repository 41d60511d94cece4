/**
 * The authorization links, byte for byte.
 * Source: developers.weixin.qq.com, 第三方平台 → 授权流程技术说明.
 */
import { createHash } from 'node:crypto';

/**
 * Which accounts the merchant may choose: 公众号, 小程序, or both (`all`); 小程序推客, 视频号, 公众号 with 小程序 and 视频号
 * (`any`), 带货助手. What 7 stands for is not documented.
 */
export const AUTH_TYPES = ['mp', 'mini', 'all', 'promoter', 'channels', 'any', 'seller'] as const;
export type AuthType = (typeof AUTH_TYPES)[number];

const AUTH_TYPE_NUMBERS: Record<AuthType, string> = {
  ...{ mp: '1', mini: '2', all: '3' },
  ...{ promoter: '4', channels: '5', any: '6', seller: '8' },
};

export interface LinkOptions {
  componentAppId: string;
  preAuthCode: string;
  redirectUrl: string;
  authType: AuthType;
  /** Only this account may be authorized; wins over `authType`. */
  bizAppId?: string;
  /** The permission sets that are asked for; without them, all that the component has. */
  permissionSets?: readonly number[];
}

// The codes carry `@@@`, which WeChat's own pages leave as it is.
const encode = (value: string): string => encodeURIComponent(value).replaceAll('%40', '@');

function parameters(options: LinkOptions): string {
  const { componentAppId, preAuthCode, redirectUrl, authType, bizAppId, permissionSets = [] } = options;
  const pairs = [
    `component_appid=${encode(componentAppId)}`,
    `pre_auth_code=${encode(preAuthCode)}`,
    `redirect_uri=${encodeURIComponent(redirectUrl)}`,
    `auth_type=${AUTH_TYPE_NUMBERS[authType]}`,
    ...(bizAppId ? [`biz_appid=${encode(bizAppId)}`] : []),
    ...(permissionSets.length > 0 ? [`category_id_list=${encodeURIComponent(permissionSets.join('|'))}`] : []),
  ];
  return pairs.join('&');
}

/** The PC link: works only when clicked on a page of the 授权发起页域名, because WeChat checks the Referer. */
export function pcLink(mpUrl: string, options: LinkOptions): string {
  return `${mpUrl}/cgi-bin/componentloginpage?${parameters(options)}`;
}

/** The mobile link: works inside WeChat on a phone. `#wechat_redirect` is a fragment and must stay last. */
export function mobileLink(openUrl: string, options: LinkOptions): string {
  return `${openUrl}/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&${parameters(options)}#wechat_redirect`;
}

/**
 * The id of the attempt that a pre-auth code belongs to. The code is 64 random characters, so its digest is as hard to
 * guess; and redirect (which brings the id) and event (which brings the code) lead to the same record.
 */
export const attemptIdOf = (preAuthCode: string): string => digestOf(preAuthCode).slice(0, 20);

/** A short digest of a code: tells codes apart without holding them. */
export const digestOf = (code: string): string => createHash('sha256').update(code).digest('hex').slice(0, 32);

/** Where WeChat sends the merchant back to; the attempt's id rides along because there is no `state`. */
export function redirectUrl(publicUrl: string, attemptId: string): string {
  return `${publicUrl}/authorize/callback?attempt=${attemptId}`;
}

/** The short link of our own launch page (授权发起页), which supplies the Referer. */
export function launchUrl(publicUrl: string, attemptId: string): string {
  return `${publicUrl}/authorize/${attemptId}`;
}

/**
 * The authorization code in what a person pasted: the bare code, or the whole redirect URL.
 * `attemptId` is there when the URL names one. Undefined when there is no code in it.
 */
export function readPastedCode(pasted: string): { code: string; attemptId?: string } | undefined {
  const trimmed = pasted.trim();
  if (/^https?:\/\//i.test(trimmed)) {
    if (!URL.canParse(trimmed)) return undefined;
    const query = new URL(trimmed.replaceAll('+', '%2B')).searchParams;
    const code = query.get('auth_code');
    const attemptId = query.get('attempt');
    return code ? { code, ...(attemptId && { attemptId }) } : undefined;
  }
  const code = trimmed.replaceAll('%40', '@');
  return /^[\w@.~+/=-]{8,512}$/.test(code) ? { code } : undefined;
}
