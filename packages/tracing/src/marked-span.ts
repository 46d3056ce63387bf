/** The span of a session, an interaction or a step: it runs the callback, and ends when the callback's result is through. */
import { context, INVALID_TRACEID, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';
import {
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
  ATTR_HUGGINGPLACE_METADATA,
  ATTR_HUGGINGPLACE_USER_METADATA,
} from './attributes.ts';
import { toText } from './content.ts';
import { recordFailure } from './failure.ts';
import { forgetOpen } from './feedback.ts';
import type { ContentHandle, Scope, Usage } from './handles.ts';
import { putMetadata, putNamed } from './named-attributes.ts';
import type { Metadata } from './named-attributes.ts';
import { passThrough } from './pass-through.ts';
import type { Watcher } from './watcher.ts';

/** Where the content of an interaction or a step is kept. A session has none. */
export interface ContentFields {
  readonly input: string;
  readonly response: string;
  readonly model: string;
  /** Of one text. */
  readonly maxChars: number;
  /** Whether a result other than text is a response. */
  readonly keepsValues: boolean;
}

const NO_FIELDS: ContentFields = { input: '', response: '', model: '', maxChars: 0, keepsValues: false };
const USAGE_ATTRIBUTES = {
  inputTokens: ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  outputTokens: ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  cachedInputTokens: ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  reasoningTokens: ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
};

/** Asked for at each start: a provider that is registered later, or in place of another, is the one that is used. */
export const startSpan = (name: string, attributes: Attributes, parent: Context): Span =>
  trace.getTracer('@huggingplace/tracing', '0.1.0').startSpan(name, { attributes }, parent);

export class MarkedSpan<MessageId extends string | undefined = string | undefined>
  implements ContentHandle, Scope, Watcher
{
  readonly span: Span;
  /** The one that the callback runs in, and that its streams are read in. */
  context: Context;
  readonly messageId: MessageId;
  /** `false`: nothing of what went in and came out is kept, of this span and of those below it. */
  readonly capturesContent: boolean;
  readonly maxChars: number;
  readonly keepsValues: boolean;
  kept?: string;
  lastReadMs?: number;
  readonly #fields: ContentFields;
  #wantsResult: boolean;
  #hasEnded = false;

  constructor(
    span: Span,
    parent: Context,
    messageId: MessageId,
    fields = NO_FIELDS,
    capturesContent = false,
    capturesResult = false,
  ) {
    this.span = span;
    this.context = trace.setSpan(parent, span);
    this.messageId = messageId;
    this.#fields = fields;
    this.capturesContent = capturesContent;
    this.#wantsResult = capturesContent && capturesResult;
    this.maxChars = this.#wantsResult ? fields.maxChars : 0;
    this.keepsValues = fields.keepsValues;
  }

  setMetadata(metadata: Metadata): this {
    return this.#setAttributes(putMetadata({}, metadata, ATTR_HUGGINGPLACE_METADATA));
  }

  setUserMetadata(userMetadata: Metadata): this {
    return this.#setAttributes(putMetadata({}, userMetadata, ATTR_HUGGINGPLACE_USER_METADATA));
  }

  setModel(model: string): this {
    return this.#setAttributes({ [this.#fields.model]: model });
  }

  setUsage(usage: Usage): this {
    return this.#setAttributes(putNamed({}, usage, USAGE_ATTRIBUTES));
  }

  setInput(input: unknown, plainOnly?: boolean): this {
    return this.#setText(this.#fields.input, input, plainOnly);
  }

  setResponse(response: unknown, plainOnly?: boolean): this {
    this.#wantsResult = false;
    return this.#setText(this.#fields.response, response, plainOnly);
  }

  recordError(error: unknown): this {
    if (this.span.isRecording()) recordFailure(this.span, error);
    return this;
  }

  #setText(attribute: string, value: unknown, plainOnly?: boolean): this {
    // Where nobody records, no text is made.
    if (this.capturesContent && this.span.isRecording()) {
      const text = toText(value, this.#fields.maxChars, plainOnly);
      if (text !== undefined) this.span.setAttribute(attribute, text);
    }
    return this;
  }

  /** After the end it is late, not wrong: the SDK would warn. */
  #setAttributes(attributes: Attributes): this {
    if (this.span.isRecording()) this.span.setAttributes(attributes);
    return this;
  }

  run<Result>(callback: () => Result): Result {
    return this.#call(callback, {
      context: this.context,
      finished: () => undefined,
      failed: (error) => void this.recordError(error),
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

  finished(result?: unknown, endTimeMs?: number): void {
    if (this.#wantsResult && (this.keepsValues || typeof result === 'string')) this.setResponse(result, true);
    this.end(endTimeMs);
  }

  failed(error: unknown, result?: unknown): void {
    this.recordError(error);
    this.finished(result);
  }

  end(endTimeMs?: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    forgetOpen(this.messageId, this.span);
    this.span.end(endTimeMs);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}
