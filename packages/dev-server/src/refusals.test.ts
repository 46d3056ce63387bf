import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { STORE, TestClient } from './testing/client.ts';

let server: DevServer;
let client: TestClient;
beforeAll(async () => {
  server = await startDevServer({ maxBodyBytes: 100_000 });
  client = new TestClient(server);
});
afterAll(() => server.close());

it.each([
  ['no JSON', '{', 400, /JSON/],
  ['no object', '[]', 400, /expected object/],
  ['no organisation', {}, 400, /org_id/],
  ['an unknown mode', { org_id: 'local', mode: 'test' }, 400, /mode/],
  ['a negative count', { org_id: 'local', token_count: -1 }, 400, /token_count/],
  ['a count that no sum holds', { org_id: 'local', token_count: 1e308 }, 400, /token_count/],
  ['an id that no index holds', { org_id: 'local', session_id: 'x'.repeat(513) }, 400, /session_id/],
  ['another organisation', { org_id: 'acme' }, 403, /another organisation/],
  ['a body that is too large', { org_id: 'local', user_prompt: 'x'.repeat(100_000) }, 413, /larger than 100000 bytes/],
])('refuses %s', async (_, body, status, reason) => {
  const refused = await client.post(body);
  expect(refused.status).toBe(status);
  expect(refused.body['error']).toMatch(reason);
});

it.each([undefined, '', 'wrong', 'hp_local2', 'hp_local hp_local'])('refuses the key %j', async (key) => {
  const authorization = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  const refused = await client.request(STORE, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...authorization },
    body: '{"org_id":"local"}',
  });
  expect(refused.status).toBe(401);
  const read = await client.request('/notebook/filtered_chat', {
    headers: key === undefined ? {} : { 'x-api-key': key },
  });
  expect(read.status).toBe(401);
});

it.each([STORE, '/v2/chatgpt/feedback', '/api/traces', '/api/traces/batch'])(
  'looks at the key before the body: %s',
  async (address) => {
    expect((await client.post('{', address, { Authorization: 'Bearer wrong' })).status).toBe(401);
  },
);

it('looks at the key before the query', async () => {
  expect((await client.request('/notebook/filtered_chat?limit=0')).status).toBe(401);
});

it.each([
  ['that says nothing', {}, /at least one of likes/],
  ['that says nothing but null', { likes: null, comment: null }, /at least one of likes/],
  ['with an unknown evaluation', { evaluation: 'GREAT' }, /evaluation/],
])('refuses feedback %s', async (_, said, reason) => {
  await client.post({ org_id: 'local', message_id: 'judged' });
  const refused = await client.post({ message_id: 'judged', ...said }, '/v2/chatgpt/feedback');
  expect(refused.status).toBe(400);
  expect(refused.body['error']).toMatch(reason);
});

it('does not take a key where the contract does not have it', async () => {
  expect(
    (await client.post({ org_id: 'local' }, STORE, { Authorization: '', 'x-api-key': server.apiKey })).status,
  ).toBe(401);
});

it('answers more requests at once than it holds with 429', async () => {
  const narrow = await startDevServer({ maxInFlight: 1 });
  const crowd = new TestClient(narrow);
  const answers = await Promise.all(Array.from({ length: 20 }, () => crowd.post({ org_id: 'local' })));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(answers.filter(({ status }) => status === 200).length).toBe(20 - refused.length);
  expect((await crowd.read()).totalChats).toBe(20 - refused.length);
  await narrow.close();
});

it.each([
  ['port', { port: 70_000 }],
  ['fail', { fail: '200:0.5' }],
  ['fail', { fail: '503:0.8,429:0.8' }],
  ['databaseUrl', { databaseUrl: 'mysql://x' }],
  ['apiKey', { apiKey: 'with space' }],
  ['apiKey', { host: '0.0.0.0' }],
  ['webhooks', { webhooks: [{ url: 'file:///etc/passwd', secret: 'long enough' }] }],
])('refuses a wrong option at the start, and names it: %s', async (name, options) => {
  await expect(startDevServer(options)).rejects.toThrow(name);
});

it('says when the port is taken, and leaves nothing behind', async () => {
  await expect(startDevServer({ port: Number(new URL(server.url).port) })).rejects.toThrow('EADDRINUSE');
});

describe('the description', () => {
  it('is served, and names every address of the contract', async () => {
    const { status, body } = await client.request('/openapi.json');
    expect(status).toBe(200);
    expect(Object.keys(body['paths'] as object)).toEqual(
      expect.arrayContaining([
        STORE,
        '/v2/chatgpt/feedback',
        '/notebook/filtered_chat',
        '/api/traces',
        '/api/traces/batch',
        '/health',
      ]),
    );
  });
});
