/** A source of choices that a seed repeats: which process to kill, after how many steps, what to damage. */
export interface Random {
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number;
  /** True in so many of 100 cases. */
  chance(percent: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
}

/** mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    chance: (percent) => next() * 100 < percent,
    pick: (values) => {
      if (values.length === 0) throw new Error('nothing to choose from');
      return values[below(values.length)]!;
    },
  };
}
