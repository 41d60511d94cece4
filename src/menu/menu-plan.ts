/** Which calls, in which order, give an account the wanted menu, and what its followers would lose. */
import { isObject, type Json } from '../runtime/json-object.ts';
import type { Blocked } from './blocked.ts';
import { compareMenus, type MenuChange } from './compare-menus.ts';
import { convertMenu } from './convert-menu.ts';
import { canonical, type ConditionalDraft, type DraftButton, type MenuDraft } from './menu-draft.ts';
import { isSwitchedOff, liveMenu, type MenuSources } from './live-menu.ts';

export interface MenuPlan {
  /** Set when a menu exists and none is wanted: all menus are deleted. */
  clear?: true;
  /** The default menu to create; absent if it is as wanted. */
  create?: DraftButton[];
  /** Conditional menus to create, in this order: of those that match, WeChat shows the one created last. */
  add: ConditionalDraft[];
  /** Conditional menus to delete once the others exist, so that no follower is without one in between. */
  remove: { menuId: string; menu: ConditionalDraft }[];
  /** All that followers will see. */
  target: MenuDraft;
  changes: MenuChange[];
  /** Parts of the current menus that are lost, because no push can make them. */
  loses: Blocked[];
}

/** If the wanted menu has no `conditionalmenu`, those of the account stay; an empty list removes them. */
export function planMenu(sources: MenuSources, wanted: MenuDraft): MenuPlan {
  const live = liveMenu(sources);
  const current = live?.conditionalmenu ?? [];
  const menuIds = menuIdsOf(sources.api);
  const target: MenuDraft = { button: wanted.button, conditionalmenu: wanted.conditionalmenu ?? current };
  const wantedMenus = target.conditionalmenu ?? [];
  const kept = indexesToKeep(current, wantedMenus);
  const add = wantedMenus.slice(kept.length);
  const isDifferent = canonical(live?.button ?? []) !== canonical(wanted.button);
  // Conditional menus need a default one that was made by API.
  const isNeeded = isSwitchedOff(sources.self) || isDifferent || (add.length > 0 && !isObject(sources.api?.menu));
  const remove = current.flatMap((menu, index) =>
    kept.includes(index) ? [] : [{ menuId: menuIds[index] ?? '', menu }],
  );
  const { entries } = convertMenu(sources);
  return {
    ...(isNeeded && { create: wanted.button }),
    add,
    remove,
    target,
    changes: compareMenus(live, target),
    loses: entries.filter(({ path }) => (path.startsWith('conditionalmenu') ? remove.length > 0 : isNeeded)),
  };
}

/** For an account that is to have no menu. */
export function planNoMenu(sources: MenuSources): MenuPlan {
  const live = liveMenu(sources);
  const target: MenuDraft = { button: [], conditionalmenu: [] };
  return {
    ...(live && { clear: true }),
    add: [],
    remove: [],
    target,
    changes: compareMenus(live, target),
    loses: convertMenu(sources).entries,
  };
}

/** True when there is nothing to call. */
export const isDone = ({ clear, create, add, remove }: MenuPlan): boolean =>
  clear === undefined && create === undefined && add.length === 0 && remove.length === 0;

/** In the order of `liveMenu`. */
function menuIdsOf(api: Json | undefined): string[] {
  const menus = Array.isArray(api?.conditionalmenu) ? api.conditionalmenu.filter(isObject) : [];
  return menus
    .map(({ menuid }) => Number(menuid ?? 0))
    .sort((one, other) => one - other || 0)
    .map(String);
}

/** Indexes of the current menus to keep: new ones come last, so only the first wanted ones can exist already. */
function indexesToKeep(current: ConditionalDraft[], wanted: ConditionalDraft[]): number[] {
  const kept: number[] = [];
  current.forEach((menu, index) => {
    const next = wanted[kept.length];
    if (next && fingerprint(menu) === fingerprint(next)) kept.push(index);
  });
  return kept;
}

const fingerprint = ({ button, matchrule }: ConditionalDraft): string => canonical({ button, matchrule });

/** Types whose value changes with each call. */
const PASSING = new Set(['img', 'photo', 'voice', 'video']);

/** True if a document shows the same menu as an earlier one; values that change with each call do not count. */
export const isUnchanged = (before: Json | undefined, now: Json | undefined): boolean =>
  canonical(lasting(before)) === canonical(lasting(now));

/** The same text for documents that show the same menus. */
export const fingerprintOf = ({ self, api }: MenuSources): string => canonical(lasting({ self, api }));

function lasting(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lasting);
  if (!isObject(value)) return value;
  const isPassing = PASSING.has(String(value.type));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => !(isPassing && field === 'value') && field !== 'cover_url' && field !== 'content_url')
      .map(([field, inner]) => [field, lasting(inner)]),
  );
}
