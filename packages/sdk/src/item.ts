/** One interaction on its way. */
import type { Waiter } from './awaited.ts';
import type { HuggingPlaceSDKError } from './errors.ts';
import type { SpoolRecord } from './spool-segment.ts';

/**
 * What an item costs beside its body, which is also what bounds the number of items. Measured on Node 20.20 with 20,000 items: 360 to 375
 * bytes of heap, whatever the body's size. Much more would break a promise of the defaults: 8,000 interactions of 8 kB fit into 64 MiB.
 */
export const ITEM_OVERHEAD_BYTES = 384;

export interface ItemSource {
  /** Order of arrival in this process: `flush` waits for what came before it. */
  readonly sequence: number;
  /** Milliseconds of the monotonic clock; negative where the item is older than this process. */
  readonly queuedAtMs: number;
  /** The wire body; `undefined`: on disk only. */
  readonly body: Uint8Array | undefined;
  /** Where it is on disk; `undefined`: in memory only. */
  readonly record?: SpoolRecord | undefined;
  /** Somebody waits for it. */
  readonly waiter?: Waiter | undefined;
}

export class Item {
  readonly sequence: number;
  readonly queuedAtMs: number;
  readonly record: SpoolRecord | undefined;
  readonly waiter: Waiter | undefined;
  body: Uint8Array | undefined;
  /** Its content was shortened after a 413. */
  isShortened = false;
  /** When it was sent first, on the monotonic clock. */
  firstSentMs: number | undefined;
  /** Why its last attempt failed. */
  lastError: HuggingPlaceSDKError | undefined;
  /** It has left before its attempt came back: whatever the answer says, nobody hears it. */
  isAbandoned = false;

  // What its queue keeps in mind about it.

  /** Not before this moment of the monotonic clock. */
  notBeforeMs = 0;
  /** Sent while an outage lasts, to see whether it does. */
  isProbe = false;
  /** Attempts that failed for an unclear reason. */
  failures = 0;
  /** Those of them in whose time others passed: its own doing. */
  faults = 0;
  /** How many others had passed when it was first sent, and at its last fault. */
  passesSeen: number | undefined;

  constructor({ sequence, queuedAtMs, body, record, waiter }: ItemSource) {
    this.sequence = sequence;
    this.queuedAtMs = queuedAtMs;
    this.body = body;
    this.record = record;
    this.waiter = waiter;
  }

  get heldBytes(): number {
    return (this.body?.length ?? 0) + ITEM_OVERHEAD_BYTES;
  }
}
