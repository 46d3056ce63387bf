/** Those who wait until everything that came before them is settled. */
import type { Clock } from './clock.ts';

interface Flush {
  /** The last item that it waits for. */
  readonly upToSequence: number;
  readonly deadlineMs: number;
  /** Items that are not settled yet. */
  remaining: number;
  readonly end: (isSettled: boolean) => void;
}

export class Flushes {
  readonly #clock: Clock;
  readonly #waiting = new Set<Flush>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `true`: all of the `count` items up to that one are settled; `false`: its time is over, or waiting is in vain. */
  wait(count: number, upToSequence: number, timeoutMs: number): Promise<boolean> {
    if (count === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      // Somebody awaits this: the process must not end before.
      const cancelTimer = this.#clock.schedule(() => flush.end(false), timeoutMs, true);
      const flush: Flush = {
        upToSequence,
        deadlineMs: this.#clock.monotonicMs() + timeoutMs,
        remaining: count,
        end: (isSettled) => {
          cancelTimer();
          this.#waiting.delete(flush);
          resolve(isSettled);
        },
      };
      this.#waiting.add(flush);
    });
  }

  /** An item is settled. */
  released(sequence: number): void {
    for (const flush of this.#waiting) {
      if (sequence > flush.upToSequence) continue;
      flush.remaining -= 1;
      if (flush.remaining === 0) flush.end(true);
    }
  }

  /** Nothing is under way, and nothing will be before that moment. */
  endVain(nextAttemptMs: number): void {
    for (const flush of this.#waiting) if (nextAttemptMs > flush.deadlineMs) flush.end(false);
  }

  endAll(): void {
    for (const flush of this.#waiting) flush.end(false);
  }
}
