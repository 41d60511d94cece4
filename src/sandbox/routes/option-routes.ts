/** The options of an account, under both of their names. */
import { ACCOUNT_OPTIONS } from '../../protocol/calls/option-endpoints.ts';
import { ApiRefusal } from '../api-refusal.ts';
import type { WechatState } from '../wechat-state.ts';
import { OK, string, type CallBody, type Route } from './route.ts';

const VALUES = new Map<string, readonly string[]>(
  Object.entries(ACCOUNT_OPTIONS).map(([name, { values }]) => [name, values.map(({ value }) => value)]),
);

export function optionRoutes(wechat: WechatState): Record<string, Route> {
  /** Appid and name → value; an option that nobody touched is off. */
  const set = new Map<string, string>();

  const named = (body: CallBody): string => {
    const name = string(body, 'option_name');
    if (!VALUES.has(name)) throw new ApiRefusal(61012);
    return name;
  };

  const get = (appId: string, body: CallBody) => {
    const name = named(body);
    return { option_name: name, option_value: set.get(`${appId} ${name}`) ?? '0' };
  };

  const change = (appId: string, body: CallBody): object => {
    const name = named(body);
    // Text only: a number is refused.
    const value = string(body, 'option_value');
    if (!VALUES.get(name)?.includes(value)) throw new ApiRefusal(61013);
    set.set(`${appId} ${name}`, value);
    return OK;
  };

  const asComponent = (answer: (appId: string, body: CallBody) => object): Route => ({
    method: 'POST',
    token: 'component',
    answer: (body) => {
      if (string(body, 'component_appid') !== wechat.component.appId) throw new ApiRefusal(40013);
      return answer(wechat.authorizedAccount(string(body, 'authorizer_appid')).appId, body);
    },
  });

  const asAccount = (answer: (appId: string, body: CallBody) => object): Route => ({
    method: 'POST',
    token: 'account',
    answer: (body, token) => answer(wechat.holderOf(token).appId, body),
  });

  return {
    '/cgi-bin/component/api_get_authorizer_option': asComponent((appId, body) => ({
      authorizer_appid: appId,
      ...get(appId, body),
    })),
    '/cgi-bin/component/api_set_authorizer_option': asComponent(change),
    '/cgi-bin/component/get_authorizer_option': asAccount(get),
    '/cgi-bin/component/set_authorizer_option': asAccount(change),
  };
}
