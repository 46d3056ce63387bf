/** The span of an interaction or a step: it also holds what went in and what came out. */
import type { Context, Span } from '@opentelemetry/api';
import {
  ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
} from './attributes.ts';
import { toText } from './content.ts';
import { MarkedSpan } from './marked-span.ts';
import type { SpanHandle } from './marked-span.ts';
import { putNamed } from './named-attributes.ts';

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

/** What can be said about an interaction or a step. */
export interface ContentHandle extends SpanHandle {
  /** What went in: a text, or a value that is kept as JSON. */
  setInput(input: unknown): this;
  /** What came out: a text, or a value that is kept as JSON. It stands, whatever the callback returns. */
  setResponse(response: unknown): this;
  setModel(model: string): this;
  setUsage(usage: Usage): this;
}

/** Where content is kept, and how much of a text. */
export interface ContentFields {
  readonly input: string;
  readonly response: string;
  readonly model: string;
  readonly maxChars: number;
}

const USAGE_ATTRIBUTES = {
  inputTokens: ATTR_GEN_AI_USAGE_INPUT_TOKENS,
  outputTokens: ATTR_GEN_AI_USAGE_OUTPUT_TOKENS,
  cachedInputTokens: ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
  reasoningTokens: ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
};

export class ContentSpan extends MarkedSpan implements ContentHandle {
  readonly #fields: ContentFields;
  /** `false`: no prompt, no answer, no text of a step, of this span and of those below it. */
  readonly capturesContent: boolean;
  #hasResponse = false;

  constructor(span: Span, parent: Context, fields: ContentFields, capturesContent: boolean, capturesResult: boolean) {
    super(span, parent);
    this.#fields = fields;
    this.capturesContent = capturesContent;
    this.#hasResponse = !capturesResult;
    if (capturesContent && capturesResult) this.maxChars = fields.maxChars;
  }

  setInput(input: unknown): this {
    return this.#setText(this.#fields.input, input);
  }

  /** What was passed to a function without a thought of being recorded. */
  captureArguments(args: readonly unknown[]): void {
    this.#setText(this.#fields.input, args.length === 1 ? args[0] : args, true);
  }

  setResponse(response: unknown): this {
    this.#hasResponse = true;
    return this.#setText(this.#fields.response, response);
  }

  #setText(attribute: string, value: unknown, plainOnly = false): this {
    if (this.capturesContent && this.span.isRecording()) {
      const text = toText(value, this.#fields.maxChars, plainOnly);
      if (text !== undefined) this.span.setAttribute(attribute, text);
    }
    return this;
  }

  setModel(model: string): this {
    return this.setAttributes({ [this.#fields.model]: model });
  }

  setUsage(usage: Usage): this {
    return this.setAttributes(putNamed({}, usage, USAGE_ATTRIBUTES));
  }

  override finished(result?: unknown, endTimeMs?: number): void {
    if (!this.#hasResponse && (this.keepsValues || typeof result === 'string'))
      this.#setText(this.#fields.response, result, true);
    super.finished(result, endTimeMs);
  }
}
