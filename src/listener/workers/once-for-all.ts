/** What several workers tell, told as often as one listener would. */
import type { ListenerActivity } from '../receiver.ts';

const MINUTE = 60_000;
const NOT_FOUND_PER_MINUTE = 10;

/** `elapsed`: milliseconds from any moment on; never set back. */
export function onceForAll(
  tell: (activity: ListenerActivity) => void,
  elapsed: () => number,
): (activity: ListenerActivity) => void {
  const toldAt = new Map<string, number>();
  let limited = 0;
  let notFound = 0;
  const isDue = (what: string, pause: number): boolean => {
    const at = toldAt.get(what);
    if (at !== undefined && elapsed() - at < pause) return false;
    toldAt.set(what, elapsed());
    return true;
  };
  return (activity) => {
    switch (activity.type) {
      case 'clock-skew':
        return isDue('clock-skew', 10 * MINUTE) ? tell(activity) : undefined;
      case 'future-date':
        return isDue(`future-date ${activity.infoType}`, 10 * MINUTE) ? tell(activity) : undefined;
      case 'unknown-visitors':
        return isDue(`unknown-visitors ${activity.proxy}`, Infinity) ? tell(activity) : undefined;
      case 'limited': {
        limited += activity.count;
        if (!isDue('limited', MINUTE)) return;
        tell({ ...activity, count: limited });
        limited = 0;
        return;
      }
      case 'not-found':
        if (isDue('not-found', MINUTE)) notFound = 0;
        return ++notFound <= NOT_FOUND_PER_MINUTE ? tell(activity) : undefined;
      default:
        return tell(activity);
    }
  };
}
