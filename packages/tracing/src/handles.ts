/** What an application may say about its sessions, interactions and steps. */
import type { Span } from '@opentelemetry/api';
import type { Metadata } from './named-attributes.ts';

/** Each call returns the handle. After the end of the span, and where no SDK is registered, it does nothing. */
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

/** What can be said about an interaction or a step. */
export interface ContentHandle extends SpanHandle {
  /** What went in: a text, or a value that is kept as JSON. */
  setInput(input: unknown): this;
  /** What came out: a text, or a value that is kept as JSON. It stands, whatever the callback returns. */
  setResponse(response: unknown): this;
  /** The model that answered. */
  setModel(model: string): this;
  setUsage(usage: Usage): this;
}

/** Token counts. `NaN` is unknown. */
export interface Usage {
  /** Cached ones included. */
  readonly inputTokens?: number | undefined;
  /** Reasoning ones included. */
  readonly outputTokens?: number | undefined;
  /** The part of the input that came from the provider's cache. */
  readonly cachedInputTokens?: number | undefined;
  /** The part of the output that the model spent on reasoning. */
  readonly reasoningTokens?: number | undefined;
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
