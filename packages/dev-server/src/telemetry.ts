/** What the server counts about itself: for Prometheus since the start, for alerts over the last minutes. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface AnsweredRequest {
  method: string;
  /** The route's pattern, never the address that was asked for: label values must stay few. */
  route: string;
  status: number;
  seconds: number;
}

/** Signals that alert rules look at, each counted by second. */
export type Signal =
  'request' | 'server_error' | 'authentication_failure' | 'timeout' | 'interaction' | 'failed_interaction';

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The longest window that a rule may have. */
export const MAX_WINDOW_SECONDS = 3_600;

export class Telemetry {
  readonly registry = new Registry();
  readonly #now: () => number;
  /** Counts by second, oldest first; at most {@link MAX_WINDOW_SECONDS} entries. */
  #recent: { second: number; counts: Map<Signal, number> }[] = [];
  readonly #requests = this.#counter('http_requests_total', 'Requests answered', ['method', 'route', 'status']);
  readonly #latency = new Histogram({
    name: 'huggingplace_http_request_duration_seconds',
    help: 'From the request to its answer',
    labelNames: ['route'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [this.registry],
  });
  readonly #stored = this.#counter('interactions_stored_total', 'Interactions stored', ['mode', 'failed']);
  readonly #duplicates = this.#counter('interactions_duplicate_total', 'Interactions that were there already', []);
  readonly #authenticationFailures = this.#counter('authentication_failures_total', 'Requests answered 401 or 403', []);
  readonly #timeouts = this.#counter('timeouts_total', 'Requests that took longer than they may', []);
  readonly #faults = this.#counter('injected_faults_total', 'Faults of the fault mode', ['kind']);
  readonly #webhooks = this.#counter('webhook_deliveries_total', 'Alerts told to a webhook', ['outcome']);

  /** @param now milliseconds; a clock that goes backwards only blurs a window */
  constructor(now: () => number) {
    this.#now = now;
  }

  answered({ method, route, status, seconds }: AnsweredRequest): void {
    this.#requests.inc({ method, route, status });
    this.#latency.observe({ route }, seconds);
    this.#count('request');
    if (status >= 500) this.#count('server_error');
    if (status === 401 || status === 403) {
      this.#authenticationFailures.inc();
      this.#count('authentication_failure');
    }
  }

  timedOut(): void {
    this.#timeouts.inc();
    this.#count('timeout');
  }

  stored({ isNew, mode, failed }: { isNew: boolean; mode: string; failed: boolean }): void {
    if (!isNew) {
      this.#duplicates.inc();
      return;
    }
    this.#stored.inc({ mode, failed: String(failed) });
    // What is tried out in `dev` fails as it may: alerts are about `prod`.
    if (mode !== 'prod') return;
    this.#count('interaction');
    if (failed) this.#count('failed_interaction');
  }

  faultInjected(kind: string): void {
    this.#faults.inc({ kind });
  }

  webhookDelivered(outcome: 'delivered' | 'failed' | 'dropped'): void {
    this.#webhooks.inc({ outcome });
  }

  /** A value that is looked up when Prometheus asks. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name: `huggingplace_${name}`,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await read());
      },
    });
  }

  /** How often a signal was seen in the last `windowSeconds`. */
  recent(signal: Signal, windowSeconds: number): number {
    const since = this.#second() - windowSeconds;
    return this.#recent.reduce(
      (sum, { second, counts }) => (second > since ? sum + (counts.get(signal) ?? 0) : sum),
      0,
    );
  }

  #count(signal: Signal): void {
    const second = this.#second();
    let newest = this.#recent.at(-1);
    if (newest?.second !== second) {
      newest = { second, counts: new Map() };
      this.#recent.push(newest);
      if (this.#recent.length > MAX_WINDOW_SECONDS) this.#recent.shift();
    }
    newest.counts.set(signal, (newest.counts.get(signal) ?? 0) + 1);
  }

  #second(): number {
    return Math.floor(this.#now() / 1_000);
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `huggingplace_${name}`, help, labelNames, registers: [this.registry] });
  }
}
