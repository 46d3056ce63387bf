/** Beside a set-up that owns the global provider, and samples as it likes: what the exporter's README shows, run. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runNode } from './run-node.ts';

const APP = fileURLToPath(new URL('isolated-provider/app.cjs', import.meta.url));
const SHOWN = readFileSync(new URL('isolated-provider/telemetry.mjs', import.meta.url), 'utf8');
const README = readFileSync(new URL('../../packages/exporter/README.md', import.meta.url), 'utf8');

let server: DevServer;
let openai: Server;
beforeAll(async () => {
  server = await startDevServer();
  openai = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    const message = { role: 'assistant', content: 'yes' };
    response.end(JSON.stringify({ id: 'c', model: 'gpt-5', choices: [{ index: 0, message, finish_reason: 'stop' }] }));
  });
  await new Promise<void>((resolve) => openai.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  openai.close();
  await server.close();
});

it('is what the README shows', () => {
  expect(README).toContain(`\`\`\`js\n${SHOWN}\`\`\``);
});

it.each([
  ['sampled', ['session', 'GET /ask']],
  ['unsampled', []],
])('the owner keeps its own spans, all interactions arrive: %s', async (sampling, owned) => {
  await server.database.query('DELETE FROM chat');
  const { code, stdout, stderr } = await runNode([APP, sampling], {
    HUGGINGPLACE_BASE_URL: server.url,
    HUGGINGPLACE_API_KEY: server.apiKey,
    HUGGINGPLACE_ORG_ID: server.orgId,
    OPENAI_BASE_URL: `http://127.0.0.1:${(openai.address() as AddressInfo).port}`,
  });
  expect({ code, stderr, owned: JSON.parse(stdout) as unknown }).toEqual({ code: 0, stderr: '', owned });
  const rows = await server.database.query(
    'SELECT user_prompt, ai_response, session_id FROM chat ORDER BY user_prompt',
  );
  expect(rows).toEqual([
    { user_prompt: 'alone?', ai_response: 'yes', session_id: 'session-1' },
    { user_prompt: 'first?', ai_response: 'yes', session_id: null },
  ]);
});
