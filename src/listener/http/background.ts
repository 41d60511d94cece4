/** Milliseconds: less than the ten seconds that a container gets; a second signal ends the process at once. */
export const STOP_DEADLINE = 8_000;

/** Work that goes on after the answers; a graceful stop waits for it. */
export interface Background {
  /** Starts work and resolves when it is over; it must report its own failures. */
  later(work: () => Promise<unknown>): Promise<unknown>;
  /** Resolves when no work is under way. */
  drained(): Promise<void>;
}

export function createBackground(): Background {
  const underWay = new Set<Promise<unknown>>();
  return {
    later: (work) => {
      const end = (): unknown => underWay.delete(running);
      const running: Promise<unknown> = work().then(end, end);
      underWay.add(running);
      return running;
    },
    // Work may start more work, as a stored push starts its exchange.
    drained: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
