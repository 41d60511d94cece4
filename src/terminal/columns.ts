/** Text in columns: Chinese counts two. What is laid out here is measured as it will be shown, and is not painted yet. */
import { inOneLine, isUsual } from '../sentences/printable.ts';
import { inLang, type Hole, type Lang } from '../sentences/text.ts';
import anyWidth from 'fast-string-width';

const WIDE = /[\u3001-\uff5e]/g;

/** In terminal columns. The library's patterns take milliseconds to compile, which nearly no text needs. */
const stringWidth = (shown: string): number =>
  isUsual(shown) ? shown.length + (shown.match(WIDE)?.length ?? 0) : anyWidth(shown);

/** Pads to a width in terminal columns. */
export function pad(cell: string, width: number): string {
  const shown = inOneLine(cell);
  return shown + ' '.repeat(Math.max(0, width - stringWidth(shown)));
}

/** Cuts to a width in terminal columns, with an ellipsis where something is missing. */
export function cut(cell: string, width: number): string {
  const shown = inOneLine(cell);
  if (stringWidth(shown) <= width) return shown;
  if (/^[ -~]*$/.test(shown)) return `${shown.slice(0, width - 1)}…`;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(shown)) {
    if (stringWidth(kept) + stringWidth(segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** What a line is not broken inside of: a command, a word, one Chinese character with the marks that follow it. */
const unbroken = (han: string): RegExp =>
  new RegExp(
    `[“《「（([]*(?:\`[^\`]*\`[^\\s${han}“《「（\`]*|[${han}][，。；：、！？）」》”…,.;:!?)\\]]*|[^\\s${han}“《「（\`、，；：]+[、，；：。）]*)|[“《「（]+|[、，；：。）]+|\\s+`,
    'gu',
  );
/** The Chinese characters of usual texts, and all of them: a pattern with properties of Unicode takes a while to make. */
const [USUAL_HAN, ANY_HAN] = ['々〇\\u4e00-\\u9fff', '\\p{Script=Han}'];

/** The same where nothing is Chinese. */
const UNBROKEN_ASCII = /`[^`]*`[^\s`]*|[^\s`]+|`|\s+/g;

/**
 * Breaks text into lines of a width in terminal columns; what is longer than a line is broken where it must be, or, with
 * `keepsWords`, stays whole.
 */
export function wrap(text: string, width: number, { keepsWords = false } = {}): string[] {
  const shown = inOneLine(text).trim();
  // Most texts fit, and the pattern takes milliseconds to compile.
  if (stringWidth(shown) <= width) return shown === '' ? [] : [shown];
  const isAscii = /^[ -~]*$/.test(shown);
  const pattern = isAscii ? UNBROKEN_ASCII : unbroken(isUsual(shown) ? USUAL_HAN : ANY_HAN);
  return filled(
    [...shown.matchAll(pattern)].map(([piece]) => piece),
    width,
    { keepsWords, widthOf: isAscii ? (piece) => piece.length : stringWidth },
  );
}

/** Breaks a list into such lines, between its names only. */
export const wrapList = (names: readonly Hole[], { lang, width }: { lang: Lang; width: number }): string[] =>
  filled(
    names.map(
      (name, at) => inOneLine(inLang(name, lang)) + (at === names.length - 1 ? '' : lang === 'zh' ? '、' : ', '),
    ),
    width,
  );

function filled(
  pieces: readonly string[],
  width: number,
  { keepsWords = false, widthOf = stringWidth }: { keepsWords?: boolean; widthOf?: (text: string) => number } = {},
): string[] {
  const lines: string[] = [];
  let line = '';
  const put = (piece: string): void => {
    if (line !== '' && widthOf(line + piece.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    if (line !== '' || piece.trim() !== '') line += piece;
  };
  for (const piece of pieces) {
    if (keepsWords || widthOf(piece.trimEnd()) <= width) put(piece);
    else for (const { segment } of new Intl.Segmenter().segment(piece)) put(segment);
  }
  return line === '' ? lines : [...lines, line.trimEnd()];
}

/** The widest cell, in terminal columns. */
export function widest(cells: readonly string[]): number {
  return Math.max(0, ...cells.map((cell) => stringWidth(inOneLine(cell))));
}

/** Terminal columns that a value gets, however wide the labels are. */
const LEAST = 10;

/** Labels, and what they say beside them; on a terminal, what is longer than a line goes on below itself. */
export function inColumns(
  rows: readonly (readonly [label: Hole, value: Hole | readonly Hole[]])[],
  { lang, isTTY, columns }: { lang: Lang; isTTY: boolean; columns: number },
): string[] {
  const labels = rows.map(([label]) => inOneLine(inLang(label, lang)));
  const width = widest(labels);
  const room = isTTY ? Math.max(LEAST, columns - width - 2) : Infinity;
  const linesOf = (value: Hole | readonly Hole[]): string[] => {
    if (Array.isArray(value)) return wrapList(value as readonly Hole[], { lang, width: room });
    const shown = inOneLine(inLang(value as Hole, lang));
    // One word is not broken: a terminal does that by itself, and it can be copied whole.
    return isTTY && /[\s\p{Script=Han}]/u.test(shown) ? wrap(shown, room) : [shown];
  };
  return rows.flatMap(([, value], row) => {
    const [first = '', ...rest] = linesOf(value);
    return [
      `${pad(labels[row] ?? '', width)}  ${first}`.trimEnd(),
      ...rest.map((line) => ' '.repeat(width + 2) + line),
    ];
  });
}
