/** Time and waiting, handed in from outside so that tests decide how long an hour is. */

export interface Clock {
  /** Milliseconds of a clock that never jumps: for waiting and for durations. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch: for what other processes and the backend read. */
  wallMs(): number;
  /**
   * Calls back once; the function that it returns takes that back.
   *
   * @param keepsAlive somebody awaits it: the process does not end before. Default `false`.
   */
  schedule(callback: () => void, delayMs: number, keepsAlive?: boolean): () => void;
}

/** Node fires a timer that is longer than this at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  schedule(callback, delayMs, keepsAlive = false) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
