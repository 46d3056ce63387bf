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

  say(cause: string, level: Level, message: string): void {
    const nowMs = this.#clock.monotonicMs();
    const saidAtMs = this.#saidAtMs.get(cause);
    if (saidAtMs !== undefined && nowMs - saidAtMs < QUIET_MS) return;
    this.#saidAtMs.set(cause, nowMs);
    diag[level](`huggingplace: ${message}`);
  }
}
