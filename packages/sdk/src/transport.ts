/** What delivery sends through. */
import type { Credentials } from './options.ts';
import type { Outcome } from './outcome.ts';

/** HTTP, a file, memory, or a way of your own to where interactions are kept. */
export interface Transport {
  /**
   * One attempt. `body` is the JSON of a `StoreRequest`. Must not reject, and must come to an end.
   *
   * @param signal aborts when nobody waits for the answer any more
   */
  store(body: Uint8Array, credentials: Credentials, signal?: AbortSignal): Promise<Outcome>;
  /** The same for a batch of trace records: `body` is a JSON array. Where it is missing, they are not sent, and counted `disabled`. */
  storeTraces?(body: Uint8Array, credentials: Credentials, signal?: AbortSignal): Promise<Outcome>;
  /** Whether interactions would be taken, found out without storing one. Where it is missing, that is taken for granted. */
  test?(credentials: Credentials): Promise<boolean>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}
