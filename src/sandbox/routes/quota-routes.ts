/** Quota, diagnosis and addresses. */
import type { WechatState } from '../wechat-state.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { Quotas } from '../quotas.ts';
import type { Requests } from '../requests.ts';
import { OK, string, type CallBody, type Route } from './route.ts';

export interface QuotaRoutesOptions {
  quotas: Quotas;
  requests: Requests;
  /** What is known of the other routes. */
  routeOf: (path: string) => Route | undefined;
  /** Where pushes go. */
  pushUrl?: string;
}

const API_IPS = ['203.0.113.10', '203.0.113.11'];
const CALLBACK_IPS = ['198.51.100.20', '198.51.100.64/26'];
const OPERATORS = ['CHINANET', 'UNICOM', 'CAP', 'DEFAULT'];

export function quotaRoutes(wechat: WechatState, options: QuotaRoutesOptions): Record<string, Route> {
  const { component } = wechat;
  const { quotas, requests, routeOf } = options;

  const post = (answer: (holder: string, body: CallBody) => object): Route => ({
    method: 'POST',
    token: 'either',
    answer: (body, token) => answer(wechat.appIdOf(token), body),
  });
  const get = (answer: object): Route => ({ method: 'GET', token: 'either', answer: () => answer });

  /** The path that a holder asks about; throws 76021 and 76022. */
  function pathOf(holder: string, body: CallBody): string {
    const path = string(body, 'cgi_path');
    if (path.startsWith('/sns/')) throw new ApiRefusal(76022);
    const route = routeOf(path);
    if (!route) throw new ApiRefusal(76021);
    const isComponent = holder === component.appId;
    if (isComponent ? route.token === 'account' : route.token === 'component') throw new ApiRefusal(76022);
    if (!isComponent && route.token === 'none') throw new ApiRefusal(76022);
    return path;
  }

  return {
    '/cgi-bin/clear_quota': post((holder, body) => {
      const appId = string(body, 'appid');
      if (appId === '') throw new ApiRefusal(41002);
      if (appId !== holder) throw new ApiRefusal(49001);
      quotas.clear(holder);
      return OK;
    }),
    // For an account's own AppSecret, which a component never learns.
    '/cgi-bin/clear_quota/v2': {
      method: 'POST',
      token: 'none',
      answer: (body) => {
        wechat.account(string(body, 'appid'));
        throw new ApiRefusal(string(body, 'appsecret') === '' ? 41004 : 40125);
      },
    },
    '/cgi-bin/component/clear_quota/v2': {
      method: 'POST',
      token: 'none',
      answer: (body) => {
        if (string(body, 'component_appid') === '') throw new ApiRefusal(41018);
        if (string(body, 'component_appid') !== component.appId) throw new ApiRefusal(40013);
        if (string(body, 'appsecret') === '') throw new ApiRefusal(41004);
        if (string(body, 'appsecret') !== component.secret) throw new ApiRefusal(40125);
        const appId = string(body, 'appid');
        quotas.clear(appId === '' ? component.appId : wechat.authorizedAccount(appId).appId);
        return OK;
      },
    },
    '/cgi-bin/component/clear_quota': {
      method: 'POST',
      token: 'component',
      answer: (body) => {
        if (string(body, 'component_appid') !== component.appId) throw new ApiRefusal(40013);
        quotas.clear(component.appId);
        return OK;
      },
    },
    '/cgi-bin/openapi/quota/clear': post((holder, body) => {
      quotas.clear(holder, pathOf(holder, body));
      return OK;
    }),
    '/cgi-bin/openapi/quota/get': post((holder, body) => ({
      ...OK,
      quota: quotas.of(holder, pathOf(holder, body)),
      rate_limit: { call_count: 10_000, refresh_second: 60 },
      component_rate_limit: { call_count: 1_000, refresh_second: 60 },
    })),
    '/cgi-bin/openapi/rid/get': post((holder, body) => ({ ...OK, ...requests.find(holder, string(body, 'rid')) })),
    '/cgi-bin/get_api_domain_ip': get({ ip_list: API_IPS }),
    '/cgi-bin/getcallbackip': get({ ip_list: CALLBACK_IPS }),
    '/cgi-bin/callback/check': post((_, body) => {
      const [action, operator] = [string(body, 'action'), string(body, 'check_operator')];
      if (options.pushUrl === undefined) throw new ApiRefusal(40201);
      if (!['dns', 'ping', 'all'].includes(action)) throw new ApiRefusal(40202);
      if (!OPERATORS.includes(operator)) throw new ApiRefusal(40203);
      const ip = new URL(options.pushUrl).hostname;
      return {
        ...(action !== 'ping' && { dns: [{ ip, real_operator: 'UNICOM' }] }),
        ...(action !== 'dns' && { ping: [{ ip, from_operator: 'UNICOM', package_loss: '0%', time: '1.000ms' }] }),
      };
    }),
  };
}
