/** What was answered lately: a push that comes again gets the same answer, and has no second effect. */

export interface RecentAnswers<Answer> {
  recall(identity: string): Promise<Answer> | undefined;
  keep(identity: string, answer: Promise<Answer>): void;
  forget(identity: string): void;
}

type Generation<Answer> = Map<string, { at: number; answer: Promise<Answer> }>;

/** So many full ones hold what must be remembered; the more, the less memory goes up and down. */
const GENERATIONS = 4;

/** Remembers the last `most` at least, and no more than a quarter above, for so many milliseconds. */
export function createRecentAnswers<Answer>(most: number, life: number, now: () => number): RecentAnswers<Answer> {
  // The youngest first; the oldest is dropped whole: taking out the oldest one by one costs more than all the rest.
  let generations: Generation<Answer>[] = [];
  let bornAt = 0;
  return {
    recall: (identity) => {
      for (const generation of generations) {
        const found = generation.get(identity);
        if (found) return found.at > now() - life ? found.answer : undefined;
      }
      return undefined;
    },
    keep: (identity, answer) => {
      const at = now();
      let [young] = generations;
      if (!young || young.size >= most / GENERATIONS || at - bornAt >= life / GENERATIONS) {
        young = new Map();
        generations = [young, ...generations.slice(0, GENERATIONS)];
        bornAt = at;
      }
      young.set(identity, { at, answer });
    },
    forget: (identity) => {
      for (const generation of generations) generation.delete(identity);
    },
  };
}
