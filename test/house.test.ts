/** The rules of the house hold because the linter says no: each is broken here once, in the place of a real file. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);
const eslint = new ESLint({ cwd: fileURLToPath(ROOT) });

/** The rules that `code` breaks, were it the text of that file. */
async function brokenBy(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: file });
  if (result === undefined) throw new Error(`${file} is not linted`);
  return result.messages.map(({ ruleId, message, fatal }) => (fatal === true ? message : ruleId));
}

const EXPORTER = 'packages/exporter/src';

// The first look makes the types of the whole project.
beforeAll(() => brokenBy(`${EXPORTER}/span.ts`, ''));

describe('imports run one way', () => {
  const PATHS = 'import-x/no-restricted-paths';
  it.each([
    ['dialects', 'interaction/group.ts'],
    ['dialects', 'payload/translate.ts'],
    ['dialects', 'options.ts'],
    ['interaction', 'dialects/index.ts'],
    ['interaction', 'payload/translate.ts'],
    ['payload', 'dialects/index.ts'],
    ['payload', 'pipeline.ts'],
  ])('no file of %s/ imports %s', async (room, imported) => {
    const file = { dialects: 'usage.ts', interaction: 'turns.ts', payload: 'time.ts' }[room] ?? '';
    expect(await brokenBy(`${EXPORTER}/${room}/${file}`, `import '../${imported}';`)).toContain(PATHS);
  });

  const table = readFileSync(new URL(`${EXPORTER}/dialects/index.ts`, ROOT), 'utf8');
  const dialects = [...table.matchAll(/from '(\.\/.+\.ts)'/g)]
    .map(([, file]) => file ?? '')
    .filter((file) => file !== './dialect.ts');
  it.each(dialects)('no other dialect imports %s', async (dialect) => {
    const other = dialect === './strands.ts' ? 'mastra.ts' : 'strands.ts';
    expect(await brokenBy(`${EXPORTER}/dialects/${other}`, `import '${dialect}';`)).toEqual([PATHS]);
  });

  it.each([
    ['packages/sdk/src/retry.ts', '@huggingplace/opentelemetry-exporter'],
    ['packages/sdk/src/retry.ts', '../../exporter/src/payload/time.ts'],
    ['packages/tracing/src/step.ts', 'huggingplace-sdk'],
    ['packages/dev-server/src/store.ts', '@huggingplace/opentelemetry-exporter'],
    ['packages/dev-server/src/store.ts', 'huggingplace-sdk/internal'],
    // An index is for others.
    [`${EXPORTER}/exporter.ts`, './index.ts'],
  ])('%s does not import %s', async (file, imported) => {
    expect(await brokenBy(file, `import '${imported}';`)).toContain(PATHS);
  });

  it('without a cycle', async () => {
    expect(await brokenBy('packages/sdk/src/errors.ts', `import './outcome.ts';`)).toEqual(['import-x/no-cycle']);
  });

  it('and only of what the package declares', async () => {
    const broken = await brokenBy(`${EXPORTER}/exporter.ts`, `import '@opentelemetry/sdk-trace-base';`);
    expect(broken).toEqual(['import-x/no-extraneous-dependencies']);
  });
});

describe('between the ended span and the payload everything is pure', () => {
  it.each([
    ['process.env', 'no-restricted-globals'],
    ['fetch', 'no-restricted-globals'],
    ['setTimeout', 'no-restricted-globals'],
    ['Date.now', 'no-restricted-properties'],
    ['Math.random', 'no-restricted-properties'],
  ])('no %s', async (name, rule) => {
    for (const file of ['dialects/usage.ts', 'interaction/turns.ts', 'payload/time.ts'])
      expect(await brokenBy(`${EXPORTER}/${file}`, `export const used: unknown = ${name};`)).toContain(rule);
  });

  it.each(['node:fs', '@opentelemetry/api'])('no %s', async (imported) => {
    expect(await brokenBy(`${EXPORTER}/payload/time.ts`, `import '${imported}';`)).toEqual(['no-restricted-imports']);
  });
});

describe('habits', () => {
  it.each([
    [`export * from './retry.ts';`, 'no-restricted-syntax'],
    [`export const send = (): void => { Promise.resolve(); };`, '@typescript-eslint/no-floating-promises'],
    [`export const parse = (text: any): void => { String(text); };`, '@typescript-eslint/no-explicit-any'],
    [`export const parsed: string = JSON.parse('""');`, '@typescript-eslint/no-unsafe-assignment'],
    [
      `import { Item } from './item.ts';\nexport const count = (items: Item[]): number => items.length;`,
      '@typescript-eslint/consistent-type-imports',
    ],
    [`console.log('sent');`, 'no-console'],
    [`export const isSame = (a: string, b: string): boolean => a == b;`, 'eqeqeq'],
    [
      `export const named = (kind: 'a' | 'b'): string => { switch (kind) { case 'a': return 'A'; } return ''; };`,
      '@typescript-eslint/switch-exhaustiveness-check',
    ],
    [`const unused = 1;`, '@typescript-eslint/no-unused-vars'],
  ])('%s', async (code, rule) => {
    expect(await brokenBy('packages/sdk/src/errors.ts', code)).toContain(rule);
  });

  it('what is as it should be breaks none', async () => {
    const code = `import { systemClock } from './clock.ts';\nexport const now = (): number => systemClock.wallMs();`;
    expect(await brokenBy('packages/sdk/src/errors.ts', code)).toEqual([]);
  });
});
