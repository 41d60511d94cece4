/** What was answered lately: a push that comes again gets the same answer, and has no second effect. */

export interface Remembered<Answer> {
  recall(identity: string): Promise<Answer> | undefined;
  keep(identity: string, answer: Promise<Answer>): void;
  forget(identity: string): void;
}

/** Remembers at most so many, for so many milliseconds. */
export function createRemembered<Answer>(most: number, life: number, now: () => number): Remembered<Answer> {
  // Insertion order is age order: the first entries are the oldest.
  const answers = new Map<string, { at: number; answer: Promise<Answer> }>();
  return {
    recall: (identity) => {
      const found = answers.get(identity);
      return found && found.at > now() - life ? found.answer : undefined;
    },
    keep: (identity, answer) => {
      answers.delete(identity);
      answers.set(identity, { at: now(), answer });
      for (const [oldest, { at }] of answers) {
        if (answers.size <= most && at > now() - life) break;
        answers.delete(oldest);
      }
    },
    forget: (identity) => void answers.delete(identity),
  };
}
