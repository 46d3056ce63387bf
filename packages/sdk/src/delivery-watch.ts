/** Watches delivery, and says what begins and what ends. */
import type { DropReason } from './account.ts';
import type { Clock } from './clock.ts';
import type { DeliveryObserver } from './delivery.ts';
import type { Outcome } from './outcome.ts';
import type { WebhookEventData, WebhookEventType } from './webhook-event.ts';

export interface WatchThresholds {
  /** From 0 to 1. */
  readonly errorRate: number;
  readonly latencyMs: number;
}

export type Tell = (type: WebhookEventType, data: Omit<WebhookEventData, 'orgId'>) => void;

/** One failure is a blip. */
const FAILURES_OF_AN_OUTAGE = 3;
const WINDOW_MS = 300_000;
const BUCKET_MS = 10_000;
/** A rate of fewer attempts is chance. */
const MIN_ATTEMPTS = 20;
/** The 95th percentile is above the threshold where more than this share of attempts is. */
const SLOW_SHARE = 0.05;
const DROP_PAUSE_MS = 60_000;

interface Bucket {
  readonly startMs: number;
  attempts: number;
  failed: number;
  slow: number;
}

export class DeliveryWatch implements DeliveryObserver {
  readonly #thresholds: WatchThresholds;
  readonly #clock: Clock;
  readonly #tell: Tell;
  /** Of the last five minutes, the oldest first. */
  readonly #buckets: Bucket[] = [];
  /** What has begun, and not ended. */
  readonly #firing = new Set<'failing' | 'authentication' | 'error_rate' | 'latency'>();
  #failuresInARow = 0;
  readonly #dropped = new Map<DropReason, number>();
  #cancelDropTimer: (() => void) | undefined;

  constructor(thresholds: WatchThresholds, clock: Clock, tell: Tell) {
    this.#thresholds = thresholds;
    this.#clock = clock;
    this.#tell = tell;
  }

  attempted(outcome: Outcome, durationMs: number): void {
    this.#watchOutage(outcome);
    this.#watchKey(outcome);
    this.#watchRates(outcome, durationMs);
  }

  /** At once where none was told of lately; what comes within the pause is told together. */
  dropped(reason: DropReason, count: number): void {
    if (reason === 'disabled') return; // nothing was to be sent
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    if (this.#cancelDropTimer === undefined) this.#tellDrops();
  }

  /** What is not yet told of drops is told now. */
  end(): void {
    this.#cancelDropTimer?.();
    if (this.#dropped.size > 0) this.#tellDrops();
    this.#cancelDropTimer?.();
    this.#cancelDropTimer = undefined;
  }

  #tellDrops(): void {
    this.#cancelDropTimer = undefined;
    if (this.#dropped.size === 0) return;
    this.#tell('interaction.dropped', { dropped: Object.fromEntries(this.#dropped) });
    this.#dropped.clear();
    this.#cancelDropTimer = this.#clock.schedule(() => this.#tellDrops(), DROP_PAUSE_MS);
  }

  #watchOutage(outcome: Outcome): void {
    if (outcome.type !== 'failed') {
      this.#failuresInARow = 0;
      if (this.#firing.delete('failing')) this.#tell('delivery.recovered', {});
      return;
    }
    this.#failuresInARow += 1;
    if (this.#failuresInARow < FAILURES_OF_AN_OUTAGE || this.#firing.has('failing')) return;
    this.#firing.add('failing');
    const { code, status } = outcome.error;
    this.#tell('delivery.failing', { code, status });
  }

  #watchKey(outcome: Outcome): void {
    if (outcome.type === 'unauthorised' && !this.#firing.has('authentication')) {
      this.#firing.add('authentication');
      const { code, status } = outcome.error;
      this.#tell('authentication.failed', { code, status });
    }
    if (outcome.type === 'stored' && this.#firing.delete('authentication')) this.#tell('authentication.recovered', {});
  }

  #watchRates(outcome: Outcome, durationMs: number): void {
    const { errorRate, latencyMs } = this.#thresholds;
    const bucket = this.#currentBucket();
    bucket.attempts += 1;
    if (outcome.type !== 'stored') bucket.failed += 1;
    if (durationMs > latencyMs) bucket.slow += 1;

    const sum = (key: 'attempts' | 'failed' | 'slow') => this.#buckets.reduce((total, one) => total + one[key], 0);
    const attempts = sum('attempts');
    if (attempts < MIN_ATTEMPTS) return;
    this.#compare('error_rate', { rate: sum('failed') / attempts, threshold: errorRate, attempts }, errorRate);
    this.#compare('latency', { rate: sum('slow') / attempts, threshold: latencyMs, attempts }, SLOW_SHARE);
  }

  #compare(what: 'error_rate' | 'latency', data: { rate: number; threshold: number; attempts: number }, most: number) {
    const isHigh = data.rate > most;
    if (isHigh === this.#firing.has(what)) return;
    if (isHigh) this.#firing.add(what);
    else this.#firing.delete(what);
    this.#tell(`${what}.${isHigh ? 'high' : 'normal'}`, data);
  }

  #currentBucket(): Bucket {
    const nowMs = this.#clock.monotonicMs();
    while (this.#buckets[0] !== undefined && nowMs - this.#buckets[0].startMs > WINDOW_MS) this.#buckets.shift();
    const last = this.#buckets.at(-1);
    if (last !== undefined && nowMs - last.startMs < BUCKET_MS) return last;
    const bucket = { startMs: nowMs, attempts: 0, failed: 0, slow: 0 };
    this.#buckets.push(bucket);
    return bucket;
  }
}
