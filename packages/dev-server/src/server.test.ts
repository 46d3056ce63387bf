import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from './index.ts';

const STORE = '/v2/chatgpt/store_generated_response';
let server: DevServer;
beforeAll(async () => {
  server = await startDevServer({ organisations: { other: 'acme' } });
});
afterAll(() => server.close());

const post = async (body: unknown, { address = STORE, key = 'hp_local' } = {}) => {
  const response = await fetch(server.url + address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { message?: string; error?: string } };
};
const read = async (query: string, key = 'hp_local') => {
  const response = await fetch(`${server.url}/notebook/filtered_chat?${query}`, { headers: { 'x-api-key': key } });
  return {
    status: response.status,
    body: (await response.json()) as { totalChats: number; chats: Record<string, unknown>[] },
  };
};

describe('storing an interaction', () => {
  it('makes one row in each table', async () => {
    const stored = await post({
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
    expect(stored).toEqual({ status: 200, body: { message: 'Stored' } });
    expect((await read('message_id=both-tables')).body).toMatchObject({
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

  it('changes nothing when the message id is there already', async () => {
    await post({ org_id: 'local', message_id: 'twice', user_prompt: 'first' });
    expect((await post({ org_id: 'local', message_id: 'twice', user_prompt: 'second' })).status).toBe(200);
    const { body } = await read('message_id=twice');
    expect(body).toMatchObject({ totalChats: 1, chats: [{ conversation: 'first' }] });
  });

  it('replaces what PostgreSQL cannot hold', async () => {
    const text = String.raw`{"org_id":"local","message_id":"bad-text","user_prompt":"a\u0000b\ud800","metaData":{"\u0000":"\udfff","__proto__":{"polluted":true}}}`;
    expect((await post(text)).status).toBe(200);
    expect((await read('message_id=bad-text')).body.chats[0]).toMatchObject({
      conversation: 'a\uFFFDb\uFFFD',
      metaData: { '\uFFFD': '\uFFFD', '[__proto__]': { polluted: true } },
    });
  });

  it.each([
    ['not JSON', '{', 400, /JSON/],
    ['no organisation', {}, 400, /org_id/],
    ['an unknown mode', { org_id: 'local', mode: 'test' }, 400, /mode/],
    ['a negative count', { org_id: 'local', token_count: -1 }, 400, /token_count/],
    ['JSON nested without end', '['.repeat(200_000) + ']'.repeat(200_000), 400, /deeper than 64/],
    ['another organisation', { org_id: 'acme' }, 403, /another organisation/],
  ])('refuses %s', async (_, body, status, reason) => {
    const refused = await post(body);
    expect(refused.status).toBe(status);
    expect(refused.body.error).toMatch(reason);
  });

  it('refuses an unknown key', async () => {
    expect((await post({ org_id: 'local' }, { key: 'wrong' })).status).toBe(401);
    expect((await read('', 'wrong')).status).toBe(401);
  });

  it('refuses a body that is too large', async () => {
    expect((await post({ org_id: 'local', user_prompt: 'x'.repeat(9 * 1024 * 1024) })).status).toBe(413);
  });
});

describe('feedback', () => {
  it('goes into the metadata of its interaction', async () => {
    await post({ org_id: 'local', message_id: 'liked', metaData: { kept: 1 } });
    expect(
      (await post({ message_id: 'liked', likes: 1, comment: 'good' }, { address: '/v2/chatgpt/feedback' })).status,
    ).toBe(200);
    expect((await read('message_id=liked')).body.chats[0]?.['metaData']).toEqual({
      kept: 1,
      likes: 1,
      comment: 'good',
    });
  });

  it('is refused where there is no such interaction', async () => {
    await post({ org_id: 'acme', message_id: 'theirs' }, { key: 'other' });
    expect((await post({ message_id: 'theirs', likes: 1 }, { address: '/v2/chatgpt/feedback' })).status).toBe(404);
  });
});

it('keeps organisations apart', async () => {
  await post({ org_id: 'acme', message_id: 'secret' }, { key: 'other' });
  expect((await read('message_id=secret')).body.totalChats).toBe(0);
  expect((await read('message_id=secret', 'other')).body.totalChats).toBe(1);
  expect((await read('org=acme')).status).toBe(403);
});

describe('a data directory', () => {
  it('keeps its rows, and belongs to one server at a time', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'dev-server-'));
    const first = await startDevServer({ dataDir });
    await expect(startDevServer({ dataDir })).rejects.toThrow(`in use by process ${process.pid}`);
    await fetch(first.url + STORE, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer hp_local' },
      body: JSON.stringify({ org_id: 'local', message_id: 'kept' }),
    });
    await first.close();
    const second = await startDevServer({ dataDir });
    expect(await second.database.query('SELECT message_id FROM chat')).toEqual([{ message_id: 'kept' }]);
    await second.close();
    await rm(dataDir, { recursive: true });
  });
});
