/**
 * Times that others wrote: WeChat, another store, or we ourselves before the clock was set back. Of two things the newer
 * one counts, so a date in the future would win against everything that comes after it.
 */

/** Milliseconds by which two clocks may differ. */
const TOLERANCE = 5 * 60_000;

/** True for a time that cannot be yet; both in milliseconds since the epoch. */
export const isAhead = (time: number, now: number): boolean => time > now + TOLERANCE;

/** The time, or now for one that cannot be yet. */
export const credibleTime = (time: number, now: number): number => (isAhead(time, now) ? now : time);

/** The same in unix seconds; `now` in milliseconds. */
export const credibleSeconds = (seconds: number, now: number): number =>
  isAhead(seconds * 1000, now) ? Math.floor(now / 1000) : seconds;
