/**
 * Quota, diagnosis and addresses as data: write the request, read the answer.
 * Source: developers.weixin.qq.com, 第三方平台 → API 文档 → openApi 管理.
 */
import { asObject } from '../../runtime/json-object.ts';
import type { Endpoint } from './endpoints.ts';

const EITHER = { tokenOf: 'either', repeatable: true } as const;

/** The path of an API as WeChat knows it, however it was typed. */
export const withSlash = (path: string): string => `/${path.replace(/^\/+/, '')}`;

export interface Rate {
  calls: number;
  seconds: number;
}

export interface Quota {
  dailyLimit: number;
  used: number;
  remain: number;
  rateLimit?: Rate;
  componentRateLimit?: Rate;
}

export const getQuota: Endpoint<{ path: string }, Quota> = {
  ...EITHER,
  method: 'POST',
  path: '/cgi-bin/openapi/quota/get',
  write: ({ path }) => ({ cgi_path: path }),
  read: (document) => {
    const quota = asObject(document.quota);
    return {
      dailyLimit: number(quota.daily_limit),
      used: number(quota.used),
      remain: number(quota.remain),
      ...rate('rateLimit', document.rate_limit),
      ...rate('componentRateLimit', document.component_rate_limit),
    };
  },
};

/** Clears one path for the token's holder. */
export const clearPath: Endpoint<{ path: string }, void> = {
  ...EITHER,
  repeatable: false,
  method: 'POST',
  path: '/cgi-bin/openapi/quota/clear',
  write: ({ path }) => ({ cgi_path: path }),
  read: () => undefined,
};

/** Clears all paths of the component, or of an account, by the component's AppSecret: it works without any token. */
export const clearBySecret: Endpoint<{ componentAppId: string; secret: string; appId?: string }, void> = {
  method: 'POST',
  path: '/cgi-bin/component/clear_quota/v2',
  tokenOf: 'none',
  repeatable: false,
  write: ({ componentAppId, secret, appId }) => ({
    component_appid: componentAppId,
    appsecret: secret,
    ...(appId !== undefined && { appid: appId }),
  }),
  read: () => undefined,
};

/** The older form: clears all paths of the account whose token it is. */
export const clearByToken: Endpoint<{ appId: string }, void> = {
  ...EITHER,
  repeatable: false,
  method: 'POST',
  path: '/cgi-bin/clear_quota',
  write: ({ appId }) => ({ appid: appId }),
  read: () => undefined,
};

/** What WeChat saw of a request. */
export interface SeenRequest {
  /** Unix seconds. */
  invokedAt: number;
  milliseconds: number;
  url: string;
  requestBody: string;
  responseBody: string;
  clientIp: string;
}

export const getRid: Endpoint<{ rid: string }, SeenRequest> = {
  ...EITHER,
  method: 'POST',
  path: '/cgi-bin/openapi/rid/get',
  write: ({ rid }) => ({ rid }),
  read: (document) => {
    const request = asObject(document.request);
    return {
      invokedAt: number(request.invoke_time),
      milliseconds: number(request.cost_in_ms),
      url: string(request.request_url),
      requestBody: string(request.request_body),
      responseBody: string(request.response_body),
      clientIp: string(request.client_ip),
    };
  },
};

const addresses = (path: string): Endpoint<void, string[]> => ({
  ...EITHER,
  method: 'GET',
  path,
  write: () => ({}),
  read: ({ ip_list: list }) => (Array.isArray(list) ? list.filter((ip) => typeof ip === 'string') : []),
});

/** Where calls go to. */
export const getApiAddresses = addresses('/cgi-bin/get_api_domain_ip');

/** Where pushes come from; addresses and ranges. */
export const getCallbackAddresses = addresses('/cgi-bin/getcallbackip');

const number = (value: unknown): number => (Number.isFinite(Number(value)) ? Number(value) : 0);
const string = (value: unknown): string => (typeof value === 'string' ? value : '');

function rate<Name extends string>(name: Name, value: unknown): Partial<Record<Name, Rate>> {
  const { call_count: calls, refresh_second: seconds } = asObject(value);
  if (calls === undefined) return {};
  return { [name]: { calls: number(calls), seconds: number(seconds) } } as Record<Name, Rate>;
}
