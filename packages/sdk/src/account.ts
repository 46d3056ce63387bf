/** The account of delivery, in interactions: what came in is at every moment the sum of what became of it. */
import type { LossReport } from './loss-report.ts';

/** Why an interaction was not delivered. */
export type DropReason =
  /** The user's `filter` said no. */
  | 'filtered'
  /** `huggingplace.export` is `false`. */
  | 'opted_out'
  /** The same interaction came a second time in this process. */
  | 'duplicate'
  /** Its spans were recorded but not sampled. */
  | 'unsampled'
  /** No key or no organisation. */
  | 'no_credentials'
  /** `enabled` is `false`. */
  | 'disabled'
  /** It can't be written as JSON. */
  | 'invalid'
  /** It waited longer than `maxQueueAgeMs`. */
  | 'too_old'
  /** `maxQueueBytes` was reached. */
  | 'queue_full'
  /** Spans came faster than the process had time to look at them, and far more than `maxOpenSpans` or `maxOpenBytes` was held. In model calls. */
  | 'overloaded'
  /** The backend refused it, and there is no dead-letter folder. */
  | 'rejected'
  /** Too large for the backend even when shortened, and there is no dead-letter folder. */
  | 'too_large'
  /** It failed ten times while others passed, and there is no dead-letter folder. */
  | 'attempts_exhausted'
  /** What the spool held of it can't be read any more. */
  | 'spool_error'
  /** The backend refused the key of an interaction that somebody waited for, and was told. */
  | 'unauthorised'
  /** Somebody waited for it, and the time was over (`totalTimeoutMs`). */
  | 'timed_out'
  /** The process ended, or `shutdown()` ran out of time. */
  | 'shutdown';

/** Reasons that somebody chose: counted, but no loss. */
export type ChosenReason = Extract<
  DropReason,
  'filtered' | 'opted_out' | 'duplicate' | 'unsampled' | 'no_credentials' | 'disabled'
>;
export type LossReason = Exclude<DropReason, ChosenReason>;

const CHOSEN: ReadonlySet<DropReason> = new Set<ChosenReason>([
  'filtered',
  'opted_out',
  'duplicate',
  'unsampled',
  'no_credentials',
  'disabled',
]);

const isLoss = (reason: DropReason): reason is LossReason => !CHOSEN.has(reason);

export type DropCounts = Readonly<Partial<Record<DropReason, number>>>;

/** `seen = queued + delivered + spooled + deadLettered + Σ dropped`, always. */
export interface DeliveryStats {
  /** Handed to delivery, dropped by its caller, or adopted from the spool of an ended process. */
  readonly seen: number;
  /** In memory: waiting or under way. */
  readonly queued: number;
  /** Answered with a 2xx. */
  readonly delivered: number;
  /** On disk only. */
  readonly spooled: number;
  /** Refused, and kept in the dead-letter folder. */
  readonly deadLettered: number;
  readonly dropped: DropCounts;
}

/** Counts what came in and what left. What is still here is counted where it is held. */
export class Account {
  seen = 0;
  delivered = 0;
  deadLettered = 0;
  readonly #dropped = new Map<DropReason, number>();
  readonly #lossReport: LossReport;
  readonly #onDrop: ((reason: DropReason, count: number) => void) | undefined;

  constructor(lossReport: LossReport, onDrop?: (reason: DropReason, count: number) => void) {
    this.#lossReport = lossReport;
    this.#onDrop = onDrop;
  }

  drop(reason: DropReason, count = 1): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    if (isLoss(reason)) this.#lossReport.lost(reason, count);
    this.#onDrop?.(reason, count);
  }

  stats(held: { readonly queued: number; readonly spooled: number }): DeliveryStats {
    return {
      seen: this.seen,
      queued: held.queued,
      delivered: this.delivered,
      spooled: held.spooled,
      deadLettered: this.deadLettered,
      dropped: Object.fromEntries(this.#dropped),
    };
  }
}
