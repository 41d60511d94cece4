/** Work that goes on beside the answers: a graceful stop waits for it. */
export interface Background {
  /** Starts work and resolves when it is over; it must report its own failures. */
  later(work: () => Promise<unknown>): Promise<unknown>;
  /** Resolves when nothing is under way any more. */
  drained(): Promise<void>;
}

export function createBackground(): Background {
  const underWay = new Set<Promise<unknown>>();
  return {
    later: (work) => {
      const running = work().catch(() => undefined);
      underWay.add(running);
      return running.finally(() => underWay.delete(running));
    },
    // Work may start other work: once a push is stored its exchange begins.
    drained: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
