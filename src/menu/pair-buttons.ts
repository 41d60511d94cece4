/** Which button became which: by place, by name or by what it does, whatever else changed. */
import { canonical, type DraftButton } from './menu-draft.ts';

/** A button in its place. */
export interface Placed {
  button: DraftButton;
  /** `button[1].sub_button[0]`, behind the path of its menu. */
  path: string;
  index: number;
  parent?: Placed;
  children: Placed[];
}

export function placeAll(buttons: DraftButton[], under: string, parent?: Placed): Placed[] {
  return buttons.map((button, index) => {
    const placed: Placed = { button, path: `${under}[${index}]`, index, ...(parent && { parent }), children: [] };
    placed.children = placeAll(button.sub_button ?? [], `${placed.path}.sub_button`, placed);
    return placed;
  });
}

export const flatten = (list: Placed[]): Placed[] => list.flatMap((placed) => [placed, ...flatten(placed.children)]);

/** What a tap does: everything but the name and the sub-menu. */
export const actionOf = ({ name: _name, sub_button: _below, ...action }: DraftButton): object => action;

type Pairs = Map<Placed, Placed>;
type Fits = (old: Placed, now: Placed) => boolean;

/** Later button → earlier button, each at most once; the rest were added or removed. */
export function pairButtons(before: Placed[], after: Placed[]): Pairs {
  const pairs: Pairs = new Map();
  const [olds, nows] = [flatten(before), flatten(after)];
  const taken = new Set<Placed>();
  const pair = (fits: Fits): void => {
    for (const now of nows) {
      const old = pairs.has(now) ? undefined : olds.find((candidate) => !taken.has(candidate) && fits(candidate, now));
      if (!old) continue;
      pairs.set(now, old);
      taken.add(old);
    }
  };
  const isBeside: Fits = (old, now) => (now.parent ? pairs.get(now.parent) === old.parent : !old.parent);

  // From the surest sign to the weakest.
  pair((old, now) => old.path === now.path && isNamed(old, now) && doesSame(old, now));
  pair((old, now) => old.path === now.path && isNamed(old, now) && opens(old) && opens(now));
  pair((old, now) => isNamed(old, now) && opens(old) && opens(now));
  pair((old, now) => isNamed(old, now) && doesSame(old, now) && isBeside(old, now));
  pair((old, now) => isNamed(old, now) && doesSame(old, now));
  pair((old, now) => opens(old) && opens(now) && now.children.some((child) => pairs.get(child)?.parent === old));
  pair((old, now) => doesSame(old, now) && isBeside(old, now));
  pair((old, now) => isNamed(old, now) && isBeside(old, now));
  pair(doesSame);
  pair(isNamed);
  return pairs;
}

const opens = ({ children }: Placed): boolean => children.length > 0;
const isNamed: Fits = (old, now) => old.button.name === now.button.name;
const doesSame: Fits = (old, now) =>
  !opens(old) && !opens(now) && canonical(actionOf(old.button)) === canonical(actionOf(now.button));

/** Those that must be moved to bring the others into their order: all that are not in the longest rising run. */
export function outOfOrder<Item>(items: Item[], rank: (item: Item) => number): Set<Item> {
  // At most five buttons, or a few dozen menus: quadratic time is fine.
  const runs = items.map((): Item[] => []);
  items.forEach((item, at) => {
    const before = runs.slice(0, at).filter((run) => rank(run.at(-1) as Item) < rank(item));
    runs[at] = [...longest(before), item];
  });
  const kept = new Set(longest(runs));
  return new Set(items.filter((item) => !kept.has(item)));
}

const longest = <Item>(runs: Item[][]): Item[] =>
  runs.reduce((best, run) => (run.length > best.length ? run : best), []);
