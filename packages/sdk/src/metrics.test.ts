import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { Delivery } from './delivery.ts';
import { resolveDeliveryOptions } from './options.ts';
import { ManualClock } from './testing/clock.ts';
import { DiagLines } from './testing/diag.ts';
import { StandInTransport, type Behaviour } from './testing/transport.ts';

const CREDENTIALS = { apiKey: 'key', orgId: 7 };

function simulate(behaviour: Behaviour, meterProvider: ConstructorParameters<typeof Delivery>[0]['meterProvider']) {
  const clock = new ManualClock();
  const settings = resolveDeliveryOptions({ baseUrl: 'https://api.huggingplace.com', meterProvider }, {});
  const delivery = new Delivery({
    ...settings,
    transport: new StandInTransport(clock, behaviour),
    clock,
    random: () => 1,
  });
  const enqueue = (count: number) => {
    for (let i = 0; i < count; i++) {
      delivery.enqueue({ user_prompt: 'Why?', ai_response: '', mode: 'prod', message_id: String(i) }, CREDENTIALS);
    }
  };
  return { clock, delivery, enqueue };
}

it('says in metrics what stats() says, and how long it took', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  let attempts = 0;
  const { clock, delivery, enqueue } = simulate(({ body }) => {
    attempts += 1;
    if (body.message_id === '0') return 422;
    if (body.message_id === '1') return new Promise(() => undefined);
    return attempts <= 5 ? 503 : 200;
  }, meterProvider);
  enqueue(5);
  delivery.drop('filtered', 2);
  await clock.advance(2_000);
  await reader.forceFlush();
  await meterProvider.shutdown();

  expect(delivery.stats()).toMatchObject({ queued: 1, delivered: 3, dropped: { rejected: 1, filtered: 2 } });
  const collected = exporter
    .getMetrics()
    .at(-1)!
    .scopeMetrics.flatMap(({ metrics }) => metrics);
  const pointsOf = (name: string) => {
    const points = collected.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    return points.map(({ attributes, value }) => ({
      error: attributes['error.type'],
      status: attributes['http.response.status_code'],
      value: typeof value === 'object' && 'count' in value ? value.count : value,
    }));
  };
  expect(pointsOf('otel.sdk.exporter.interaction.inflight')).toEqual([
    { error: undefined, status: undefined, value: 1 },
  ]);
  expect(pointsOf('otel.sdk.exporter.interaction.exported')).toEqual(
    expect.arrayContaining([
      { error: undefined, status: undefined, value: 3 },
      { error: 'rejected', status: undefined, value: 1 },
      { error: 'filtered', status: undefined, value: 2 },
    ]),
  );
  expect(pointsOf('otel.sdk.exporter.operation.duration')).toEqual(
    expect.arrayContaining([
      { error: undefined, status: undefined, value: 3 },
      { error: '422', status: 422, value: 1 },
    ]),
  );
  expect(pointsOf('huggingplace.delivery.attempt.duration')).toEqual(
    expect.arrayContaining([
      { error: '503', status: 503, value: 3 },
      { error: undefined, status: undefined, value: 3 },
    ]),
  );
  const duration = collected.find(({ descriptor }) => descriptor.name === 'otel.sdk.exporter.operation.duration')!;
  const delivered = duration.dataPoints.find(({ attributes }) => attributes['error.type'] === undefined)!;
  // Half a second of backoff, not of waiting in the queue.
  expect(delivered.value).toMatchObject({ count: 3, min: 0.5 });
  expect(delivered.attributes).toMatchObject({
    'otel.component.type': 'huggingplace_http_exporter',
    'server.address': 'api.huggingplace.com',
    'server.port': 443,
  });
});

it('survives a meter that throws', async () => {
  using said = new DiagLines();
  const meterProvider = {
    getMeter: () => {
      throw new Error('no meter today');
    },
  };
  const { clock, delivery, enqueue } = simulate(() => 200, meterProvider);
  enqueue(10);
  await clock.advance(0);
  expect(delivery.stats()).toMatchObject({ delivered: 10 });
  expect(said.lines).toHaveLength(1);
});
