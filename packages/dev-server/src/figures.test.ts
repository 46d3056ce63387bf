/** The dashboard's figures, against the same worked out by PostgreSQL; and that they keep up with what is stored. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DashboardStore } from './dashboard-store.ts';
import { type DevServer, startDevServer } from './index.ts';
import { TestClient } from './testing/client.ts';
import { exampleInteraction, seededRandom } from './testing/example-interactions.ts';

let server: DevServer;
let client: TestClient;
beforeAll(async () => {
  server = await startDevServer();
  client = new TestClient(server);
  const random = seededRandom(11);
  for (let index = 0; index < 150; index++)
    expect((await client.post(exampleInteraction({ random, index }))).status).toBe(200);
  // No model, no user, no session, no times: all of it may be unknown.
  await client.post({ org_id: 'local', message_id: 'bare' });
  await server.database.query(`UPDATE chat SET created = now() - interval '29 days' * (id % 150) / 150`);
});
afterAll(() => server.close());

const figures = async (range: '24h' | '30d', mode?: string) =>
  new DashboardStore(server.database).figures('local', mode, range, new Date());

it('are what the database makes of the same rows', async () => {
  const WHERE = `FROM chat JOIN prompt_details ON chat_id = id WHERE mode = 'prod' AND created > now() - interval '30 days'`;
  const [expected] = await server.database.query(
    `SELECT count(*) AS interactions, count(*) FILTER (WHERE failed) AS failed, sum(token_count) AS tokens, count(DISTINCT user_uuid) AS users,
       count(DISTINCT session_id) AS sessions, percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY response_time_ms) AS percentiles ${WHERE}`,
  );
  const { totals, models, errors, timeline } = await figures('30d', 'prod');
  const { p50, p95, p99 } = totals.responseTimeMs;
  expect({ ...totals, responseTimeMs: undefined, percentiles: [p50, p95, p99] }).toEqual(expected);

  const perModel = await server.database.query(
    `SELECT llm_model AS model, count(*) AS interactions, count(*) FILTER (WHERE failed) AS failed, coalesce(sum(token_count), 0) AS tokens,
       coalesce(sum(input_tokens), 0) AS "inputTokens", coalesce(sum(output_tokens), 0) AS "outputTokens", avg(response_time_ms) AS "meanResponseTimeMs"
     ${WHERE} GROUP BY llm_model ORDER BY tokens DESC`,
  );
  expect(models).toEqual(
    perModel.map(({ meanResponseTimeMs: mean, ...row }) => ({
      ...row,
      meanResponseTimeMs: typeof mean === 'number' ? (expect.closeTo(mean, 6) as number) : null,
    })),
  );
  expect(models.map(({ model }) => model)).toContain(null);

  const perType = await server.database.query(
    `SELECT error_type AS type, count(*) AS interactions ${WHERE} AND failed GROUP BY error_type ORDER BY interactions DESC, error_type COLLATE "C"`,
  );
  expect(errors).toEqual(perType);

  const perBucket = await server.database.query(
    `SELECT date_bin('12 hours', created, 'epoch'::timestamptz) AS at, count(*) AS interactions, count(*) FILTER (WHERE failed) AS failed,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY response_time_ms) AS p50 ${WHERE} GROUP BY 1 ORDER BY 1`,
  );
  expect(timeline.map(({ responseTimeMs, ...bucket }) => ({ ...bucket, p50: responseTimeMs.p50 }))).toEqual(
    perBucket.map(({ at, ...bucket }) => ({ ...bucket, at: (at as Date).toISOString() })),
  );
});

it('go back no further than they are asked to', async () => {
  const { totals, timeline, from } = await figures('24h');
  expect(totals.interactions).toBeGreaterThan(0);
  expect(totals.interactions).toBeLessThan(10);
  expect(timeline.every(({ at }) => Date.parse(at) > Date.parse(from) - 1_800_000)).toBe(true);
});

it('count what was stored a moment ago, once, however often they are asked', async () => {
  const store = new DashboardStore(server.database);
  const count = async () => (await store.figures('local', undefined, '30d', new Date())).totals.interactions;
  const before = await count();
  await client.post({ org_id: 'local', message_id: 'later' });
  expect(await count()).toBe(before + 1);
  expect(await Promise.all([count(), count(), store.catchUp(['local']).then(count)])).toEqual(
    Array.from({ length: 3 }, () => before + 1),
  );
});

it('include what is put in with an earlier date', async () => {
  const store = new DashboardStore(server.database);
  const count = async () => (await store.figures('local', undefined, '30d', new Date())).totals.interactions;
  const before = await count();
  await client.post({ org_id: 'local', message_id: 'imported' });
  await server.database.query(`UPDATE chat SET created = now() - interval '12 days' WHERE message_id = 'imported'`);
  expect(await count()).toBe(before + 1);
});

it('of an organisation without interactions are empty', async () => {
  expect(await new DashboardStore(server.database).figures('nobody', undefined, '30d', new Date())).toMatchObject({
    totals: { interactions: 0, users: 0, responseTimeMs: { p50: null, p99: null } },
    ...{ timeline: [], models: [], errors: [] },
  });
});
