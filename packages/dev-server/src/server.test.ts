import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { TestClient } from './testing/client.ts';
import { type RealPostgres, startRealPostgres } from './testing/real-postgres.ts';

// The same SQL and the same answers on both.
describe.each(['PGlite', 'PostgreSQL'])('on %s', (kind) => {
  let postgres: RealPostgres | undefined;
  let server: DevServer;
  let client: TestClient;
  let acme: TestClient;
  beforeAll(async () => {
    if (kind === 'PostgreSQL') postgres = await startRealPostgres();
    server = await startDevServer({
      organisations: { 'key-of-acme': 'acme' },
      ...(postgres ? { databaseUrl: await postgres.createDatabase() } : {}),
    });
    client = new TestClient(server);
    acme = new TestClient(server, 'key-of-acme');
  });
  afterAll(async () => {
    await server.close();
    await postgres?.stop();
  });

  describe('storing an interaction', () => {
    it('makes one row in each table', async () => {
      const stored = await client.post({
        org_id: 'local',
        mode: 'dev',
        message_id: 'both-tables',
        session_id: 's1',
        user_uuid: 'u1',
        user_prompt: 'why?',
        ai_response: 'because',
        llm_model: 'gpt-5',
        token_count: 12,
        response_time: '1 min 2.50 sec',
        metaData: { input_tokens: 10, output_tokens: 2 },
        user_meta_data: { email: 'a@example.com' },
        step_data: [{ step_name: 'search', step_type: 'tool', status: 'completed', time_ms: 5 }],
      });
      expect(stored).toMatchObject({ status: 200, body: { message: 'Stored' } });
      expect(await client.read('message_id=both-tables')).toMatchObject({
        totalChats: 1,
        chats: [
          {
            conversation: 'why?',
            prompt_response: 'because',
            session_id: 's1',
            mode: 'dev',
            token_count: 12,
            response_time: '1 min 2.50 sec',
            response_time_ms: 62_500,
            user_data: { user_name: 'a@example.com', user_id: 'u1' },
            step_data: [{ step_name: 'search', step_type: 'tool', status: 'completed', time_ms: 5 }],
          },
        ],
      });
      const rows = await server.database.query(
        'SELECT llm_model, input_tokens FROM chat JOIN prompt_details ON chat_id = id WHERE message_id = $1',
        ['both-tables'],
      );
      expect(rows).toEqual([{ llm_model: 'gpt-5', input_tokens: 10 }]);
    });

    it('changes nothing when the message id is there already, in the same mode', async () => {
      await client.post({ org_id: 'local', message_id: 'twice', user_prompt: 'first' });
      expect((await client.post({ org_id: 'local', message_id: 'twice', user_prompt: 'second' })).status).toBe(200);
      await client.post({ org_id: 'local', message_id: 'twice', user_prompt: 'tried out', mode: 'dev' });
      const conversations = (mode: string) =>
        client.read({ message_id: 'twice', mode }).then(({ chats }) => chats.map((chat) => chat['conversation']));
      expect(await conversations('prod')).toEqual(['first']);
      expect(await conversations('dev')).toEqual(['tried out']);
    });

    it('stores each of many at once, once', async () => {
      const ids = Array.from({ length: 60 }, (_, index) => `burst-${index % 30}`);
      const answers = await Promise.all(
        ids.map((message_id) => client.post({ org_id: 'local', message_id, session_id: 'burst' })),
      );
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect((await client.read('session_id=burst')).totalChats).toBe(30);
    });

    it('takes what today’s clients leave out or send as null', async () => {
      expect(
        (await client.post({ org_id: 'local', user_uuid: 'sparse', session_id: null, metaData: null })).status,
      ).toBe(200);
      expect((await client.post({ org_id: 'local', user_uuid: 'sparse', user_roles: 'admin' })).status).toBe(200);
      expect((await client.read('user_id=sparse')).totalChats).toBe(2);
    });

    it('replaces what PostgreSQL cannot hold', async () => {
      const text = String.raw`{"org_id":"local","message_id":"bad-text","user_prompt":"a\u0000b\ud800","metaData":{"\u0000":"\udfff","n":1e999}}`;
      expect((await client.post(text)).status).toBe(200);
      expect((await client.read('message_id=bad-text')).chats[0]).toMatchObject({
        conversation: 'a\uFFFDb\uFFFD',
        metaData: { '\uFFFD': '\uFFFD', n: null },
      });
    });

    it('keeps a large row whole', async () => {
      const large = 'ä1b '.repeat(256 * 1024);
      expect((await client.post({ org_id: 'local', message_id: 'large', ai_response: large })).status).toBe(200);
      expect((await client.read('message_id=large')).chats[0]?.['prompt_response']).toBe(large);
    });
  });

  describe('feedback', () => {
    it('goes into the metadata of its interaction', async () => {
      await client.post({ org_id: 'local', message_id: 'liked', metaData: { kept: 1 } });
      const given = await client.post({ message_id: 'liked', likes: 1, comment: 'good' }, '/v2/chatgpt/feedback');
      expect(given.status).toBe(200);
      expect((await client.read('message_id=liked')).chats[0]?.['metaData']).toEqual({
        kept: 1,
        likes: 1,
        comment: 'good',
      });
    });

    it('goes to prod before dev, or to the mode that it names; null says nothing', async () => {
      const feedback = (message_id: string, said: object) =>
        client.post({ message_id, ...said }, '/v2/chatgpt/feedback');
      const metaData = async (message_id: string, mode: string) =>
        (await client.read({ message_id, mode })).chats[0]?.['metaData'];
      await client.post({ org_id: 'local', message_id: 'in-both', mode: 'dev' });
      await client.post({ org_id: 'local', message_id: 'in-both' });
      await client.post({ org_id: 'local', message_id: 'in-dev', mode: 'dev' });

      expect((await feedback('in-both', { likes: 1, comment: null, mode: null })).status).toBe(200);
      expect(await metaData('in-both', 'prod')).toEqual({ likes: 1 });
      expect(await metaData('in-both', 'dev')).toEqual({});
      await feedback('in-both', { evaluation: 'REJECTED', mode: 'dev' });
      expect(await metaData('in-both', 'dev')).toEqual({ evaluation: 'REJECTED' });
      await feedback('in-dev', { score: 0.5 });
      expect(await metaData('in-dev', 'dev')).toEqual({ score: 0.5 });
      expect((await feedback('in-dev', { score: 1, mode: 'prod' })).status).toBe(404);
    });

    it('is refused where the organisation has no such interaction', async () => {
      await acme.post({ org_id: 'acme', message_id: 'theirs' });
      expect((await client.post({ message_id: 'theirs', likes: 1 }, '/v2/chatgpt/feedback')).status).toBe(404);
    });
  });

  describe('traces', () => {
    const span = {
      traceId: 't1',
      spanId: 's1',
      operation: 'GET /',
      durationMs: 3,
      startTime: '2026-11-24T10:00:00.000Z',
    };
    const rows = (traceId: string) =>
      server.database.query(
        'SELECT span_id, operation, status, attributes FROM trace_span WHERE trace_id = $1 ORDER BY span_id',
        [traceId],
      );

    it('are stored one at a time, and once', async () => {
      const answered = await client.post({ ...span, attributes: { evaluation: 'APPROVED', n: 1 } }, '/api/traces');
      expect(answered).toMatchObject({ status: 201, body: { traceId: 't1' } });
      expect((await client.post({ ...span, operation: 'again' }, '/api/traces')).status).toBe(201);
      expect(await rows('t1')).toEqual([
        { span_id: 's1', operation: 'GET /', status: 'OK', attributes: { evaluation: 'APPROVED', n: 1 } },
      ]);
    });

    it('are stored in batches', async () => {
      const batch = [
        { ...span, traceId: 't2' },
        { ...span, traceId: 't2', spanId: 's2', status: 'ERROR' },
      ];
      expect(await client.post(batch, '/api/traces/batch')).toMatchObject({ status: 201, body: { count: 2 } });
      expect((await rows('t2')).map((row) => row['status'])).toEqual(['OK', 'ERROR']);
    });

    it('are refused as a whole when one does not fit', async () => {
      const batch = [
        { ...span, traceId: 't3' },
        { ...span, traceId: 't3', spanId: 's2', attributes: { evaluation: 'GREAT' } },
      ];
      expect((await client.post(batch, '/api/traces/batch')).status).toBe(400);
      expect(await rows('t3')).toEqual([]);
    });
  });

  describe('reading back', () => {
    beforeAll(async () => {
      for (const [index, prompt] of ['100% sure', '100 sure', 'under_score', 'UNDERxSCORE', 'Straße\\path'].entries()) {
        await client.post({
          org_id: 'local',
          session_id: 'reading',
          user_prompt: prompt,
          token_count: index,
          response_time: `0 min ${5 - index}.00 sec`,
          metaData: { pipelineId: `p${index % 2}`, "it's": 'odd' },
        });
      }
    });
    const prompts = async (query: Record<string, string>) =>
      (await client.read({ session_id: 'reading', ...query })).chats.map((chat) => chat['conversation']);

    it.each<[string, Record<string, string>, string[]]>([
      ['newest first', { limit: '2' }, ['Straße\\path', 'UNDERxSCORE']],
      ['further pages', { limit: '2', page: '3' }, ['100% sure']],
      ['by another column', { order_by: 'response_time', order_direction: 'asc', limit: '1' }, ['Straße\\path']],
      ['in the other direction', { order_by: 'token_count', order_direction: 'ASC', limit: '1' }, ['100% sure']],
      ['what contains a text, its wildcards taken as they are', { search: '100%' }, ['100% sure']],
      ['whatever its case', { search: 'Under_Score' }, ['under_score']],
      ['with a backslash', { search: 'e\\P' }, ['Straße\\path']],
      ['by a key of its metadata', { pipelineId: 'p1', order_direction: 'asc' }, ['100 sure', 'UNDERxSCORE']],
      ['by a key with a quote in it', { "it's": 'odd', limit: '1' }, ['Straße\\path']],
      [
        'as if what is empty were not there',
        { ...{ org: '', limit: '', page: '', order_by: '', search: '', start_date: '', end_date: '', pipelineId: '' } },
        ['Straße\\path', 'UNDERxSCORE', 'under_score', '100 sure', '100% sure'],
      ],
      ['nothing of another day', { start_date: '2001-01-01', end_date: '2001-01-02' }, []],
    ])('gives interactions %s', async (_, query, expected) => {
      expect(await prompts(query)).toEqual(expected);
    });

    it('includes both days of a range', async () => {
      const today = new Date().toISOString().slice(0, 10);
      expect(await prompts({ start_date: today, end_date: today })).toHaveLength(5);
    });

    it('counts all pages', async () => {
      expect(await client.read({ session_id: 'reading', limit: '1' })).toMatchObject({ totalChats: 5 });
    });

    it.each([
      'limit=0',
      'limit=1001',
      'page=x',
      'order_by=org_id',
      'order_by=id;drop',
      'order_direction=up',
      'start_date=today',
    ])('refuses %s', async (query) => {
      expect((await client.read(query)).status).toBe(400);
    });

    it('keeps organisations apart', async () => {
      await acme.post({ org_id: 'acme', message_id: 'secret' });
      expect((await client.read('message_id=secret')).totalChats).toBe(0);
      expect((await acme.read('message_id=secret&org=acme')).totalChats).toBe(1);
      expect((await client.read('org=All&message_id=secret')).totalChats).toBe(0);
      expect((await client.read('org=acme')).status).toBe(403);
    });
  });

  it('is ready', async () => {
    expect(await client.request('/health')).toMatchObject({ status: 200, body: { status: 'ok', database: 'ok' } });
  });
});
