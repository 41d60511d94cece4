/** One account's menus: the website's or the API's default one, the conditional ones, and how each call shows them. */
import type { Json } from '../runtime/json-object.ts';

export interface ApiMenu {
  /** As menu/create takes them. */
  button: Json[];
  menuid: number;
}

export interface StoredConditionalMenu extends ApiMenu {
  /** As menu/get gives it: numbers, and the tag as `group_id`. */
  matchrule: { group_id?: number; client_platform_type?: number };
}

/** Never changed, only replaced: merchants share them. */
export interface Menus {
  isOpen: boolean;
  /** The default menu, when it was made by API. */
  created?: ApiMenu;
  /** `selfmenu_info`, when it was made on the website. */
  website?: Json;
  /** In the order of their making. */
  conditional: StoredConditionalMenu[];
}

/** get_current_selfmenu_info: whoever made the menu; conditional ones are not shown. */
export function selfDocument({ isOpen, created, website }: Menus): Json {
  const shown = created ? { button: created.button.map(toSelf) } : website;
  return { is_menu_open: isOpen ? 1 : 0, ...(shown && { selfmenu_info: shown }) };
}

const childrenOf = (button: Json): Json[] => (Array.isArray(button.sub_button) ? (button.sub_button as Json[]) : []);

/** Here the children stand in an object, and only where there are some. */
function toSelf(button: Json): Json {
  const { sub_button: _, ...fields } = button;
  const children = childrenOf(button);
  return children.length > 0 ? { ...fields, sub_button: { list: children.map(toSelf) } } : fields;
}

/** menu/get, or undefined: what was made on the website is not shown. */
export function apiDocument({ created, conditional }: Menus): Json | undefined {
  if (!created) return undefined;
  return {
    menu: { button: created.button.map(withChildren), menuid: created.menuid },
    ...(conditional.length > 0 && {
      conditionalmenu: conditional.map(({ button, matchrule, menuid }) => ({
        button: button.map(withChildren),
        matchrule,
        menuid,
      })),
    }),
  };
}

/** Here every button has a list of children, most of them empty. */
function withChildren(button: Json): Json {
  return { ...button, sub_button: childrenOf(button).map(withChildren) };
}

/** What a follower sees: of the conditional menus that fit, the one that was made last. */
export function menuOf(
  { created, conditional }: Menus,
  follower: StoredConditionalMenu['matchrule'],
): ApiMenu['button'] | undefined {
  const fits = ({ matchrule }: StoredConditionalMenu): boolean =>
    Object.entries(matchrule).every(([field, wanted]) => follower[field as keyof typeof matchrule] === wanted);
  return (conditional.findLast(fits) ?? created)?.button.map(withChildren);
}
