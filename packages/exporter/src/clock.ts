/** Time and timers, as the pipeline is given them. */

export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /** Calls back later, without keeping the process alive; returns what takes it back. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls back once the event loop has run. */
  soon(callback: () => void): void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon(callback) {
    // Not unreferenced: the loop would sleep until something else happens, and what is left to do is little.
    setImmediate(callback);
  },
};
