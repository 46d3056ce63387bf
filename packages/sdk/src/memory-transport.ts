/** Interactions into memory, for tests of applications. */
import type { Outcome } from './outcome.ts';
import type { StoreRequest } from './payload.ts';
import type { TraceRecord } from './trace-record.ts';
import type { Transport } from './transport.ts';

export interface MemoryTransportOptions {
  /** Interactions, and trace records, that are kept; the oldest go first. Default 10,000. */
  readonly maxRecords?: number | undefined;
}

export class MemoryTransport implements Transport {
  readonly #maxRecords: number;
  readonly #interactions: StoreRequest[] = [];
  readonly #traces: TraceRecord[] = [];

  constructor({ maxRecords = 10_000 }: MemoryTransportOptions = {}) {
    this.#maxRecords = maxRecords;
  }

  /** As the backend would have got them, the oldest first. */
  get interactions(): readonly StoreRequest[] {
    return this.#interactions;
  }

  get traces(): readonly TraceRecord[] {
    return this.#traces;
  }

  clear(): void {
    this.#interactions.length = 0;
    this.#traces.length = 0;
  }

  store(body: Uint8Array): Promise<Outcome> {
    // Delivery wrote it.
    this.#keep(this.#interactions, [JSON.parse(Buffer.from(body).toString()) as StoreRequest]);
    return Promise.resolve({ type: 'stored' });
  }

  storeTraces(body: Uint8Array): Promise<Outcome> {
    this.#keep(this.#traces, JSON.parse(Buffer.from(body).toString()) as TraceRecord[]);
    return Promise.resolve({ type: 'stored' });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #keep<T>(records: T[], more: readonly T[]): void {
    records.push(...more);
    if (records.length > this.#maxRecords) records.splice(0, records.length - this.#maxRecords);
  }
}
