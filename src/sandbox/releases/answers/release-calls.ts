/**
 * Every call of the code management: its method, whose token it takes, which permission sets it needs, what it changes.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序管理, as of 2026-09.
 */
export interface ReleaseCall {
  method: 'GET' | 'POST';
  /** One of them is enough, or all where `all` is said; none for the component's own calls. */
  sets?: number[];
  needsAll?: boolean;
  /** The body is a form with a file. */
  isForm?: boolean;
  /** It changes something, and is counted. */
  isEffect?: boolean;
}

const get = (...sets: number[]): ReleaseCall => ({ method: 'GET', sets });
const post = (...sets: number[]): ReleaseCall => ({ method: 'POST', sets });
const effect = (call: ReleaseCall): ReleaseCall => ({ ...call, isEffect: true });

/** With the component's token. */
export const COMPONENT_CALLS = {
  '/wxa/gettemplatedraftlist': get(),
  '/wxa/addtotemplate': effect(post()),
  '/wxa/gettemplatelist': get(),
  '/wxa/deletetemplate': effect(post()),
} satisfies Record<string, ReleaseCall>;

/** With the mini program's token. */
export const ACCOUNT_CALLS = {
  '/wxa/commit': effect(post(18)),
  '/wxa/get_page': get(18),
  '/wxa/get_qrcode': get(18, 86),
  '/wxa/getversioninfo': post(18),
  '/wxa/security/get_code_privacy_info': get(18),
  '/wxa/get_category': get(18),
  '/cgi-bin/wxopen/getcategory': get(30),
  '/wxa/uploadmedia': { ...effect(post(18)), isForm: true },
  '/wxa/submit_audit': effect(post(18)),
  '/wxa/get_auditstatus': post(18),
  '/wxa/get_latest_auditstatus': get(18),
  '/wxa/undocodeaudit': effect(get(18)),
  '/wxa/speedupaudit': effect(post(18)),
  '/wxa/queryquota': get(18),
  '/wxa/release': effect(post(18)),
  // It changes something unless `action` asks for the list; then its answer counts nothing.
  '/wxa/revertcoderelease': effect(get(18)),
  '/wxa/grayrelease': effect(post(18)),
  '/wxa/getgrayreleaseplan': get(18),
  '/wxa/revertgrayrelease': effect(get(18)),
  '/wxa/change_visitstatus': effect(post(18)),
  '/wxa/getvisitstatus': post(18),
  '/cgi-bin/wxopen/getweappsupportversion': post(18),
  '/cgi-bin/wxopen/setweappsupportversion': effect(post(18)),
} satisfies Record<string, ReleaseCall>;

/** `commit` of /wxa/commit: under which a script and the counts name it. */
export const callName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
