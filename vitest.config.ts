import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Packages resolve to each other's sources by the paths of tsconfig.json.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    // The machine has two cores, and the tests start servers and child processes of their own.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
