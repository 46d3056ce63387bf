import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { HuggingPlace } from './huggingplace.ts';
import { MemoryTransport } from './memory-transport.ts';
import type { HuggingPlaceOptions } from './huggingplace-options.ts';
import { answerWith, Backend } from './testing/backend.ts';
import { ManualClock } from './testing/clock.ts';
import { calculateDuration, generateId, getCurrentTimestamp } from './trace-time.ts';
import { NO_PARENT, type TraceRecord } from './trace-record.ts';

afterEach(() => {
  trace.disable();
  context.disable();
});

function clientFor(options: HuggingPlaceOptions = {}) {
  const transport = new MemoryTransport();
  const client = new HuggingPlace({ apiKey: 'key', orgId: 7, transport, ...options });
  const records = async (): Promise<readonly TraceRecord[]> => {
    await client.flush();
    return transport.traces;
  };
  return { client, transport, records };
}

/** The application's own set-up. */
function registerProvider(...processors: SpanProcessor[]): InMemorySpanExporter {
  const spans = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans), ...processors] }),
  );
  return spans;
}

const ANSWER = { responseText: 'Paris.', finishReason: 'stop', inputTokens: 5, outputTokens: 2 };

describe('trace records', () => {
  it('say what the contract says', async () => {
    const { client, records } = clientFor();
    const result = await client.traceStep({
      stepName: 'load',
      func: () => ({ rows: 3 }),
      logs: { source: 'db' },
      attributes: { table: 'sales' },
      evaluation: 'APPROVED',
      metadata: { general: 1 },
      userMetadata: { userId: 'u-1' },
      orgData: { orgId: 'o-1' },
      llmData: { model: 'gpt-4' },
      customMetadata: { version: '1' },
      tags: ['a'],
    });
    expect(result).toEqual({ rows: 3 });
    const [record] = await records();
    expect(record).toEqual({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      parentSpanId: NO_PARENT,
      operation: 'load',
      service: 'huggingplace-sdk',
      startTime: expect.stringMatching(/Z$/) as string,
      endTime: expect.stringMatching(/Z$/) as string,
      durationMs: expect.any(Number) as number,
      status: 'OK',
      attributes: { table: 'sales', evaluation: 'APPROVED', model: 'gpt-4', tags: ['a'] },
      logs: [{ source: 'db', model: 'gpt-4', tags: ['a'], functionResponse: { rows: 3 } }],
      metadata: {
        general: 1,
        userMetadata: { userId: 'u-1' },
        orgData: { orgId: 'o-1' },
        llmData: { model: 'gpt-4' },
        version: '1',
        tags: ['a'],
        orgId: 7,
        mode: 'prod',
      },
    });
  });

  it.each([false, true])('have their parents, with an OpenTelemetry SDK or without (%s)', async (isRegistered) => {
    const spans = isRegistered ? registerProvider() : undefined;
    const { client, records } = clientFor();
    const step = (stepName: string, func: () => unknown = () => 1) => client.traceStep({ stepName, func });
    await client.traceMultiStepFlow({
      flowName: 'flow',
      steps: [
        { name: 'first', func: () => Promise.all([step('a'), step('b')]) },
        { name: 'second', func: () => client.traceLLM({ prompt: 'Why?', llmFunction: () => ANSWER }) },
      ],
    });
    await step('alone');
    const all = await records();
    const named = (operation: string) => all.find((record) => record.operation === operation);
    const parents = Object.fromEntries(
      all.map(({ operation, parentSpanId }) => [
        operation,
        all.find(({ spanId }) => spanId === parentSpanId)?.operation,
      ]),
    );
    expect(parents).toEqual({
      flow: undefined,
      first: 'flow',
      second: 'flow',
      a: 'first',
      b: 'first',
      'LLM Call': 'second',
      alone: undefined,
    });
    expect(new Set(all.filter(({ operation }) => operation !== 'alone').map(({ traceId }) => traceId)).size).toBe(1);
    expect(named('alone')?.traceId).not.toBe(named('flow')?.traceId);
    for (const span of spans?.getFinishedSpans() ?? []) {
      const { traceId, spanId } = span.spanContext();
      expect(named(span.name)).toMatchObject({
        traceId,
        spanId,
        otelContext: { otelTraceId: traceId, otelSpanId: spanId },
      });
      expect(span.parentSpanContext?.spanId ?? NO_PARENT).toBe(named(span.name)?.parentSpanId);
    }
    expect(spans?.getFinishedSpans().length ?? 7).toBe(7);
  });

  it('lie below the application’s active span, and take ids that are given', async () => {
    registerProvider();
    const { client, records } = clientFor();
    const root = trace.getTracer('app').startSpan('request');
    await context.with(trace.setSpan(context.active(), root), () =>
      client.traceStep({ stepName: 'below', func: () => 1 }),
    );
    await client.traceStep({ stepName: 'given', func: () => 1, traceId: 't-1', parentSpanId: 'p-1' });
    const { traceId, spanId } = root.spanContext();
    expect(await records()).toMatchObject([
      { operation: 'below', traceId, parentSpanId: spanId },
      { operation: 'given', traceId: 't-1', parentSpanId: 'p-1' },
    ]);
  });

  it('record an error on span and record, and throw it on; later steps of a flow do not run', async () => {
    const spans = registerProvider();
    const { client, records } = clientFor();
    const failure = new RangeError('no such table');
    let hasRun = false;
    const flow = client.traceMultiStepFlow({
      flowName: 'flow',
      steps: [
        { name: 'breaks', func: () => Promise.reject(failure) },
        { name: 'never', func: () => (hasRun = true) },
      ],
    });
    await expect(flow).rejects.toBe(failure);
    expect(hasRun).toBe(false);
    expect(await records()).toMatchObject([
      { operation: 'breaks', status: 'ERROR', logs: [{ error: 'no such table' }] },
      { operation: 'flow', status: 'ERROR' },
    ]);
    for (const span of spans.getFinishedSpans()) {
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such table' });
      expect(span.events[0]?.attributes).toMatchObject({ 'exception.type': 'RangeError' });
    }
  });

  it('hand each step the results of those before', async () => {
    const { client, records } = clientFor();
    const flow = client.traceMultiStepFlow({
      flowName: 'flow',
      user: { userId: 'u-1' },
      steps: [
        { name: 'one', func: () => 1 },
        { name: 'two', func: (previous) => [...previous, 2], rest: { priority: 'high' } },
      ],
    });
    expect(await flow).toEqual([1, 2]);
    expect((await records())[1]).toMatchObject({
      operation: 'two',
      attributes: { evaluation: 'REVIEW', priority: 'high' },
      logs: [{ previousSteps: [{ step: 'one', result: 1 }], functionResponse: [1, 2] }],
      metadata: { userMetadata: { userId: 'u-1' }, flowName: 'flow' },
    });
  });

  it('go in batches of traceBatchSize, and an incomplete one after traceBatchTimeout', async () => {
    await using backend = await Backend.start((response) => answerWith(response, 201, { count: 1 }));
    const clock = new ManualClock();
    const client = new HuggingPlace(
      { apiKey: 'key', orgId: 7, baseUrl: backend.url, traceBatchSize: 3, traceBatchTimeout: 1_000 },
      { clock },
    );
    for (let i = 0; i < 4; i++) await client.traceStep({ stepName: `s${i}`, func: () => i });
    await backend.received(1);
    expect(backend.requests).toHaveLength(1);
    await clock.advance(1_000);
    await backend.received(2);
    expect(backend.requests.map(({ body }) => (JSON.parse(body) as unknown[]).length)).toEqual([3, 1]);
    expect(backend.requests[0]?.headers).toMatchObject({ authorization: 'Bearer key' });
  });

  it('are tried again, and go where traceEndpoint says', async () => {
    await using backend = await Backend.start((response, _request, index) =>
      answerWith(response, index === 0 ? 503 : 201, {}),
    );
    const client = new HuggingPlace({ apiKey: 'key', orgId: 7, traceEndpoint: `${backend.url}/own/traces/` });
    await client.traceStep({ stepName: 'one', func: () => 1 });
    expect(await client.flush()).toBe(true);
    expect(backend.requests.map(({ path }) => path)).toEqual(['/own/traces/batch', '/own/traces/batch']);
  });

  it('are cut where a result is huge, and survive what JSON can’t say', async () => {
    const { client, records } = clientFor();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    await client.traceStep({ stepName: 'huge', func: () => 'x'.repeat(200_000) });
    await client.traceStep({ stepName: 'circle', func: () => circle });
    const all = await records();
    expect(all).toHaveLength(2);
    for (const record of all) expect(JSON.stringify(record).length).toBeLessThan(70_000);
  });

  it('name what is missing', async () => {
    const { client } = clientFor();
    await expect(client.traceStep({ stepName: 'x', func: undefined as never })).rejects.toThrow(
      'func: expected a function',
    );
    await expect(client.traceLLM({ prompt: 'x', llmFunction: 1 as never })).rejects.toThrow(
      'llmFunction: expected a function',
    );
  });
});

describe('beside HuggingPlace’s exporter', () => {
  it('traceLLM’s span is the record, and nothing is posted a second time', async () => {
    await using backend = await Backend.start();
    const exporter = huggingPlace({ apiKey: 'key', orgId: 7, baseUrl: backend.url, exitTimeoutMs: 0 });
    registerProvider(...exporter.spanProcessors);
    const client = new HuggingPlace({ apiKey: 'key', orgId: 7, baseUrl: backend.url });
    await client.traceLLM({
      prompt: 'What is the capital of France?',
      llmFunction: () => ANSWER,
      user: { userId: 'u-1', email: 'a@example.com', plan: 'pro' },
      llmMetadata: { model: 'gpt-4o', provider: 'openai' },
      customMetadata: { app: 'quiz' },
      sessionId: 's-1',
    });
    await client.flush();
    await exporter.forceFlush();
    expect(backend.requests.map(({ path }) => path)).toEqual(['/v2/chatgpt/store_generated_response']);
    expect(backend.bodies).toMatchObject([
      {
        user_prompt: 'What is the capital of France?',
        ai_response: 'Paris.',
        llm_model: 'gpt-4o',
        token_count: 7,
        user_uuid: 'u-1',
        session_id: 's-1',
        user_meta_data: { email: 'a@example.com', plan: 'pro' },
        metaData: { app: 'quiz', evaluation: 'REVIEW', provider: 'openai', finish_reasons: ['stop'] },
      },
    ]);
    await exporter.shutdown();
    await client.traceLLM({ prompt: 'Why?', llmFunction: () => ANSWER });
    await client.flush();
    expect(backend.requests.map(({ path }) => path)[1]).toBe('/api/traces/batch');
  });

  it('a flow with a model call is one interaction, its steps are steps', async () => {
    await using backend = await Backend.start();
    const exporter = huggingPlace({ apiKey: 'key', orgId: 7, baseUrl: backend.url, exitTimeoutMs: 0 });
    registerProvider(...exporter.spanProcessors);
    const { client } = clientFor();
    await client.traceMultiStepFlow({
      flowName: 'flow',
      user: { userId: 'u-1' },
      steps: [
        { name: 'load', func: () => 'rows' },
        { name: 'answer', func: () => client.traceLLM({ prompt: 'Why?', llmFunction: () => ANSWER }) },
      ],
    });
    await exporter.forceFlush();
    expect(backend.bodies).toMatchObject([
      {
        user_prompt: 'Why?',
        ai_response: 'Paris.',
        user_uuid: 'u-1',
        step_data: [{ step_name: 'load', promptResponse: 'rows' }, { step_name: 'answer' }, { step_type: 'llm' }],
      },
    ]);
    await exporter.shutdown();
  });
});

describe('ids and times', () => {
  it('are unique, ISO 8601, and milliseconds', () => {
    expect(new Set(Array.from({ length: 100 }, generateId)).size).toBe(100);
    expect(getCurrentTimestamp()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(calculateDuration(1.25, 3.5)).toBe(2.25);
    expect(calculateDuration('2026-01-01T00:00:00Z', new Date('2026-01-01T00:00:01Z'))).toBe(1_000);
    expect(calculateDuration('yesterday', 0)).toBeNaN();
  });
});
