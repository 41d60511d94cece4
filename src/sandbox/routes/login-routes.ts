/** Web pages and mini programs: who their visitor is, and the JS ticket. */
import { createHash, randomBytes } from 'node:crypto';
import { ApiRefusal } from '../api-refusal.ts';
import type { WechatState } from '../wechat-state.ts';
import { accountRoutes, filled, among } from './account-call.ts';
import { openIdOf, unionIdOf, type Followers } from './followers.ts';
import { OK, type Route } from './route.ts';

/** 网页服务, 卡券. */
const TICKET_SETS = [4, 8];
/** Seconds. */
const [CODE_LIFE, TOKEN_LIFE, REFRESH_LIFE] = [5 * 60, 7200, 30 * 24 * 3600];
const SCOPES = ['snsapi_base', 'snsapi_userinfo'];

interface Visitor {
  appId: string;
  openId: string;
  scope: string;
  until: number;
}

export interface Login {
  routes: Record<string, Route>;
  /** Where the page of web login sends the visitor, who says yes at once; an ApiRefusal where its link is wrong. */
  redirect(query: URLSearchParams): string;
}

export function createLogin(wechat: WechatState, followers: Followers): Login {
  const codes = new Map<string, Visitor & { used: boolean }>();
  const tokens = new Map<string, Visitor>();
  const refreshTokens = new Map<string, Visitor>();
  /** js_codes that were exchanged. */
  const exchanged = new Set<string>();
  const random = (): string => randomBytes(48).toString('base64url');

  function authorizer(query: URLSearchParams, grantType: string): string {
    const component = query.get('component_appid') ?? '';
    if (component === '') throw new ApiRefusal(41018);
    if (component !== wechat.component.appId) throw new ApiRefusal(40013);
    const { appId } = wechat.authorizedAccount(query.get('appid') ?? '');
    if (query.get('grant_type') !== grantType) throw new ApiRefusal(40002);
    return appId;
  }

  function tokensOf({ appId, openId, scope }: Visitor): object {
    const [access_token, refresh_token] = [random(), random()];
    tokens.set(access_token, { appId, openId, scope, until: wechat.seconds() + TOKEN_LIFE });
    refreshTokens.set(refresh_token, { appId, openId, scope, until: wechat.seconds() + REFRESH_LIFE });
    const unionid = scope.includes('snsapi_userinfo') ? { unionid: unionIdOf(openId) } : {};
    return { access_token, expires_in: TOKEN_LIFE, refresh_token, openid: openId, scope, ...unionid };
  }

  function visitor(query: URLSearchParams): Visitor {
    const token = query.get('access_token') ?? '';
    if (token === '') throw new ApiRefusal(41001);
    const found = tokens.get(token);
    if (!found) throw new ApiRefusal(40001);
    if (found.until <= wechat.seconds()) throw new ApiRefusal(42001);
    if (found.openId !== query.get('openid')) throw new ApiRefusal(40003);
    return found;
  }

  const get = (token: Route['token'], answer: (query: URLSearchParams) => object): Route => ({
    method: 'any',
    token,
    answer: (_, __, { query }) => answer(query),
  });

  /** For an account's own secret, which a component never learns. */
  const ownSecret = (query: URLSearchParams): never => {
    wechat.account(query.get('appid') ?? '');
    throw new ApiRefusal(query.get('secret') ? 40125 : 41004);
  };
  const ownToken = (): never => {
    throw new ApiRefusal(61024);
  };

  const routes: Record<string, Route> = {
    '/sns/oauth2/component/access_token': get('component', (query) => {
      const appId = authorizer(query, 'authorization_code');
      const found = codes.get(query.get('code') ?? '');
      if (found?.appId !== appId) throw new ApiRefusal(40029);
      if (found.used) throw new ApiRefusal(40163);
      if (found.until <= wechat.seconds()) throw new ApiRefusal(42003);
      found.used = true;
      return tokensOf(found);
    }),
    '/sns/oauth2/component/refresh_token': get('component', (query) => {
      const appId = authorizer(query, 'refresh_token');
      const found = refreshTokens.get(query.get('refresh_token') ?? '');
      if (found?.appId !== appId) throw new ApiRefusal(40030);
      if (found.until <= wechat.seconds()) throw new ApiRefusal(42002);
      return tokensOf(found);
    }),
    '/sns/userinfo': get('none', (query) => {
      const { openId, scope } = visitor(query);
      if (!scope.includes('snsapi_userinfo')) throw new ApiRefusal(48001);
      return {
        openid: openId,
        nickname: '微信用户',
        sex: 0,
        province: '',
        city: '',
        country: '',
        headimgurl: 'https://thirdwx.example.com/mmopen/132',
        privilege: [],
        unionid: unionIdOf(openId),
      };
    }),
    '/sns/auth': get('none', (query) => {
      visitor(query);
      return OK;
    }),
    '/sns/component/jscode2session': get('component', (query) => {
      const appId = authorizer(query, 'authorization_code');
      if (wechat.account(appId).kind !== 'mini') throw new ApiRefusal(40013);
      const code = query.get('js_code') ?? '';
      if (!/^[\w-]{5,}$/.test(code)) throw new ApiRefusal(40029);
      if (exchanged.has(`${appId} ${code}`)) throw new ApiRefusal(40163);
      exchanged.add(`${appId} ${code}`);
      const openid = openIdOf(`${appId} ${code.split('-')[0]}`);
      return { openid, session_key: randomBytes(16).toString('base64'), unionid: unionIdOf(openid) };
    }),
    ...accountRoutes(wechat, {
      '/cgi-bin/ticket/getticket': {
        method: 'GET',
        kind: 'mp',
        sets: TICKET_SETS,
        needs: { type: among(['jsapi', 'wx_card'], 40097) },
        answer: () => ({ ...OK, ticket: `sM4AOVdWfPE4DxkXGEs8V${random()}`, expires_in: TOKEN_LIFE }),
      },
      '/wxa/business/getuserphonenumber': {
        kind: 'mini',
        needs: { code: filled(40029) },
        answer: ({ appId }, { code }) => {
          const number = createHash('sha256').update(String(code)).digest().readUInt32BE(0) % 1e8;
          const phone = `138${String(number).padStart(8, '0')}`;
          const watermark = { timestamp: wechat.seconds(), appid: appId };
          const phone_info = { phoneNumber: phone, purePhoneNumber: phone, countryCode: '86', watermark };
          return { ...OK, phone_info };
        },
      },
    }),
    '/sns/jscode2session': get('none', ownSecret),
    '/sns/oauth2/access_token': get('none', ownSecret),
    '/cgi-bin/token': { method: 'GET', token: 'none', answer: ownToken },
    '/cgi-bin/stable_token': { method: 'POST', token: 'none', answer: ownToken },
  };

  return {
    routes,
    redirect(query) {
      if (query.get('component_appid') !== wechat.component.appId) throw new ApiRefusal(61011);
      const { appId } = wechat.authorizedAccount(query.get('appid') ?? '');
      const [target, scope] = [query.get('redirect_uri') ?? '', query.get('scope') ?? ''];
      if (!/^https?:\/\//.test(target) || !URL.canParse(target)) throw new ApiRefusal(10003);
      const url = new URL(target);
      if (query.get('response_type') !== 'code' || !scope.split(',').every((one) => SCOPES.includes(one))) {
        throw new ApiRefusal(10005);
      }
      const code = random().slice(0, 32);
      const [openId = ''] = followers.listed(appId);
      codes.set(code, { appId, openId, scope, until: wechat.seconds() + CODE_LIFE, used: false });
      url.searchParams.set('code', code);
      url.searchParams.set('state', query.get('state') ?? '');
      url.searchParams.set('appid', appId);
      return url.href;
    },
  };
}
