/** What was answered lately: a push that comes again gets the same answer, and has no second effect. */

export interface Remembered<Answer> {
  recall(identity: string): Promise<Answer> | undefined;
  keep(identity: string, answer: Promise<Answer>): void;
  forget(identity: string): void;
}

type Generation<Answer> = Map<string, { at: number; answer: Promise<Answer> }>;

/** Remembers the last `most` at least, and no more than twice as many, for so many milliseconds. */
export function createRemembered<Answer>(most: number, life: number, now: () => number): Remembered<Answer> {
  // Two generations, of which the older is dropped whole: taking out the oldest one by one costs more than all the rest.
  let young: Generation<Answer> = new Map();
  let old: Generation<Answer> = new Map();
  let bornAt = now();
  return {
    recall: (identity) => {
      const found = young.get(identity) ?? old.get(identity);
      return found && found.at > now() - life ? found.answer : undefined;
    },
    keep: (identity, answer) => {
      const at = now();
      if (young.size >= most || at - bornAt >= life) {
        old = young;
        young = new Map();
        bornAt = at;
      }
      young.set(identity, { at, answer });
    },
    forget: (identity) => {
      young.delete(identity);
      old.delete(identity);
    },
  };
}
