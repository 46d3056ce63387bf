/** Each example, as a newcomer runs it: it checks its own rows. The quickstart has a test of its own (test/end-to-end). */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runNode } from '../test/end-to-end/run-node.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`${name}/run.mjs`, import.meta.url));
const examples = readdirSync(import.meta.dirname).filter((name) => name !== 'quickstart' && existsSync(pathOf(name)));

/** Next.js is built, which takes 20 seconds of a processor. */
const TIMEOUT_MS = 180_000;

it.each(examples)('%s', { timeout: TIMEOUT_MS }, async (name) => {
  const { code, stdout, stderr } = await runNode([pathOf(name)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('✓ 2 interactions in HuggingPlace, as expected.');
});

it('an example ends with an error where its interactions do not arrive', { timeout: TIMEOUT_MS }, async () => {
  const { code, stderr } = await runNode([pathOf('openai')], { HUGGINGPLACE_ENABLED: 'false' });
  expect(code).toBe(1);
  expect(stderr).toContain('AssertionError');
});
