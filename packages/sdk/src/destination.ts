/** Where one configuration sends to: its deliveries, and its place at the end of the process. */
import type { DeliveryStats } from './account.ts';
import type { Settlement } from './awaited.ts';
import { shortenPayload } from './bounds.ts';
import { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { Delivery } from './delivery.ts';
import { installExitHooks } from './exit.ts';
import type { HuggingPlaceSettings } from './huggingplace-options.ts';
import type { Credentials } from './options.ts';
import type { InteractionPayload } from './payload.ts';
import { TraceBatches } from './trace-batches.ts';
import type { TraceRecord } from './trace-record.ts';
import { Webhooks } from './webhooks.ts';

export interface DestinationParts {
  readonly clock: Clock;
  readonly random: () => number;
}

const NOBODY: Credentials = { apiKey: '', orgId: '' };

export class Destination {
  readonly settings: HuggingPlaceSettings;
  readonly #parts: DestinationParts;
  readonly #delivery: Delivery;
  readonly #webhooks: Webhooks | undefined;
  #traces: TraceBatches | undefined;
  /** Callers who wait. */
  #waiting = 0;
  /** Each ends something that is under way. */
  readonly #held = new Set<() => void>();
  #removeExitHooks: (() => void) | undefined;

  constructor(settings: HuggingPlaceSettings, parts: DestinationParts) {
    this.settings = settings;
    this.#parts = parts;
    this.#webhooks = settings.webhooks.length === 0 ? undefined : new Webhooks(settings, parts.clock);
    const observer = this.#webhooks?.observer;
    this.#delivery = new Delivery({ ...settings, ...parts, shorten: shortenPayload, observer });
  }

  async deliver(payload: InteractionPayload): Promise<Settlement> {
    this.#waiting += 1;
    this.#installExitHooks();
    try {
      return await this.#delivery.deliver(payload, this.#credentials, this.settings.totalTimeoutMs);
    } finally {
      this.#waiting -= 1;
      this.#removeIdleExitHooks();
    }
  }

  /**
   * Something is under way that will be delivered when it has ended.
   *
   * @param end ends it, with what there is: the process ends, or the client is shut down
   * @returns the function that takes that back
   */
  hold(end: () => void): () => void {
    this.#waiting += 1;
    this.#held.add(end);
    this.#installExitHooks();
    return () => {
      if (!this.#held.delete(end)) return;
      this.#waiting -= 1;
      this.#removeIdleExitHooks();
    };
  }

  endHeld(): void {
    for (const end of this.#held) end();
  }

  /** Sends it with others, later. */
  record(record: TraceRecord): void {
    this.#traces ??= new TraceBatches(this.settings, this.#credentials, this.#parts);
    this.#installExitHooks();
    const { mode = 'prod', credentials } = this.settings;
    const metadata = { ...record.metadata, ...(credentials && { orgId: credentials.orgId }), mode };
    this.#traces.add({ ...record, metadata });
  }

  stats(): DeliveryStats {
    return this.#delivery.stats();
  }

  async test(): Promise<boolean> {
    const { transport, enabled } = this.settings;
    if (!enabled) return false;
    if (transport !== undefined) return (await transport.test?.(this.#credentials)) ?? true;
    const client = new Client(this.settings, this.#parts.clock);
    try {
      return await client.test(this.#credentials);
    } finally {
      await client.close();
    }
  }

  async flush(timeoutMs: number): Promise<boolean> {
    const results = await Promise.all([this.#delivery.flush(timeoutMs), this.#traces?.flush(timeoutMs)]);
    return results.every((result) => result?.ok !== false);
  }

  async shutdown(timeoutMs: number): Promise<boolean> {
    const endMs = this.#parts.clock.monotonicMs() + timeoutMs;
    const results = await Promise.all([this.#delivery.shutdown(timeoutMs), this.#traces?.shutdown(timeoutMs)]);
    this.#removeExitHooks?.();
    this.#removeExitHooks = undefined;
    await this.#webhooks?.close(endMs - this.#parts.clock.monotonicMs());
    return results.every((result) => result?.ok !== false);
  }

  get #credentials(): Credentials {
    return this.settings.credentials ?? NOBODY;
  }

  #installExitHooks(): void {
    if (!this.settings.enabled) return;
    this.#removeExitHooks ??= installExitHooks({
      drain: () => this.#traces?.sendBatch(),
      deliverAtExit: (timeoutMs) => {
        const endMs = performance.now() + timeoutMs;
        this.endHeld();
        this.#delivery.deliverAtExit(timeoutMs);
        this.#traces?.deliverAtExit(Math.max(0, endMs - performance.now()));
      },
      flush: () => this.flush(this.settings.exitTimeoutMs),
      exitTimeoutMs: this.settings.exitTimeoutMs,
    });
  }

  /** Applications make a client for each request, and never shut one down: what has nothing to deliver is not held for ever. */
  #removeIdleExitHooks(): void {
    const isIdle = this.#waiting === 0 && this.settings.spoolDirectory === undefined && this.#traces === undefined;
    if (!isIdle) return;
    this.#removeExitHooks?.();
    this.#removeExitHooks = undefined;
  }
}
