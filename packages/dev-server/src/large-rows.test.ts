/** Rows and numbers that are too large for one answer: what can be read is read, and what cannot is no shortened success. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { groupedBySize, MAX_PAGE_BYTES } from './row-size.ts';
import { TestClient } from './testing/client.ts';

let server: DevServer;
let client: TestClient;
let cookie: string;
const errors: unknown[] = [];
beforeAll(async () => {
  server = await startDevServer({ onError: (error) => errors.push(error) });
  client = new TestClient(server);
  cookie = (await client.request('/')).headers.get('set-cookie')?.split(';')[0] ?? '';
  for (let index = 0; index < 6; index++)
    await client.post({ org_id: 'local', session_id: 's', user_prompt: `${index}` });
  // By SQL: posting 36 MB takes long.
  await server.database.query(`UPDATE chat SET ai_response = repeat('x', 6000000)`);
});
afterAll(() => server.close());

const get = (address: string) => client.request(`/page-api/${address}`, { headers: { cookie } });

it('answers a page of up to 32 MiB, and says how many fit of a larger one', async () => {
  const refused = await client.request('/notebook/filtered_chat?limit=100', {
    headers: { 'x-api-key': server.apiKey },
  });
  expect(refused.status).toBe(400);
  expect(refused.body['error']).toMatch(/these 6 interactions have 360\d{5} bytes.*ask for fewer \(limit=5\)/);
  const { totalChats, chats } = await client.read('limit=5');
  expect(totalChats).toBe(6);
  expect(chats.map((chat) => chat['conversation'])).toEqual(['5', '4', '3', '2', '1']);
});

it('exports all of it, in their order', async () => {
  const response = await fetch(`${server.url}/page-api/export?format=json`, { headers: { cookie } });
  const exported = (await response.json()) as { prompt: string; answer: string }[];
  expect(exported.map(({ prompt, answer }) => `${prompt}${answer.length}`)).toEqual(
    [5, 4, 3, 2, 1, 0].map((index) => `${index}6000000`),
  );
  const none = (format: string) =>
    fetch(`${server.url}/page-api/export?user=nobody&format=${format}`, { headers: { cookie } }).then((answered) =>
      answered.text(),
    );
  expect(await none('json')).toBe('[]');
  expect(await none('csv')).toMatch(/^id,created_at,[\w,]+\n$/);
});

it('breaks an export off that fails half-way', async () => {
  await server.database.query(
    `UPDATE prompt_details SET step_data = '{}' WHERE chat_id = (SELECT id FROM chat WHERE user_prompt = '0')`,
  );
  // Whether it breaks before the answer's head is on its way or after it.
  const read = fetch(`${server.url}/page-api/export`, { headers: { cookie } }).then((response) => response.text());
  await expect(read).rejects.toThrow(/terminated|fetch failed/);
  expect(errors.splice(0)).toHaveLength(1);
});

it('takes a sum that overflows for its own failure', async () => {
  await server.database.query('UPDATE prompt_details SET token_count = 1e308');
  expect((await get('conversations')).status).toBe(500);
  expect(errors.splice(0)).toMatchObject([{ code: '22003' }]);
});

it('cuts rows into groups by their size, one that is too large alone', () => {
  const rows = [10, 20, 31, MAX_PAGE_BYTES, 5, 5].map((bytes) => ({ bytes }));
  expect(groupedBySize(rows, 30).map((group) => group.map(({ bytes }) => bytes))).toEqual([
    ...[[10, 20], [31], [MAX_PAGE_BYTES], [5, 5]],
  ]);
});
