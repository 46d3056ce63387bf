import { inspect } from 'node:util';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ServerError, ValidationError } from './errors.ts';
import { FileTransport } from './file-transport.ts';
import { HttpTransport } from './http-transport.ts';
import { HuggingPlace } from './huggingplace.ts';
import { validateConfig, type HuggingPlaceOptions } from './huggingplace-options.ts';
import { validateLogOptions } from './log-fields.ts';
import type { LogOptions } from './log-options.ts';
import { MemoryTransport } from './memory-transport.ts';
import { answerWith, Backend } from './testing/backend.ts';
import { ManualClock, settled } from './testing/clock.ts';
import { StandInTransport, type Behaviour } from './testing/transport.ts';

const KEY = 'hp-canary-4f1d9e';
const OPTIONS = { apiKey: KEY, orgId: 7 };

function simulate(behaviour?: Behaviour, options: HuggingPlaceOptions = {}) {
  const clock = new ManualClock();
  const transport = new StandInTransport(clock, behaviour);
  const client = new HuggingPlace({ ...OPTIONS, transport, ...options }, { clock, random: () => 0.5 });
  return { clock, transport, client };
}

describe('log', () => {
  it('posts the contract’s fields, with an id of its own where none is given', async () => {
    await using backend = await Backend.start();
    const client = new HuggingPlace({ ...OPTIONS, baseUrl: backend.url });
    const { messageId } = await client.log({ userPrompt: 'Why?', response: 'Because.', userId: 3, metadata: { n: 1 } });
    expect(backend.bodies).toEqual([
      {
        user_prompt: 'Why?',
        ai_response: 'Because.',
        user_uuid: '3',
        metaData: { n: 1 },
        message_id: messageId,
        mode: 'prod',
        org_id: 7,
      },
    ]);
    expect(await client.shutdown()).toBe(true);
  });

  it('takes the first spelling that is not empty, merges objects, and keeps further keys', async () => {
    const { client, transport } = simulate();
    await client.log({
      ai_response: '',
      response: 'Because.',
      user_prompt: 'wire',
      userPrompt: 'camel',
      metaData: { a: 'wire', b: 1 },
      metadata: { a: 'camel', c: 2 },
      steps_taken: 3,
      org_id: 'another',
      mode: 'dev',
    });
    expect(transport.stored).toMatchObject([
      {
        user_prompt: 'wire',
        ai_response: 'Because.',
        metaData: { a: 'wire', b: 1, c: 2 },
        steps_taken: 3,
        org_id: 7,
        mode: 'prod',
      },
    ]);
    expect(transport.stored[0]).not.toHaveProperty('userPrompt');
  });

  it('gives steps the wire’s names, and keeps what else they say', async () => {
    const { client, transport } = simulate();
    await client.log({
      step_data: [
        { stepName: 'sql', status: 'completed', timeMs: 3, user_question: 'q', input_tokens: 1, rows: [1, null] },
      ],
    });
    expect(transport.stored[0]?.step_data).toEqual([
      { step_name: 'sql', status: 'completed', time_ms: 3, userQuestion: 'q', inputTokens: 1, rows: [1, null] },
    ]);
  });

  it('survives what JSON can’t say: circles, dates, huge integers, half characters', async () => {
    const { client, transport } = simulate();
    const circle: Record<string, unknown> = { at: new Date(0), big: 2n ** 70n, half: '\ud800x\0' };
    circle['self'] = circle;
    await client.log({ metaData: circle });
    expect(transport.stored[0]?.metaData).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      big: '1180591620717411303424',
      half: '\ufffdx\ufffd',
    });
  });

  it.each<[LogOptions, string]>([
    [{ token_count: -1 }, 'log(): token_count: expected a number of at least 0, got -1'],
    [{ tokenCount: Number.NaN }, 'log(): tokenCount: expected a number of at least 0, got NaN'],
    [{ message_id: {} as never }, 'log(): message_id: expected a text or a number, got a value of type object'],
    [{ user_prompt: Symbol('canary') as never }, 'log(): user_prompt: expected a text, got a value of type symbol'],
    [
      { userRoles: ['admin', {}] as never },
      'log(): userRoles: expected a list of texts, got an array whose element 1 is a value of type object',
    ],
    [{ metadata: 'canary' as never }, 'log(): metadata: expected an object, got a text of 6 characters'],
    [
      { stepData: [{}, 'canary'] as never },
      'log(): stepData: expected a list of objects, got an array whose element 1 is a text of 6 characters',
    ],
    [null as never, 'log(): expected an object, got a value of type object'],
  ])('names the field, what was expected and what came, but no content (%#)', async (options, message) => {
    const { client, transport } = simulate();
    await expect(client.log(options)).rejects.toEqual(new ValidationError(`huggingplace: ${message}`));
    expect(() => validateLogOptions(options)).toThrow(message);
    expect(transport.attempts).toEqual([]);
  });

  it('rejects after totalTimeoutMs with the last failure, and nothing is stored behind its caller’s back', async () => {
    const { clock, transport, client } = simulate(() => 503);
    const logged = client.log({ user_prompt: 'Why?' });
    const rejected = expect(logged).rejects.toMatchObject({
      name: 'ServerError',
      code: 'SERVER_ERROR',
      status: 503,
      retryable: true,
    });
    await clock.advance(29_999);
    expect(client.stats()).toMatchObject({ queued: 1 });
    await clock.advance(1);
    await rejected;
    transport.behaviour = () => 200;
    await clock.advance(3_600_000);
    expect(transport.stored).toEqual([]);
    expect(client.stats()).toEqual({
      seen: 1,
      queued: 0,
      delivered: 0,
      spooled: 0,
      deadLettered: 0,
      dropped: { timed_out: 1 },
    });
  });

  it('keeps what the backend repeats of prompt and answer out of the error', async () => {
    await using backend = await Backend.start((response) =>
      answerWith(response, 422, { error: 'bad: canary prompt that is long' }),
    );
    const client = new HuggingPlace({ ...OPTIONS, baseUrl: backend.url });
    const error = await client.log({ user_prompt: 'canary prompt that is long' }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ValidationError);
    expect(inspect(error)).not.toContain('canary');
  });

  it('resolves once it is on disk where there is a spool, whatever the backend does', async () => {
    const spoolDirectory = mkdtempSync(join(tmpdir(), 'hp-sdk-'));
    const { client, clock } = simulate(() => 503, { spoolDirectory });
    expect(await client.log({ user_prompt: 'Why?', message_id: 'm1' })).toEqual({ messageId: 'm1', status: 'spooled' });
    expect(readdirSync(spoolDirectory).some((name) => name.endsWith('.spool'))).toBe(true);
    const shutdown = client.shutdown(0);
    await clock.advance(1);
    expect(await shutdown).toBe(true);
    expect(client.stats()).toMatchObject({ seen: 1, spooled: 1 });
    rmSync(spoolDirectory, { recursive: true });
  });

  it('does nothing where enabled is false, and needs no key then', async () => {
    const client = new HuggingPlace({ enabled: false });
    expect(await client.log({ user_prompt: 'Why?' })).toMatchObject({ status: 'disabled' });
    expect(await client.testConnection()).toBe(false);
  });

  it('masks content, and cuts what is too long with a mark', async () => {
    const { client, transport } = simulate(undefined, {
      mask: (text) => text.replaceAll('secret', '***'),
      maxFieldChars: 10,
    });
    await client.log({ user_prompt: 'a secret', ai_response: 'x'.repeat(20), llm_model: 'gpt-4o' });
    expect(transport.stored).toMatchObject([
      { user_prompt: 'a ***', ai_response: `${'x'.repeat(9)}…`, llm_model: 'gpt-4o', metaData: { truncated: true } },
    ]);
  });

  it('holds nothing of an idle client at the end of the process: one for each request does no harm', async () => {
    await using backend = await Backend.start();
    const before = process.listenerCount('exit');
    for (let i = 0; i < 20; i++)
      await new HuggingPlace({ ...OPTIONS, baseUrl: backend.url }).log({ user_prompt: 'Why?' });
    expect(process.listenerCount('exit')).toBe(before);
  });
});

describe('logBatch', () => {
  it('says of each what became of it, in order, so many at a time', async () => {
    const { client, transport } = simulate(({ body }) =>
      body.message_id === 'refused' ? 422 : settled().then(() => 200),
    );
    const interactions = [
      { message_id: 'm1' },
      { token_count: -1 },
      { message_id: 'refused' },
      ...Array.from({ length: 20 }, (_, index) => ({ message_id: `n${index}` })),
    ];
    const outcomes = await client.logBatch(interactions, { concurrency: 4 });
    expect(outcomes).toHaveLength(23);
    expect(outcomes.slice(0, 3)).toEqual([
      { status: 'stored', messageId: 'm1' },
      {
        status: 'failed',
        messageId: undefined,
        error: expect.objectContaining({ code: 'VALIDATION_ERROR' }) as unknown,
      },
      { status: 'failed', messageId: 'refused', error: expect.objectContaining({ status: 422 }) as unknown },
    ]);
    expect(outcomes.slice(3)).toEqual(
      interactions.slice(3).map(({ message_id: messageId }) => ({ status: 'stored', messageId })),
    );
    expect(transport.mostAtOnce).toBe(4);
  });

  it('reads an async iterable no faster than it stores', async () => {
    let read = 0;
    async function* source() {
      for (let i = 0; i < 6; i++) {
        read += 1;
        yield { message_id: `m${i}` };
        await settled();
      }
    }
    const aheads: number[] = [];
    const { client, transport } = simulate(() => {
      aheads.push(read - transport.stored.length);
      return 200;
    });
    expect((await client.logBatch(source(), { concurrency: 2 })).map(({ messageId }) => messageId)).toEqual([
      'm0',
      'm1',
      'm2',
      'm3',
      'm4',
      'm5',
    ]);
    expect(Math.max(...aheads)).toBeLessThanOrEqual(2);
  });

  it('refuses a wrong concurrency', async () => {
    await expect(simulate().client.logBatch([], { concurrency: 0 })).rejects.toThrow('from 1 to 1024, got 0');
  });
});

describe('logWithTiming', () => {
  it('gives the answer even where it can’t be stored, and throws the model’s error rather than ours', async () => {
    const { clock, client } = simulate(() => 503);
    const answer = client.logWithTiming('Why?', () => ({ responseText: 'Because.' }));
    await clock.advance(30_000);
    expect(await answer).toEqual({ responseText: 'Because.' });
    const failure = new Error('model');
    const failing = expect(client.logWithTiming('Why?', () => Promise.reject(failure))).rejects.toBe(failure);
    await clock.advance(30_000);
    await failing;
    expect(client.stats()).toMatchObject({ dropped: { timed_out: 2 } });
  });

  it('times the call, and reads the text of the common SDKs’ answers', async () => {
    const { clock, client, transport } = simulate();
    const answers = [
      'Because.',
      { responseText: 'Because.' },
      { choices: [{ message: { content: 'Because.' } }] },
      { output_text: 'Because.' },
      { content: [{ type: 'text', text: 'Because.' }] },
    ];
    for (const answer of answers) {
      const timed = client.logWithTiming('Why?', async () => {
        await new Promise<void>((resolve) => clock.schedule(resolve, 62_345));
        return answer;
      });
      await clock.advance(62_345);
      expect(await timed).toBe(answer);
    }
    expect(transport.stored).toHaveLength(answers.length);
    for (const stored of transport.stored)
      expect(stored).toMatchObject({
        user_prompt: 'Why?',
        ai_response: 'Because.',
        response_time: '1 min 2.35 sec',
        metaData: { response_time_ms: 62_345 },
      });
  });

  it('checks its fields before it calls the model', async () => {
    let calls = 0;
    const call = simulate().client.logWithTiming('Why?', () => (calls += 1), { token_count: -1 });
    await expect(call).rejects.toThrow('logWithTiming(): token_count');
    expect(calls).toBe(0);
  });
});

describe('sessions', () => {
  it('have an id and defaults, which what is logged may override', async () => {
    const { client, transport } = simulate();
    const session = client.startSession(undefined, {
      metadata: { topic: 'a' },
      userMetadata: { email: 'a@example.com' },
    });
    session.updateDefaults({ step: 1 });
    await session.log({ userPrompt: 'Why?', metadata: { topic: 'b' } });
    await session.log({ userPrompt: 'Why?', sessionId: 'another' });
    await session.logWithTiming('Why?', () => 'Because.');
    expect(transport.stored).toMatchObject([
      { session_id: session.sessionId, metaData: { topic: 'b', step: 1 }, user_meta_data: { email: 'a@example.com' } },
      { session_id: 'another', metaData: { topic: 'a', step: 1 } },
      { session_id: session.sessionId, ai_response: 'Because.', metaData: { topic: 'a' } },
    ]);
    expect(session.getSessionInfo()).toEqual({
      sessionId: session.sessionId,
      defaultMetadata: { topic: 'a', step: 1 },
      defaultUserMetaData: { email: 'a@example.com' },
    });
  });
});

describe('configuration', () => {
  it('is told without the key, and printing the client does not show it', () => {
    const client = new HuggingPlace({ ...OPTIONS, timeout: 4_000 });
    expect(client.getConfig()).toMatchObject({
      orgId: 7,
      mode: 'prod',
      timeout: 4_000,
      timeoutMs: 4_000,
      silent: false,
    });
    expect(JSON.stringify(client.getConfig()) + inspect(client, { depth: 9, showHidden: true })).not.toContain(KEY);
  });

  it.each([
    [{ ...OPTIONS, timeout: -1 }, 'option timeout: expected a whole number from 1'],
    [{ ...OPTIONS, mode: 'test' }, 'option mode: expected "prod" or "dev", got "test"'],
    [{ apiKey: KEY }, 'option orgId: expected a value, got none'],
    [{ orgId: 7 }, 'option apiKey: expected a value, got none'],
    [{ ...OPTIONS, traceEndpoint: 'http://elsewhere.example' }, 'option traceEndpoint: expected an URL'],
    [{ ...OPTIONS, transport: {} }, 'option transport: expected an object with a method store()'],
    [
      { ...OPTIONS, webhooks: [{ url: 'http://elsewhere.example', secret: 'canary-canary' }] },
      'option webhooks[0].url',
    ],
    [{ ...OPTIONS, webhooks: [{ url: 'https://a.example', secret: 'short' }] }, 'option webhooks[0].secret'],
    [
      { ...OPTIONS, webhooks: [{ url: 'https://a.example', secret: 'long enough', events: ['x'] }] },
      'webhooks[0].events',
    ],
  ])('is refused where it is wrong (%#)', (options, message) => {
    const given = options as HuggingPlaceOptions;
    expect(() => new HuggingPlace(given)).toThrow(message);
    expect(() => validateConfig(given)).toThrow(ValidationError);
    expect(() => validateConfig(given)).not.toThrow(/canary/);
  });

  it('stays as it was where a change is wrong', () => {
    const client = new HuggingPlace(OPTIONS);
    expect(() => client.updateConfig({ timeout: -1 })).toThrow(ValidationError);
    client.updateConfig({ timeout: 5_000 });
    expect(client.getConfig()).toMatchObject({ timeout: 5_000, orgId: 7 });
  });

  it('lets what is under way end where it was sent', async () => {
    let answer: (status: number) => void = () => undefined;
    const { client, transport, clock } = simulate(() => new Promise<number>((resolve) => (answer = resolve)));
    const logged = client.log({ message_id: 'm1' });
    await settled();
    const elsewhere = new MemoryTransport();
    client.updateConfig({ transport: elsewhere });
    await client.log({ message_id: 'm2' });
    answer(200);
    expect(await logged).toMatchObject({ status: 'stored' });
    expect(transport.stored.map((one) => one.message_id)).toEqual(['m1']);
    expect(elsewhere.interactions.map((one) => one.message_id)).toEqual(['m2']);
    await clock.advance(1);
    expect(client.stats()).toMatchObject({ seen: 2, delivered: 2, queued: 0 });
  });
});

describe('transports', () => {
  it('into a file: a line each, for its owner alone, without the key', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hp-sdk-'));
    const path = join(directory, 'new', 'interactions.jsonl');
    const client = new HuggingPlace({ ...OPTIONS, transport: new FileTransport({ path }) });
    await Promise.all(['m1', 'm2'].map((id) => client.log({ message_id: id, user_prompt: 'two\nlines' })));
    const text = readFileSync(path, 'utf8');
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ message_id: 'm1', user_prompt: 'two\nlines', org_id: 7 }, { message_id: 'm2' }]);
    expect(text).not.toContain(KEY);
    await client.shutdown();
    rmSync(directory, { recursive: true });
  });

  it('a file that can’t be written to is an outage like another', async () => {
    const { clock } = simulate();
    const transport = new FileTransport({ path: '/dev/null/no/file.jsonl' });
    const client = new HuggingPlace({ ...OPTIONS, transport }, { clock });
    const rejected = expect(client.log({ user_prompt: 'Why?' })).rejects.toThrow(/can not be written to/);
    await clock.advance(30_000);
    await rejected;
  });

  it('into memory, the oldest of too many go', async () => {
    const transport = new MemoryTransport({ maxRecords: 2 });
    const client = new HuggingPlace({ ...OPTIONS, transport });
    for (const id of ['m1', 'm2', 'm3']) await client.log({ message_id: id });
    expect(transport.interactions.map((one) => one.message_id)).toEqual(['m2', 'm3']);
    await client.traceStep({ stepName: 'one', func: () => 1 });
    await client.flush();
    expect(transport.traces).toMatchObject([{ operation: 'one' }]);
    transport.clear();
    expect([...transport.interactions, ...transport.traces]).toEqual([]);
  });

  it('of one’s own around HTTP, with traces and the test of the connection', async () => {
    await using backend = await Backend.start();
    const http = new HttpTransport({ baseUrl: backend.url });
    const client = new HuggingPlace({ ...OPTIONS, transport: http });
    await client.log({ user_prompt: 'Why?' });
    await client.traceStep({ stepName: 'one', func: () => 1 });
    expect(await client.testConnection()).toBe(true);
    await client.shutdown();
    expect(backend.requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /notebook/filtered_chat?org=7&limit=1',
      'POST /api/traces/batch',
      'POST /v2/chatgpt/store_generated_response',
    ]);
  });

  it('that throw or hang harm nobody', async () => {
    const { clock } = simulate();
    const failing = new HuggingPlace(
      {
        ...OPTIONS,
        transport: { store: () => Promise.reject(new ServerError('mine')), close: () => Promise.resolve() },
      },
      { clock },
    );
    const hanging = new HuggingPlace(
      { ...OPTIONS, transport: { store: () => new Promise(() => undefined), close: () => Promise.resolve() } },
      { clock },
    );
    const rejected = [failing, hanging].map((client) =>
      expect(client.log({})).rejects.toMatchObject({ code: 'NETWORK_ERROR' }),
    );
    await clock.advance(30_000);
    await Promise.all(rejected);
  });
});
