/** What differs between two menus: added, removed, changed, renamed and moved buttons and conditional menus. */
import type { Json } from '../runtime/json-object.ts';
import { asText, canonical, type ConditionalDraft, type DraftButton, type MenuDraft } from './menu-draft.ts';
import { actionOf, flatten, outOfOrder, pairButtons, placeAll, type Placed } from './pair-buttons.ts';

export interface FieldChange {
  field: string;
  /** Absent where the field was not there. */
  before?: unknown;
  /** Absent where the field is gone. */
  after?: unknown;
}

/** One button, or one whole conditional menu, that differs. */
export interface MenuChange {
  /** The strongest change; `renamedFrom` and `movedFrom` say the rest. */
  kind: 'added' | 'removed' | 'changed' | 'renamed' | 'moved';
  /** Its place afterwards, or its earlier place if it was removed: `conditionalmenu[0].button[1]`. */
  path: string;
  /** Whose menu it is in; absent in the default menu. */
  matchrule?: Json;
  /** Absent for a whole conditional menu. */
  button?: DraftButton;
  /** The button whose sub-menu it is in; what is removed with its parent has the parent's earlier place. */
  parent?: { path: string; name: string };
  renamedFrom?: string;
  movedFrom?: string;
  fields?: FieldChange[];
}

/** True when pushing one over the other would change nothing that followers see. */
export const sameMenu = (one: MenuDraft | undefined, other: MenuDraft | undefined): boolean =>
  essence(one) === essence(other);

const essence = (menu: MenuDraft | undefined): string =>
  canonical({
    button: menu?.button ?? [],
    conditionalmenu: (menu?.conditionalmenu ?? []).map(({ button, matchrule }) => ({ button, matchrule })),
  });

/** In the order of the later menu, removed ones last; empty exactly when `sameMenu` is true. */
export function compareMenus(before: MenuDraft | undefined, after: MenuDraft | undefined): MenuChange[] {
  return [
    ...compareButtons(before?.button ?? [], after?.button ?? [], { before: '', after: '' }),
    ...compareConditionals(before?.conditionalmenu ?? [], after?.conditionalmenu ?? []),
  ];
}

interface Prefixes {
  before: string;
  after: string;
  matchrule?: Json;
}

function compareButtons(before: DraftButton[], after: DraftButton[], prefixes: Prefixes): MenuChange[] {
  const { matchrule } = prefixes;
  const olds = placeAll(before, `${prefixes.before}button`);
  const nows = placeAll(after, `${prefixes.after}button`);
  const pairs = pairButtons(olds, nows);
  const nowOf = new Map([...pairs].map(([now, old]) => [old, now]));
  const moved = new Set(
    [nows, ...flatten(nows).map(({ children }) => children)].flatMap((list) => movedIn(list, pairs)),
  );

  // A button that moved is reported at its new place.
  const goneFrom = (list: Placed[]): Placed[] =>
    list.flatMap((old) => (nowOf.has(old) ? [] : [old, ...goneFrom(old.children)]));
  const removed = (list: Placed[]): MenuChange[] =>
    goneFrom(list).map((old) => ({
      kind: 'removed',
      ...describe(old, (old.parent && nowOf.get(old.parent)) ?? old.parent, matchrule),
    }));
  const changesAt = (list: Placed[]): MenuChange[] =>
    list.flatMap((now) => {
      const old = pairs.get(now);
      const own = old ? difference(old, now, moved.has(now)) : { kind: 'added' as const };
      return [
        ...(own ? [{ ...own, ...describe(now, now.parent, matchrule) }] : []),
        ...changesAt(now.children),
        ...removed(old?.children ?? []),
      ];
    });
  return [...changesAt(nows), ...removed(olds)];
}

const describe = ({ button, path }: Placed, parent: Placed | undefined, matchrule: Json | undefined) => ({
  path,
  ...(matchrule && { matchrule }),
  button,
  ...(parent && { parent: { path: parent.path, name: parent.button.name } }),
});

/** Those that came from another list, and those that stayed in the list but not in their order. */
function movedIn(list: Placed[], pairs: Map<Placed, Placed>): Placed[] {
  const home = (now: Placed): Placed | undefined => now.parent && pairs.get(now.parent);
  const isAway = (now: Placed): boolean => {
    const old = pairs.get(now);
    return old !== undefined && (old.parent !== home(now) || (now.parent !== undefined && old.parent === undefined));
  };
  const stayed = list.filter((now) => pairs.has(now) && !isAway(now));
  return [...list.filter(isAway), ...outOfOrder(stayed, (now) => pairs.get(now)?.index ?? 0)];
}

function difference(old: Placed, now: Placed, isMoved: boolean): Pick<MenuChange, 'kind'> | undefined {
  const fields = fieldChanges(actionOf(old.button), actionOf(now.button));
  const isRenamed = old.button.name !== now.button.name;
  if (fields.length === 0 && !isRenamed && !isMoved) return undefined;
  return {
    kind: fields.length > 0 ? 'changed' : isRenamed ? 'renamed' : 'moved',
    ...(isRenamed && { renamedFrom: old.button.name }),
    ...(isMoved && { movedFrom: old.path }),
    ...(fields.length > 0 && { fields }),
  };
}

function fieldChanges(before: object, after: object, under = ''): FieldChange[] {
  const [old, now] = [before as Json, after as Json];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((field) => canonical(old[field]) !== canonical(now[field]))
    .map((field) => ({
      field: `${under}${field}`,
      ...(old[field] !== undefined && { before: old[field] }),
      ...(now[field] !== undefined && { after: now[field] }),
    }));
}

function compareConditionals(before: ConditionalDraft[], after: ConditionalDraft[]): MenuChange[] {
  const pairs = pairConditionals(before, after);
  const path = (index: number): string => `conditionalmenu[${index}]`;
  const index = (menu: ConditionalDraft): number => before.indexOf(menu);
  const moved = outOfOrder(
    after.filter((menu) => pairs.has(menu)),
    (menu) => index(pairs.get(menu) as ConditionalDraft),
  );
  const whole = (kind: 'added' | 'removed', { button, matchrule }: ConditionalDraft, at: string): MenuChange[] => {
    const inside = { before: `${at}.`, after: `${at}.`, matchrule };
    return [
      { kind, path: at, matchrule },
      ...(kind === 'added' ? compareButtons([], button, inside) : compareButtons(button, [], inside)),
    ];
  };
  const changes = after.flatMap((menu, at): MenuChange[] => {
    const old = pairs.get(menu);
    if (!old) return whole('added', menu, path(at));
    const fields = fieldChanges(asText(old.matchrule), asText(menu.matchrule), 'matchrule.');
    const own: MenuChange = {
      kind: fields.length > 0 ? 'changed' : 'moved',
      path: path(at),
      matchrule: menu.matchrule,
      ...(moved.has(menu) && { movedFrom: path(index(old)) }),
      ...(fields.length > 0 && { fields }),
    };
    const inside = { before: `${path(index(old))}.`, after: `${path(at)}.`, matchrule: menu.matchrule };
    return [...(fields.length > 0 || moved.has(menu) ? [own] : []), ...compareButtons(old.button, menu.button, inside)];
  });
  const kept = new Set(pairs.values());
  const removed = before.flatMap((menu, at) => (kept.has(menu) ? [] : whole('removed', menu, path(at))));
  return [...changes, ...removed];
}

/** Later menu → earlier menu: by its rule, else by its buttons. */
function pairConditionals(
  before: ConditionalDraft[],
  after: ConditionalDraft[],
): Map<ConditionalDraft, ConditionalDraft> {
  const pairs = new Map<ConditionalDraft, ConditionalDraft>();
  const pair = (sign: (menu: ConditionalDraft) => string): void => {
    for (const now of after) {
      if (pairs.has(now)) continue;
      const taken = new Set(pairs.values());
      const old = before.find((menu) => !taken.has(menu) && sign(menu) === sign(now));
      if (old) pairs.set(now, old);
    }
  };
  pair(({ button, matchrule }) => canonical({ button, matchrule }));
  pair(({ matchrule }) => canonical({ matchrule }));
  pair(({ button }) => canonical(button));
  return pairs;
}
