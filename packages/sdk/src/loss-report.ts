/** Says when interactions begin to be lost and why, and, once it is over, how many were: two lines, however many there are. */
import type { LossReason } from './account.ts';
import type { Clock } from './clock.ts';
import { tell } from './notices.ts';

/** A loss is over when nothing was lost for so long. */
const OVER_AFTER_MS = 60_000;

const REMEDY: Readonly<Record<LossReason, string>> = {
  invalid: 'it could not be written as JSON',
  too_old: 'it waited longer than maxQueueAgeMs',
  queue_full: 'the queue is full: raise maxQueueBytes, or set spoolDirectory (HUGGINGPLACE_SPOOL_DIR)',
  overloaded:
    'spans come faster than this process has time to look at them: sample, or spread the work over more processes',
  rejected: 'the backend refused it: set deadLetterDirectory to keep such records',
  too_large: 'it is too large for the backend: lower maxPayloadBytes, or set deadLetterDirectory to keep such records',
  attempts_exhausted: 'it failed ten times while others passed: set deadLetterDirectory to keep such records',
  spool_error: 'the spool could not be read',
  unauthorised: 'the backend refused the key: check apiKey (HUGGINGPLACE_API_KEY) and orgId (HUGGINGPLACE_ORG_ID)',
  timed_out: 'it was not stored within totalTimeoutMs: raise it, or set spoolDirectory (HUGGINGPLACE_SPOOL_DIR)',
  shutdown:
    'the process ended first: await shutdown(), raise shutdownTimeoutMs or exitTimeoutMs, or set spoolDirectory (HUGGINGPLACE_SPOOL_DIR)',
};

export class LossReport {
  readonly #clock: Clock;
  /** Since loss began; empty: nothing is being lost. */
  readonly #counts = new Map<LossReason, number>();
  #lastLossMs = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  lost(reason: LossReason, count: number): void {
    this.#lastLossMs = this.#clock.monotonicMs();
    if (this.#counts.size === 0) {
      tell(
        'error',
        `an interaction was lost (${reason}): ${REMEDY[reason]}. How many it were is said when it is over.`,
      );
      this.#awaitEnd(OVER_AFTER_MS);
    }
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** Says the number now: nothing was lost for a while, or the process ends. */
  end(): void {
    this.#cancelTimer?.();
    if (this.#counts.size === 0) return;
    const total = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    const reasons = [...this.#counts].map(([reason, count]) => `${reason}: ${count}`).join(', ');
    this.#counts.clear();
    tell(
      'error',
      `${total} ${total === 1 ? 'interaction was' : 'interactions were'} lost (${reasons}); no more for now`,
    );
  }

  #awaitEnd(delayMs: number): void {
    this.#cancelTimer = this.#clock.schedule(() => {
      const quietMs = this.#clock.monotonicMs() - this.#lastLossMs;
      if (quietMs >= OVER_AFTER_MS) this.end();
      else this.#awaitEnd(OVER_AFTER_MS - quietMs);
    }, delayMs);
  }
}
