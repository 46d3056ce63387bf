/** What delivery says through `diag`: one line a minute for each cause, however often it happens. Never content, never a key. */
import { diag } from '@opentelemetry/api';
import type { Clock } from './clock.ts';

const QUIET_MS = 60_000;

export type Level = 'error' | 'warn' | 'info' | 'debug';

export class Notices {
  readonly #clock: Clock;
  /** Causes are few: they are written in this package's code. */
  readonly #saidAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param message a function where it costs something to say it */
  say(cause: string, level: Level, message: string | (() => string)): void {
    const nowMs = this.#clock.monotonicMs();
    const saidAtMs = this.#saidAtMs.get(cause);
    if (saidAtMs !== undefined && nowMs - saidAtMs < QUIET_MS) return;
    this.#saidAtMs.set(cause, nowMs);
    tell(level, message);
  }
}

/** Says it however often; never throws. */
export function tell(level: Level, message: string | (() => string)): void {
  try {
    diag[level](`huggingplace: ${typeof message === 'string' ? message : message()}`);
  } catch {
    // The application's logger fails: there is nobody else to tell.
  }
}
