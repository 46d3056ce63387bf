/** A clock that a test moves: ten minutes pass in a moment, and what was to happen meanwhile has happened. */
import type { Clock } from '../clock.ts';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 0;
  /** How long it takes to look at the clock. */
  #lookMs = 0;
  #soon: (() => void)[] = [];
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    this.#nowMs += this.#lookMs;
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  soon(callback: () => void): void {
    this.#soon.push(callback);
  }

  /** Time passes, and the application keeps the event loop busy: nothing else happens. */
  pass(ms: number): void {
    this.#nowMs += ms;
  }

  /** The event loop runs until there is nothing left to do now. */
  settle(): void {
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= this.#nowMs);
      for (const timer of due) this.#timers.delete(timer);
      const callbacks = [...this.#soon.splice(0), ...due.map(({ callback }) => callback)];
      if (callbacks.length === 0) return;
      for (const callback of callbacks) callback();
    }
  }

  /** The event loop runs once, on a machine so slow that work is done in pieces as small as they come. Afterwards it is as early as before. */
  runOnce(): void {
    const nowMs = this.#nowMs;
    this.#lookMs = 10;
    for (const callback of this.#soon.splice(0)) callback();
    this.#lookMs = 0;
    this.#nowMs = nowMs;
  }

  /** Time passes, timer by timer, and the event loop runs. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    this.settle();
    for (let nextMs = this.#nextTimerMs(); nextMs <= endMs; nextMs = this.#nextTimerMs()) {
      this.#nowMs = nextMs;
      this.settle();
    }
    this.#nowMs = endMs;
  }

  #nextTimerMs(): number {
    return [...this.#timers].reduce((next, { atMs }) => Math.min(next, atMs), Infinity);
  }
}
