/** What delivery sends through. */
import type { Credentials } from './options.ts';
import type { Outcome } from './outcome.ts';

export interface Transport {
  /**
   * One attempt. `body` is the JSON of a `StoreRequest`. Must not reject, and must come to an end.
   *
   * @param signal aborts when nobody waits for the answer any more
   */
  store(body: Uint8Array, credentials: Credentials, signal?: AbortSignal): Promise<Outcome>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}
