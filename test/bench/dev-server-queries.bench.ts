/**
 * How long the local server takes to answer with 100,000 interactions stored, in a real PostgreSQL and in the embedded database: lists, searches and the
 * dashboard of the page, and the contract's read-back. On PostgreSQL each is to stay under 300 ms.
 * Run it alone: `npx vitest bench --run test/bench/dev-server-queries.bench.ts` (a minute or two to fill).
 */
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { afterAll, beforeAll, bench, describe } from 'vitest';
import { TestClient } from '../../packages/dev-server/src/testing/client.ts';
import { exampleInteraction, seededRandom } from '../../packages/dev-server/src/testing/example-interactions.ts';
import { type RealPostgres, startRealPostgres } from '../../packages/dev-server/src/testing/real-postgres.ts';

const DIFFERENT = 2_000;
const COPIES = 49;
/** That each copy is made in: a statement may take no more than some seconds. */
const PIECES = 4;

/** Some come through the front door; then copies of them over thirty days, each with an id, a session and a word of its own. */
async function fill(server: DevServer): Promise<void> {
  const random = seededRandom(3);
  const client = new TestClient(server);
  for (let index = 0; index < DIFFERENT; index += 50) {
    const batch = Array.from({ length: 50 }, (_, offset) =>
      exampleInteraction({ random, index: index + offset, sessions: 500 }),
    );
    await Promise.all(batch.map((interaction) => client.post(interaction)));
  }
  for (let piece = 0; piece < COPIES * PIECES; piece++) {
    const copy = Math.floor(piece / PIECES) + 1;
    await server.database.query(
      `WITH made AS (
         INSERT INTO chat (org_id, mode, message_id, session_id, user_uuid, user_roles, user_prompt, ai_response, llm_model, user_meta_data, search_text, filter_terms, created)
         SELECT org_id, mode, $1::text || '/' || message_id, $1::text || '/' || session_id, user_uuid, user_roles, user_prompt, ai_response, llm_model,
           user_meta_data, search_text || ' ' || md5($1::text || id), filter_terms, now() - random() * interval '30 days'
         FROM chat WHERE id <= ${DIFFERENT} AND id % ${PIECES} = ${piece % PIECES} RETURNING id, message_id
       )
       INSERT INTO prompt_details (chat_id, token_count, input_tokens, output_tokens, response_time, response_time_ms, failed, error_type, metadata, step_data)
       SELECT made.id, token_count, input_tokens, output_tokens, response_time, response_time_ms * (0.5 + random()), failed, error_type, metadata, step_data
       FROM made JOIN chat AS original ON made.message_id = $1::text || '/' || original.message_id JOIN prompt_details ON chat_id = original.id`,
      [String(copy)],
    );
  }
  // As autovacuum does in its own time. Where that takes longer than a statement may, it goes on all the same.
  for (const table of ['chat', 'prompt_details'])
    await server.database.query(`VACUUM ANALYZE ${table}`).catch(() => undefined);
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
  'contract: by a rare value': '/notebook/filtered_chat?recommendationId=none',
  'contract: the slowest': '/notebook/filtered_chat?order_by=response_time',
  'contract: page 5,000': '/notebook/filtered_chat?page=5000',
};

const KINDS = ['PostgreSQL', 'PGlite'] as const;
const targets = new Map<string, { server: DevServer; cookie: string }>();
let postgres: RealPostgres;

// Benchmarks run no hooks but those of the file.
beforeAll(async () => {
  postgres = await startRealPostgres();
  const databaseUrl = await postgres.createDatabase();
  for (const kind of KINDS) {
    const server = await startDevServer(kind === 'PostgreSQL' ? { databaseUrl } : {});
    await fill(server);
    const cookie = (await fetch(server.url)).headers.get('set-cookie')?.split(';')[0] ?? '';
    targets.set(kind, { server, cookie });
  }
}, 600_000);
afterAll(async () => {
  for (const { server } of targets.values()) await server.close();
  await postgres.stop();
});

describe.each(KINDS)('with 100,000 interactions, %s', (kind) => {
  for (const [name, address] of Object.entries(ADDRESSES)) {
    bench(
      name,
      async () => {
        const { server, cookie } = targets.get(kind)!;
        const answer = await fetch(server.url + address, { headers: { cookie, 'x-api-key': server.apiKey } });
        await answer.text();
        if (!answer.ok) throw new Error(`${address} was answered ${answer.status}`);
      },
      { iterations: 10, time: 500, warmupIterations: 2, warmupTime: 0 },
    );
  }
});
