/** Times for people, in the time zone of their machine. Scripts get ISO 8601 in UTC: see iso-time.ts. */
import { formatDuration } from './format-duration.ts';
import { iso } from './iso-time.ts';
import { en, text, zh, type Hole, type Text } from './text.ts';

const two = (number: number): string => String(number).padStart(2, '0');

/** `2026-11-29` */
export function localDay(milliseconds: number): string {
  const time = new Date(milliseconds);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** `21:40:05` */
function localClock(milliseconds: number): string {
  const time = new Date(milliseconds);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
}

/** `2026-11-29 21:40` */
export const localTime = (milliseconds: number): string =>
  `${localDay(milliseconds)} ${localClock(milliseconds).slice(0, 5)}`;

/** `2026-11-29 21:40:05` */
export const exactLocalTime = (milliseconds: number): string => `${localDay(milliseconds)} ${localClock(milliseconds)}`;

/** `2 h ago`, `in 1 h 50 min`, `just now`. */
export function fromNow(milliseconds: number, now: number): Text {
  const distance = formatDuration(Math.abs(milliseconds - now));
  if (Math.abs(milliseconds - now) < 500) return text('just now', '刚刚');
  return milliseconds > now
    ? text(en`in ${distance}`, zh`${distance}后`)
    : text(en`${distance} ago`, zh`${distance}前`);
}

/** `2026-11-29 21:40 (2 h ago)` */
export function localTimeFromNow(milliseconds: number, now: number): Text {
  const [time, distance] = [localTime(milliseconds), fromNow(milliseconds, now)];
  return text(en`${time} (${distance})`, zh`${time}（${distance}）`);
}

/** A time where it is read: by a person on a terminal, elsewhere by a program. */
export const timeOn =
  ({ isTTY }: { isTTY: boolean }, now: number) =>
  (milliseconds: number): Hole =>
    isTTY ? localTimeFromNow(milliseconds, now) : iso(milliseconds);
