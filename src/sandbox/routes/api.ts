/** WeChat's API as the sandbox answers it: real validation, real error numbers. */
import { menuRoutes } from './menu-routes.ts';
import type { Account, WechatState } from '../wechat-state.ts';
import { ApiRefusal } from '../api-refusal.ts';
import { listRoutes } from './list-routes.ts';
import { optionRoutes } from './option-routes.ts';
import { mediaRoutes } from './media-routes.ts';
import type { Followers } from './followers.ts';
import { createMedia } from './media.ts';
import { messageRoutes } from './message-routes.ts';
import { shareRoutes } from './share-routes.ts';
import { templateRoutes } from './template-routes.ts';
import { userRoutes } from './user-routes.ts';
import { quotaRoutes } from './quota-routes.ts';
import type { Quotas } from '../quotas.ts';
import type { Requests } from '../requests.ts';
import { OK, string, type ApiCall, type CallBody, type Download, type Route } from './route.ts';

export interface ApiOptions {
  ttl: number;
  /** Addresses on the 白名单IP; undefined allows all. */
  allowedIps?: string[];
  quotas: Quotas;
  requests: Requests;
  followers: Followers;
  pushUrl?: string;
  /** Pushes a ticket now. */
  startPush: () => void;
  /** Pictures that WeChat itself made for an account. */
  pictureOf: (appId: string, mediaId: string) => Download | undefined;
  /** Those of the code management. */
  furtherRoutes: Record<string, Route>;
}

const LIST_LIMIT = 500;
const NOT_PLAYED = 'invalid url: this is the sandbox of wxop, which does not play this path';

export function createApi(wechat: WechatState, options: ApiOptions): (call: ApiCall) => object {
  const { component } = wechat;
  const media = createMedia(wechat);

  function componentOf(body: CallBody): void {
    const appId = string(body, 'component_appid');
    if (appId === '') throw new ApiRefusal(41018);
    if (appId !== component.appId) throw new ApiRefusal(40013);
  }

  const asComponent = (answer: (body: CallBody) => object): Route => ({
    method: 'POST',
    token: 'component',
    answer: (body) => {
      componentOf(body);
      return answer(body);
    },
  });

  const routes: Record<string, Route> = {
    '/cgi-bin/component/api_start_push_ticket': {
      method: 'POST',
      token: 'none',
      answer: (body) => {
        componentOf(body);
        if (string(body, 'component_secret') === '') throw new ApiRefusal(41004);
        if (string(body, 'component_secret') !== component.secret) throw new ApiRefusal(40125);
        options.startPush();
        return OK;
      },
    },
    '/cgi-bin/component/api_component_token': {
      method: 'POST',
      token: 'none',
      answer: (body) => {
        componentOf(body);
        const ticket = string(body, 'component_verify_ticket');
        const token = wechat.componentToken(string(body, 'component_appsecret'), ticket);
        return { component_access_token: token, expires_in: options.ttl };
      },
    },
    '/cgi-bin/component/api_create_preauthcode': asComponent(() => {
      const { code, expiresIn } = wechat.preAuthCode();
      return { pre_auth_code: code, expires_in: expiresIn };
    }),
    '/cgi-bin/component/api_query_auth': asComponent((body) => {
      const { account, accessToken } = wechat.queryAuth(string(body, 'authorization_code'));
      return {
        authorization_info: {
          authorizer_appid: account.appId,
          authorizer_access_token: accessToken,
          expires_in: options.ttl,
          authorizer_refresh_token: account.refreshToken,
          func_info: funcInfo(account),
        },
      };
    }),
    '/cgi-bin/component/api_authorizer_token': asComponent((body) => {
      const refreshToken = string(body, 'authorizer_refresh_token');
      const { account, accessToken } = wechat.refresh(string(body, 'authorizer_appid'), refreshToken);
      return {
        authorizer_access_token: accessToken,
        expires_in: options.ttl,
        authorizer_refresh_token: account.refreshToken,
      };
    }),
    '/cgi-bin/component/api_get_authorizer_info': asComponent((body) => {
      const account = wechat.authorizedAccount(string(body, 'authorizer_appid'));
      return {
        authorizer_info: describe(account),
        authorization_info: {
          authorizer_appid: account.appId,
          authorizer_refresh_token: account.refreshToken,
          func_info: funcInfo(account),
        },
      };
    }),
    '/cgi-bin/component/api_get_authorizer_list': asComponent((body) => {
      const [offset, count] = [Number(body.offset), Number(body.count)];
      if (!Number.isInteger(offset) || !Number.isInteger(count)) throw new ApiRefusal(47001);
      if (count > LIST_LIMIT) throw new ApiRefusal(40170);
      const authorized = wechat.accounts.filter((account) => account.authorized);
      return {
        total_count: authorized.length,
        list: authorized.slice(offset, offset + count).map(({ appId, refreshToken, authTime }) => ({
          authorizer_appid: appId,
          refresh_token: refreshToken,
          auth_time: authTime,
        })),
      };
    }),
    ...menuRoutes(wechat, options.followers),
    ...mediaRoutes(wechat, media, options.pictureOf),
    ...messageRoutes(wechat, media),
    ...userRoutes(wechat, options.followers),
    ...templateRoutes(wechat, options.followers),
    ...shareRoutes(wechat),
    ...listRoutes(wechat),
    ...optionRoutes(wechat),
    ...options.furtherRoutes,
    ...quotaRoutes(wechat, { ...options, routeOf: (path) => routes[path] }),
  };

  return (call) => {
    const route = routes[call.path];
    if (!route) throw new ApiRefusal(40066, NOT_PLAYED);
    if (route.method !== 'any' && call.method !== route.method)
      throw new ApiRefusal(route.method === 'GET' ? 43001 : 43002);
    if (options.allowedIps && !options.allowedIps.includes(call.clientIp)) throw new ApiRefusal(61004);
    const token = tokenIn(call);
    options.quotas.use(wechat.appIdOf(token), call.path);
    if (route.token !== 'none' && token === '') throw new ApiRefusal(route.token === 'component' ? 41021 : 41001);
    if (route.token === 'component') wechat.checkComponentToken(token);
    if (route.token === 'either') wechat.checkAnyToken(token);
    const isJson = route.method === 'POST' && !route.isForm;
    return route.answer(isJson ? parse(call.body.toString('utf8')) : {}, token, call);
  };
}

/** Whichever of its names it comes under. */
export const tokenIn = ({ query }: ApiCall): string =>
  query.get('component_access_token') ?? query.get('access_token') ?? '';

function parse(body: string): CallBody {
  if (body.trim() === '') throw new ApiRefusal(44002);
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document === 'object' && document !== null) return document as CallBody;
  } catch {
    // Falls through: WeChat says the same of broken JSON and of a bare value.
  }
  throw new ApiRefusal(47001);
}

const funcInfo = (account: Account) => account.funcInfo.map((id) => ({ funcscope_category: { id } }));

function describe({ nickName, userName, kind, isVerified }: Account) {
  return {
    nick_name: nickName,
    head_img: '',
    service_type_info: { id: kind === 'mini' || !isVerified ? 0 : 2 },
    verify_type_info: { id: isVerified ? 0 : -1 },
    user_name: userName,
    principal_name: `${nickName}有限公司`,
    alias: '',
    business_info: { open_store: 0, open_scan: 0, open_pay: 0, open_card: 0, open_shake: 0 },
    qrcode_url: '',
    account_status: 1,
    register_type: 0,
    ...(kind === 'mini' && {
      MiniProgramInfo: {
        network: { RequestDomain: [] },
        categories: [{ first: '商业服务', second: '零售' }],
        visit_status: 0,
      },
    }),
  };
}
