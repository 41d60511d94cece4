/** The torture runs in their short form, with a fixed seed; `npm run torture` takes minutes. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RUNS, torture } from '../torture/all.ts';
import { hasRedis } from './support/redis.ts';

const source = resolve(import.meta.dirname, '../torture');

/** What each must really have done. */
const DEEDS: Record<string, string[]> = {
  'readers and writers': ['writes', 'reads', 'kills'],
  exchanges: ['exchanges', 'served', 'deaths'],
  'full disk': ['exchanges', 'refused'],
  locks: ['takeovers', 'unreaped', 'stops', 'conflicts'],
  damage: ['damaged', 'newer'],
  authorizations: ['consents', 'exchanges', 'kills'],
  releases: ['runs', 'kills', 'commits', 'submissions'],
};

describe.each(RUNS)('$name', (run) => {
  // A cluster's failovers take seconds each: test/store/redis-failover.test.ts has one of each kind.
  for (const store of run.places.filter((place) => place !== 'cluster')) {
    it.skipIf(store === 'redis' && !hasRedis)(`break no promise on ${store}`, async () => {
      const { broken, counts } = await torture(run, store, { seed: 7, isLong: false, source });
      expect(broken).toEqual([]);
      for (const deed of DEEDS[run.name] ?? ['?'])
        expect([deed, counts[deed] ?? 0]).toEqual([deed, expect.toSatisfy((count: number) => count > 0)]);
    });
  }
});
