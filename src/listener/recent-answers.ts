/** Recent answers: a push that WeChat repeats gets the same answer and has no second effect. */

export interface RecentAnswers<Answer> {
  recall(identity: string): Answer | undefined;
  keep(identity: string, answer: Answer): void;
  forget(identity: string): void;
}

type Generation<Answer> = Map<string, { at: number; answer: Answer }>;

/** How long a push is remembered, in milliseconds, and how many of them. */
export const REMEMBER_FOR = 10 * 60 * 1000;
export const REMEMBER_MOST = 10_000;
/** More generations make the use of memory smoother. */
const GENERATIONS = 4;

/** Remembers at least the last `most` answers, and at most a quarter more, for `life` milliseconds. */
export function createRecentAnswers<Answer>(most: number, life: number, now: () => number): RecentAnswers<Answer> {
  // The youngest first. The oldest is dropped whole: removing answers one by one would cost more than everything else.
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
