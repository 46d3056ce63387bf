/** The queue of one key and organisation: which item may be sent now, and what an outcome means for it and for those behind it. */
import type { DropReason } from './account.ts';
import { Fifo } from './fifo.ts';
import type { Item } from './item.ts';
import type { Outcome } from './outcome.ts';
import { backoffMs } from './retry.ts';

/** A poison item has as many tries. */
const MAX_FAULTS = 10;
/** A key that was refused is asked about again so often: somebody may have unlocked it. */
const UNAUTHORISED_WAIT_MS = 5 * 60 * 1000;

/** What becomes of an item after an attempt. */
export type Fate =
  | { readonly type: 'delivered' | 'kept' | 'too_large' }
  | {
      readonly type: 'refused';
      readonly reason: Extract<DropReason, 'rejected' | 'attempts_exhausted' | 'unauthorised'>;
    };

/**
 * Knows no clock, socket or timer: it is told the time (monotonic milliseconds) and what happened.
 *
 * Two kinds of failure are told apart. An *outage* is the backend's: one probe at a time, with growing waits, and items wait however many
 * tries that is. A *poison item* fails while others pass: it alone waits longer and longer, and is given up after ten tries. A failure
 * that may be either (a 500, a reset) is the item's own if others passed since it was last tried, else an outage; while one lasts, items
 * that have not failed yet are tried first, so that a poison item never keeps the others waiting.
 */
export class Queue {
  readonly #random: () => number;
  readonly #fresh = new Fifo<Item>();
  /** Sent before, and failed. Few: those under way when an outage begins, and one for each probe. */
  #failed: Item[] = [];
  readonly #inFlight = new Set<Item>();
  /** Deliveries so far. */
  #passes = 0;
  /** Probes in a row that failed; 0: no outage. */
  #outageFailures = 0;
  #isProbing = false;
  #lastFailed: Item | undefined;
  /** No attempt before: our own backoff. */
  #backoffUntilMs = 0;
  /** No attempt before: the backend said so. */
  #heldUntilMs = 0;
  #unauthorisedUntilMs = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  get waiting(): number {
    return this.#fresh.size + this.#failed.length;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get isUnauthorised(): boolean {
    return this.#unauthorisedUntilMs > 0;
  }

  /** Nothing may be sent now, not even a probe: a refused key, or a `Retry-After`. */
  isHeld(nowMs: number): boolean {
    return nowMs < Math.max(this.#heldUntilMs, this.#unauthorisedUntilMs);
  }

  /** Nothing is lost when an idle queue is forgotten. */
  isIdle(nowMs: number): boolean {
    return this.waiting === 0 && this.inFlight === 0 && nowMs >= this.#pausedUntilMs();
  }

  push(item: Item): void {
    this.#fresh.push(item);
  }

  /** The item to send now, if there is one. It is under way until it is settled. */
  take(nowMs: number): Item | undefined {
    if (nowMs < this.#pausedUntilMs()) return undefined;
    const isOutage = this.#outageFailures > 0;
    if (isOutage && this.#isProbing) return undefined;
    const item = isOutage
      ? (this.#fresh.shift() ?? this.#takeDue(nowMs))
      : (this.#takeDue(nowMs) ?? this.#fresh.shift());
    if (item === undefined) return undefined;
    item.isProbe = isOutage;
    if (isOutage) this.#isProbing = true;
    item.passesSeen ??= this.#passes;
    this.#inFlight.add(item);
    return item;
  }

  /** When to ask `take` again if nothing else happens before; `undefined`: not before something does. */
  nextAttemptMs(): number | undefined {
    if (this.waiting === 0 || this.#isProbing) return undefined;
    const dueMs =
      this.#fresh.size > 0 ? 0 : this.#failed.reduce((ms, item) => Math.min(ms, item.notBeforeMs), Infinity);
    return Math.max(dueMs, this.#pausedUntilMs());
  }

  /** It was taken, but could not be sent at all. */
  forget(item: Item): void {
    this.#inFlight.delete(item);
    if (item.isProbe) this.#isProbing = false;
  }

  settle(item: Item, outcome: Outcome, nowMs: number): Fate {
    this.forget(item);
    switch (outcome.type) {
      case 'stored':
        this.#passes += 1;
        this.#recover();
        return { type: 'delivered' };
      case 'rejected':
        this.#recover();
        return { type: 'refused', reason: 'rejected' };
      case 'too_large':
        this.#recover();
        return { type: 'too_large' };
      case 'unauthorised':
        // Whoever waits is told, and nobody else is: the next one who waits asks for itself.
        if (item.waiter !== undefined) {
          this.#endOutage();
          return { type: 'refused', reason: 'unauthorised' };
        }
        this.#unauthorisedUntilMs = nowMs + UNAUTHORISED_WAIT_MS;
        this.#outageFailures ||= 1;
        this.#failed.push(item);
        return { type: 'kept' };
      case 'failed':
        if (outcome.waitMs !== undefined) this.#heldUntilMs = Math.max(this.#heldUntilMs, nowMs + outcome.waitMs);
        return outcome.fault === 'unclear' ? this.#failUnclearly(item, nowMs) : this.#failByOutage(item, nowMs);
    }
  }

  /** Takes one out, waiting or under way. */
  remove(item: Item): boolean {
    if (this.#inFlight.has(item)) {
      this.forget(item);
      return true;
    }
    const index = this.#failed.indexOf(item);
    if (index >= 0) this.#failed.splice(index, 1);
    return index >= 0 || this.#fresh.remove(item);
  }

  /** Takes the oldest waiting item out; those that failed are older than the fresh ones. */
  takeOldest(): Item | undefined {
    return this.#failed.shift() ?? this.#fresh.shift();
  }

  /** Takes out what was queued before that moment and is not under way. */
  takeQueuedBefore(momentMs: number): Item[] {
    const isTooOld = (item: Item) => item.queuedAtMs < momentMs;
    const old = this.#failed.filter(isTooOld);
    this.#failed = this.#failed.filter((item) => !isTooOld(item));
    for (let item = this.#fresh.peek(); item !== undefined && isTooOld(item); item = this.#fresh.peek()) {
      old.push(item);
      this.#fresh.shift();
    }
    return old;
  }

  /** Takes everything out that waits; with `inFlight`, what is under way too. */
  takeAll({ inFlight = false } = {}): Item[] {
    const items = [...this.#failed.splice(0), ...this.#fresh.drain()];
    if (inFlight) {
      items.unshift(...this.#inFlight);
      this.#inFlight.clear();
    }
    return items;
  }

  #failUnclearly(item: Item, nowMs: number): Fate {
    item.failures += 1;
    if (this.#passes > (item.passesSeen ?? 0)) {
      item.passesSeen = this.#passes;
      item.faults += 1;
      if (item.faults >= MAX_FAULTS) return { type: 'refused', reason: 'attempts_exhausted' };
    } else {
      // One item that fails again and again is no growing outage: a fresh one that comes in may go at once.
      this.#beginOrProlongOutage(item, nowMs, item !== this.#lastFailed);
    }
    item.notBeforeMs = nowMs + backoffMs(item.failures, this.#random());
    this.#failed.push(item);
    return { type: 'kept' };
  }

  #failByOutage(item: Item, nowMs: number): Fate {
    this.#beginOrProlongOutage(item, nowMs, true);
    this.#failed.push(item);
    return { type: 'kept' };
  }

  #beginOrProlongOutage(item: Item, nowMs: number, isWorse: boolean): void {
    this.#lastFailed = item;
    const isOutage = this.#outageFailures > 0;
    if (isOutage && !item.isProbe) return; // it was under way when the outage began
    if (!isOutage || isWorse) this.#outageFailures += 1;
    this.#backoffUntilMs = nowMs + backoffMs(this.#outageFailures, this.#random());
  }

  /** The backend answered. A `Retry-After` stands, whoever else gets through meanwhile. */
  #recover(): void {
    this.#endOutage();
    this.#unauthorisedUntilMs = 0;
  }

  #endOutage(): void {
    this.#outageFailures = 0;
    this.#lastFailed = undefined;
    this.#backoffUntilMs = 0;
  }

  #pausedUntilMs(): number {
    return Math.max(this.#backoffUntilMs, this.#heldUntilMs, this.#unauthorisedUntilMs);
  }

  #takeDue(nowMs: number): Item | undefined {
    const index = this.#failed.findIndex((item) => item.notBeforeMs <= nowMs);
    return index < 0 ? undefined : this.#failed.splice(index, 1)[0];
  }
}
