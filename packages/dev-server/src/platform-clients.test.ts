/**
 * What the platform's own clients send, as it was recorded when they ran against this server: huggingplace-sdk 1.0.1 for JavaScript and Python, the tracing
 * branch of both, and the command line (`chat logs`). Their habits are the requests below; where one had been refused, that is said.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';
import { TestClient } from './testing/client.ts';

let server: DevServer;
let client: TestClient;
beforeAll(async () => {
  server = await startDevServer({ orgId: '42' });
  client = new TestClient(server);
});
afterAll(() => server.close());

describe('the SDKs store', () => {
  it.each([
    ['the test of a connection', { user_prompt: 'connection_test', ai_response: 'test_response' }],
    ['names in camel case beside the answer', { userPrompt: 'why?', response: 'so', tokenCount: 3, ai_response: 'so' }],
    ['a step alone', { user_prompt: 'q', ai_response: 'r', llm_model: 'm', token_count: 5, response_time: '0 min 0.10 sec', step_data: [{ step_name: 'a', status: 'completed', time_ms: 12, userQuestion: 'q', promptResponse: 'r', llmModel: 'm', token: 5, inputTokens: 2, outputTokens: 3, responseTime: '0 min 0.10 sec' }] }], // prettier-ignore
    ['a step whose numbers are texts (refused before)', { user_prompt: 'q', step_data: [{ step_name: 'a', status: 'completed', time_ms: 3, token: '12', responseTime: '0 min 1.0 sec' }] }], // prettier-ignore
    ['a step of Python, `null` for what is not known', { user_prompt: 'q', ai_response: 'r', llm_model: null, token_count: null, response_time: null, step_data: [{ step_name: 'a', status: 'completed', time_ms: 3, user_question: 'q', prompt_response: 'r', input_tokens: 1 }] }], // prettier-ignore
    ['a turn of a session, its time a number', { user_prompt: 'in session', ai_response: 'ok', response_time: 1500, session_id: 'session', metaData: { a: 1 }, user_meta_data: { userId: 5 } }], // prettier-ignore
    ['a time in seconds', { user_prompt: 'py', response: 'r', ai_response: 'r', response_time: 1.5, user_meta_data: { email: 'p@example.com' } }], // prettier-ignore
    ['a failure', { user_prompt: 'timed', ai_response: 'Error: boom', response_time: '0 min 0.00 sec', metaData: { error: true, error_message: 'boom' } }], // prettier-ignore
  ])('%s', async (name, body) => {
    // The organisation is a text in JavaScript and a number in Python.
    for (const org_id of ['42', 42]) {
      const answer = await client.post({ ...body, message_id: `${name} ${typeof org_id}`, org_id, mode: 'dev' });
      // They take 200 alone for success, and read `message`.
      expect(answer).toMatchObject({ status: 200, body: { message: 'Stored' } });
    }
  });

  it('and say why where they may not', async () => {
    expect((await new TestClient(server, 'nope').post({ org_id: '42', user_prompt: 'a' })).body).toEqual({
      error: 'the API key is not known here',
    });
  });
});

describe('the tracing branch sends', () => {
  const record = {
    traceId: '0641bbb7-cf68-460c-b30f-3d7d27297d82',
    spanId: '6204d318-ae72-4a3c-b910-7f3c64b403fd',
    parentSpanId: 'c194e4e6-a871-4dde-a57c-79c42b2a6e85',
    operation: 'Data Collection',
    service: 'huggingplace-sdk',
    startTime: '2026-11-24T15:41:30.471Z',
    endTime: '2026-11-24T15:41:30.493Z',
    durationMs: 22,
    status: 'ERROR',
    attributes: { evaluation: null, custom: 1 },
    // An object, which had been refused.
    logs: { previousSteps: [{ step: 's1', result: { a: 1 } }], functionResponse: { error: 'bad' }, error: 'bad' },
    metadata: { userMetadata: { userId: 'u' }, orgData: {}, llmData: {}, orgId: '42', mode: 'dev' },
    otelContext: { otelTraceId: '299e503ee690c78d985d0cae1fff5cc2', otelSpanId: '3f336be709c8eaf4' },
  };

  it('a batch, and takes 201 with a count for success', async () => {
    const bare = { traceId: 't', spanId: 's', operation: 'o' };
    expect(await client.post([record, bare], '/api/traces/batch')).toMatchObject({ status: 201, body: { count: 2 } });
    const [row] = await server.database.query('SELECT logs, status FROM trace_span WHERE trace_id = $1', [
      record.traceId,
    ]);
    expect(row).toEqual({ logs: record.logs, status: 'ERROR' });
  });

  it('one, and takes 201 with its id for success', async () => {
    const one = { ...record, traceId: 'one' };
    expect(await client.post(one, '/api/traces')).toMatchObject({ status: 201, body: { traceId: 'one' } });
  });
});

describe('the command line reads', () => {
  beforeAll(async () => {
    const asked = {
      org_id: '42',
      user_uuid: 'u1',
      session_id: 'cli',
      metaData: { recommendationId: 7, pipelineId: 'p1' },
    };
    await client.post({ ...asked, user_prompt: 'first', response_time: '0 min 2.50 sec', user_meta_data: { username: 'Ann' } }); // prettier-ignore
    await client.post({ ...asked, user_prompt: 'second', response_time: '0 min 0.50 sec' });
  });

  it('a page, and prints these columns of it', async () => {
    const { status, chats } = await client.read(
      'org=42&limit=1&page=2&order_by=response_time&order_direction=asc&search=first&session_id=cli',
    );
    expect({ status, chats }).toEqual({ status: 200, chats: [] });
    const found = await client.read(
      'org=All&limit=10&page=1&order_by=response_time&order_direction=desc&session_id=cli',
    );
    expect(found.totalChats).toBe(2);
    expect(found.chats[0]).toMatchObject({
      id: expect.any(Number) as number,
      user_data: { user_name: 'Ann' },
      conversation: 'first',
      prompt_response: '',
      response_time: '0 min 2.50 sec',
    });
    expect(new Date(String(found.chats[0]?.['createdAt'])).getTime()).not.toBeNaN();
  });

  it('with a range of days, a pipeline and filters of its own', async () => {
    const query = { org: '42', start_date: '2024-01-01', end_date: '2099-12-31', pipelineId: 'p1', user_id: 'u1' };
    expect((await client.read({ ...query, recommendationId: '7' })).totalChats).toBe(2);
    expect((await client.read({ ...query, recommendationId: '8' })).totalChats).toBe(0);
  });

  it('nothing of another organisation, nor without a key', async () => {
    expect((await client.read('org=acme')).status).toBe(403);
    // It leaves the header out where it has no key.
    expect((await client.request('/notebook/filtered_chat?org=42')).status).toBe(401);
  });
});
