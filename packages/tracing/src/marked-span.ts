/** The span of a session, an interaction or a step: it carries the mark, runs the callback, and ends when the callback's result is through. */
import { context, INVALID_TRACEID, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';
import { ATTR_HUGGINGPLACE_METADATA, ATTR_HUGGINGPLACE_USER_METADATA } from './attributes.ts';
import { recordFailure } from './failure.ts';
import { putMetadata } from './named-attributes.ts';
import type { Metadata } from './named-attributes.ts';
import { passThrough } from './pass-through.ts';
import type { Watcher } from './watcher.ts';

/** What can be said about every span of ours. Each call returns the handle; after the end of the span, and without an SDK, each does nothing. */
export interface SpanHandle {
  /** For whatever has no method here. */
  readonly span: Span;
  /** Adds keys to the record's `metaData`. */
  setMetadata(metadata: Metadata): this;
  /** Adds keys to the record's `user_meta_data`. */
  setUserMetadata(userMetadata: Metadata): this;
  /** Records `error` and marks the span failed. What the callback throws is recorded without it. */
  recordError(error: unknown): this;
}

/** What a handle can do that was started without a callback. */
export interface Scope {
  /** Calls `callback` with the span active, so that spans started in it stand below. Errors are recorded and thrown on; the span stays open. */
  run<Result>(callback: () => Result): Result;
  /** Ends the span. A second call does nothing. */
  end(): void;
  /** Ends the span where the block of `using` is left. */
  [Symbol.dispose](): void;
}

/** Asked for at each start: a provider that is registered later, or replaced, is the one that is used. */
export const startSpan = (name: string, attributes: Attributes, parent: Context): Span =>
  trace.getTracer('@huggingplace/tracing', '0.1.0').startSpan(name, { attributes }, parent);

export class MarkedSpan implements SpanHandle, Scope, Watcher {
  readonly span: Span;
  context: Context;
  maxChars = 0;
  keepsValues = false;
  kept: string | undefined;
  lastReadMs = 0;
  #hasEnded = false;

  constructor(span: Span, parent: Context) {
    this.span = span;
    this.context = trace.setSpan(parent, span);
  }

  setMetadata(metadata: Metadata): this {
    return this.setAttributes(putMetadata({}, metadata, ATTR_HUGGINGPLACE_METADATA));
  }

  setUserMetadata(userMetadata: Metadata): this {
    return this.setAttributes(putMetadata({}, userMetadata, ATTR_HUGGINGPLACE_USER_METADATA));
  }

  recordError(error: unknown): this {
    if (this.span.isRecording()) recordFailure(this.span, error);
    return this;
  }

  /** The SDK warns about attributes that come after the end: here they are late, not wrong. */
  setAttributes(attributes: Attributes): this {
    if (this.span.isRecording()) this.span.setAttributes(attributes);
    return this;
  }

  run<Result>(callback: () => Result): Result {
    const { context } = this;
    const failed = (error: unknown) => void this.recordError(error);
    return this.#call(callback, {
      context,
      maxChars: 0,
      keepsValues: false,
      lastReadMs: 0,
      finished: () => undefined,
      failed,
    });
  }

  /** Calls `callback` with the span active; the span ends when the result is there, and read where it is a stream. */
  runToEnd<Result>(callback: (handle: this) => Result): Result {
    return this.#call(callback, this);
  }

  #call<Result>(callback: (handle: this) => Result, watcher: Watcher): Result {
    let result;
    try {
      result = context.with(this.context, callback, undefined, this);
    } catch (error) {
      watcher.failed(error);
      throw error;
    }
    // No SDK: nobody waits for the end.
    return this.span.spanContext().traceId === INVALID_TRACEID ? result : passThrough(result, watcher);
  }

  finished(_result?: unknown, endTimeMs?: number): void {
    this.end(endTimeMs);
  }

  failed(error: unknown, result?: unknown): void {
    this.recordError(error);
    this.finished(result);
  }

  end(endTimeMs?: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.span.end(endTimeMs);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}
