/** From spans to rows in both tables, over real HTTP. */
import { type DevServer, startDevServer } from '@huggingplace/dev-server';
import { HuggingPlaceSpanExporter } from '@huggingplace/opentelemetry-exporter';
import { startActiveInteraction, startActiveSession, startActiveStep } from '@huggingplace/tracing';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountAt, ask, below, message, startApplication } from './application.ts';

let server: DevServer;
beforeAll(async () => {
  server = await startDevServer({ organisations: { hp_acme: 'acme' } });
});
afterAll(() => server.close());

const rowsOf = (sessionId: string) =>
  server.database.query('SELECT * FROM chat JOIN prompt_details ON chat_id = id WHERE session_id = $1 ORDER BY id', [
    sessionId,
  ]);

it('a request with retrieval, a tool and two model calls is one row in each table, with every fact in its column', async () => {
  const app = startApplication({ ...accountAt(server), metadata: { release: '1.2.3' } });
  const { tracer } = app;
  const root = tracer.startSpan('POST /ask', {
    kind: SpanKind.SERVER,
    attributes: {
      'session.id': 'whole',
      'user.id': 'user-1',
      'user.email': 'ada@example.com',
      'user.roles': ['customer', 'beta'],
      'huggingplace.user_metadata.plan': 'pro',
      'huggingplace.metadata.ticket': 'T-7',
      'huggingplace.org_uuid': 'customer-9',
      'huggingplace.file_name': 'handbook.pdf',
    },
  });
  below(tracer, root, 'search', {
    'gen_ai.operation.name': 'retrieval',
    'gen_ai.retrieval.query.text': 'where is order 1042?',
    'gen_ai.retrieval.documents': JSON.stringify(['Orders take three days.']),
  });
  const call = (input: unknown[], output: unknown[], tokens: [number, number], finishReason: string) =>
    below(tracer, root, 'chat gpt-5', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.model': 'gpt-5-2026-01-01',
      'gen_ai.input.messages': JSON.stringify(input),
      'gen_ai.output.messages': JSON.stringify(output),
      'gen_ai.usage.input_tokens': tokens[0],
      'gen_ai.usage.output_tokens': tokens[1],
      'gen_ai.response.finish_reasons': [finishReason],
    });
  const question = { role: 'user', parts: [{ type: 'text', content: 'where is order 1042?' }] };
  const toolCall = {
    role: 'assistant',
    parts: [{ type: 'tool_call', id: 'call-1', name: 'get_order', arguments: { id: 1042 } }],
  };
  const toolResult = { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call-1', response: 'on its way' }] };
  const first = call([question], [toolCall], [100, 20], 'tool_calls');
  below(tracer, root, 'execute_tool get_order', {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'get_order',
    'gen_ai.tool.call.id': 'call-1',
    'gen_ai.tool.call.arguments': '{"id":1042}',
    'gen_ai.tool.call.result': 'on its way',
  });
  call(
    [question, toolCall, toolResult],
    [{ role: 'assistant', parts: [{ type: 'text', content: 'It is on its way.' }] }],
    [150, 10],
    'stop',
  );
  root.end();
  await app.end();

  const { traceId, spanId } = first.spanContext();
  expect(await server.database.query(`SELECT * FROM chat WHERE session_id = 'whole'`)).toEqual([
    expect.objectContaining({
      org_id: 'local',
      mode: 'prod',
      message_id: `${traceId}-${spanId}`,
      session_id: 'whole',
      user_uuid: 'user-1',
      user_roles: ['customer', 'beta'],
      org_uuid: 'customer-9',
      user_prompt: 'where is order 1042?',
      ai_response: 'It is on its way.',
      llm_model: 'gpt-5-2026-01-01',
      llm_model2: null,
      file_name: 'handbook.pdf',
      mapping_table: null,
      user_meta_data: { email: 'ada@example.com', plan: 'pro' },
    }),
  ]);
  expect(await rowsOf('whole')).toMatchObject([
    {
      token_count: 280,
      input_tokens: 250,
      output_tokens: 30,
      response_time: expect.stringMatching(/^0 min \d\.\d\d sec$/) as string,
      failed: false,
      error_type: null,
      metadata: {
        trace_id: traceId,
        span_id: root.spanContext().spanId,
        provider: 'openai',
        input_tokens: 250,
        output_tokens: 30,
        finish_reasons: ['tool_calls', 'stop'],
        tools: ['get_order'],
        ticket: 'T-7',
        release: '1.2.3',
      },
      step_data: [
        {
          step_type: 'retrieval',
          step_name: 'search',
          userQuestion: 'where is order 1042?',
          promptResponse: 'Orders take three days.',
        },
        { step_type: 'llm', step_name: 'chat gpt-5', token: 120, inputTokens: 100, outputTokens: 20 },
        { step_type: 'tool', step_name: 'get_order', userQuestion: '{"id":1042}', promptResponse: 'on its way' },
        { step_type: 'llm', token: 160, promptResponse: 'It is on its way.', status: 'completed' },
      ],
    },
  ]);
  expect(app.hp.stats()).toMatchObject({ seen: 1, delivered: 1, open: 0, queued: 0, dropped: {} });
});

it('messages that an instrumentation puts only into log events join their span', async () => {
  const app = startApplication(accountAt(server));
  const span = app.tracer.startSpan('chat gpt-5', {
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', 'session.id': 'logs' },
  });
  const emit = (eventName: string, body: Record<string, string | Record<string, string>>) =>
    app.logger.emit({
      attributes: { 'event.name': eventName },
      body,
      context: trace.setSpan(ROOT_CONTEXT, span),
    });
  emit('gen_ai.user.message', { content: 'why?' });
  emit('gen_ai.choice', { finish_reason: 'stop', message: { content: 'because' } });
  span.end();
  await app.end();
  expect(await rowsOf('logs')).toMatchObject([{ user_prompt: 'why?', ai_response: 'because' }]);
});

it('the helpers of @huggingplace/tracing mark sessions, interactions and steps', async () => {
  const hp = startApplication(accountAt(server)).hp;
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: hp.spanProcessors }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  try {
    await startActiveSession({ sessionId: 'helpers', user: { id: 'user-2' } }, () =>
      startActiveInteraction('answer', { userPrompt: 'why?' }, () =>
        startActiveStep('look up', { type: 'retrieval', input: 'why' }, () => Promise.resolve('because')),
      ),
    );
  } finally {
    trace.disable();
    context.disable();
  }
  await hp.shutdown();
  expect(await rowsOf('helpers')).toMatchObject([
    {
      user_uuid: 'user-2',
      user_prompt: 'why?',
      ai_response: 'because',
      step_data: [{ step_name: 'look up', step_type: 'retrieval', userQuestion: 'why', promptResponse: 'because' }],
    },
  ]);
});

it('a failed request is a failed row that says why', async () => {
  const app = startApplication(accountAt(server));
  const span = app.tracer.startSpan('chat gpt-5', {
    attributes: {
      'session.id': 'failed',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.input.messages': message('user', 'why?'),
      'error.type': 'RateLimitError',
    },
  });
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'too many requests' });
  span.end();
  await app.end();
  expect(await rowsOf('failed')).toMatchObject([
    {
      user_prompt: 'why?',
      ai_response: 'Error: too many requests',
      failed: true,
      error_type: 'RateLimitError',
      metadata: { error: true, errorMessage: 'too many requests' },
    },
  ]);
});

it('each interaction goes to the organisation that routing names', async () => {
  const app = startApplication({
    ...accountAt(server),
    routing: ({ attributes }) =>
      attributes['session.id'] === 'routed-acme' ? { apiKey: 'hp_acme', orgId: 'acme' } : undefined,
  });
  ask(app, 'routed-acme');
  ask(app, 'routed-local');
  await app.end();
  expect(await rowsOf('routed-acme')).toMatchObject([{ org_id: 'acme' }]);
  expect(await rowsOf('routed-local')).toMatchObject([{ org_id: 'local' }]);
});

it('behind a BatchSpanProcessor the exporter stores the same', async () => {
  const exporter = new HuggingPlaceSpanExporter({ ...accountAt(server), exitTimeoutMs: 0 });
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  const hp = { ...startApplication({}), tracer: provider.getTracer('application') };
  ask(hp, 'batched');
  await provider.shutdown();
  expect(await rowsOf('batched')).toMatchObject([
    { user_prompt: 'why?', ai_response: 'because', step_data: [{ step_type: 'llm' }] },
  ]);
});

it('no row is written for requests without a model call', async () => {
  const app = startApplication(accountAt(server));
  const root = app.tracer.startSpan('GET /', { kind: SpanKind.SERVER, attributes: { 'session.id': 'ordinary' } });
  below(app.tracer, root, 'SELECT orders', { 'db.system.name': 'postgresql' });
  root.end();
  await app.end();
  expect(await rowsOf('ordinary')).toEqual([]);
  expect(app.hp.stats()).toMatchObject({ seen: 0 });
});
