/**
 * The width of text without measuring a font: an upper bound for all fonts that may draw it, in em.
 * A full-width character is one em; for the rest the widest of the usual sans-serif fonts counts.
 */

const FULL_WIDTH =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u2e80-\u303f\u31c0-\u31ef\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6]/u;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
const NARROW = /^[iljtfrI.,:;'`!|()[\]{} -]$/;
const WIDE = /^[mwMW@%&]$/;
/** One character that is a whole phrase: the Arabic honorifics and the basmala. */
const LIGATURE = /[\ufdf0-\ufdff]/;

const graphemesOf = (line: string): string[] =>
  Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);

function graphemeWidth(grapheme: string): number {
  // If the font lacks a family or a flag, its parts are drawn one by one.
  if (EMOJI.test(grapheme)) return 1.4 * Array.from(grapheme).filter((sign) => EMOJI.test(sign)).length;
  if (LIGATURE.test(grapheme)) return 12;
  if (FULL_WIDTH.test(grapheme)) return 1;
  if (NARROW.test(grapheme)) return 0.46;
  if (WIDE.test(grapheme)) return 1.01;
  if (/^[a-z\d]$/.test(grapheme)) return 0.65;
  if (/^[\u0021-\u007e]$/.test(grapheme)) return 0.85;
  if (/^\p{Script=Latin}\p{M}*$/u.test(grapheme)) return 1.01;
  // Scripts whose letters join or stack: if the font lacks a cluster, its characters are drawn one by one.
  return 0.95 * Array.from(grapheme).length;
}

/** An upper bound, in em. */
export const textWidth = (line: string): number =>
  graphemesOf(line).reduce((width, grapheme) => width + graphemeWidth(grapheme), 0);

/** The usual width, in em: for placing a mark beside text. */
export const likelyTextWidth = (line: string): number =>
  graphemesOf(line).reduce(
    (width, grapheme) => width + graphemeWidth(grapheme) * (FULL_WIDTH.test(grapheme) ? 1 : 0.84),
    0,
  );

const columnsOf = (grapheme: string): number =>
  FULL_WIDTH.test(grapheme) || EMOJI.test(grapheme) || LIGATURE.test(grapheme) ? 2 : 1;

const ELLIPSIS = '…';

/**
 * The name as the client shows it: cut with "…" after `hanzi` 汉字 (a letter counts half) or when the box is full:
 * `width` in em, the "…" included.
 */
export function cutText(name: string, limit: { hanzi: number; width: number }): string {
  const graphemes = graphemesOf(name);
  const kept = (room: number): string => {
    let [columns, width, taken] = [0, 0, 0];
    for (const grapheme of graphemes) {
      columns += columnsOf(grapheme);
      width += graphemeWidth(grapheme);
      if (columns > 2 * limit.hanzi || width > room) break;
      taken++;
    }
    return graphemes.slice(0, taken).join('');
  };
  return kept(limit.width) === name ? name : kept(limit.width - 1).trimEnd() + ELLIPSIS;
}

const CLOSING = /^[、。，．；：！？…）》〉」』】〕”’,.;:!?)]+$/;

/** Lines of at most `width` em, words kept whole if they fit; what is over `most` lines becomes "…". */
export function wrapText(content: string, width: number, most = Infinity): string[] {
  const lines: string[] = [];
  let line = '';
  for (const { segment } of new Intl.Segmenter('zh', { granularity: 'word' }).segment(content)) {
    if (textWidth(line + segment) <= width) {
      line += segment;
      continue;
    }
    if (line.trim() !== '') {
      // Closing punctuation never begins a line: it takes the character before it along.
      const carried = CLOSING.test(segment) ? (graphemesOf(line).at(-1) ?? '') : '';
      lines.push(line.slice(0, line.length - carried.length).trimEnd());
      line = carried;
    }
    for (const grapheme of graphemesOf(segment)) {
      if (line !== '' && textWidth(line + grapheme) > width) {
        lines.push(line);
        line = '';
      }
      if (line !== '' || grapheme.trim() !== '') line += grapheme;
    }
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  if (lines.length <= most) return lines;
  const last = lines[most - 1] ?? '';
  const room = { hanzi: Infinity, width };
  return [...lines.slice(0, most - 1), cutText(last + ELLIPSIS, room)];
}
