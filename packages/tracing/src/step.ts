/** Steps: what an interaction does on the way to its answer. */
import { context } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_HUGGINGPLACE_METADATA,
  ATTR_HUGGINGPLACE_SPAN_KIND,
  ATTR_HUGGINGPLACE_STEP_INPUT,
  ATTR_HUGGINGPLACE_STEP_OUTPUT,
  ATTR_HUGGINGPLACE_STEP_TYPE,
} from './attributes.ts';
import { MAX_STEP_CHARS } from './content.ts';
import type { ContentHandle, Scope } from './handles.ts';
import { interactionOf } from './interaction.ts';
import { MarkedSpan, startSpan } from './marked-span.ts';
import { putMetadata, putNamed } from './named-attributes.ts';
import type { Metadata } from './named-attributes.ts';

export type StepType = 'llm' | 'agent' | 'tool' | 'retrieval' | 'embedding' | 'reranker' | 'guardrail' | 'step';

export interface StepOptions {
  /** What kind of work it is. Default `'step'`. */
  readonly type?: StepType | undefined;
  /** What goes in: a text, or a value that is kept as JSON. */
  readonly input?: unknown;
  /** The model that the step asks, where it asks one that no instrumentation sees. */
  readonly model?: string | undefined;
  /** Into `metaData` of the interaction. */
  readonly metadata?: Metadata | undefined;
  /** `false`: what the callback returns or streams is not taken as the output. Default: text and plain data are, unless `setResponse` was called. */
  readonly captureResult?: boolean | undefined;
  /** Further attributes of the span. */
  readonly attributes?: Attributes | undefined;
}

export interface Step extends ContentHandle {
  /** Of the interaction around the step. */
  readonly messageId: string | undefined;
}

const OPTION_ATTRIBUTES = { type: ATTR_HUGGINGPLACE_STEP_TYPE, model: ATTR_GEN_AI_REQUEST_MODEL };

const FIELDS = {
  input: ATTR_HUGGINGPLACE_STEP_INPUT,
  response: ATTR_HUGGINGPLACE_STEP_OUTPUT,
  model: ATTR_GEN_AI_REQUEST_MODEL,
  maxChars: MAX_STEP_CHARS,
  keepsValues: true,
};

export function openStep(name: string, options: StepOptions = {}): MarkedSpan {
  const parent = context.active();
  const attributes: Attributes = { ...options.attributes, [ATTR_HUGGINGPLACE_SPAN_KIND]: 'step' };
  putNamed(attributes, options, OPTION_ATTRIBUTES);
  putMetadata(attributes, options.metadata, ATTR_HUGGINGPLACE_METADATA);
  const interaction = interactionOf(parent);
  const capturesContent = interaction?.capturesContent !== false;
  const span = startSpan(name, attributes, parent);
  return new MarkedSpan(
    span,
    parent,
    interaction?.messageId,
    FIELDS,
    capturesContent,
    options.captureResult !== false,
  ).setInput(options.input);
}

/**
 * Calls `callback` in a step. Returns what the callback returns; the span ends when that is there, or read where it is a stream.
 * Text and plain data that the callback returns or streams are the output, unless `setResponse` was called.
 */
export function startActiveStep<Result>(name: string, callback: (step: Step) => Result): Result;
export function startActiveStep<Result>(name: string, options: StepOptions, callback: (step: Step) => Result): Result;
export function startActiveStep<Result>(
  name: string,
  ...rest: [(step: Step) => Result] | [StepOptions, (step: Step) => Result]
): Result {
  return rest.length === 1 ? openStep(name).runToEnd(rest[0]) : openStep(name, rest[0]).runToEnd(rest[1]);
}

/** A step for `using`: what belongs to it is called through `run`. */
export const startStep: (name: string, options?: StepOptions) => Step & Scope = openStep;
