/** Readers of arguments that are not plain text. */
import { parseDuration } from '../sentences/format-duration.ts';
import { text, type Text } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';

/** `500ms`, `20s`, `11m`, `2h`; a bare number is seconds. In milliseconds. Throws USAGE. */
export function durationArgument(written: string): number {
  const milliseconds = parseDuration(written);
  if (milliseconds === undefined)
    throw unreadable(text('Write it like 500ms, 20s, 11m, 2h.', '写法如 500ms、20s、11m、2h。'));
  return milliseconds;
}

/** A whole number of at least `least`. Throws USAGE. */
export const countArgument =
  (least: number) =>
  (written: string): number => {
    if (/^\d+$/.test(written) && Number(written) >= least) return Number(written);
    throw unreadable(text(`It must be a whole number of at least ${least}.`, `应为不小于 ${least} 的整数。`));
  };

const SIZES: Record<string, number> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `512MiB`, `1GiB`. In bytes. Throws USAGE. */
export function bytesArgument(written: string): number {
  const [, amount, unit = ''] = /^(\d+)(KiB|MiB|GiB)$/.exec(written) ?? [];
  if (amount === undefined) throw unreadable(text('Write it like 64MiB, 1GiB.', '写法如 64MiB、1GiB。'));
  return Number(amount) * (SIZES[unit] ?? 1);
}

/** `a,b`. Throws USAGE. */
export function namesArgument(written: string): string[] {
  const names = written.split(',').map((name) => name.trim());
  if (names.every(Boolean)) return names;
  throw unreadable(text('Write names with commas between them, like a,b.', '请以逗号分隔各名称，如 a,b。'));
}

/** Only what is expected: which flag it was, and what was typed, is added where the flag is declared. */
const unreadable = (expected: Text): WxopError => new WxopError('USAGE', expected);
