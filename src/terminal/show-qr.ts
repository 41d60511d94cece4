/** The QR code of a link, drawn on stderr. */
import type { Terminal } from './terminal.ts';
import { drawQr, qrModules, qrSize } from './qr.ts';

/** Where the terminal is too small, nothing is drawn, and the columns and rows that it needs come back. */
export async function showQr(
  terminal: Pick<Terminal, 'err' | 'note' | 'paint'>,
  link: string,
): Promise<{ columns: number; rows: number } | undefined> {
  const modules = qrModules(link);
  const { columns, rows } = qrSize(modules);
  // A line below it, and the prompt.
  const needed = { columns, rows: rows + 2 };
  if (terminal.err.isTTY && (needed.columns > terminal.err.columns || needed.rows > terminal.err.rows)) return needed;
  const drawn = drawQr(modules, { painted: terminal.err.color });
  terminal.note(...drawn.map((await terminal.paint('err')).blackOnWhite), '');
  return undefined;
}
