/**
 * The code of a merchant's mini program: uploading it, and what is there.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序代码管理 (commit, get_page, getversioninfo, get_code_privacy_info,
 * get_category).
 */
import { asObject, type Json } from '../../../runtime/json-object.ts';
import type { Endpoint } from '../endpoints.ts';
import { listField, numberField, textField, textsField } from './answer-fields.ts';

/** Milliseconds: three seconds are usual, more than thirty were seen. */
const UPLOAD_DEADLINE = 120_000;

/** Characters, which WeChat allows in user_version. */
export const LONGEST_VERSION = 64;
export const isUsableVersion = (version: string): boolean => version !== '' && [...version].length <= LONGEST_VERSION;

export interface CodeUpload {
  templateId: number;
  /** Text that holds JSON. */
  extJson: string;
  version: string;
  description: string;
}

/** Replaces the trial version, and starts the detection of private interfaces again. */
export const commitCode: Endpoint<CodeUpload, void> = {
  method: 'POST',
  path: '/wxa/commit',
  tokenOf: 'account',
  repeatable: false,
  afterLoss: 'look-then-repeat-once',
  deadline: UPLOAD_DEADLINE,
  write: ({ templateId, extJson, version, description }) => ({
    template_id: templateId,
    ext_json: extJson,
    user_version: version,
    user_desc: description,
  }),
  read: () => undefined,
};

/** The pages of the code that was uploaded last. */
export const getPages: Endpoint<void, string[]> = {
  method: 'GET',
  path: '/wxa/get_page',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document) => textsField(document, 'page_list'),
};

export interface CodeVersion {
  /** May be empty although there is one. */
  version: string;
  description: string;
  /** Unix seconds. */
  time?: number;
}

export interface CodeVersions {
  trial?: CodeVersion;
  online?: CodeVersion;
}

export const getVersionInfo: Endpoint<void, CodeVersions> = {
  method: 'POST',
  path: '/wxa/getversioninfo',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document) => {
    const trial = codeVersion(asObject(document.exp_info), 'exp');
    const online = codeVersion(asObject(document.release_info), 'release');
    return { ...(trial && { trial }), ...(online && { online }) };
  },
};

function codeVersion(about: Json, prefix: string): CodeVersion | undefined {
  const version = textField(about, `${prefix}_version`);
  const description = textField(about, `${prefix}_desc`);
  const time = numberField(about, `${prefix}_time`);
  if (version === '' && !time) return undefined;
  return { version, description, ...(time && { time }) };
}

/** What the detection found; refused with 61039 while it runs. */
export interface CodeCheck {
  /** Private interfaces that the code uses and the mini program was not granted. */
  ungranted: string[];
  /** Those that are not declared in requiredPrivateInfos. */
  undeclared: string[];
}

export const getCodePrivacyInfo: Endpoint<void, CodeCheck> = {
  method: 'GET',
  path: '/wxa/security/get_code_privacy_info',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document) => ({
    ungranted: textsField(document, 'without_auth_list'),
    undeclared: textsField(document, 'without_conf_list'),
  }),
};

/** A category with its ids, as the audit form wants it. */
export type CodeCategory = Partial<
  Record<'first_class' | 'second_class' | 'third_class', string> & Record<'first_id' | 'second_id' | 'third_id', number>
>;

export const getCodeCategories: Endpoint<void, CodeCategory[]> = {
  method: 'GET',
  path: '/wxa/get_category',
  tokenOf: 'account',
  repeatable: true,
  write: () => ({}),
  read: (document) => listField(document, 'category_list').map(codeCategory),
};

function codeCategory(document: Json): CodeCategory {
  const category: CodeCategory = {};
  for (const level of ['first', 'second', 'third'] as const) {
    const name = textField(document, `${level}_class`);
    const id = numberField(document, `${level}_id`);
    // Two levels are usual: WeChat may send the third as '' and 0.
    if (name !== '') category[`${level}_class`] = name;
    if (id) category[`${level}_id`] = id;
  }
  return category;
}
