/** A line of those who wait for their turn, and no longer than they can. */

export interface BoundedQueue {
  /** True when it is one's turn; false when that took too long, the line was full, or there is none any more. */
  turn(milliseconds: number): Promise<boolean>;
  /** Lets in whoever came first. */
  next(): void;
  /** Sends everybody away. */
  dissolve(): void;
}

export function createBoundedQueue(most: number): BoundedQueue {
  const waiting = new Set<(isIn: boolean) => void>();
  return {
    turn: (milliseconds) => {
      if (waiting.size >= most) return Promise.resolve(false);
      return new Promise((resolve) => {
        const end = (isIn: boolean): void => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve(isIn);
        };
        const timer = setTimeout(end, Math.max(0, milliseconds), false);
        waiting.add(end);
      });
    },
    next: () => {
      for (const end of waiting) return end(true);
    },
    dissolve: () => {
      for (const end of waiting) end(false);
    },
  };
}
