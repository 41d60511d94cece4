/** A bulk run's line: bar, count, rate, time left. */
import { en, inLang, listed, text, zh, type Hole, type Lang, type Text } from '../sentences/text.ts';
import { inUnits } from '../sentences/format-duration.ts';

export interface Progressed {
  done: number;
  total: number;
  failed: number;
  /** How many of `done` were done in `elapsed` milliseconds; the others were done before. */
  worked: number;
  elapsed: number;
}

const WIDEST_BAR = 30;
const NARROWEST_BAR = 5;
/** Below it a rate says nothing. */
const TOO_EARLY = 500;
const GAP = text('  ', '  ');

/** `━━━━━━────  4120/10000  312/s  19 s left`, cut to what fits: the bar goes first. */
export function progressLine({ done, total, failed, worked, elapsed }: Progressed, lang: Lang, columns: number) {
  const rate = elapsed < TOO_EARLY ? 0 : worked / (elapsed / 1000);
  const parts: Hole[] = [
    `${done}/${total}`,
    ...(failed > 0 ? [text(`${failed} failed`, `失败 ${failed}`)] : []),
    ...(rate > 0 ? [`${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`, left((total - done) / rate)] : []),
  ];
  const words = inLang(listed(parts, GAP), lang);
  // A Chinese character is two columns wide; and the last column stays free, where some terminals wrap.
  const room = columns - [...words].reduce((sum, character) => sum + (character > '\u2e7f' ? 2 : 1), 0) - 3;
  const width = Math.min(WIDEST_BAR, room);
  if (width < NARROWEST_BAR) return words;
  const full = total > 0 ? Math.floor((Math.min(done, total) / total) * width) : 0;
  return `${'━'.repeat(full)}${'─'.repeat(width - full)}  ${words}`;
}

function left(seconds: number): Text {
  const rounded = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(rounded / 3600), Math.floor((rounded % 3600) / 60)];
  const time = hours > 0 ? inUnits([hours, 'h'], [minutes, 'min']) : inUnits([minutes, 'min'], [rounded % 60, 's']);
  return text(en`${time} left`, zh`剩余 ${time}`);
}
