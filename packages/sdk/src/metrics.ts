/**
 * The account as metrics, in the form of OpenTelemetry's conventions for exporters (`otel.sdk.exporter.*`, semantic conventions 1.45,
 * development), with interactions in the place of spans.
 */
import {
  metrics,
  type Attributes,
  type Histogram,
  type MeterProvider,
  type ObservableResult,
} from '@opentelemetry/api';
import { version } from '../package.json' with { type: 'json' };
import type { DeliveryStats } from './account.ts';
import type { Outcome } from './outcome.ts';

const COMPONENT_TYPE = 'huggingplace_http_exporter';
let components = 0;

export interface MetricsSource {
  readonly meterProvider: MeterProvider | undefined;
  readonly baseUrl: string;
  readonly stats: () => DeliveryStats;
}

/** Never throws, whatever the application's meter does. */
export class DeliveryMetrics {
  readonly #component: Attributes;
  readonly #attemptDuration: Histogram;
  readonly #operationDuration: Histogram;

  constructor({ meterProvider = metrics.getMeterProvider(), baseUrl, stats }: MetricsSource) {
    const { hostname, port, protocol } = new URL(baseUrl);
    this.#component = {
      'otel.component.type': COMPONENT_TYPE,
      'otel.component.name': `${COMPONENT_TYPE}/${components++}`,
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    };
    const meter = meterProvider.getMeter('huggingplace-sdk', version);
    // Read from the account when somebody collects: the metrics can't say anything else than `stats()`.
    meter
      .createObservableUpDownCounter('otel.sdk.exporter.interaction.inflight', {
        unit: '{interaction}',
        description: 'Interactions that are waiting or under way, in memory or on disk',
      })
      .addCallback((result) => {
        const { queued, spooled } = stats();
        result.observe(queued + spooled, this.#component);
      });
    meter
      .createObservableCounter('otel.sdk.exporter.interaction.exported', {
        unit: '{interaction}',
        description: 'Interactions that have met their fate: delivered, or with error.type why not',
      })
      .addCallback((result) => this.#observeFates(result, stats()));
    this.#operationDuration = meter.createHistogram('otel.sdk.exporter.operation.duration', {
      unit: 's',
      description: 'From the first attempt to deliver an interaction to its last, waits included',
    });
    this.#attemptDuration = meter.createHistogram('huggingplace.delivery.attempt.duration', {
      unit: 's',
      description: 'One request to the backend',
    });
  }

  attempt(outcome: Outcome, durationMs: number): void {
    this.#attemptDuration.record(durationMs / 1000, { ...this.#component, ...errorOf(outcome) });
  }

  /** @param outcome of the last attempt */
  operation(outcome: Outcome, durationMs: number): void {
    this.#operationDuration.record(durationMs / 1000, { ...this.#component, ...errorOf(outcome) });
  }

  #observeFates(result: ObservableResult, { delivered, deadLettered, dropped }: DeliveryStats): void {
    result.observe(delivered, this.#component);
    const failures = { dead_lettered: deadLettered, ...dropped };
    for (const [reason, count] of Object.entries(failures)) {
      if (count > 0) result.observe(count, { ...this.#component, 'error.type': reason });
    }
  }
}

function errorOf(outcome: Outcome): Attributes {
  if (outcome.type === 'stored') return {};
  const { status, code } = outcome.error;
  return status === undefined
    ? { 'error.type': code }
    : { 'error.type': String(status), 'http.response.status_code': status };
}
