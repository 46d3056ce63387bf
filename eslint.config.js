// The linter carries the architecture: what a layer may import is a rule here, not a hope (docs: README, "The house").
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const layer = (target, from, except, message) => ({ target: `./packages/${target}`, from, except, message });
const exporter = './packages/exporter/src';

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '**/coverage', '**/artifacts', 'test/recordings/data', 'docs/api'] },
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.js', '**/*.mjs'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.json' })] },
    rules: {
      'import-x/no-cycle': 'error',
      'no-restricted-syntax': ['error', { selector: 'ExportAllDeclaration', message: 'Name what you export: an index is a list of names.' }],
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
      // `value !== undefined && value.x` reads as well as `value?.x`, and `== null` is how both absences are asked for.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['packages/*/src/**'],
    ignores: ['**/*.test.ts', 'packages/*/src/main.ts', 'packages/dev-server/src/page/**', 'packages/cli/src/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['packages/*/src/**'],
    ignores: ['**/*.test.ts'],
    rules: {
      'import-x/no-restricted-paths': ['error', {
        zones: [
          layer('exporter/src/dialects', exporter, ['./dialects', './span.ts', './interaction/reading.ts'], 'A dialect knows spans and readings, nothing else.'),
          layer('exporter/src/interaction', exporter, ['./interaction', './span.ts'], 'Assembly knows nothing outside itself but the span.'),
          layer('exporter/src/payload', exporter, ['./payload', './interaction', './span.ts'], 'Translation knows interactions and the payload type.'),
          layer('sdk/src', './packages', ['./sdk'], 'The client knows nothing of the other packages.'),
          layer('tracing/src', './packages', ['./tracing'], 'The helpers know @opentelemetry/api alone.'),
          layer('dev-server/src', './packages', ['./dev-server', './sdk/src/index.ts', './sdk/src/payload.ts'], 'The server knows the payload, never the exporter.'),
        ],
      }],
    },
  },
  {
    files: ['**/*.test.ts', 'test/**', 'examples/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
