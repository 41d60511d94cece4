/** Comma-separated values that spreadsheets open as they are meant (RFC 4180). */

/** Without it, a spreadsheet takes Chinese in UTF-8 for something else. */
const BYTE_ORDER_MARK = '\ufeff';

/** The lines, each with the CR before its end. */
export function csvLines(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [header, ...rows].map((cells, index) => `${index === 0 ? BYTE_ORDER_MARK : ''}${cells.map(cell).join(',')}\r`);
}

/** A merchant chooses its name: what a spreadsheet would compute gets an apostrophe, which makes it text. */
function cell(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
