/** The tests that mutants of assembly and translation are tried on: without those that measure with 100,000 spans or play random trees. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['packages/exporter/src/**/*.test.ts'],
    exclude: ['**/interaction/{bounds,properties,hostile-values}.test.ts', '**/redact-pii.test.ts'],
    testTimeout: 10_000,
  },
});
