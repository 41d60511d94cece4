/** Readers of arguments that are not plain text. */
import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `20s`, `11m`, `2h`; a bare number is seconds. In milliseconds. Throws a usage error. */
export function duration(written: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(written) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('Write it like 500ms, 20s, 11m, 2h.');
  return Number(amount) * (UNITS[unit] ?? 1);
}

/** A whole number of at least `least`. Throws a usage error. */
export const count =
  (least: number) =>
  (written: string): number => {
    if (/^\d+$/.test(written) && Number(written) >= least) return Number(written);
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  };

const SIZES: Record<string, number> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `512MiB`, `1GiB`. In bytes. Throws a usage error. */
export function bytes(written: string): number {
  const [, amount, unit = ''] = /^(\d+)(KiB|MiB|GiB)$/.exec(written) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('Write it like 64MiB, 1GiB.');
  return Number(amount) * (SIZES[unit] ?? 1);
}
