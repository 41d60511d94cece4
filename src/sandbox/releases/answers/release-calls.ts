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
  /** It changes something and is counted, unless its answer is Unchanged. */
  isEffect?: boolean;
  /** A setting that is read back: with the quirk `settings-not-kept` it answers errcode 0 and keeps nothing. */
  isSetting?: boolean;
}

const get = (...sets: number[]): ReleaseCall => ({ method: 'GET', sets });
const post = (...sets: number[]): ReleaseCall => ({ method: 'POST', sets });
const effect = (call: ReleaseCall): ReleaseCall => ({ ...call, isEffect: true });
const setting = (call: ReleaseCall): ReleaseCall => ({ ...call, isEffect: true, isSetting: true });

/** With the component's token. */
export const COMPONENT_CALLS = {
  '/wxa/gettemplatedraftlist': get(),
  '/wxa/addtotemplate': effect(post()),
  '/wxa/gettemplatelist': get(),
  '/wxa/deletetemplate': effect(post()),
  '/cgi-bin/component/modify_wxa_server_domain': effect(post()),
  '/cgi-bin/component/modify_wxa_jump_domain': effect(post()),
  '/cgi-bin/component/get_domain_confirmfile': post(),
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
  '/wxa/revertcoderelease': effect(get(18)),
  '/wxa/grayrelease': effect(post(18)),
  '/wxa/getgrayreleaseplan': get(18),
  '/wxa/revertgrayrelease': effect(get(18)),
  '/wxa/change_visitstatus': setting(post(18)),
  '/wxa/getvisitstatus': post(18),
  '/cgi-bin/wxopen/getweappsupportversion': post(18),
  '/cgi-bin/wxopen/setweappsupportversion': effect(post(18)),
  '/wxa/security/get_privacy_interface': get(18),
  '/wxa/security/apply_privacy_interface': effect(post(18)),
  '/cgi-bin/component/getprivacysetting': post(18),
  '/cgi-bin/component/setprivacysetting': setting(post(18)),
  '/cgi-bin/component/uploadprivacyextfile': { ...effect(post(18)), isForm: true },
  '/wxa/bind_tester': setting(post(18)),
  '/wxa/unbind_tester': setting(post(18)),
  '/wxa/memberauth': post(18),
  '/wxa/modify_domain': setting(post(18)),
  '/wxa/modify_domain_directly': setting(post(18)),
  '/wxa/get_effective_domain': post(18),
  '/wxa/setwebviewdomain': setting(post(18)),
  '/wxa/setwebviewdomain_directly': setting(post(18)),
  '/wxa/get_effective_webviewdomain': post(18),
  '/wxa/get_webviewdomain_confirmfile': post(18),
  '/wxa/getillegalrecords': { ...post(18, 76), needsAll: true },
  '/wxa/getappealrecords': { ...post(18, 76), needsAll: true },
} satisfies Record<string, ReleaseCall>;

/** `commit` of /wxa/commit: under which a script and the counts name it. */
export const callName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
