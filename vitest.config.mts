import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const report = process.env.WXOP_TEST_REPORT;

/** They take the longest, or wait most of their time: the suite must not end with one of them alone. */
const LONG = [
  'torture',
  'store/redis-failover',
  'habits/json',
  'store/redis-store',
  'scenarios/release-run-stores',
  'scenarios/main-job',
  'scenarios/browser',
  'habits/errors-and-secrets',
  'scenarios/serve',
  'scenarios/service',
  'scenarios/receivers',
  'scenarios/workers',
  'scenarios/many-listeners',
  'scenarios/redis-command',
  'listener/redis',
  'delivery/redis-journal',
  'migration/wxjava-store',
];

/** As always, but for them: where no earlier run left its durations, the largest file is the first. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return place < 0 ? LONG.length : place;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  // Several versions of Node may run tests at once (.ci/run).
  cacheDir: `node_modules/.vite/${process.versions.node}`,
  test: {
    include: ['test/**/*.test.ts'],
    // Only what hangs must end by them: scenarios start many processes, and the machine may be slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
