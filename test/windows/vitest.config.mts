import { defineConfig } from 'vitest/config';

// `npm run test:windows`: what the other tests cannot do, Windows' own Node under Wine.
export default defineConfig({
  test: { include: ['test/windows/*.wine.ts'], testTimeout: 120_000, hookTimeout: 120_000, passWithNoTests: true },
});
