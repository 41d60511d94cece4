/** The QR code of a link for the terminal: the modules that `qr` computes, drawn with their quiet zone. */
import { encodeQR } from 'qr';

/** ISO/IEC 18004: four light modules on every side. */
const QUIET_ZONE = 4;

/** True where a module is dark; square, without quiet zone. */
export type Modules = boolean[][];

export function qrModules(link: string): Modules {
  // It gives no code without a border.
  const rows = encodeQR(link, 'raw', { ecc: 'low', border: 1 });
  return rows.slice(1, -1).map((row) => row.slice(1, -1));
}

export interface QrOptions {
  /** To be painted black on white; otherwise light modules in the terminal's own foreground, right for a dark background. */
  painted: boolean;
}

/** The lines of the code, quiet zone included: two modules high and one wide per character. */
export function drawQr(modules: Modules, { painted }: QrOptions): string[] {
  const side = modules.length + 2 * QUIET_ZONE;
  // Painted, the dark modules are drawn, in black on white; unpainted, the light ones.
  const isDrawn = (row: number, column: number): boolean =>
    (modules[row - QUIET_ZONE]?.[column - QUIET_ZONE] ?? false) === painted;
  const lines: string[] = [];
  for (let row = 0; row < side; row += 2) {
    let line = '';
    for (let column = 0; column < side; column++) {
      const [upper, lower] = [isDrawn(row, column), isDrawn(row + 1, column)];
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(line);
  }
  return lines;
}

/** Columns and rows that the drawing takes. */
export function qrSize(modules: Modules): { columns: number; rows: number } {
  const side = modules.length + 2 * QUIET_ZONE;
  return { columns: side, rows: Math.ceil(side / 2) };
}
