/** Whom it concerns that the result of a callback is through. */
import type { Context } from '@opentelemetry/api';

export interface Watcher {
  /** The one that a stream is read in. */
  readonly context: Context;
  /** How much of a stream is kept. Default 0: nothing. */
  readonly maxChars?: number;
  /** Whether pieces other than text are kept, too. */
  readonly keepsValues?: boolean;
  /** What was kept of the stream that was read last. */
  kept?: string | undefined;
  /** Unix epoch. */
  lastReadMs?: number;
  /** The result, or what was kept of a stream. `endTimeMs` (Unix epoch): it was through already then. */
  finished(result?: unknown, endTimeMs?: number): void;
  /** What was thrown, and what was kept of a stream until then. */
  failed(error: unknown, result?: unknown): void;
}

/** Spans that listen to one result. One that is returned again and again (a shared queue, a cached promise) must not gather them without end. */
const MAX_WATCHERS = 32;
const watchers = new WeakMap<object, number>();
let collected: FinalizationRegistry<Watcher> | undefined;

/** Whether one more span may listen to `result`. */
export const isWatchable = (result: object): boolean => (watchers.get(result) ?? 0) < MAX_WATCHERS;

/**
 * Counts `watcher`, and tells it when nobody can read `result` any more: it was through when it was last read, not when its memory is taken back.
 * The watcher must not lead to the result, which would then never be collected.
 */
export function finishWhenCollected(result: object, watcher: Watcher): void {
  watchers.set(result, (watchers.get(result) ?? 0) + 1);
  watcher.lastReadMs = Date.now();
  collected ??= new FinalizationRegistry((abandoned) => abandoned.finished(abandoned.kept, abandoned.lastReadMs));
  collected.register(result, watcher);
}
