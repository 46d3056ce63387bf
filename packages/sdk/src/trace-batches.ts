/** Trace records on their way: gathered into batches, each of which is delivered as an interaction is. */
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { Delivery, type FlushResult } from './delivery.ts';
import type { HuggingPlaceSettings } from './huggingplace-options.ts';
import type { Credentials } from './options.ts';
import { BATCH_PATH, type TraceRecord } from './trace-record.ts';
import type { Transport } from './transport.ts';

/** Of batches that wait: they are the lesser part of what an application sends. */
const MAX_QUEUE_BYTES = 16 * 1024 * 1024;

export class TraceBatches {
  readonly #settings: HuggingPlaceSettings;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  #batch: TraceRecord[] = [];
  #cancelTimer: (() => void) | undefined;

  constructor(
    settings: HuggingPlaceSettings,
    credentials: Credentials,
    parts: { readonly clock: Clock; readonly random: () => number },
  ) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#clock = parts.clock;
    const { traceBatchUrl, transport, spoolDirectory, deadLetterDirectory, enabled } = settings;
    const below = (directory: string | undefined) => directory && join(directory, 'traces');
    this.#delivery = new Delivery({
      ...settings,
      ...parts,
      enabled: enabled && (transport === undefined || transport.storeTraces !== undefined),
      baseUrl: traceBatchUrl ?? settings.baseUrl,
      path: traceBatchUrl === undefined ? BATCH_PATH : '',
      transport: transport && forTraces(transport),
      maxQueueBytes: Math.min(settings.maxQueueBytes, MAX_QUEUE_BYTES),
      spoolDirectory: below(spoolDirectory),
      deadLetterDirectory: below(deadLetterDirectory),
    });
  }

  add(record: TraceRecord): void {
    this.#batch.push(record);
    if (this.#batch.length >= this.#settings.traceBatchSize) this.sendBatch();
    else this.#cancelTimer ??= this.#clock.schedule(() => this.sendBatch(), this.#settings.traceBatchTimeoutMs);
  }

  /** What there is of a batch goes now. */
  sendBatch(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length > 0) this.#delivery.enqueueBody(() => Buffer.from(JSON.stringify(batch)), this.#credentials);
  }

  flush(timeoutMs: number): Promise<FlushResult> {
    this.sendBatch();
    return this.#delivery.flush(timeoutMs);
  }

  shutdown(timeoutMs: number): Promise<FlushResult> {
    this.sendBatch();
    return this.#delivery.shutdown(timeoutMs);
  }

  deliverAtExit(timeoutMs: number): void {
    this.sendBatch();
    this.#delivery.deliverAtExit(timeoutMs);
  }
}

const forTraces = (transport: Transport): Transport => ({
  store: async (body, credentials, signal) =>
    (await transport.storeTraces?.(body, credentials, signal)) ?? { type: 'stored' },
  // It is the interactions' to close.
  close: () => Promise.resolve(),
});
