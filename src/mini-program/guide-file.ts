/**
 * A privacy guide as a file, in WeChat's own words, checked before anything is sent: WeChat stores half of one, and texts in a
 * wrong encoding, without an error, and the audit rejects them.
 * Source: developers.weixin.qq.com, 第三方平台 → 小程序用户隐私保护指引 (setprivacysetting).
 */
import type { PrivacyPurpose, ShownGuide } from '../protocol/calls/mini-program/privacy-endpoints.ts';
import { isObject, type Json } from '../runtime/json-object.ts';
import { closestName } from '../sentences/closest-name.ts';
import { en, firstOf, text, zh, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

export interface GuideFile {
  owner: Json;
  purposes: PrivacyPurpose[];
  sdks?: Json[];
}

const FIELDS = ['owner_setting', 'setting_list', 'sdk_privacy_info_list'];
const PURPOSE_FIELDS = ['privacy_key', 'privacy_text', 'privacy_label'];
const CONTACTS = ['contact_phone', 'contact_email', 'contact_qq', 'contact_weixin'];
/** Set by another call, and only read here. */
const OWNER_FIELDS = [...CONTACTS, 'notice_method', 'store_expire_timestamp', 'ext_file_media_id', 'store_region'];
const KEPT_FOR = /^\d+(?:天|个?月|年)$/;
const MOST_SHOWN = 8;

const isFilled = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isSet = (value: unknown): boolean => value !== undefined && value !== '' && value !== 0;
const contactsIn = (owner: Json): string[] => CONTACTS.map((name) => owner[name]).filter(isFilled);

/** The form that can be filled in and given back: what is declared, and what was found in the code. */
export function guideForm({ owner, purposes, found, sdks }: ShownGuide): Json {
  const undeclared = found.filter((key) => !purposes.some((one) => one.key === key));
  // In the order in which one fills it in.
  const fields = OWNER_FIELDS.filter((name) => name === 'notice_method' || isSet(owner[name]));
  return {
    owner_setting: {
      ...(contactsIn(owner).length === 0 && { contact_phone: '' }),
      ...Object.fromEntries(fields.map((name) => [name, owner[name] ?? ''])),
    },
    setting_list: [...purposes, ...undeclared.map((key) => ({ key, purpose: '' }))].map(({ key, purpose }) => ({
      privacy_key: key,
      privacy_text: purpose,
    })),
    ...(sdks.length > 0 && { sdk_privacy_info_list: sdks }),
  };
}

/** What an operator has to write before WeChat's audit accepts a guide; empty where nothing is missing. */
export function missingInGuide({ owner, purposes, found, names }: ShownGuide): Text[] {
  const missing = ownerGaps(owner);
  const undeclared = found.filter((key) => !purposes.some((one) => one.key === key && one.purpose !== ''));
  const unwritten = purposes.filter(({ key, purpose }) => purpose === '' && !undeclared.includes(key));
  return [...missing, ...[...undeclared, ...unwritten.map(({ key }) => key)].map((key) => purposeOf(key, names))];
}

const purposeOf = (key: string, names: Record<string, string>): Text => {
  const name = names[key];
  return name && name !== key
    ? text(en`the purpose of ${key} (${name})`, zh`${key}（${name}）的用途`)
    : text(en`the purpose of ${key}`, zh`${key} 的用途`);
};

function ownerGaps(owner: Json): Text[] {
  return [
    ...(contactsIn(owner).length === 0 ? [NO_CONTACT] : []),
    ...(isFilled(owner.notice_method) ? [] : [NO_NOTICE]),
  ];
}

const NO_CONTACT = text(
  'a contact (one of contact_phone, contact_email, contact_qq, contact_weixin)',
  '联系方式（contact_phone、contact_email、contact_qq、contact_weixin 之一）',
);
const NO_NOTICE = text('how users are told of changes (notice_method)', '变更通知方式（notice_method）');

/** Throws GUIDE_INCOMPLETE with everything that is missing or wrong, USAGE for what is no guide at all. */
export function readGuideFile(document: Json): GuideFile {
  const stranger = Object.keys(document).find((name) => !FIELDS.includes(name));
  if (stranger !== undefined) throw unknownField(stranger, FIELDS);
  const { owner_setting: owner, setting_list: list, sdk_privacy_info_list: sdks } = document;
  if (!isObject(owner) || !Array.isArray(list) || !list.every(isObject)) throw noGuide();
  if (sdks !== undefined && !(Array.isArray(sdks) && sdks.every(isObject))) throw noGuide();
  const strangeOwner = Object.keys(owner).find((name) => !OWNER_FIELDS.includes(name));
  if (strangeOwner !== undefined) throw unknownField(strangeOwner, OWNER_FIELDS);
  const problems = [...ownerGaps(owner), ...wrongInOwner(owner), ...list.flatMap(wrongInPurpose), ...doubles(list)];
  if (problems.length > 0) throw incompleteGuide(problems);
  return {
    owner,
    purposes: list.map((one) => ({ key: String(one.privacy_key), purpose: String(one.privacy_text).trim() })),
    ...(sdks && { sdks }),
  };
}

/** Throws GUIDE_INCOMPLETE where the code uses what the file says nothing of. */
export function expectAllDeclared({ purposes }: GuideFile, { found, names }: ShownGuide): void {
  const undeclared = found.filter((key) => !purposes.some((one) => one.key === key));
  if (undeclared.length > 0) throw incompleteGuide(undeclared.map((key) => purposeOf(key, names)));
}

function* wrongInOwner(owner: Json): Generator<Text> {
  for (const [name, value] of Object.entries(owner)) {
    if (name === 'store_region') continue;
    if (typeof value !== 'string') yield text(en`${name} is not text`, zh`${name} 不是文本`);
    else if (isGarbled(value)) yield garbled(name);
  }
  const { store_expire_timestamp: kept = '' } = owner;
  if (typeof kept === 'string' && kept !== '' && !KEPT_FOR.test(kept)) yield WRONG_TIME;
}

const WRONG_TIME = text(
  'store_expire_timestamp must be like 30天, or empty for the shortest time that the law allows',
  'store_expire_timestamp 应为数字加“天”、“个月”或“年”，留空表示法律允许的最短时间',
);

function wrongInPurpose(one: Json, at: number): Text[] {
  const { privacy_key: key, privacy_text: purpose } = one;
  if (!isFilled(key)) return [text(en`privacy_key of entry ${at + 1}`, zh`第 ${at + 1} 项的 privacy_key`)];
  const stranger = Object.keys(one).find((name) => !PURPOSE_FIELDS.includes(name));
  // WeChat takes it without an error, and the purpose stays empty.
  if (stranger !== undefined) {
    return [text(en`${stranger} of ${key} must be privacy_text`, zh`${key} 的 ${stranger} 应为 privacy_text`)];
  }
  if (!isFilled(purpose)) return [purposeOf(key, {})];
  if (isGarbled(purpose)) return [garbled(key)];
  if (purpose.trim().startsWith('为了')) return [doubled(key)];
  return [];
}

/** Escapes that would be shown as they are, and what was read in a wrong encoding. */
const isGarbled = (value: string): boolean => /\\u[\da-f]{4}|\ufffd/i.test(value);
const garbled = (name: string): Text =>
  text(
    en`the text of ${name} is garbled: save the file as UTF-8, without \\u escapes`,
    zh`${name} 的文本是乱码：请将文件保存为 UTF-8，且不要使用 \\u 转义`,
  );
const doubled = (key: string): Text =>
  text(
    en`the purpose of ${key} must not begin with 为了, which WeChat puts before it`,
    zh`${key} 的用途不要以“为了”开头，微信会自动加上`,
  );

function doubles(list: readonly Json[]): Text[] {
  const keys = list.map((one) => one.privacy_key).filter(isFilled);
  return [...new Set(keys.filter((key, at) => keys.indexOf(key) !== at))].map((key) =>
    text(en`${key} only once`, zh`${key} 只能出现一次`),
  );
}

const incompleteGuide = (problems: readonly Text[]): WxopError => {
  const which = firstOf(problems, MOST_SHOWN);
  return new WxopError(
    'GUIDE_INCOMPLETE',
    text(en`The privacy guide still needs: ${which}.`, zh`隐私保护指引还缺少或须更正：${which}。`),
    {
      hint: text(
        'Nothing was sent. `wxop mini privacy get <account> -o guide.json` writes the form with everything that the code uses.',
        '未提交任何内容。`wxop mini privacy get <帐号> -o guide.json` 会写出待填写的表单，含代码用到的全部信息类型。',
      ),
    },
  );
};

const noGuide = (): WxopError =>
  new WxopError('USAGE', text('This file is not a privacy guide.', '该文件不是隐私保护指引。'), {
    hint: text(
      'It has owner_setting (an object) and setting_list (a list of privacy_key and privacy_text): `wxop mini privacy get <account> -o guide.json` writes one.',
      '应含 owner_setting（对象）与 setting_list（privacy_key 与 privacy_text 的列表）：可用 `wxop mini privacy get <帐号> -o guide.json` 生成。',
    ),
  });

const unknownField = (name: string, known: readonly string[]): WxopError => {
  const near = closestName(name, known);
  return new WxopError('USAGE', text(en`A privacy guide has no field ${name}.`, zh`隐私保护指引没有字段 ${name}。`), {
    hint: near
      ? text(en`Did you mean ${near}?`, zh`是否想用 ${near}？`)
      : text(en`It has: ${known.join(', ')}.`, zh`字段有：${known.join('、')}。`),
  });
};
