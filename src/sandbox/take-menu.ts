/**
 * What menu/create and menu/addconditional take, and the number with which they refuse the rest.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 创建菜单, 个性化菜单, 返回码.
 */
import { isObject, type Json } from '../runtime/json-object.ts';
import type { StoredConditionalMenu } from './menus.ts';
import { ApiRefusal } from './api-refusal.ts';

interface Level {
  nameBytes: number;
  /** The numbers that this level refuses with. */
  type: number;
  name: number;
  key: number;
  url: number;
  domain: number;
}

const TOP: Level = { nameBytes: 16, type: 40017, name: 40018, key: 40019, url: 40020, domain: 40055 };
const SUB: Level = { nameBytes: 60, type: 40024, name: 40025, key: 40026, url: 40027, domain: 40054 };
const [KEY_BYTES, URL_BYTES] = [128, 1024];
const [MOST_BUTTONS, MOST_CHILDREN] = [3, 5];
/** Hosts that the pages of one conditional menu may have. */
const MOST_DOMAINS = 3;
/** WeChat has a limit and names none. */
const MOST_CONDITIONAL = 30;

const KEYED = [
  'click',
  'scancode_push',
  'scancode_waitmsg',
  'pic_sysphoto',
  'pic_photo_or_album',
  'pic_weixin',
  'location_select',
];
/** No longer taken, for the followers' privacy. */
const WITHDRAWN = ['sex', 'country', 'province', 'city', 'language'];

function must(fits: boolean, errcode: number): asserts fits {
  if (!fits) throw new ApiRefusal(errcode);
}

/** The buttons of a default menu. Throws an ApiRefusal. */
export function takeMenu(value: unknown): Json[] {
  must(Array.isArray(value) && value.length >= 1 && value.length <= MOST_BUTTONS, 40016);
  for (const button of value as unknown[]) {
    must(isObject(button), 40017);
    const children = button.sub_button;
    if (!Array.isArray(children) || children.length === 0) {
      checkLeaf(button, TOP);
      continue;
    }
    checkName(button, TOP);
    must(button.type === undefined, 40017);
    must(children.length <= MOST_CHILDREN, 40023);
    for (const child of children as unknown[]) {
      must(isObject(child), 40024);
      must(!Array.isArray(child.sub_button) || child.sub_button.length === 0, 40022);
      checkLeaf(child, SUB);
    }
  }
  return value as Json[];
}

function checkName({ name }: Json, level: Level): void {
  must(typeof name === 'string' && name !== '' && Buffer.byteLength(name) <= level.nameBytes, level.name);
}

function checkLeaf(button: Json, level: Level): void {
  checkName(button, level);
  const { type, key, url } = button;
  const filled = (value: unknown): value is string => typeof value === 'string' && value !== '';
  if (KEYED.includes(type as string)) return must(filled(key) && Buffer.byteLength(key) <= KEY_BYTES, level.key);
  const checkUrl = (): void => {
    must(filled(url) && Buffer.byteLength(url) <= URL_BYTES, level.url);
    must(/^https?:\/\//.test(url) && URL.canParse(url), level.domain);
  };
  switch (type) {
    case 'view':
      return checkUrl();
    case 'media_id':
    case 'view_limited':
      return must(filled(button.media_id), 40007);
    case 'article_id':
    case 'article_view_limited':
      return must(filled(button.article_id), 40007);
    case 'miniprogram':
      must(filled(button.appid) && /^wx[0-9a-f]{16}$/.test(button.appid), 40166);
      must(filled(button.pagepath), 40165);
      return checkUrl();
    default:
      throw new ApiRefusal(level.type);
  }
}

/** A conditional menu beside those that there are. Throws an ApiRefusal. */
export function takeConditionalMenu(
  body: Json,
  others: StoredConditionalMenu[],
): Omit<StoredConditionalMenu, 'menuid'> {
  const rule = isObject(body.matchrule) ? body.matchrule : {};
  const isSet = (name: string): boolean => rule[name] !== undefined && rule[name] !== '' && rule[name] !== null;
  must(!WITHDRAWN.some(isSet), 65320);
  const tag = isSet('tag_id') ? rule.tag_id : isSet('group_id') ? rule.group_id : undefined;
  must(tag !== undefined || isSet('client_platform_type'), 65304);
  must(body.button !== undefined, 65307);
  const button = takeMenu(body.button);
  must(hostsOf(button).size <= MOST_DOMAINS, 65316);
  must(others.length < MOST_CONDITIONAL, 65305);
  return {
    button,
    matchrule: {
      ...(tag !== undefined && { group_id: Number(tag) }),
      ...(isSet('client_platform_type') && { client_platform_type: Number(rule.client_platform_type) }),
    },
  };
}

function hostsOf(buttons: Json[]): Set<string> {
  const urls = buttons.flatMap((button) => [button, ...((button.sub_button as Json[] | undefined) ?? [])]);
  return new Set(urls.flatMap(({ url }) => (typeof url === 'string' ? [new URL(url).host] : [])));
}
