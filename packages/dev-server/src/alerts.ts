/** Rules over what the server counts, looked at every few seconds; a rule that begins or ceases to hold is told to webhooks. */
import { z } from 'zod';
import { MAX_WINDOW_SECONDS, type Telemetry } from './telemetry.ts';

/** What a rule looks at: shares from 0 to 1, and counts. */
export const ALERT_METRICS = [
  /** The share of requests that the server answered with 5xx. */
  'server_error_rate',
  /** The share of interactions that failed, of those that were stored. */
  'failed_interaction_rate',
  /** Requests answered 401 or 403. */
  'authentication_failures',
  /** Requests that took longer than they may. */
  'timeouts',
  /** 1 while the database does not answer. */
  'database_down',
] as const;
export type AlertMetric = (typeof ALERT_METRICS)[number];

export interface AlertRule {
  metric: AlertMetric;
  /** The rule holds while the metric is above it. */
  threshold: number;
  /** How far back it looks, at most an hour. */
  windowSeconds: number;
}

export interface Alert extends AlertRule {
  value: number;
  /** ISO 8601. */
  since: string;
}

export interface AlertChange {
  status: 'firing' | 'resolved';
  alert: Alert;
}

export const alertRule = z.object({
  metric: z.enum(ALERT_METRICS),
  threshold: z.number().nonnegative(),
  windowSeconds: z.int().min(1).max(MAX_WINDOW_SECONDS),
});

export const DEFAULT_RULES: readonly AlertRule[] = [
  { metric: 'server_error_rate', threshold: 0.05, windowSeconds: 300 },
  { metric: 'failed_interaction_rate', threshold: 0.2, windowSeconds: 300 },
  { metric: 'authentication_failures', threshold: 10, windowSeconds: 300 },
  { metric: 'timeouts', threshold: 5, windowSeconds: 300 },
  { metric: 'database_down', threshold: 0, windowSeconds: 60 },
];

/** A rate of fewer is chance. */
const MIN_FOR_RATE = 20;

export class Alerts {
  readonly #rules: readonly AlertRule[];
  readonly #telemetry: Telemetry;
  readonly #isDatabaseUp: () => Promise<boolean>;
  readonly #firing = new Map<AlertRule, Alert>();

  constructor(rules: readonly AlertRule[], telemetry: Telemetry, isDatabaseUp: () => Promise<boolean>) {
    this.#rules = rules;
    this.#telemetry = telemetry;
    this.#isDatabaseUp = isDatabaseUp;
  }

  get firing(): Alert[] {
    return [...this.#firing.values()];
  }

  /** @returns the rules that began or ceased to hold since the last time. */
  async evaluate(nowMs: number): Promise<AlertChange[]> {
    const changes: AlertChange[] = [];
    for (const rule of this.#rules) {
      const value = await this.#measure(rule);
      const earlier = this.#firing.get(rule);
      if (value > rule.threshold) {
        const alert = { ...rule, value, since: earlier?.since ?? new Date(nowMs).toISOString() };
        this.#firing.set(rule, alert);
        if (!earlier) changes.push({ status: 'firing', alert });
      } else if (earlier) {
        this.#firing.delete(rule);
        changes.push({ status: 'resolved', alert: { ...earlier, value } });
      }
    }
    return changes;
  }

  async #measure({ metric, windowSeconds }: AlertRule): Promise<number> {
    switch (metric) {
      case 'server_error_rate':
        return this.#rate('server_error', 'request', windowSeconds);
      case 'failed_interaction_rate':
        return this.#rate('failed_interaction', 'interaction', windowSeconds);
      case 'authentication_failures':
        return this.#telemetry.recent('authentication_failure', windowSeconds);
      case 'timeouts':
        return this.#telemetry.recent('timeout', windowSeconds);
      case 'database_down':
        return (await this.#isDatabaseUp()) ? 0 : 1;
    }
  }

  #rate(part: 'server_error' | 'failed_interaction', whole: 'request' | 'interaction', windowSeconds: number): number {
    const all = this.#telemetry.recent(whole, windowSeconds);
    return all < MIN_FOR_RATE ? 0 : this.#telemetry.recent(part, windowSeconds) / all;
  }
}

/** @param text `server_error_rate>0.1/60`: metric, threshold, seconds @throws naming what was expected */
export function parseAlertRule(text: string): AlertRule {
  const [, metric, threshold, windowSeconds] = /^(\w+)>([\d.]+)\/(\d+)$/.exec(text) ?? [];
  const parsed = alertRule.safeParse({ metric, threshold: Number(threshold), windowSeconds: Number(windowSeconds) });
  if (parsed.success) return parsed.data;
  throw new TypeError(
    `alert: expected <${ALERT_METRICS.join('|')}>><threshold>/<seconds up to ${MAX_WINDOW_SECONDS}>, received ${JSON.stringify(text)}`,
  );
}
