/**
 * A menu as menu/create takes it, and what each type of button needs there.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 创建接口, 个性化菜单接口.
 */
import { isObject, type Json } from '../runtime/json-object.ts';

export interface DraftButton {
  name: string;
  /** Absent for a button that only opens its sub-menu. */
  type?: string;
  sub_button?: DraftButton[];
  [field: string]: unknown;
}

export interface ConditionalDraft {
  button: DraftButton[];
  matchrule: Json;
}

/** The document of menu/create; `conditionalmenu` is our addition: each entry is a document of menu/addconditional. */
export interface MenuDraft {
  button: DraftButton[];
  conditionalmenu?: ConditionalDraft[];
}

/** Type of button → the fields that it must have besides `name`. */
export const BUTTON_FIELDS: Record<string, readonly string[]> = {
  click: ['key'],
  view: ['url'],
  scancode_push: ['key'],
  scancode_waitmsg: ['key'],
  pic_sysphoto: ['key'],
  pic_photo_or_album: ['key'],
  pic_weixin: ['key'],
  location_select: ['key'],
  media_id: ['media_id'],
  view_limited: ['media_id'],
  article_id: ['article_id'],
  article_view_limited: ['article_id'],
  miniprogram: ['appid', 'pagepath', 'url'],
};

/** The fields that a button of this type must have besides `name`; undefined for a type that menu/create does not know. */
export const fieldsOf = (type: string): readonly string[] | undefined =>
  Object.hasOwn(BUTTON_FIELDS, type) ? BUTTON_FIELDS[type] : undefined;

/** The fields of a matchrule that still choose followers. */
export const RULE_FIELDS = ['tag_id', 'client_platform_type'] as const;

/** Withdrawn for privacy (65320): a menu whose rule has one of them matches nobody any more. */
export const WITHDRAWN_RULE_FIELDS = ['sex', 'country', 'province', 'city', 'language'] as const;

/** True for the values that WeChat's documents have where nothing is set. */
export const isUnset = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** A number that may be written as text; NaN for everything else. */
export const numberOf = (value: unknown): number =>
  typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : NaN;

/** The same text for menus that mean the same: key order, `menuid` and an empty `sub_button` do not count. */
export function canonical(value: unknown): string {
  return JSON.stringify(inOrder(value));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .filter(([key, field]) => key !== 'menuid' && !(key === 'sub_button' && isUnset(field)))
    .map(([key, field]) => [key, inOrder(key === 'matchrule' && isObject(field) ? asText(field) : field)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

/** WeChat takes and returns the numbers of a rule as text or as number. */
export const asText = (rule: Json): Json =>
  Object.fromEntries(
    Object.entries(rule).map(([field, value]) => [field, typeof value === 'number' ? String(value) : value]),
  );
