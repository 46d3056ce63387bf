/** What only the exporter has: its answers to whoever calls `export`. */
import { BasicTracerProvider, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { Backend } from '../../sdk/src/testing/backend.ts';
import { HuggingPlaceSpanExporter } from './exporter.ts';
import type { ExportResult } from './sdk-types.ts';

const ATTRIBUTES = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-5',
  'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"why?"}]}]',
  'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"because"}]}]',
};

function endedSpans(count: number): readonly ReadableSpan[] {
  const spans: ReadableSpan[] = [];
  const keep = {
    export: (ended: readonly ReadableSpan[], done: (result: ExportResult) => void) => {
      spans.push(...ended);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(keep)] });
  const tracer = provider.getTracer('test');
  for (let i = 0; i < count; i += 1) tracer.startSpan('chat gpt-5', { attributes: ATTRIBUTES }).end();
  return spans;
}

const resultOf = (exporter: HuggingPlaceSpanExporter, spans: readonly ReadableSpan[]): ExportResult => {
  let result: ExportResult | undefined;
  exporter.export(spans, (given) => (result = given));
  if (result === undefined) throw new Error('Expected an answer at once, got none');
  return result;
};

describe('export', () => {
  it('answers at once, two thousand times at a time, and everything arrives', async () => {
    await using backend = await Backend.start();
    const exporter = new HuggingPlaceSpanExporter({ apiKey: 'key', orgId: 'concurrent', baseUrl: backend.url });
    const results = endedSpans(2_000).map((span) => resultOf(exporter, [span]));
    expect(results).toEqual(results.map(() => ({ code: 0 })));
    await exporter.shutdown();
    expect(new Set(backend.bodies.map((body): unknown => Reflect.get(Object(body) as object, 'message_id'))).size).toBe(
      2_000,
    );
    expect(exporter.stats()).toMatchObject({ seen: 2_000, delivered: 2_000, open: 0, dropped: {} });
  });

  it('after shutdown fails, says why, and sends nothing', async () => {
    await using backend = await Backend.start();
    const exporter = new HuggingPlaceSpanExporter({ apiKey: 'key', orgId: 'late', baseUrl: backend.url });
    await exporter.shutdown();
    const { code, error } = resultOf(exporter, endedSpans(3));
    expect(code).toBe(1);
    expect(error?.message).toBe(
      'Expected no spans after shutdown(), got 3: they are not sent. Shut down last what exports.',
    );
    await exporter.forceFlush();
    expect(backend.bodies).toEqual([]);
  });
});
