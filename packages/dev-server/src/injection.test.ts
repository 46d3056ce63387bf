/** Whatever stands in a parameter is a value, never SQL: the same rows as a database that is asked for that very text. */
import { afterAll, beforeAll, expect, it, describe } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { TestClient } from './testing/client.ts';
import { type RealPostgres, startRealPostgres } from './testing/real-postgres.ts';

const STATEMENTS = [
  "' OR '1'='1",
  "' OR 1=1--",
  "'; DROP TABLE chat;--",
  "' UNION SELECT NULL,NULL,NULL--",
  "' UNION ALL SELECT table_name FROM information_schema.tables--",
  '1; SELECT pg_sleep(5)',
  "'||(SELECT pg_sleep(5))||'",
  "' AND (SELECT 1 FROM pg_sleep(5)) IS NOT NULL--",
  '1) OR (1=1',
  'created; DELETE FROM chat',
  'id, (SELECT 1)',
  'CASE WHEN 1=1 THEN id ELSE created END',
  '$1',
  '$$; DROP TABLE chat; $$',
  "\\' OR 1=1 --",
  '" OR ""="',
  '%',
  '_',
  '%%%%%%%%%%',
  '\\',
  '\\%',
  "E'\\x27'",
  '\u02bc OR 1=1',
  '\u0000',
  '\ud800',
];
/** The same in other clothes. */
const DRESSES = [
  (text: string) => text,
  (text: string) => text.replaceAll(' ', '/**/'),
  (text: string) => encodeURIComponent(text.toWellFormed()),
  (text: string) => text.toUpperCase(),
];
const CORPUS = STATEMENTS.flatMap((statement) => DRESSES.map((dress) => dress(statement)));
const PARAMETERS = [
  'search',
  'order_by',
  'order_direction',
  'page',
  'limit',
  'start_date',
  'end_date',
  'org',
  'pipelineId',
  'user_id',
];

describe.each(['PGlite', 'PostgreSQL'])('on %s', (kind) => {
  let postgres: RealPostgres | undefined;
  let server: DevServer;
  let client: TestClient;
  beforeAll(async () => {
    if (kind === 'PostgreSQL') postgres = await startRealPostgres();
    server = await startDevServer({
      organisations: { 'key-of-acme': 'acme' },
      ...(postgres ? { databaseUrl: await postgres.createDatabase() } : {}),
    });
    client = new TestClient(server);
    for (const statement of STATEMENTS) {
      await client.post({
        org_id: 'local',
        user_prompt: statement,
        user_uuid: statement,
        metaData: { pipelineId: statement },
      });
    }
    await new TestClient(server, 'key-of-acme').post({
      org_id: 'acme',
      message_id: 'not-yours',
      user_prompt: "' OR '1'='1",
    });
  });
  afterAll(async () => {
    await server.close();
    await postgres?.stop();
  });

  it('finds exactly what was asked for, and nobody else’s', async () => {
    expect(CORPUS.length * PARAMETERS.length).toBeGreaterThanOrEqual(500);
    const stored = (await client.read({ limit: '1000' })).chats;
    for (const parameter of PARAMETERS) {
      for (const text of CORPUS) {
        const started = Date.now();
        const { status, chats } = await client.read({
          [parameter]: text,
          limit: '1000',
          ...(parameter === 'limit' ? { limit: text } : {}),
        });
        expect([200, 400, 403], `${parameter}=${text}`).toContain(status);
        expect(Date.now() - started, `${parameter}=${text}`).toBeLessThan(4_000);
        expect(chats.some((chat) => chat['message_id'] === 'not-yours')).toBe(false);
        if (status !== 200) continue;
        const wanted = text.toWellFormed().replaceAll('\0', '\uFFFD');
        const expected = {
          search: (chat: Record<string, unknown>) =>
            [chat['conversation'], chat['message_id'], (chat['user_data'] as { user_id: string }).user_id].some(
              (field) => String(field).toLowerCase().includes(wanted.toLowerCase()),
            ),
          user_id: (chat: Record<string, unknown>) => (chat['user_data'] as { user_id: string }).user_id === wanted,
          pipelineId: (chat: Record<string, unknown>) =>
            (chat['metaData'] as { pipelineId: string }).pipelineId === wanted,
        }[parameter];
        if (expected)
          expect(
            chats.map((chat) => chat['id']),
            `${parameter}=${text}`,
          ).toEqual(stored.filter(expected).map((chat) => chat['id']));
      }
    }
    expect((await client.read()).totalChats).toBe(STATEMENTS.length);
  }, 120_000);

  it('takes no filter’s name for SQL either', async () => {
    for (const text of CORPUS) {
      const { status, chats } = await client.read({ [text]: 'x' });
      expect([200, 400], text).toContain(status);
      expect(chats, text).toEqual([]);
    }
    const crowd = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`key${index}`, '1']));
    expect((await client.read(crowd)).status).toBe(400);
  });
});
