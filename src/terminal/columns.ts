/** Text in columns: Chinese counts two. What is laid out here is measured as it will be shown, and is not painted yet. */
import { inOneLine } from '../sentences/printable.ts';
import stringWidth from 'fast-string-width';

/** Pads to a width in terminal columns. */
export function pad(cell: string, width: number): string {
  const shown = inOneLine(cell);
  return shown + ' '.repeat(Math.max(0, width - stringWidth(shown)));
}

/** Cuts to a width in terminal columns, with an ellipsis where something is missing. */
export function cut(cell: string, width: number): string {
  const shown = inOneLine(cell);
  if (stringWidth(shown) <= width) return shown;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(shown)) {
    if (stringWidth(kept) + stringWidth(segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** What a line is not broken inside of: a command, a word, one Chinese character with the marks that follow it. */
const UNBROKEN =
  /`[^`]*`[^\s\p{Script=Han}]*|[\p{Script=Han}“《「（][，。；：、！？）」》”…]*|[^\s\p{Script=Han}“《「（`、，；：]+[、，；：。）]*|[、，；：。）]+|\s+/gu;

/** Breaks text into lines of a width in terminal columns; what is longer than a line is broken where it must be. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  const put = (piece: string): void => {
    if (line !== '' && stringWidth(line + piece.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    if (line !== '' || piece.trim() !== '') line += piece;
  };
  for (const [piece] of inOneLine(text).matchAll(UNBROKEN)) {
    if (stringWidth(piece.trimEnd()) <= width) put(piece);
    else for (const { segment } of new Intl.Segmenter().segment(piece)) put(segment);
  }
  return line === '' ? lines : [...lines, line.trimEnd()];
}

/** The widest cell, in terminal columns. */
export function widest(cells: readonly string[]): number {
  return Math.max(0, ...cells.map((cell) => stringWidth(inOneLine(cell))));
}

/**
 * A table's lines. On a terminal: a header, columns aligned, the last one cut to the width that is left.
 * Elsewhere: tab-separated, no header, nothing cut.
 */
export function table(header: string[], rows: string[][], stream: { isTTY: boolean; columns: number }): string[] {
  const cells = rows.map((row) => row.map(inOneLine));
  if (!stream.isTTY) return cells.map((row) => row.join('\t'));
  if (rows.length === 0) return [];
  const all = [header, ...cells];
  const widths = header.map((_, column) => widest(all.map((row) => row[column] ?? '')));
  return all.map((row) => {
    const line = row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)));
    return cut(line.join('  '), stream.columns).trimEnd();
  });
}

/**
 * The columns of a table that a terminal has room for. `spare`: which may go, the first of them first; the last column
 * is content with `least`, and the table cuts it.
 */
export function columnsWithRoom(
  lines: readonly (readonly string[])[],
  room: number,
  { spare, least }: { spare: readonly number[]; least: number },
): number[] {
  const widths = (lines[0] ?? []).map((_, column) => widest(lines.map((line) => line[column] ?? '')));
  const last = widths.length - 1;
  const needs = (kept: number[]): number =>
    kept.reduce((sum, column) => sum + Math.min(widths[column] ?? 0, column === last ? least : Infinity) + 2, -2);
  return spare.reduce(
    (kept, column) => (needs(kept) <= room ? kept : kept.filter((other) => other !== column)),
    widths.map((_, column) => column),
  );
}
