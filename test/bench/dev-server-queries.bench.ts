/**
 * How long the local server takes to answer with 100,000 interactions stored in a real PostgreSQL: lists, searches and the dashboard of the page, and the
 * contract's read-back. Each is to stay under 300 ms. Run it alone: `npx vitest bench --run test/bench/dev-server-queries.bench.ts` (a minute or two to fill).
 */
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { afterAll, beforeAll, bench, describe } from 'vitest';
import { TestClient } from '../../packages/dev-server/src/testing/client.ts';
import { exampleInteraction, seededRandom } from '../../packages/dev-server/src/testing/example-interactions.ts';
import { type RealPostgres, startRealPostgres } from '../../packages/dev-server/src/testing/real-postgres.ts';

const DIFFERENT = 2_000;
const COPIES = 49;

let postgres: RealPostgres;
let server: DevServer;
let cookie: string;

beforeAll(async () => {
  postgres = await startRealPostgres();
  server = await startDevServer({ databaseUrl: await postgres.createDatabase() });
  await fill();
  cookie = (await fetch(server.url)).headers.get('set-cookie')?.split(';')[0] ?? '';
}, 600_000);
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

/** Some come through the front door; then copies of them over thirty days, each with an id, a session and a word of its own. */
async function fill(): Promise<void> {
  const random = seededRandom(3);
  const client = new TestClient(server);
  for (let index = 0; index < DIFFERENT; index += 50) {
    const batch = Array.from({ length: 50 }, (_, offset) =>
      exampleInteraction({ random, index: index + offset, sessions: 500 }),
    );
    await Promise.all(batch.map((interaction) => client.post(interaction)));
  }
  for (let copy = 1; copy <= COPIES; copy++) {
    await server.database.query(
      `WITH made AS (
         INSERT INTO chat (org_id, mode, message_id, session_id, user_uuid, user_roles, user_prompt, ai_response, llm_model, user_meta_data, search_text, created)
         SELECT org_id, mode, $1::text || '/' || message_id, $1::text || '/' || session_id, user_uuid, user_roles, user_prompt, ai_response, llm_model,
           user_meta_data, search_text || ' ' || md5($1::text || id), now() - random() * interval '30 days'
         FROM chat WHERE id <= ${DIFFERENT} RETURNING id, message_id
       )
       INSERT INTO prompt_details (chat_id, token_count, input_tokens, output_tokens, response_time, response_time_ms, failed, error_type, metadata, step_data)
       SELECT made.id, token_count, input_tokens, output_tokens, response_time, response_time_ms * (0.5 + random()), failed, error_type, metadata, step_data
       FROM made JOIN chat AS original ON made.message_id = $1::text || '/' || original.message_id JOIN prompt_details ON chat_id = original.id`,
      [String(copy)],
    );
  }
  // As autovacuum does in its own time.
  for (const table of ['chat', 'prompt_details']) await server.database.query(`VACUUM ANALYZE ${table}`);
}

const ADDRESSES = {
  'page: newest': '/page-api/interactions',
  'page: failed ones of a model': '/page-api/interactions?status=failed&model=gpt-5.2',
  'page: search, a common word': '/page-api/interactions?search=the',
  'page: search, a rare word': '/page-api/interactions?search=deadb',
  'page: search, nothing': '/page-api/interactions?search=zzzzqq',
  'page: search, two characters': '/page-api/interactions?search=zq',
  'page: conversations': '/page-api/conversations',
  'page: search in conversations': '/page-api/conversations?search=iceland',
  'page: dashboard, a day': '/page-api/dashboard?range=24h',
  'page: dashboard, a week': '/page-api/dashboard?range=7d',
  'page: dashboard, all of it': '/page-api/dashboard?range=30d',
  'contract: newest': '/notebook/filtered_chat',
  'contract: search': '/notebook/filtered_chat?search=iceland',
  'contract: by a key of the metadata': '/notebook/filtered_chat?service=support-assistant',
  'contract: the slowest': '/notebook/filtered_chat?order_by=response_time',
  'contract: page 5,000': '/notebook/filtered_chat?page=5000',
};

describe('with 100,000 interactions', () => {
  for (const [name, address] of Object.entries(ADDRESSES)) {
    bench(
      name,
      async () => {
        const answer = await fetch(server.url + address, { headers: { cookie, 'x-api-key': server.apiKey } });
        await answer.text();
        if (!answer.ok) throw new Error(`${address} was answered ${answer.status}`);
      },
      { iterations: 10, time: 500, warmupIterations: 2, warmupTime: 0 },
    );
  }
});
