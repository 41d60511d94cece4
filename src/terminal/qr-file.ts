/** The QR code as a picture, for a chat or an e-mail to the merchant. */
import { PNG } from 'pngjs';
import type { Modules } from './qr.ts';

const QUIET_ZONE = 4;
const PIXELS_PER_MODULE = 10;

/** One path, crisp at every size. */
export function qrSvg(modules: Modules): string {
  const side = modules.length + 2 * QUIET_ZONE;
  const squares = modules.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? [`M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`] : [])),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${side * PIXELS_PER_MODULE}" height="${side * PIXELS_PER_MODULE}" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d="${squares.join('')}"/></svg>\n`;
}

export function qrPng(modules: Modules): Buffer {
  const side = (modules.length + 2 * QUIET_ZONE) * PIXELS_PER_MODULE;
  const picture = new PNG({ width: side, height: side, colorType: 0, inputColorType: 0, inputHasAlpha: false });
  const module = (pixel: number): number => Math.floor(pixel / PIXELS_PER_MODULE) - QUIET_ZONE;
  picture.data = Buffer.alloc(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) picture.data[y * side + x] = modules[module(y)]?.[module(x)] ? 0 : 255;
  }
  return PNG.sync.write(picture, { colorType: 0, inputColorType: 0, inputHasAlpha: false });
}
