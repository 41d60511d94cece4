/**
 * A bounded FIFO queue in which each waiter has a time limit. Not p-limit: there a task that has given up keeps its place
 * in the queue and keeps others out.
 */

export interface BoundedQueue {
  /** True when the caller's turn comes; false when the time is over, the queue is full, or it was cleared. */
  turn(milliseconds: number): Promise<boolean>;
  /** Gives the turn to the first in the queue. */
  next(): void;
  /** Resolves every waiter with false. */
  clear(): void;
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
    clear: () => {
      for (const end of waiting) end(false);
    },
  };
}
