/** Comma-separated values that spreadsheets read correctly (RFC 4180). */
import { inOneLine } from '../../sentences/printable.ts';

/** Without it, a spreadsheet does not recognize UTF-8, and Chinese is garbled. */
const BYTE_ORDER_MARK = '\ufeff';

/** Lines that end with CR; the newline comes from printing them. */
export function csvLines(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [header, ...rows].map((cells, index) => `${index === 0 ? BYTE_ORDER_MARK : ''}${cells.map(cell).join(',')}\r`);
}

/** Where a formula begins; spreadsheets read the full-width signs alike, and some take blanks off first. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** Merchants choose their own names: an apostrophe keeps a spreadsheet from running one as a formula. */
function cell(value: string): string {
  const line = inOneLine(value);
  const harmless = FORMULA.test(line) ? `'${line}` : line;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
