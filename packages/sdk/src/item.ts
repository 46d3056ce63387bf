/** One interaction on its way. */

/** What an item costs beside its body: also what bounds the number of items. Measured on Node 20 at about 400 bytes, rounded up. */
export const ITEM_OVERHEAD_BYTES = 512;

export class Item {
  /** Order of arrival in this process: `flush` waits for what came before it. */
  readonly sequence: number;
  /** Milliseconds of the monotonic clock; negative where the item is older than this process. */
  readonly queuedAtMs: number;
  /** The wire body. */
  body: Uint8Array;
  /** Its content was shortened after a 413. */
  isShortened = false;

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

  constructor(sequence: number, body: Uint8Array, queuedAtMs: number) {
    this.sequence = sequence;
    this.body = body;
    this.queuedAtMs = queuedAtMs;
  }

  get heldBytes(): number {
    return this.body.length + ITEM_OVERHEAD_BYTES;
  }
}
