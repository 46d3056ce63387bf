/** Programs written for today's SDK, and each line of the wire contract's table of where that falls short (section 5), against a real dev server. */
import { startDevServer, type DevServer, type ReceivedRequest } from '@huggingplace/dev-server';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HuggingPlace } from './huggingplace.ts';
import type { HuggingPlaceOptions } from './huggingplace-options.ts';
import { answerWith, Backend } from './testing/backend.ts';
import { expectBuilt } from './testing/built.ts';
import { DiagLines } from './testing/diag.ts';

const run = promisify(execFile);

/** Newer Node.js takes ES modules with `require`, and would hide that there is no CommonJS. */
const NO_REQUIRE_OF_MODULES = '--no-experimental-require-module';

let server: DevServer;
const received: ReceivedRequest[] = [];
beforeAll(async () => {
  server = await startDevServer({ onReceived: (request) => void received.push(request) });
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.database.query('DELETE FROM chat');
  await server.database.query('DELETE FROM trace_span');
  received.length = 0;
});

type Row = Readonly<Record<string, unknown>>;

async function chats(): Promise<Row[]> {
  const response = await fetch(`${server.url}/notebook/filtered_chat?limit=100&order_direction=asc`, {
    headers: { 'x-api-key': server.apiKey },
  });
  return ((await response.json()) as { chats: Row[] }).chats;
}

const clientFor = (options: HuggingPlaceOptions = {}) =>
  new HuggingPlace({ apiKey: server.apiKey, orgId: server.orgId, baseUrl: server.url, ...options });

const program = (name: string) => fileURLToPath(new URL(`testing/programs/${name}`, import.meta.url));
const KEEP = { ...process.env, NODE_OPTIONS: '' };

describe('a program written for today’s SDK runs unchanged, and its rows are right', () => {
  beforeAll(expectBuilt);

  it('as a module, in both spellings', async () => {
    const { stdout, stderr } = await run(
      process.execPath,
      [program('today.mjs'), server.url, server.apiKey, server.orgId],
      { env: KEEP },
    );
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
    const rows = await chats();
    const row = (conversation: string) => rows.find((one) => one['conversation'] === conversation);
    expect(rows).toHaveLength(7);
    expect(rows.every((one) => one['mode'] === 'dev')).toBe(true);
    expect(row('Which city?')).toMatchObject({
      prompt_response: 'Paris.',
      metaData: { sessionId: 'quick-session', userId: 'quick-user' },
    });
    expect(row('How many sales?')).toMatchObject({
      prompt_response: 'There were 1,245.',
      session_id: 'whole-session',
      message_id: 'whole-message',
      org_id: server.orgId,
      org_uuid: 'org-202',
      user_data: { user_id: 'whole-user', roles: ['admin', 'developer'], user_name: 'john' },
      llm_model: 'gpt-4o',
      llm_model2: 'gpt-4o-mini',
      token_count: 350,
      response_time: '0 min 2.30 sec',
      file_name: 'sales.csv',
      mapping_table: 'mappings_org_202',
      metaData: {
        sessionId: 'whole-session',
        likes: 1,
        dislikes: 0,
        messageId: 'whole-message',
        recommendationId: 'r-1',
      },
      user_meta_data: { email: 'user@example.com', username: 'john', orgName: 'Example' },
      step_data: [
        {
          step_name: 'sql_generation',
          status: 'completed',
          time_ms: 1500,
          userQuestion: 'Write the query',
          promptResponse: 'SELECT COUNT(*) FROM sales',
          token: 150,
          responseTime: '0 min 1.50 sec',
          inputTokens: 50,
          outputTokens: 100,
          llmModel: 'gpt-4o',
        },
      ],
    });
    expect(row('Mixed?')).toMatchObject({
      prompt_response: 'Mixed.',
      user_data: { roles: ['admin'] },
      org_uuid: 'org-303',
      mapping_table: 'mappings_org_303',
    });
    expect(row('Is it safe?')).toMatchObject({
      prompt_response: 'It is.',
      llm_model: 'gpt-4o',
      token_count: 120,
      response_time: '0 min 0.90 sec',
      step_data: [{ step_name: 'validation', status: 'completed', time_ms: 900, inputTokens: 40, outputTokens: 80 }],
    });
    expect(row('First?')).toMatchObject({
      prompt_response: 'One.',
      session_id: 'conversation-1',
      metaData: { conversationType: 'support', step: 1 },
      user_meta_data: { email: 'user@example.com' },
    });
    expect(row('Second?')).toMatchObject({ session_id: 'another-conversation' });
    expect(row('Timed?')).toMatchObject({
      prompt_response: 'In time.',
      session_id: 'timed-session',
      llm_model: 'gpt-4o',
      response_time: expect.stringMatching(/^0 min \d+\.\d\d sec$/) as string,
      metaData: { source: 'readme' },
    });
    // The program ended without a word about its traces: the end of the process delivers them.
    const spans = await server.database.query('SELECT operation, span_id, parent_span_id FROM trace_span');
    const flow = spans.find(({ operation }) => operation === 'Analysis');
    expect(spans.map(({ operation }) => operation).sort()).toEqual([
      'Analysis',
      'Collect',
      'Count',
      'Data Processing',
      'LLM Call',
    ]);
    for (const { operation, parent_span_id: parent } of spans)
      expect(parent).toBe(operation === 'Collect' || operation === 'Count' ? flow?.span_id : '0000000000000000');
  });

  it('in CommonJS, with the environment alone', async () => {
    const env = {
      ...KEEP,
      HUGGINGPLACE_API_KEY: server.apiKey,
      HUGGINGPLACE_ORG_ID: server.orgId,
      HUGGINGPLACE_BASE_URL: server.url,
    };
    const { stdout, stderr } = await run(process.execPath, [NO_REQUIRE_OF_MODULES, program('today.cjs')], { env });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
    expect(await chats()).toMatchObject([
      { conversation: 'Required?', prompt_response: 'Required.', metaData: { sessionId: 'cjs-session' } },
      { conversation: 'Hello', session_id: 'cjs-conversation' },
    ]);
  });
});

describe('where today’s SDK falls short', () => {
  it('“camelCase input goes out as it came, so the backend sees no prompt”: both spellings reach the wire', async () => {
    const camel = {
      userPrompt: 'Why?',
      response: 'Because.',
      sessionId: 's-1',
      userId: 'u-1',
      llmModel: 'gpt-4o',
      tokenCount: 3,
      responseTime: '0 min 1.00 sec',
      fileName: 'f.csv',
      stepData: [{ step_name: 'one', status: 'completed' }],
      metadata: { a: 1 },
      userMetadata: { b: 2 },
      userRoles: ['admin'],
      orgUuid: 'o-1',
      mappingTable: 'm',
      messageId: 'camel',
    };
    const wire = {
      user_prompt: 'Why?',
      ai_response: 'Because.',
      session_id: 's-1',
      user_uuid: 'u-1',
      llm_model: 'gpt-4o',
      token_count: 3,
      response_time: '0 min 1.00 sec',
      file_name: 'f.csv',
      step_data: [{ step_name: 'one', status: 'completed' }],
      metaData: { a: 1 },
      user_meta_data: { b: 2 },
      user_roles: ['admin'],
      org_uuid: 'o-1',
      mapping_table: 'm',
      message_id: 'wire',
    };
    const client = clientFor();
    await client.log(camel);
    await client.log(wire);
    const [first, second] = received.map(({ body }) => JSON.parse(body) as Row);
    expect(second).toEqual({ ...wire, mode: 'prod', org_id: server.orgId });
    expect(first).toEqual({ ...second, message_id: 'camel' });
    expect(await chats()).toMatchObject([{ conversation: 'Why?' }, { conversation: 'Why?' }]);
  });

  it('“log() writes into the caller’s object”: it is never changed', async () => {
    const options = Object.freeze({
      userPrompt: 'Why?',
      response: 'Because.',
      userMetadata: Object.freeze({ email: 'a@example.com' }),
      stepData: Object.freeze([Object.freeze({ stepName: 'one' })]),
    });
    const before = structuredClone(options);
    await clientFor().log(options);
    await clientFor().startSession('s').log(options);
    expect(options).toEqual(before);
  });

  it('“documented error.code does not exist”: every error has it', async () => {
    const client = clientFor({ totalTimeoutMs: 200 });
    const codeOf = async (call: () => unknown) => {
      try {
        await call();
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
      throw new Error('nothing was thrown');
    };
    expect(await codeOf(() => new HuggingPlace({ orgId: 7 }))).toBe('VALIDATION_ERROR');
    expect(await codeOf(() => client.log({ token_count: -1 }))).toBe('VALIDATION_ERROR');
    const wrongKey = clientFor({ apiKey: 'wrong' });
    expect(await codeOf(() => wrongKey.log({ user_prompt: 'Why?' }))).toBe('AUTH_ERROR');
    await using backend = await Backend.start();
    const { url } = backend;
    const elsewhere = () => clientFor({ baseUrl: url, totalTimeoutMs: 200 });
    for (const [status, code] of [
      [422, 'VALIDATION_ERROR'],
      [403, 'AUTH_ERROR'],
      [429, 'RATE_LIMIT_ERROR'],
      [503, 'SERVER_ERROR'],
      [418, 'UNKNOWN_ERROR'],
    ] as const) {
      backend.answer = (response) => answerWith(response, status, { message: 'no' });
      expect(await codeOf(() => elsewhere().log({ user_prompt: 'Why?' }))).toBe(code);
    }
    await backend.stop();
    expect(await codeOf(() => elsewhere().log({ user_prompt: 'Why?' }))).toBe('NETWORK_ERROR');
  });

  it('“documented environment variables are not read”: they are', async () => {
    vi.stubEnv('HUGGINGPLACE_API_KEY', server.apiKey);
    vi.stubEnv('HUGGINGPLACE_ORG_ID', server.orgId);
    vi.stubEnv('HUGGINGPLACE_MODE', 'dev');
    vi.stubEnv('HUGGINGPLACE_BASE_URL', server.url);
    try {
      await new HuggingPlace().log({ user_prompt: 'From the environment?' });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(await chats()).toMatchObject([{ conversation: 'From the environment?', mode: 'dev' }]);
  });

  it('“require() as documented fails”: import and require both work', async () => {
    expectBuilt();
    const names =
      'const { HuggingPlace, Session } = sdk; process.stdout.write(`${typeof HuggingPlace} ${typeof Session}`);';
    for (const [type, load] of [
      ['commonjs', "const sdk = require('huggingplace-sdk');"],
      ['module', "import * as sdk from 'huggingplace-sdk';"],
    ] as const) {
      const cwd = fileURLToPath(new URL('..', import.meta.url));
      const { stdout } = await run(
        process.execPath,
        [NO_REQUIRE_OF_MODULES, `--input-type=${type}`, '-e', load + names],
        { cwd, env: KEEP },
      );
      expect(stdout).toBe('function function');
    }
  });

  it('“one try: a blip loses the interaction”: it is tried again', async () => {
    await using backend = await Backend.start((response, _request, index) =>
      index === 0 ? response.destroy() : answerWith(response, index === 1 ? 503 : 200, {}),
    );
    await clientFor({ baseUrl: backend.url }).log({ user_prompt: 'Why?', message_id: 'm1' });
    expect(backend.bodies.map((body) => body['message_id'])).toEqual(['m1', 'm1', 'm1']);
  });

  it('“prints payloads and responses by default”: prints nothing, and diag never says content', async () => {
    using diag = new DiagLines();
    const written: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        written.push(String(text));
        return true;
      }),
    );
    const consoles = (['log', 'error', 'warn', 'info', 'debug'] as const).map((method) => vi.spyOn(console, method));
    const client = clientFor({ debug: true });
    await client.log({ user_prompt: 'canary prompt', ai_response: 'canary answer' });
    await client.log({ user_prompt: 'canary prompt', step_data: [{ status: 'canary' }] }).catch(() => undefined);
    for (const spy of spies) spy.mockRestore();
    expect(consoles.flatMap((spy) => spy.mock.calls)).toEqual([]);
    expect(written.join('')).not.toContain('canary');
    expect(diag.lines.join('')).not.toMatch(/canary|hp_local/);
    expect(diag.lines).not.toEqual([]);
  });

  it('“updateConfig({baseUrl}) changes nothing”: it takes effect', async () => {
    await using backend = await Backend.start();
    const client = clientFor({ baseUrl: backend.url });
    await client.log({ user_prompt: 'Before?' });
    client.updateConfig({ baseUrl: server.url, mode: 'dev' });
    await client.log({ user_prompt: 'After?' });
    expect(backend.bodies.map((body) => body['user_prompt'])).toEqual(['Before?']);
    expect(await chats()).toMatchObject([{ conversation: 'After?', mode: 'dev' }]);
    expect(client.getConfig()).toMatchObject({ baseUrl: server.url, mode: 'dev' });
    expect(client.stats()).toMatchObject({ seen: 2, delivered: 2 });
  });

  it('“session.logStep forgets the session id”: the step carries it', async () => {
    await clientFor().startSession('conversation-9').logStep({ step_name: 'one', userQuestion: 'Step?' });
    expect(await chats()).toMatchObject([{ conversation: 'Step?', session_id: 'conversation-9' }]);
  });

  it('“in logWithTiming the caller’s metaData overwrites the error’s”: merged', async () => {
    const failure = new RangeError('out of tokens');
    const call = clientFor().logWithTiming('Why?', () => Promise.reject(failure), { metaData: { source: 'test' } });
    await expect(call).rejects.toBe(failure);
    expect(await chats()).toMatchObject([
      {
        prompt_response: 'Error: out of tokens',
        failed: true,
        metaData: { source: 'test', error: true, errorMessage: 'out of tokens' },
      },
    ]);
  });

  it('“testConnection() stores a fake interaction”: it reads, and leaves no record behind', async () => {
    expect(await clientFor().testConnection()).toBe(true);
    expect(await clientFor({ apiKey: 'wrong' }).testConnection()).toBe(false);
    expect(await clientFor({ baseUrl: 'http://127.0.0.1:9' }).testConnection()).toBe(false);
    expect(await chats()).toEqual([]);
  });

  it('“trace requests carry no Authorization”: they do', async () => {
    await using backend = await Backend.start((response) => answerWith(response, 201, { count: 1 }));
    const client = clientFor({ baseUrl: backend.url });
    await client.traceStep({ stepName: 'one', func: () => 1 });
    await client.flush();
    expect(backend.requests).toMatchObject([
      { path: '/api/traces/batch', headers: { authorization: `Bearer ${server.apiKey}` } },
    ]);
  });

  it('“traceStep swallows the function’s error and returns an object”: it is recorded and thrown on', async () => {
    const failure = new TypeError('not a function');
    const client = clientFor();
    await expect(client.traceStep({ stepName: 'broken', func: () => Promise.reject(failure) })).rejects.toBe(failure);
    await client.flush();
    expect(await server.database.query('SELECT operation, status, logs FROM trace_span')).toMatchObject([
      { operation: 'broken', status: 'ERROR', logs: [{ error: 'not a function' }] },
    ]);
  });

  it('“signal handlers call process.exit before the flush ends”: none exits the process, and flushing is awaited', async () => {
    expectBuilt();
    const script = `
      import { HuggingPlace } from 'huggingplace-sdk';
      const hp = new HuggingPlace();
      process.on('SIGTERM', () => setTimeout(() => process.exit(7), 300));
      void hp.log({ user_prompt: 'At the end?' });
      await hp.traceStep({ stepName: 'at the end', func: () => 1 });
      process.kill(process.pid, 'SIGTERM');
      setInterval(() => {}, 1000);`;
    const env = {
      ...KEEP,
      HUGGINGPLACE_API_KEY: server.apiKey,
      HUGGINGPLACE_ORG_ID: server.orgId,
      HUGGINGPLACE_BASE_URL: server.url,
    };
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const ended = run(process.execPath, ['--input-type=module', '-e', script], { cwd, env });
    // The application decides how it ends.
    await expect(ended).rejects.toMatchObject({ code: 7 });
    expect(await chats()).toMatchObject([{ conversation: 'At the end?' }]);
    expect(await server.database.query('SELECT operation FROM trace_span')).toEqual([{ operation: 'at the end' }]);
  });

  it('“import starts its own OpenTelemetry SDK with a console exporter”: nothing global is registered', async () => {
    expectBuilt();
    const script = `
      import { metrics, trace } from '@opentelemetry/api';
      const count = () => ['SIGTERM', 'SIGINT', 'exit', 'beforeExit'].map((name) => process.listenerCount(name)).join();
      const before = count();
      await import('huggingplace-sdk');
      const isRecording = trace.getTracer('any').startSpan('any').isRecording();
      const meters = metrics.getMeterProvider().constructor.name;
      const isListening = count() !== before;
      process.stdout.write(JSON.stringify({ isRecording, meters, isListening }));`;
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd, env: KEEP });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ isRecording: false, meters: 'NoopMeterProvider', isListening: false });
  });
});
