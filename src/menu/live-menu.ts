/**
 * The menu that followers see, put together from the two documents that show it, in the shape of menu/create.
 * Source: developers.weixin.qq.com, 公众号 → 自定义菜单 → 查询接口, 获取自定义菜单配置.
 */
import { isObject, type Json } from '../runtime/json-object.ts';
import {
  canonical,
  fieldsOf,
  isUnset,
  numberOf,
  type ConditionalDraft,
  type DraftButton,
  type MenuDraft,
} from './menu-draft.ts';

/** The answers of get_current_selfmenu_info and of menu/get; one that was refused (46003) is left out. */
export interface MenuSources {
  self?: Json;
  api?: Json;
}

/** True if get_current_selfmenu_info says that the menu is switched off; no other call says so. */
export const isSwitchedOff = (self: Json | undefined): boolean =>
  self !== undefined && numberOf(self.is_menu_open) !== 1;

/**
 * The whole menu, with buttons that menu/create does not know; undefined if there is no menu.
 * The default menu is that of get_current_selfmenu_info, which also knows menus made on the website;
 * conditional menus are only in menu/get.
 */
export function liveMenu({ self, api }: MenuSources): MenuDraft | undefined {
  const shown = isObject(self?.selfmenu_info) ? buttonsIn(self.selfmenu_info.button) : [];
  const made = isObject(api?.menu) ? buttonsIn(api.menu.button) : [];
  // A menu that is switched off may come without its buttons; menu/get still has those made by API.
  const isSilent = shown.length === 0 && (self === undefined || isSwitchedOff(self));
  const button = isSilent || agrees(shown, made) ? made : shown;
  const conditionalmenu = conditionalsIn(api?.conditionalmenu);
  if (button.length === 0 && conditionalmenu.length === 0) return undefined;
  return { button, ...(conditionalmenu.length > 0 && { conditionalmenu }) };
}

/** True if both documents show the same menu: menu/get then has it as it was made. */
function agrees(shown: DraftButton[], made: DraftButton[]): boolean {
  const alike = (button: DraftButton): unknown =>
    button.sub_button
      ? { ...button, sub_button: button.sub_button.map(alike) }
      : button.type === 'news' && !isUnset(button.value)
        ? { name: button.name, type: 'media_id', media_id: button.value }
        : button;
  return made.length > 0 && canonical(shown.map(alike)) === canonical(made);
}

/** In the order in which they were made, which decides: of those that match, the last one made is shown. */
function conditionalsIn(value: unknown): ConditionalDraft[] {
  return (Array.isArray(value) ? value : [])
    .filter(isObject)
    .sort((one, other) => numberOf(one.menuid) - numberOf(other.menuid) || 0)
    .map((menu) => ({ button: buttonsIn(menu.button), matchrule: ruleOf(menu.matchrule) }));
}

/** menu/get says `group_id` where menu/addconditional takes `tag_id`, and sends fields that are not set. */
function ruleOf(value: unknown): Json {
  const { group_id: group, ...rule } = isObject(value) ? value : {};
  const named = { ...(!isUnset(group) && { tag_id: group }), ...rule };
  return Object.fromEntries(
    Object.entries(named).filter(([field, given]) => !isUnset(given) && (field === 'tag_id' || numberOf(given) !== 0)),
  );
}

/** The buttons of any of the three shapes: children as a list, as `{"list": []}`, or as an empty list on a leaf. */
function buttonsIn(value: unknown): DraftButton[] {
  const list = isObject(value) ? value.list : value;
  return (Array.isArray(list) ? list : []).filter(isObject).map(readButton);
}

function readButton({ sub_button: below, menuid: _menuid, name: named, type, ...rest }: Json): DraftButton {
  const children = buttonsIn(below);
  const name = typeof named === 'string' ? named : '';
  const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => !isUnset(value)));
  const button = {
    ...(!isUnset(type) && { type: typeof type === 'string' ? type : JSON.stringify(type) }),
    name,
    ...set,
  };
  const read: DraftButton = { ...button, ...(children.length > 0 && { sub_button: children }) };
  // get_current_selfmenu_info may keep what such a button sends under `value`.
  const field = fieldsOf(button.type ?? '')?.find((needed) => /^(?:media|article)_id$/.test(needed));
  if (field && isUnset(rest[field]) && typeof rest.value === 'string') {
    const { value, ...others } = read;
    return { ...others, name, [field]: value };
  }
  return read;
}
