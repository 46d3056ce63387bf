/** From a payload to an answered POST: everything that this product sends goes through one `Delivery`. */
import { Account, type DeliveryStats, type DropReason } from './account.ts';
import { Waiter, type Settlement } from './awaited.ts';
import { Backlog, type Held, type Sendable } from './backlog.ts';
import { Client } from './client.ts';
import { systemClock, type Clock } from './clock.ts';
import { DeadLetterFolder } from './dead-letter.ts';
import type { HuggingPlaceSDKError } from './errors.ts';
import { storeInWorker } from './exit-worker.ts';
import { Flushes } from './flushes.ts';
import type { Item } from './item.ts';
import { LossReport } from './loss-report.ts';
import { DeliveryMetrics } from './metrics.ts';
import { Notices, tell } from './notices.ts';
import type { Credentials, DeliverySettings } from './options.ts';
import { isOutcome, outcomeOfNoAnswer, unexpectedOutcome, type Outcome } from './outcome.ts';
import type { InteractionPayload } from './payload.ts';
import { requestBody, shortenedBody, type Shorten } from './request-body.ts';
import { saidWithoutContent } from './said-without-content.ts';
import { HEARTBEAT_MS } from './spool-owner.ts';
import { Spool } from './spool.ts';
import type { Transport } from './transport.ts';
import { loadUndici } from './undici.ts';

/** The settings, and what a caller or a test hands in besides. */
export interface DeliveryParts extends DeliverySettings {
  /** A shorter form of a payload that the backend found too large (413); `undefined`: it can't be shortened. Default: never. */
  readonly shorten?: Shorten | undefined;
  /** What is posted to, below `baseUrl`. Default: where interactions go. */
  readonly path?: string | undefined;
  /** Told what happens, at once; must not throw. */
  readonly observer?: DeliveryObserver | undefined;
  /** Default: a `Client`. What is left at exit can't be handed to the exit worker then. */
  readonly transport?: Transport | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** From 0 to 1, for the jitter of waits. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export interface DeliveryObserver {
  attempted(outcome: Outcome, durationMs: number): void;
  dropped(reason: DropReason, count: number): void;
}

export interface FlushResult extends DeliveryStats {
  /** Nothing of what was there at the call would be lost with the process: it is delivered, on disk, or counted as dropped. */
  readonly ok: boolean;
}

/** While something waits, its age is looked at so often. */
const SWEEP_MS = 60_000;
/** Between two slices of adopting. */
const BREATH_MS = 20;

/**
 * Holds what waits in bounded memory (and on disk, where there is a spool), and sends it with bounded concurrency. Never throws, and never
 * changes what it is given. Nothing runs before the first `enqueue`.
 */
export class Delivery {
  readonly #settings: DeliveryParts;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #notices: Notices;
  readonly #lossReport: LossReport;
  readonly #account: Account;
  readonly #spool: Spool | undefined;
  readonly #deadLetters: DeadLetterFolder | undefined;
  readonly #backlog: Backlog;
  readonly #flushes: Flushes;
  #state: 'new' | 'open' | 'closing' | 'closed' = 'new';
  #shutdown: Promise<FlushResult> | undefined;
  /** From the first attempt on: the application has set its meter provider by then. */
  #metrics: DeliveryMetrics | undefined;
  #isPumpDue = false;
  /** When ages are looked at next. */
  #sweepMs = -Infinity;
  #cancelWake: (() => void) | undefined;
  #cancelSpoolTimer: (() => void) | undefined;
  /** Of the last attempt, where that failed: why those wait that have had none. */
  #lastError: HuggingPlaceSDKError | undefined;

  constructor(parts: DeliveryParts) {
    const {
      spoolDirectory,
      deadLetterDirectory,
      maxSpoolBytes,
      baseUrl,
      clock = systemClock,
      random = Math.random,
    } = parts;
    this.#settings = parts;
    this.#clock = clock;
    this.#transport = parts.transport ?? new Client(parts, clock);
    // 70 ms of loading had better pass while the application starts than between its requests.
    if (parts.enabled && parts.transport === undefined) loadUndici().catch(() => undefined);
    this.#notices = new Notices(clock);
    this.#lossReport = new LossReport(clock);
    const account = (this.#account = new Account(this.#lossReport, (reason, count) =>
      parts.observer?.dropped(reason, count),
    ));
    const spool = (this.#spool =
      spoolDirectory === undefined
        ? undefined
        : new Spool({ directory: spoolDirectory, maxBytes: maxSpoolBytes, baseUrl }, clock, this.#notices));
    this.#deadLetters =
      deadLetterDirectory === undefined
        ? undefined
        : new DeadLetterFolder(deadLetterDirectory, maxSpoolBytes, clock, this.#notices);
    this.#flushes = new Flushes(clock);
    const released = (item: { sequence: number }) => this.#flushes.released(item.sequence);
    this.#backlog = new Backlog({ settings: parts, clock, random, account, spool, released });
  }

  /** Begins with what ended processes left in the spool; the first `enqueue` does so too. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    const spool = this.#spool;
    if (spool !== undefined) this.#cancelSpoolTimer = this.#clock.schedule(() => this.#tendSpool(spool), 0);
  }

  /** Serialises at once: the payload may change or go afterwards. */
  enqueue(payload: InteractionPayload, credentials: Credentials): void {
    this.enqueueBody(() => requestBody(payload, credentials), credentials);
  }

  /** @param write gives the bytes to post; `undefined`: there are none */
  enqueueBody(write: () => Uint8Array | undefined, credentials: Credentials): void {
    this.#account.seen += 1;
    const admitted = this.#admit(write, credentials);
    if (typeof admitted === 'string') this.#account.drop(admitted);
  }

  /**
   * As `enqueue`, and resolves once it is stored, or on disk. It is dropped where nobody will ever take it, where the key is refused, and
   * after `timeoutMs`: nothing of it is sent after that. Never rejects.
   */
  deliver(payload: InteractionPayload, credentials: Credentials, timeoutMs: number): Promise<Settlement> {
    return new Promise((resolve) => {
      this.#account.seen += 1;
      const waiter = new Waiter(resolve);
      const admitted = this.#admit(() => requestBody(payload, credentials), credentials, waiter);
      if (typeof admitted === 'string') {
        this.#account.drop(admitted);
        waiter.settle({ type: 'dropped', reason: admitted, error: this.#lastError });
        return;
      }
      waiter.setTimer(this.#clock.schedule(() => this.#giveUp(admitted), timeoutMs));
    });
  }

  /** Counts what the caller itself leaves out. */
  drop(reason: DropReason, count = 1): void {
    this.#account.seen += count;
    this.#account.drop(reason, count);
  }

  stats(): DeliveryStats {
    return this.#account.stats(this.#backlog.stats);
  }

  /**
   * Waits until everything that is here now is settled, at most so long; not at all where it can't be: every queue that holds something
   * is paused for longer, by a refused key or a `Retry-After`.
   */
  async flush(timeoutMs: number): Promise<FlushResult> {
    this.#pumpSoon();
    const { count, lastSequence } = this.#backlog;
    const isSettled = await this.#flushes.wait(count, lastSequence, timeoutMs);
    return { ...this.stats(), ok: isSettled || this.#backlog.isOnDisk };
  }

  /** Takes nothing more, flushes, and counts what is left after so long as `shutdown`. Once: later calls give the first one's result. */
  shutdown(timeoutMs: number): Promise<FlushResult> {
    this.#shutdown ??= (async () => {
      if (this.#state !== 'closed') this.#state = 'closing';
      const { ok } = await this.flush(timeoutMs);
      this.#close();
      return { ...this.stats(), ok };
    })();
    return this.#shutdown;
  }

  /**
   * Delivers what is left while the process ends, without its event loop; blocks for at most so long. What is under way goes again, with
   * its id: nobody is left to hear its answer. Afterwards delivery is closed.
   */
  deliverAtExit(timeoutMs: number): void {
    if (timeoutMs > 0) this.#deliverInWorker(timeoutMs);
    this.#close();
  }

  /** Takes one in, or says why not. */
  #admit(write: () => Uint8Array | undefined, credentials: Credentials, waiter?: Waiter): Item | DropReason {
    if (this.#state === 'closing' || this.#state === 'closed') return 'shutdown';
    if (!this.#settings.enabled) return 'disabled';
    const body = write();
    if (body === undefined) return 'invalid';
    const admitted = this.#backlog.add(body, credentials, waiter);
    this.start();
    this.#pumpSoon();
    return admitted;
  }

  /** Whoever waited for it does so no more. */
  #giveUp(item: Item): void {
    item.lastError ??= this.#lastError;
    this.#backlog.abandon(item, 'timed_out');
    this.#pump();
  }

  /** Signs of life, and what other processes have left meanwhile. */
  #tendSpool(spool: Spool): void {
    spool.beat();
    const isUnfinished = this.#state === 'open' && this.#backlog.adopt(spool);
    this.#pump();
    this.#cancelSpoolTimer = this.#clock.schedule(
      () => this.#tendSpool(spool),
      isUnfinished ? BREATH_MS : HEARTBEAT_MS,
    );
  }

  /** After the caller's own work, and once for a burst. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  /** Sends what may be sent now, and sees to it that somebody asks again when more may be. */
  #pump(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#sweepMs) {
      this.#backlog.dropTooOld(nowMs);
      this.#sweepMs = nowMs + SWEEP_MS / 2;
    }
    for (let next = this.#backlog.take(nowMs); next !== undefined; next = this.#backlog.take(nowMs))
      void this.#send(next);

    const nextMs = this.#backlog.nextAttemptMs();
    if (this.#backlog.inFlight === 0) this.#flushes.endVain(nextMs);
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    if (this.#backlog.count === 0) return;
    this.#cancelWake = this.#clock.schedule(() => this.#pump(), Math.min(Math.max(nextMs - nowMs, 1), SWEEP_MS));
  }

  async #send(sendable: Sendable): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    sendable.item.firstSentMs ??= sentMs;
    const outcome = await this.#attempt(sendable);
    const tookMs = this.#clock.monotonicMs() - sentMs;
    if (sendable.item.isAbandoned) return;
    this.#measure((metrics) => metrics.attempt(outcome, tookMs));
    this.#settings.observer?.attempted(outcome, tookMs);
    try {
      this.#settle(sendable, outcome);
      if (this.#settings.debug) this.#describe(outcome, tookMs);
    } catch (error) {
      // A fault of ours, or a logger that throws: whatever it is, it is not the application's.
      this.#notices.say('internal', 'error', `internal error (${String(error)})`);
    }
  }

  async #attempt({ body, credentials, item }: Sendable): Promise<Outcome> {
    try {
      const outcome: unknown = await this.#transport.store(body, credentials, item.waiter?.signal);
      return isOutcome(outcome) ? outcome : unexpectedOutcome(outcome);
    } catch (error) {
      // A transport of the user's own that does not keep its word.
      return outcomeOfNoAnswer(error, 'the transport');
    }
  }

  #settle(sendable: Sendable, outcome: Outcome): void {
    if (this.#state === 'closed') return; // counted when it was closed
    this.#report(outcome, sendable);
    this.#lastError = sendable.item.lastError = outcome.type === 'stored' ? undefined : outcome.error;
    const nowMs = this.#clock.monotonicMs();
    const fate = this.#backlog.settle(sendable, outcome, nowMs);
    if (fate.type === 'delivered') this.#deliver(sendable);
    else if (fate.type === 'too_large' && this.#shorten(sendable)) this.#pumpSoon();
    else if (fate.type !== 'kept') this.#refuse(sendable, fate.type === 'refused' ? fate.reason : fate.type, outcome);
    const { firstSentMs = nowMs } = sendable.item;
    if (fate.type === 'delivered' || fate.type === 'refused')
      this.#measure((metrics) => metrics.operation(outcome, nowMs - firstSentMs));
    this.#pump();
  }

  /** The application's meter is not ours to trust. */
  #measure(record: (metrics: DeliveryMetrics) => void): void {
    try {
      this.#metrics ??= new DeliveryMetrics({ ...this.#settings, stats: () => this.stats() });
      record(this.#metrics);
    } catch (error) {
      this.#notices.say('metrics', 'warn', `the meter fails (${String(error)})`);
    }
  }

  #deliver(held: Held): void {
    this.#account.delivered += 1;
    this.#backlog.release(held);
    held.item.waiter?.settle({ type: 'stored' });
  }

  /** The backend will never take it. */
  #refuse(sendable: Sendable, reason: RefusalReason, outcome: Outcome): void {
    const error = outcome.type === 'stored' ? undefined : outcome.error;
    const message = error?.message ?? '';
    if (this.#deadLetters?.keep(sendable.body, { reason, message }) === true) this.#account.deadLettered += 1;
    else this.#account.drop(reason);
    this.#backlog.release(sendable);
    sendable.item.waiter?.settle({ type: 'dropped', reason, error });
  }

  /** `false`: it can't be made shorter. */
  #shorten(sendable: Sendable): boolean {
    if (sendable.item.isShortened) return false;
    const body = shortenedBody(sendable, this.#settings.shorten);
    if (body !== undefined) this.#backlog.replace(sendable, body);
    return body !== undefined;
  }

  #deliverInWorker(timeoutMs: number): void {
    // The worker could not send as this process does.
    if (this.#settings.dispatcher !== undefined || this.#settings.transport !== undefined) return;
    const sendables = this.#backlog.takeForExit(this.#clock.monotonicMs());
    const outcomes = sendables.length === 0 ? [] : storeInWorker(sendables, this.#settings, timeoutMs);
    for (const [index, sendable] of sendables.entries()) {
      const outcome = outcomes[index];
      if (outcome?.type === 'stored') this.#deliver(sendable);
      else if (outcome?.type === 'rejected' || outcome?.type === 'too_large')
        this.#refuse(sendable, outcome.type, outcome);
      else this.#backlog.putBack(sendable);
    }
  }

  /** Nothing is sent any more; what is left is on disk, or counted. A second time changes nothing. */
  #close(): void {
    this.#state = 'closed';
    this.#cancelWake?.();
    this.#cancelSpoolTimer?.();
    this.#flushes.endAll();
    this.#backlog.close();
    this.#lossReport.end();
    this.#transport.close().catch(() => undefined);
  }

  /** With the option `debug`: every attempt and what it left, in numbers. */
  #describe(outcome: Outcome, tookMs: number): void {
    const what = outcome.type === 'stored' ? 'stored' : `${outcome.type} (${outcome.error.code})`;
    const { queued, delivered, spooled, dropped } = this.stats();
    const lost = Object.entries(dropped).map(([reason, count]) => `, ${reason}: ${count}`);
    tell(
      'info',
      `attempt: ${what} in ${Math.round(tookMs)} ms; queued: ${queued}, delivered: ${delivered}, spooled: ${spooled}${lost.join('')}`,
    );
  }

  #report(outcome: Outcome, { body, item, credentials: { orgId } }: Sendable): void {
    if (outcome.type === 'stored') return;
    // Whoever waits for it is told.
    if (item.waiter !== undefined && outcome.type !== 'failed') return;
    const said = () => saidWithoutContent(outcome.error.message, body);
    switch (outcome.type) {
      case 'unauthorised':
        this.#notices.say(
          'unauthorised',
          'error',
          () =>
            `the backend refuses the key for organisation ${orgId} (${said()}): check apiKey (HUGGINGPLACE_API_KEY) and orgId ` +
            '(HUGGINGPLACE_ORG_ID). Interactions are kept, and tried again every 5 minutes or with a new key.',
        );
        return;
      case 'failed':
        this.#notices.say('failed', 'warn', () => `${said()}; interactions are kept and tried again`);
        return;
      case 'rejected':
      case 'too_large':
        this.#notices.say('rejected', 'error', () => `the backend refuses an interaction (${said()})`);
    }
  }
}

type RefusalReason = Extract<DropReason, 'rejected' | 'too_large' | 'attempts_exhausted' | 'unauthorised'>;
