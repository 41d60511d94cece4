/** WeChat's consent pages, PC and mobile, with the checks and the error texts of the real ones. */
import { escapeHtml } from '../sentences/escape-html.ts';
import { sandboxPage } from './sandbox-page.ts';
import { ERRMSG } from './api-refusal.ts';
import type { Account, WechatState } from './wechat-state.ts';

export interface ConsentRequest {
  kind: 'pc' | 'mobile';
  query: URLSearchParams;
  referer: string | undefined;
  /** 授权发起页域名; undefined: the hosts must only agree with each other. */
  domain: string | undefined;
}

/** Where the form of the page goes. */
export const CONSENT_ACTION = '/_sandbox/page/consent';

/** What the real page would show: its code and text, or undefined when it would ask for consent. */
function consentProblem(wechat: WechatState, request: ConsentRequest): { code: number; text: string } | undefined {
  const { query, kind, referer, domain } = request;
  const problem = (code: number, text = ERRMSG[code] ?? '') => ({ code, text });
  const redirect = query.get('redirect_uri') ?? '';
  if (query.get('component_appid') !== wechat.component.appId || !URL.canParse(redirect)) return problem(-13);
  const preAuth = wechat.preAuthProblem(query.get('pre_auth_code') ?? '');
  if (preAuth !== undefined) return problem(preAuth);
  const entry = referer && URL.canParse(referer) ? new URL(referer).host : '';
  const callback = new URL(redirect).host;
  const expected = domain ?? callback;
  // Only the PC page looks at the Referer; both look at where the merchant would be sent.
  if (callback === expected && (kind === 'mobile' || entry === expected)) return undefined;
  return problem(
    -14,
    '请确认授权入口页所在域名，与授权后回调页所在域名相同，并且，此两者都必须与申请第三方平台时填写的授权发起页域名相同。' +
      `授权入口页所在域名：${entry || '空'}`,
  );
}

/** The accounts that a link lets the merchant choose from. */
function choices(wechat: WechatState, query: URLSearchParams): Account[] {
  const only = query.get('biz_appid');
  if (only) return wechat.accounts.filter(({ appId }) => appId === only);
  const type = query.get('auth_type') ?? '';
  // There is neither a 视频号 nor a 带货助手 among the sandbox's merchants.
  if (type === '5' || type === '8') return [];
  const kind = { '1': 'mp', '2': 'mini', '4': 'mini' }[type];
  return wechat.accounts.filter((account) => kind === undefined || account.kind === kind);
}

export function consentPage(wechat: WechatState, request: ConsentRequest): string {
  const { query } = request;
  const problem = consentProblem(wechat, request);
  if (problem)
    return sandboxPage(
      '授权失败',
      `<p class="error">${escapeHtml(problem.text)}</p><p class="quiet">${problem.code}</p>`,
    );
  const accounts = choices(wechat, query);
  const only = query.get('biz_appid');
  if (accounts.length === 0 && only)
    return sandboxPage('授权失败', `<p class="error">该第三方平台仅支持指定账号${escapeHtml(only)}授权</p>`);
  const hidden = ['pre_auth_code', 'redirect_uri']
    .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query.get(name) ?? '')}">`)
    .join('');
  const buttons = accounts
    .map(
      ({ appId, nickName, kind, authorized }) =>
        `<button name="appid" value="${appId}"><strong>${escapeHtml(nickName)}</strong><span>${kind === 'mp' ? '公众号' : '小程序'} · ${appId}${authorized ? ' · 已授权' : ''}</span></button>`,
    )
    .join('\n');
  return sandboxPage(
    '选择要授权的帐号',
    `<p>第三方平台 <code>${escapeHtml(wechat.component.appId)}</code> 申请管理您的帐号。</p>
<form method="post" action="${CONSENT_ACTION}">${hidden}
${buttons}
</form>`,
  );
}
