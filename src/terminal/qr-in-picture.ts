/** What the QR code in a picture says: a terminal that draws no pictures draws the same code again. */
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import decodeQR from 'qr/decode.js';

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
/** Codes that WeChat draws have 1280 pixels a side at most. */
const LIMITS = { maxResolutionInMP: 4, maxMemoryUsageInMB: 64 };

/** Undefined where there is none, as in the round codes of mini programs. */
export function linkInPicture(bytes: Buffer): string | undefined {
  try {
    const { width, height, data } = bytes.subarray(0, 4).equals(PNG_SIGNATURE)
      ? PNG.sync.read(bytes)
      : jpeg.decode(bytes, LIMITS);
    return decodeQR({ width, height, data: new Uint8Array(data) });
  } catch {
    return undefined;
  }
}
