/** What a callback returns reaches its caller as it is; the span learns when it is there. */
import type { Context } from '@opentelemetry/api';

/** Whom it concerns that a result is through. */
export interface Watcher {
  /** The one in which a stream is read on. */
  readonly context: Context;
  /** How many characters of a stream are kept. 0: nothing. */
  readonly maxChars: number;
  /** Whether values other than text are kept, too. */
  readonly keepsValues: boolean;
  /** The result, or what was kept of a stream. `endTimeMs` (Unix epoch): it was so already then. */
  finished(result?: unknown, endTimeMs?: number): void;
  /** What was thrown, and what was kept of a stream until then. */
  failed(error: unknown, result?: unknown): void;
}

export function passThrough<Result>(result: Result, watcher: Watcher): Result {
  if (result instanceof Promise) {
    const promise: Promise<unknown> = result;
    return promise.then(
      (value) => {
        watcher.finished(value);
        return value;
      },
      (error: unknown) => {
        watcher.failed(error);
        throw error;
      },
    ) as Result;
  }
  watcher.finished(result);
  return result;
}
