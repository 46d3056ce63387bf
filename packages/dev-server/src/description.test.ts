/** What the server answers is what its description says, to the letter: success and refusal, for each address of the contract. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { STORE, TestClient } from './testing/client.ts';
import { exampleInteraction, seededRandom } from './testing/example-interactions.ts';

let server: DevServer;
let client: TestClient;
let ajv: Ajv2020;
let cookie: string;
beforeAll(async () => {
  server = await startDevServer();
  client = new TestClient(server);
  const random = seededRandom(1);
  for (let index = 0; index < 20; index++) await client.post(exampleInteraction({ random, index }));
  cookie = (await client.request('/')).headers.get('set-cookie')?.split(';')[0] ?? '';
  ajv = new Ajv2020({ strict: false });
  ajv.addSchema((await client.request('/openapi.json')).body, 'openapi');
});
afterAll(() => server.close());

const post = (body: unknown, address: string) => () => client.post(body, address);
const get = (address: string) => () => client.request(address, { headers: { 'x-api-key': server.apiKey, cookie } });
const span = { traceId: 't', spanId: 's', operation: 'o' };

it.each<[string, string, number, () => ReturnType<TestClient['request']>]>([
  ['post', STORE, 200, post({ org_id: 'local', message_id: 'described' }, STORE)],
  ['post', STORE, 400, post({}, STORE)],
  ['post', STORE, 403, post({ org_id: 'other' }, STORE)],
  ['post', '/v2/chatgpt/feedback', 200, post({ message_id: 'described', likes: 1 }, '/v2/chatgpt/feedback')],
  ['post', '/v2/chatgpt/feedback', 404, post({ message_id: 'nobody', likes: 1 }, '/v2/chatgpt/feedback')],
  ['post', '/api/traces', 201, post(span, '/api/traces')],
  ['post', '/api/traces/batch', 201, post([span], '/api/traces/batch')],
  ['post', '/api/traces/batch', 400, post(span, '/api/traces/batch')],
  ['get', '/notebook/filtered_chat', 200, get('/notebook/filtered_chat?limit=50')],
  ['get', '/notebook/filtered_chat', 400, get('/notebook/filtered_chat?limit=-1')],
  ['get', '/health', 200, get('/health')],
  ['get', '/page-api/session', 200, get('/page-api/session')],
  ['get', '/page-api/interactions', 200, get('/page-api/interactions')],
  ['get', '/page-api/interactions/{id}', 200, get('/page-api/interactions/3')],
  ['get', '/page-api/interactions/{id}', 404, get('/page-api/interactions/999')],
  ['get', '/page-api/conversations', 200, get('/page-api/conversations')],
  ['get', '/page-api/dashboard', 200, get('/page-api/dashboard')],
])('%s %s, %i', async (method, address, status, ask) => {
  const answered = await ask();
  expect(answered.status).toBe(status);
  const place = ['paths', address, method, 'responses', String(status), 'content', 'application/json', 'schema'];
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const isDescribed = ajv.compile({ $ref: `openapi#/${pointer}` });
  expect(isDescribed(answered.body), JSON.stringify(isDescribed.errors)).toBe(true);
});
