/** The database goes away and comes back, and nothing that was acknowledged is lost. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { TestClient } from './testing/client.ts';
import { type RealPostgres, startRealPostgres } from './testing/real-postgres.ts';

let postgres: RealPostgres;
let server: DevServer;
let client: TestClient;
const errors: unknown[] = [];
beforeAll(async () => {
  postgres = await startRealPostgres();
  server = await startDevServer({
    databaseUrl: await postgres.createDatabase(),
    onError: (error) => errors.push(error),
  });
  client = new TestClient(server);
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

it('answers 503 while the database is down, and stores again when it is back', async () => {
  const acknowledged = new Set<string>();
  const store = async (message_id: string) => {
    const answer = await client.post({ org_id: 'local', message_id });
    if (answer.status === 200) acknowledged.add(message_id);
    return answer;
  };
  // Killed in the middle of many: what was answered 200 must be there afterwards.
  const crowd = Array.from({ length: 400 }, (_, index) => store(`crowd-${index}`));
  await Promise.race(crowd);
  await postgres.kill();
  const statuses = new Set((await Promise.all(crowd)).map(({ status }) => status));
  expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);

  const refused = await store('while-down');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(refused.body['error']).toBe('the database cannot be reached');
  expect(await client.request('/health')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  expect((await client.request('/metrics')).body['text']).toContain('huggingplace_database_up 0\n');

  await postgres.start();
  expect((await store('afterwards')).status).toBe(200);
  expect((await client.request('/health')).status).toBe(200);
  const rows = await server.database.query('SELECT message_id FROM chat JOIN prompt_details ON chat_id = id');
  const stored = new Set(rows.map((row) => row['message_id']));
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
  expect(errors).toEqual([]);
});

it('does not start without a database, and says why', async () => {
  await expect(startDevServer({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toThrow(
    'the database cannot be reached',
  );
});

it('gives up a statement that takes too long', async () => {
  await expect(server.database.query('SELECT pg_sleep(30)')).rejects.toThrow('took too long');
}, 10_000);

it('brings one schema to a database that two servers start on at once', async () => {
  const databaseUrl = await postgres.createDatabase();
  const both = await Promise.all([startDevServer({ databaseUrl }), startDevServer({ databaseUrl })]);
  expect((await both[0].database.query('SELECT count(*) AS n FROM schema_migration'))[0]).toEqual({ n: 4 });
  await new TestClient(both[0]).post({ org_id: 'local', message_id: 'shared' });
  expect((await new TestClient(both[1]).read()).totalChats).toBe(1);
  await Promise.all(both.map((one) => one.close()));
});
