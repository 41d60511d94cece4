/** The torture runs in their short form, with a fixed seed; `npm run torture` takes minutes. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RUNS, torture } from '../torture/all.ts';

const source = resolve(import.meta.dirname, '../torture');

describe.each(RUNS)('$name', (run) => {
  it.each(run.places)('break no promise on %s', async (store) => {
    const { broken, counts } = await torture(run, store, { seed: 7, isLong: false, source });
    expect(broken).toEqual([]);
    expect(Object.values(counts).some((count) => count > 0)).toBe(true);
  });
});
