/** Waiting that an interrupted run ends. */
import { setMaxListeners } from 'node:events';
import { cancelled } from '../sentences/wxop-error.ts';

const LONGEST_TIMER = 2 ** 31 - 1;

/** Rejects with CANCELLED when its signal is aborted: that of the run, unless the caller has another. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export function createSleep(run: AbortSignal): Sleep {
  // One listener for each wait under way: many in a bulk run, and no leak.
  setMaxListeners(0, run);
  return (milliseconds, signal = run) =>
    new Promise((resolve, reject) => {
      let left = milliseconds;
      let timer: NodeJS.Timeout | undefined;
      if (signal.aborted) return reject(cancelled());
      const stop = (): void => {
        clearTimeout(timer);
        reject(cancelled());
      };
      // A timer longer than 2^31-1 ms would fire at once.
      const step = (): void => {
        if (left <= 0) {
          signal.removeEventListener('abort', stop);
          return resolve();
        }
        const next = Math.min(left, LONGEST_TIMER);
        left -= next;
        timer = setTimeout(step, next);
      };
      signal.addEventListener('abort', stop, { once: true });
      step();
    });
}
