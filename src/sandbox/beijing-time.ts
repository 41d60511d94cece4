/** WeChat counts days and months in Beijing's time. */
const DAY = 24 * 3600 * 1000;
const AHEAD = 8 * 3600 * 1000;

/** Days since the epoch. */
export const beijingDay = (milliseconds: number): number => Math.floor((milliseconds + AHEAD) / DAY);

/** `2026-11`. */
export const beijingMonth = (milliseconds: number): string => new Date(milliseconds + AHEAD).toISOString().slice(0, 7);
