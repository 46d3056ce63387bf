/** Interactions: one question and its answer, one record. */
import { context, createContextKey } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import {
  ATTR_HUGGINGPLACE_AI_RESPONSE,
  ATTR_HUGGINGPLACE_CAPTURE_CONTENT,
  ATTR_HUGGINGPLACE_EXPORT,
  ATTR_HUGGINGPLACE_FILE_NAME,
  ATTR_HUGGINGPLACE_LLM_MODEL,
  ATTR_HUGGINGPLACE_LLM_MODEL2,
  ATTR_HUGGINGPLACE_MAPPING_TABLE,
  ATTR_HUGGINGPLACE_MESSAGE_ID,
  ATTR_HUGGINGPLACE_METADATA,
  ATTR_HUGGINGPLACE_ORG_UUID,
  ATTR_HUGGINGPLACE_SPAN_KIND,
  ATTR_HUGGINGPLACE_USER_METADATA,
  ATTR_HUGGINGPLACE_USER_PROMPT,
} from './attributes.ts';
import { MAX_FIELD_CHARS } from './content.ts';
import { rememberOpen } from './feedback.ts';
import type { ContentHandle, Scope } from './handles.ts';
import { identityOf, putIdentity, withIdentity } from './identity.ts';
import type { IdentityOptions } from './identity.ts';
import { MarkedSpan, startSpan } from './marked-span.ts';
import { putMetadata, putNamed } from './named-attributes.ts';

export interface InteractionOptions extends IdentityOptions {
  /** What the user asked. Default: the last user message of the first model call. */
  readonly userPrompt?: string | undefined;
  /** Names the interaction. Default: `<trace id>-<span id>`. */
  readonly messageId?: string | undefined;
  /** The model that answers. Default: the last model call's. */
  readonly model?: string | undefined;
  /** A second model, where two take part. */
  readonly model2?: string | undefined;
  /** The customer's organisation (not the account that the API key belongs to). */
  readonly orgUuid?: string | undefined;
  /** A document that the question is about. */
  readonly fileName?: string | undefined;
  /** A table name of the customer's. */
  readonly mappingTable?: string | undefined;
  /** `false`: the interaction is not sent. Default `true`. */
  readonly export?: boolean | undefined;
  /** `false`: nothing of prompt, answer and texts of steps is recorded. Default `true`. */
  readonly captureContent?: boolean | undefined;
  /** `false`: what the callback returns or streams is not taken as the answer. Default: a text is, unless `setResponse` was called. */
  readonly captureResult?: boolean | undefined;
  /** Further attributes of the span. */
  readonly attributes?: Attributes | undefined;
}

export interface Interaction extends ContentHandle {
  /** Names the interaction from its start, for feedback: the one given, else `<trace id>-<span id>`. Where nothing is recorded, a random one. */
  readonly messageId: string;
}

const INTERACTION_KEY = createContextKey('huggingplace.interaction');

/** The interaction around the running code. */
export const getActiveInteraction = (): Interaction | undefined => interactionOf(context.active());

export const interactionOf = (context: Context): MarkedSpan<string> | undefined =>
  context.getValue(INTERACTION_KEY) as MarkedSpan<string> | undefined;

const OPTION_ATTRIBUTES = {
  messageId: ATTR_HUGGINGPLACE_MESSAGE_ID,
  model: ATTR_HUGGINGPLACE_LLM_MODEL,
  model2: ATTR_HUGGINGPLACE_LLM_MODEL2,
  orgUuid: ATTR_HUGGINGPLACE_ORG_UUID,
  fileName: ATTR_HUGGINGPLACE_FILE_NAME,
  mappingTable: ATTR_HUGGINGPLACE_MAPPING_TABLE,
  export: ATTR_HUGGINGPLACE_EXPORT,
  captureContent: ATTR_HUGGINGPLACE_CAPTURE_CONTENT,
};
const CONTENT_ATTRIBUTES = { userPrompt: ATTR_HUGGINGPLACE_USER_PROMPT };

const FIELDS = {
  input: ATTR_HUGGINGPLACE_USER_PROMPT,
  response: ATTR_HUGGINGPLACE_AI_RESPONSE,
  model: ATTR_HUGGINGPLACE_LLM_MODEL,
  maxChars: MAX_FIELD_CHARS,
  keepsValues: false,
};

function openInteraction(name: string, options: InteractionOptions = {}): MarkedSpan<string> {
  let parent = context.active();
  if (options.sessionId || options.user)
    parent = withIdentity(parent, { sessionId: options.sessionId, user: options.user });
  const capturesContent = options.captureContent !== false && interactionOf(parent)?.capturesContent !== false;
  const attributes: Attributes = { ...options.attributes, [ATTR_HUGGINGPLACE_SPAN_KIND]: 'interaction' };
  // An exporter may see this span long before the session's, which ends last.
  putIdentity(attributes, identityOf(parent));
  putMetadata(attributes, options.metadata, ATTR_HUGGINGPLACE_METADATA);
  putMetadata(attributes, options.userMetadata, ATTR_HUGGINGPLACE_USER_METADATA);
  putNamed(attributes, options, OPTION_ATTRIBUTES);
  if (capturesContent) putNamed(attributes, options, CONTENT_ATTRIBUTES);
  const span = startSpan(name, attributes, parent);
  const { traceId, spanId } = span.spanContext();
  // A span that is not recorded may have no id, or the id of another. A key that names nothing is better than one that two interactions share.
  const messageId = options.messageId || (span.isRecording() ? `${traceId}-${spanId}` : crypto.randomUUID());
  const interaction = new MarkedSpan(span, parent, messageId, FIELDS, capturesContent, options.captureResult !== false);
  interaction.context = interaction.context.setValue(INTERACTION_KEY, interaction);
  if (span.isRecording()) rememberOpen(messageId, span);
  return interaction;
}

/**
 * Calls `callback` in an interaction: whatever model calls and steps start in it make one record. Returns what the callback returns; the span ends
 * when that is there, or read where it is a stream. A text that the callback returns or streams is the answer, unless `setResponse` was called.
 */
export function startActiveInteraction<Result>(name: string, callback: (interaction: Interaction) => Result): Result;
export function startActiveInteraction<Result>(
  name: string,
  options: InteractionOptions,
  callback: (interaction: Interaction) => Result,
): Result;
export function startActiveInteraction<Result>(
  name: string,
  ...rest: [(interaction: Interaction) => Result] | [InteractionOptions, (interaction: Interaction) => Result]
): Result {
  return rest.length === 1 ? openInteraction(name).runToEnd(rest[0]) : openInteraction(name, rest[0]).runToEnd(rest[1]);
}

/** An interaction for `using`: what belongs to it is called through `run`. */
export const startInteraction: (name: string, options?: InteractionOptions) => Interaction & Scope = openInteraction;
