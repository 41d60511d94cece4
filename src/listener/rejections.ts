/** Why a push is refused, and with which status. Source: README, "The listener's routes". */
export const REJECTIONS = {
  'bad-signature': 403,
  'foreign-receiver': 403,
  'missing-parameters': 400,
  'bad-padding': 400,
  malformed: 400,
  'too-large': 413,
  'too-slow': 408,
  'wrong-method': 405,
  'unsupported-encoding': 415,
  'json-push': 415,
  'cloud-push': 403,
  'cloud-stranger': 403,
  'store-failure': 500,
} as const;

export type Rejection = keyof typeof REJECTIONS;

/** Milliseconds between two lines about rejections of one kind: at first, and at the most. */
const FIRST_PAUSE = 60_000;
const LONGEST_PAUSE = 60 * 60_000;

export interface RejectionTally<One> {
  /** Says whether it was told at once, because it is the first of its kind. */
  add(kind: string, one: One): boolean;
  /** Tells what was only counted, and stops. */
  finish(): void;
}

/**
 * The first rejection of a kind is told at once, those after it as a number, ever more seldom as long as they go on:
 * whoever sends thousands a second fills no disk. `count` is how many came since the last time.
 */
export function createRejectionTally<One>(tell: (last: One, count: number) => void): RejectionTally<One> {
  const kinds = new Map<string, { count: number; last: One; timer?: NodeJS.Timeout }>();

  function wait(kind: string, pause: number): void {
    const found = kinds.get(kind);
    if (found) found.timer = setTimeout(() => tellCounted(kind, pause), pause).unref();
  }

  function tellCounted(kind: string, pause: number): void {
    const found = kinds.get(kind);
    if (!found || found.count === 0) return void kinds.delete(kind);
    tell(found.last, found.count);
    found.count = 0;
    wait(kind, Math.min(pause * 2, LONGEST_PAUSE));
  }

  return {
    add: (kind, one) => {
      const found = kinds.get(kind);
      if (found) {
        found.count++;
        found.last = one;
        return false;
      }
      kinds.set(kind, { count: 0, last: one });
      wait(kind, FIRST_PAUSE);
      tell(one, 1);
      return true;
    },
    finish: () => {
      for (const { timer, count, last } of kinds.values()) {
        clearTimeout(timer);
        if (count > 0) tell(last, count);
      }
      kinds.clear();
    },
  };
}
