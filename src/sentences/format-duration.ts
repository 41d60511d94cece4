/** How long something takes, in the words of a person. */
import { text, type Text } from './text.ts';

const UNITS = { h: text('h', '小时'), min: text('min', '分钟'), s: text('s', '秒') };
const MANY_HOURS = 48;

/** Milliseconds as a person says them: `12 s`, `9 min`, `1 h 52 min`, `2 h`, `3 days`. */
export function formatDuration(milliseconds: number): Text {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return inUnits([seconds, 's']);
  if (hours < MANY_HOURS) return inUnits([hours, 'h'], [minutes % 60, 'min']);
  const days = Math.floor(hours / 24);
  return text(`${days} days`, `${days} 天`);
}

/** Amounts side by side, without those that are zero; all zero: the last one. */
export function inUnits(...amounts: [amount: number, unit: keyof typeof UNITS][]): Text {
  const said = amounts.filter(([amount], index) => amount > 0 || (index === amounts.length - 1 && isNothing(amounts)));
  const inLang = (lang: keyof Text): string => said.map(([amount, unit]) => `${amount} ${UNITS[unit][lang]}`).join(' ');
  return text(inLang('en'), inLang('zh'));
}

const isNothing = (amounts: [number, unknown][]): boolean => amounts.every(([amount]) => amount === 0);
