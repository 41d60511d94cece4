/** How long something takes, as a person says and writes it. */
import { en, listed, text, zh, type Text } from './text.ts';

const UNITS = { h: text('h', '小时'), min: text('min', '分钟'), s: text('s', '秒') };
const MANY_HOURS = 48;
const WRITTEN: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `20s`, `11m`, `2h`; a bare number is seconds. In milliseconds; undefined for anything else. */
export function parseDuration(written: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d{1,15}(?:\.\d{1,15})?)(ms|s|m|h)?$/.exec(written) ?? [];
  return amount === undefined ? undefined : Number(amount) * (WRITTEN[unit] ?? 1);
}

/** Milliseconds in at most two units: `12 s`, `9 min`, `1 h 52 min`, `2 h`, `3 days`. */
export function formatDuration(milliseconds: number): Text {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return inUnits([seconds, 's']);
  if (hours < MANY_HOURS) return inUnits([hours, 'h'], [minutes % 60, 'min']);
  const days = Math.floor(hours / 24);
  return text(`${days} days`, `${days} 天`);
}

/** The amounts that are not zero; where all are, the last one. */
export function inUnits(...amounts: [amount: number, unit: keyof typeof UNITS][]): Text {
  const nonZero = amounts.filter(([amount]) => amount > 0);
  const shown = nonZero.length > 0 ? nonZero : amounts.slice(-1);
  return listed(
    shown.map(([amount, unit]) => text(en`${amount} ${UNITS[unit]}`, zh`${amount} ${UNITS[unit]}`)),
    text(' ', ' '),
  );
}
