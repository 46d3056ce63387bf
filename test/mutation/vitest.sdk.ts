/** The tests that mutants of the client are tried on: those that run in this process. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['packages/sdk/src/**/*.test.ts'],
    // Child processes run what is built, and random seeds would tell a mutant only now and then.
    exclude: ['**/exit*.test.ts', '**/drop-in.test.ts', '**/*.property.test.ts'],
    testTimeout: 10_000,
  },
});
