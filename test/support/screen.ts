/** A terminal's screen as pixels, and a strict reader of the QR codes on it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

export type Rgb = readonly [number, number, number];

/** What a theme makes of text without colours of its own. */
export interface Palette {
  foreground: Rgb;
  background: Rgb;
}

export const PALETTES = {
  dark: { foreground: [0xd0, 0xd0, 0xd0], background: [0x00, 0x00, 0x00] },
  light: { foreground: [0x20, 0x20, 0x20], background: [0xff, 0xff, 0xff] },
  solarized: { foreground: [0x83, 0x94, 0x96], background: [0x00, 0x2b, 0x36] },
} as const satisfies Record<string, Palette>;

/** The colours of the 256 that no theme remaps, as far as a code of ours needs them. */
const FIXED: Record<string, Rgb> = { 16: [0, 0, 0], 231: [0xff, 0xff, 0xff] };

/** Rows of pixels; a character cell is one wide and two high. */
export type Picture = Rgb[][];

/** What lines look like on a terminal. Throws at anything but half blocks, spaces and the colours of a code. */
export function render(lines: readonly string[], palette: Palette): Picture {
  let foreground: Rgb = palette.foreground;
  let background: Rgb = palette.background;
  const paint = (parameters: string): void => {
    if (parameters === '0') {
      ({ foreground, background } = palette);
      return;
    }
    for (const [whole, ground, number = ''] of parameters.matchAll(/(\d+);5;(\d+)(?:;|$)|.+/g)) {
      const color = FIXED[number];
      if (!color) throw new Error(`a theme may remap ${whole}`);
      if (ground === '38') foreground = color;
      else if (ground === '48') background = color;
      else throw new Error(`not a colour: ${whole}`);
    }
  };
  return lines.flatMap((line) => {
    const upper: Rgb[] = [];
    const lower: Rgb[] = [];
    // eslint-disable-next-line no-control-regex -- escape sequences are what it reads
    for (const [piece, parameters] of line.matchAll(/\x1b\[([\d;]*)m|[^]/gu)) {
      if (parameters !== undefined) {
        paint(parameters);
        continue;
      }
      if (!'▀▄█ '.includes(piece)) throw new Error(`not part of a drawing: ${JSON.stringify(piece)}`);
      upper.push('▀█'.includes(piece) ? foreground : background);
      lower.push('▄█'.includes(piece) ? foreground : background);
    }
    return [upper, lower];
  });
}

/** The picture in the middle of a window: what is around it has the theme's background. */
export function inWindow(picture: Picture, { background }: Palette): Picture {
  const around = 6;
  const width = Math.max(...picture.map((row) => row.length)) + 2 * around;
  const empty = (pixels: number): Rgb[] => Array.from({ length: pixels }, () => background);
  const beside = picture.map((row) => [...empty(around), ...row, ...empty(width - around - row.length)]);
  const above = Array.from({ length: around }, () => empty(width));
  return [...above, ...beside, ...above];
}

export const BLACK: Rgb = [0, 0, 0];
export const WHITE: Rgb = [0xff, 0xff, 0xff];

/** The light modules on each side of the dark ones. */
export function quietZone(picture: Picture): { top: number; right: number; bottom: number; left: number } {
  const isDark = ([red, green, blue]: Rgb): boolean => red + green + blue < 3 * 0x80;
  const rows = picture.map((row) => row.some(isDark));
  const width = picture[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => picture.some((row) => isDark(row[column] ?? WHITE)));
  return {
    top: rows.indexOf(true),
    right: width - 1 - columns.lastIndexOf(true),
    bottom: rows.length - 1 - rows.lastIndexOf(true),
    left: columns.indexOf(true),
  };
}

// From the package, so that nothing is downloaded.
const wasm = new Uint8Array(
  readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')),
);
prepareZXingModule({ overrides: { wasmBinary: wasm.buffer } });

/** The texts of the QR codes in a picture, read without second tries: not inverted, not turned, not scaled. */
export async function decode(picture: Picture, scale = 4): Promise<string[]> {
  const width = (picture[0]?.length ?? 0) * scale;
  const height = picture.length * scale;
  const data = new Uint8ClampedArray(width * height * 4).fill(0xff);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = picture[Math.floor(y / scale)]?.[Math.floor(x / scale)] ?? WHITE;
      data.set(color, (y * width + x) * 4);
    }
  }
  const found = await readBarcodes(
    { data, width, height },
    { formats: ['QRCode'], tryHarder: false, tryInvert: false, tryRotate: false, tryDownscale: false },
  );
  return found.filter(({ isValid }) => isValid).map(({ text }) => text);
}

// eslint-disable-next-line no-control-regex -- what paints a code
const isPainted = (line: string): boolean => /^\x1b\[[\d;]*m[▀▄█ ]/.test(line);

/** The lines of a code among all that a terminal shows. */
export const paintedLines = (shown: string): string[] => shown.split(/\r?\n/).filter(isPainted);

/** What the code that a terminal shows says. */
export const decodeShown = (shown: string, palette: Palette = PALETTES.dark): Promise<string[]> =>
  decode(inWindow(render(paintedLines(shown), palette), palette));
