/**
 * The privacy guide (用户隐私保护指引) of a merchant's mini program. The path says component, the token is the merchant's.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序用户隐私保护指引 (getprivacysetting, setprivacysetting).
 */
import { asObject, isObject, type Json } from '../../../runtime/json-object.ts';
import type { Endpoint } from '../endpoints.ts';
import { listField, numberField, textField, textsField } from '../release/answer-fields.ts';

/** The one in development goes online with an audit and a release. */
export type GuideVersion = 'development' | 'online';

const VERSIONS: Record<GuideVersion, number> = { online: 1, development: 2 };

/** What one kind of private data is used for. */
export interface PrivacyPurpose {
  key: string;
  /** Empty where it is found in the code and not declared. */
  purpose: string;
}

export interface ShownGuide {
  /** Whether there is code that WeChat has looked through; without, nothing is found in it. */
  hasCode: boolean;
  /** Keys that WeChat found in the code. */
  found: string[];
  purposes: PrivacyPurpose[];
  /** In WeChat's own words. */
  owner: Json;
  sdks: Json[];
  /** Key → what it is called. */
  names: Record<string, string>;
  /** Unix seconds. */
  updatedAt?: number;
}

export const getPrivacyGuide: Endpoint<{ version: GuideVersion }, ShownGuide> = {
  method: 'POST',
  path: '/cgi-bin/component/getprivacysetting',
  tokenOf: 'account',
  repeatable: true,
  write: ({ version }) => ({ privacy_ver: VERSIONS[version] }),
  read: (document) => {
    const updatedAt = numberField(document, 'update_time');
    return {
      hasCode: numberField(document, 'code_exist') === 1,
      found: textsField(document, 'privacy_list'),
      purposes: listField(document, 'setting_list').flatMap((one) => {
        const key = textField(one, 'privacy_key');
        return key === '' ? [] : [{ key, purpose: textField(one, 'privacy_text') }];
      }),
      owner: asObject(document.owner_setting),
      sdks: Array.isArray(document.sdk_privacy_info_list) ? document.sdk_privacy_info_list.filter(isObject) : [],
      names: Object.fromEntries(
        listField(asObject(document.privacy_desc), 'privacy_desc_list').map((one) => [
          textField(one, 'privacy_key'),
          textField(one, 'privacy_desc'),
        ]),
      ),
      ...(updatedAt && { updatedAt }),
    };
  },
};

export interface GuideToSet {
  version: GuideVersion;
  owner: Json;
  /** Replaces what was declared; WeChat refuses it for the one that is online. */
  purposes?: readonly PrivacyPurpose[];
  sdks?: readonly Json[];
}

export const setPrivacyGuide: Endpoint<GuideToSet, void> = {
  method: 'POST',
  path: '/cgi-bin/component/setprivacysetting',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
  write: ({ version, owner, purposes, sdks }) => ({
    privacy_ver: VERSIONS[version],
    owner_setting: owner,
    ...(purposes && {
      setting_list: purposes.map(({ key, purpose }) => ({ privacy_key: key, privacy_text: purpose })),
    }),
    ...(sdks && { sdk_privacy_info_list: sdks }),
  }),
  read: () => undefined,
};
