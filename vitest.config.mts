import { defineConfig } from 'vitest/config';

const report = process.env.WXOP_TEST_REPORT;

export default defineConfig({
  // Several versions of Node may run tests at once (.ci/run).
  cacheDir: `node_modules/.vite/${process.versions.node}`,
  test: {
    include: ['test/**/*.test.ts'],
    // Only what hangs must end by them: scenarios start many processes, and the machine may be slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
