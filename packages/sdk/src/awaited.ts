/** Somebody waits for what becomes of one item, and is told once. */
import type { DropReason } from './account.ts';
import type { HuggingPlaceSDKError } from './errors.ts';

/** What became of an item that somebody waits for. */
export type Settlement =
  /** Answered with a 2xx; on disk, from where it will be delivered. */
  | { readonly type: 'stored' | 'spooled' }
  | {
      readonly type: 'dropped';
      readonly reason: DropReason;
      /** The last failure that is known; absent where there was no attempt. */
      readonly error?: HuggingPlaceSDKError | undefined;
    };

/** The one who waits. Gives up an attempt under way when it is told that its item is dropped. */
export class Waiter {
  readonly #resolve: (settlement: Settlement) => void;
  readonly #controller = new AbortController();
  #cancelTimer: (() => void) | undefined;
  #isSettled = false;

  constructor(resolve: (settlement: Settlement) => void) {
    this.#resolve = resolve;
  }

  /** Aborts when the attempt is of no use any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @param cancelTimer takes back what was to happen when its time is over */
  setTimer(cancelTimer: () => void): void {
    if (this.#isSettled) cancelTimer();
    else this.#cancelTimer = cancelTimer;
  }

  /** The first time counts. */
  settle(settlement: Settlement): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#cancelTimer?.();
    if (settlement.type === 'dropped') this.#controller.abort();
    this.#resolve(settlement);
  }
}
