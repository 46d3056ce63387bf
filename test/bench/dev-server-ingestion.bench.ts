/**
 * How many interactions a second the local server stores, beside bare INSERTs of the same text into one table of the same PostgreSQL, and in the embedded
 * database. Each round is 200 interactions, 32 at a time. `npx vitest bench --run test/bench/dev-server-ingestion.bench.ts`
 */
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { afterAll, beforeAll, bench, describe } from 'vitest';
import { TestClient } from '../../packages/dev-server/src/testing/client.ts';
import { exampleInteraction, seededRandom } from '../../packages/dev-server/src/testing/example-interactions.ts';
import { type RealPostgres, startRealPostgres } from '../../packages/dev-server/src/testing/real-postgres.ts';

const ROUND = 200;
const AT_ONCE = 32;

let postgres: RealPostgres;
let onPostgres: DevServer;
let embedded: DevServer;
const random = seededRandom(5);

beforeAll(async () => {
  postgres = await startRealPostgres();
  onPostgres = await startDevServer({ databaseUrl: await postgres.createDatabase() });
  embedded = await startDevServer();
  await onPostgres.database.query('CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb)');
}, 120_000);
afterAll(async () => {
  await Promise.all([onPostgres.close(), embedded.close()]);
  await postgres.stop();
});

/** A round of whatever one is stored by. */
async function round(store: (body: string) => Promise<unknown>): Promise<void> {
  const bodies = Array.from({ length: ROUND }, (_, index) => JSON.stringify(exampleInteraction({ random, index })));
  const worker = async (): Promise<void> => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) await store(body);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const posted = (server: DevServer) => async (body: string) => {
  const { status } = await new TestClient(server).post(body);
  if (status !== 200) throw new Error(`answered ${status}`);
};

describe(`${ROUND} interactions`, () => {
  const settings = { iterations: 5, time: 2_000, warmupIterations: 1, warmupTime: 0 };
  bench(
    'bare INSERTs, PostgreSQL',
    () => round((body) => onPostgres.database.query('INSERT INTO bare (body) VALUES ($1::jsonb)', [body])),
    settings,
  );
  bench('the server, PostgreSQL', () => round(posted(onPostgres)), settings);
  bench('the server, embedded', () => round(posted(embedded)), settings);
});
