// The linter carries the architecture: what a layer may import is a rule here, not a hope (README, "The house"; test/house.test.ts).
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const exporter = './packages/exporter/src';
const PACKAGES = ['exporter', 'tracing', 'sdk', 'gateway', 'dev-server', 'cli'];
/** The vocabularies; what else stands beside them is shared. */
const DIALECTS = [
  'genkit',
  'google-adk',
  'huggingplace',
  'langfuse',
  'langsmith',
  'mastra',
  'openinference',
  'openllmetry',
  'otel-genai',
  'strands',
  'vercel-ai',
].map((name) => `${exporter}/dialects/${name}.ts`);

const TESTS = ['**/*.test.ts', '**/*.fixture.ts', '**/*.test-support.ts', '**/*.corpus.ts', '**/testing/**'];

const layer = (target, from, except, message) => ({ target: `./packages/${target}`, from, except, message });

const layers = [
  {
    target: `${exporter}/dialects/!(index).ts`,
    from: DIALECTS,
    message: 'A dialect knows no other: what two share stands in a file of its own.',
  },
  layer(
    'exporter/src/dialects',
    exporter,
    ['./dialects', './span.ts', './interaction/reading.ts'],
    'A dialect knows spans and readings, nothing else.',
  ),
  layer(
    'exporter/src/interaction',
    exporter,
    ['./interaction', './span.ts'],
    'Assembly knows nothing outside itself but the span.',
  ),
  layer(
    'exporter/src/payload',
    exporter,
    ['./payload', './interaction', './span.ts'],
    'Translation knows interactions and the payload type.',
  ),
  layer('sdk/src', './packages', ['./sdk'], 'The client knows nothing of the other packages.'),
  layer('tracing/src', './packages', ['./tracing'], 'The helpers know @opentelemetry/api alone.'),
  layer(
    'dev-server/src',
    './packages',
    ['./dev-server', './sdk/src/index.ts', './sdk/src/payload.ts'],
    'The server knows the payload, never the exporter: it must not share a mistake with the translator.',
  ),
  ...PACKAGES.map((name) => ({
    target: `./packages/${name}/src`,
    from: `./packages/${name}/src/index.ts`,
    message: 'An index is for others: import the file that holds it.',
  })),
];

/** Neither the application nor the moment decides what a record says (reviewer's question 2). */
const pure = {
  'no-restricted-globals': [
    'error',
    ...['process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'crypto'].map(
      (name) => ({ name, message: 'Between the ended span and the payload everything is pure; time is an argument.' }),
    ),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'Time is an argument.' },
    { object: 'Math', property: 'random', message: 'Chance is an argument.' },
  ],
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { regex: '^(node:|undici$)', message: 'Between the ended span and the payload everything is pure.' },
        { regex: '^@opentelemetry/(?!semantic-conventions$)', message: 'The road knows spans of no SDK (span.ts).' },
      ],
    },
  ],
};

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/.next',
      '**/node_modules',
      '**/coverage',
      '**/artifacts',
      'test/recordings/data',
      'docs/api',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.js', '**/*.mjs'],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.json' })],
      // What is not named here is not looked into, and no cycle through it is found.
      'import-x/extensions': ['.ts', '.tsx', '.js', '.mjs'],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'Name what you export: an index is a list of names.' },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `return this.#drop(reason)` says in one line what is done and that it is all.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // `const { usage: _, ...rest }` leaves a field out, `for (const _ of work)` runs a generator, `_message` keeps a signature.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, varsIgnorePattern: '^_+$', argsIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['packages/*/src/**'],
    ignores: [...TESTS, 'packages/*/src/main.ts', 'packages/dev-server/src/page/**', 'packages/cli/src/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['packages/*/src/**'],
    ignores: TESTS,
    rules: { 'import-x/no-restricted-paths': ['error', { zones: layers }] },
  },
  {
    files: ['dialects', 'interaction', 'payload'].map((room) => `packages/exporter/src/${room}/**`),
    ignores: TESTS,
    rules: pure,
  },
  {
    // Only what a package declares is there when somebody installs it; the page is built into one file.
    files: ['packages/*/src/**'],
    ignores: [...TESTS, 'packages/dev-server/src/page/**'],
    rules: { 'import-x/no-extraneous-dependencies': ['error', { devDependencies: false }] },
  },
  {
    files: [...TESTS, 'test/**', 'examples/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
