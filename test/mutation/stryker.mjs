/** Mutation testing of one part of the product, named by `MUTATION_PART`: what is changed here and there, and what no test noticed of it (reports/mutation/). */
const parts = {
  delivery: {
    tests: 'sdk',
    mutate: ['retry', 'outcome', 'fifo', 'queue', 'backlog', 'delivery'].map((name) => `packages/sdk/src/${name}.ts`),
  },
  spool: { tests: 'sdk', mutate: ['packages/sdk/src/{spool*,private-directory,dead-letter}.ts'] },
  assembly: { tests: 'exporter', mutate: ['packages/exporter/src/interaction/*.ts'] },
  translation: {
    tests: 'exporter',
    mutate: ['packages/exporter/src/payload/*.ts', '!packages/exporter/src/payload/{pii-*,redact-pii}.ts'],
  },
};
const name = process.env.MUTATION_PART ?? 'delivery';
const part = parts[name];
if (part === undefined) throw new Error(`MUTATION_PART: expected ${Object.keys(parts).join(', ')}, got ${name}`);

export default {
  packageManager: 'pnpm',
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: `test/mutation/vitest.${part.tests}.ts`, related: false },
  mutate: [...part.mutate, '!**/*.test.ts', '!**/*.fixture.ts'],
  reporters: ['clear-text', 'json', 'progress-append-only'],
  jsonReporter: { fileName: `reports/mutation/${name}.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  // What is set once, when a module is loaded, would need all tests anew for each mutant.
  ignoreStatic: true,
  timeoutMS: 3000,
  concurrency: 2,
  thresholds: { high: 90, low: 85, break: 85 },
  tempDirName: '.stryker-tmp',
  ignorePatterns: ['/docs', '/examples', '/reports', '/test/*', '!/test/mutation'],
};
