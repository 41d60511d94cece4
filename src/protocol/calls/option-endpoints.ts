/**
 * The options of an account (选项设置信息), and what each of their values means.
 * Source: developers.weixin.qq.com, 第三方平台 → 授权帐号管理 → 获取/设置授权方选项信息. There are two pairs of calls: the older one
 * takes the component's token, the newer one, by the English page, the account's. The Chinese page contradicts it.
 */
import { text, type Text } from '../../sentences/text.ts';
import { isError } from '../../sentences/wxop-error.ts';
import { must, type AccountRequest, type Endpoint } from './endpoints.ts';
import { textField } from './release/answer-fields.ts';

/** A value as WeChat writes it, as wxop names it, and what it does. */
export interface OptionValue {
  value: string;
  state: string;
  means: Text;
}

const OFF: OptionValue = { value: '0', state: 'off', means: text('off', '关闭') };
const ON: OptionValue = { value: '1', state: 'on', means: text('on', '开启') };

export const ACCOUNT_OPTIONS = {
  location_report: {
    about: text('location reporting', '地理位置上报'),
    values: [
      { ...OFF, means: text('off: no location is reported', '关闭：不上报位置') },
      {
        value: '1',
        state: 'enter',
        means: text('reported when a user opens the conversation', '用户进入会话时上报'),
      },
      { value: '2', state: 'every-5s', means: text('reported every 5 seconds', '每 5 秒上报一次') },
    ],
  },
  voice_recognize: {
    about: text('voice recognition', '语音识别'),
    values: [
      { ...OFF, means: text('off: voice messages come without text', '关闭：语音消息不带识别结果') },
      { ...ON, means: text('on: voice messages come with their text', '开启：语音消息附带识别出的文字') },
    ],
  },
  customer_service: {
    about: text('customer service with several agents', '多客服'),
    values: [
      { ...OFF, means: text('off', '关闭') },
      { ...ON, means: text('on: conversations can be handed to agents', '开启：可将会话转给客服') },
    ],
  },
} as const satisfies Record<string, { about: Text; values: readonly OptionValue[] }>;

export type OptionName = keyof typeof ACCOUNT_OPTIONS;
export const OPTION_NAMES = Object.keys(ACCOUNT_OPTIONS) as [OptionName, ...OptionName[]];

/** The value that was meant by its number or its state; undefined where the option has none such. */
export const optionValue = (name: OptionName, given: string): OptionValue | undefined =>
  ACCOUNT_OPTIONS[name].values.find(({ value, state }) => value === given || state === given);

type Get = AccountRequest & { name: OptionName };
type Set = Get & { value: string };

const read: Endpoint<Get, string>['read'] = (document) =>
  textField(document, 'option_value') || must(document, 'option_value');

const writeOld = ({ appId, accountAppId, name }: Get) => ({
  component_appid: appId,
  authorizer_appid: accountAppId,
  option_name: name,
});

export const getAuthorizerOption: Endpoint<Get, string> = {
  method: 'POST',
  path: '/cgi-bin/component/api_get_authorizer_option',
  tokenOf: 'component',
  repeatable: true,
  write: writeOld,
  read,
};

export const setAuthorizerOption: Endpoint<Set, void> = {
  method: 'POST',
  path: '/cgi-bin/component/api_set_authorizer_option',
  tokenOf: 'component',
  repeatable: true,
  write: (request) => ({ ...writeOld(request), option_value: request.value }),
  read: () => undefined,
};

const getOwn: Endpoint<Get, string> = {
  method: 'POST',
  path: '/cgi-bin/component/get_authorizer_option',
  tokenOf: 'account',
  repeatable: true,
  write: ({ name }) => ({ option_name: name }),
  read,
};

const setOwn: Endpoint<Set, void> = {
  method: 'POST',
  path: '/cgi-bin/component/set_authorizer_option',
  tokenOf: 'account',
  repeatable: true,
  write: ({ name, value }) => ({ option_name: name, option_value: value }),
  read: () => undefined,
};

/** The newer pair. The documents disagree about whose token it takes, so `wxop api` does not guess. */
export const OWN_OPTION = { get: getOwn, set: setOwn };

/** Refusals of the call itself, not of what it asks for: the other pair may be the right one. */
export const isWrongPair = (error: unknown): boolean =>
  [40066, 61014, 61015].some((errcode) => isError(error, 'PLATFORM_REFUSED', errcode));
