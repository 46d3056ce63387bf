/** What delivery sends through. */
import type { Credentials } from './options.ts';
import type { Outcome } from './outcome.ts';

export interface Transport {
  /** One attempt. `body` is the JSON of a `StoreRequest`. Must not reject, and must come to an end. */
  store(body: Uint8Array, credentials: Credentials): Promise<Outcome>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}
