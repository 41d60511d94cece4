/**
 * The QR code of a link for the terminal. qrcode-terminal computes and draws it; what it draws has a margin of one
 * module and no colours of its own, so it is read back into modules and given its quiet zone.
 */
import qrcode from 'qrcode-terminal';

/** ISO/IEC 18004: four light modules on every side. */
const QUIET_ZONE = 4;

/** True where a module is dark; square, without quiet zone. */
export type Modules = boolean[][];

export function qrModules(link: string): Modules {
  let drawing = '';
  qrcode.generate(link, { small: true }, (drawn) => (drawing = drawn));
  // One light module on both sides, two modules per character, the light ones drawn; borders begin otherwise.
  const lines = drawing.split('\n').filter((line) => line.startsWith('█'));
  const side = [...(lines[0] ?? '')].length - 2;
  const rows = lines.flatMap((line) => [
    [...line].map((character) => character !== '█' && character !== '▀'),
    [...line].map((character) => character !== '█' && character !== '▄'),
  ]);
  return rows.slice(0, side).map((row) => row.slice(1, 1 + side));
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
