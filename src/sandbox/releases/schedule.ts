/** What happens later by the sandbox's clock, which runs, and can be moved forward. */
export interface Schedule {
  /** Returns what cancels it. */
  at(due: number, run: () => void): () => void;
  /** Runs what is due, in order. */
  runDue(): void;
  stop(): void;
}

/** A clock that stands still is looked at again, but not in a tight loop. */
const SHORTEST = 5;

export function createSchedule(now: () => number): Schedule {
  const jobs = new Set<{ due: number; run: () => void }>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const next = () => [...jobs].reduce<{ due: number; run: () => void } | undefined>(earlier, undefined);

  function runDue(): void {
    for (let job = next(); job && job.due <= now(); job = next()) {
      jobs.delete(job);
      job.run();
    }
    wake();
  }

  function wake(): void {
    clearTimeout(timer);
    const waiting = next();
    if (!waiting || isStopped) return;
    timer = setTimeout(runDue, Math.max(SHORTEST, Math.min(waiting.due - now(), LONGEST)));
  }

  return {
    at(due, run) {
      const job = { due, run };
      jobs.add(job);
      wake();
      return () => void jobs.delete(job);
    },
    runDue,
    stop() {
      isStopped = true;
      clearTimeout(timer);
      jobs.clear();
    },
  };
}

/** Node's timers take no more. */
const LONGEST = 2 ** 31 - 1;

const earlier = <Job extends { due: number }>(first: Job | undefined, second: Job): Job =>
  first !== undefined && first.due <= second.due ? first : second;
