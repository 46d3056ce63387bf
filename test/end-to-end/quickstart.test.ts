/** The quickstart, as a newcomer runs it. It checks its own rows; here is what it shows. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runNode } from './run-node.ts';

const RUN = fileURLToPath(new URL('../../examples/quickstart/run.mjs', import.meta.url));

it('shows both interactions with their steps, tokens, session and user, and ends by itself', async () => {
  const { code, stdout, stderr } = await runNode([RUN]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('a stand-in for OpenAI on this machine');
  expect(stdout).toMatch(/question +Where is my order 1042/);
  expect(stdout).toMatch(/answer +Order 1042 was delivered/);
  expect(stdout).toMatch(/answer +We do: returns are free/);
  expect(stdout).toMatch(/session +session-7f3a/);
  expect(stdout).toMatch(/user +user-42 · ada@example.com · customer · plan pro/);
  expect(stdout).toMatch(/tokens +317 \(274 in, 43 out\)/);
  expect(stdout.match(/^ +(retrieval|llm|tool) .*│.*│ +\d+ ms/gm)).toHaveLength(6);
  expect(stdout).toContain('✓ 2 interactions');
  expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
});

it('ends with an error where an interaction does not arrive', async () => {
  const { code, stderr } = await runNode([RUN], { HUGGINGPLACE_ENABLED: 'false' });
  expect(code).toBe(1);
  expect(stderr).toContain('two questions are two interactions');
});
