/**
 * The attributes and the event that HuggingPlace reads from spans, for those who set them by hand. All are optional. They are read from an
 * interaction's root span, from the spans above it and from those below it; the outermost wins, then the earliest.
 */

/**
 * What a span marks. `'interaction'`: it is the root of one interaction, whatever surrounds it. `'step'`: it is a step of the interaction around it.
 * `'session'`: it hands its identity down to the interactions below it, and is none itself. Type: string.
 */
export const ATTR_HUGGINGPLACE_SPAN_KIND = 'huggingplace.span.kind';

/** What the user asked. Without it, the last user message of the first model call. Type: string. */
export const ATTR_HUGGINGPLACE_USER_PROMPT = 'huggingplace.user_prompt';
/** What the user was answered. Without it, the text of the last model call. Type: string. */
export const ATTR_HUGGINGPLACE_AI_RESPONSE = 'huggingplace.ai_response';
/** Names the interaction, for feedback. Without it, `<trace id>-<span id>` of a marked root. Type: string. */
export const ATTR_HUGGINGPLACE_MESSAGE_ID = 'huggingplace.message_id';
/** The customer's organisation (not the account that the API key belongs to). Type: string. */
export const ATTR_HUGGINGPLACE_ORG_UUID = 'huggingplace.org_uuid';
/** A document that the question was about. Type: string. */
export const ATTR_HUGGINGPLACE_FILE_NAME = 'huggingplace.file_name';
/** A table name of the customer's. Type: string. */
export const ATTR_HUGGINGPLACE_MAPPING_TABLE = 'huggingplace.mapping_table';
/** The model that answered. Without it, the last model call's. Type: string. */
export const ATTR_HUGGINGPLACE_LLM_MODEL = 'huggingplace.llm_model';
/** A second model, where two took part. Type: string. */
export const ATTR_HUGGINGPLACE_LLM_MODEL2 = 'huggingplace.llm_model2';

/** One key of the interaction's `metaData`. Type: any attribute value. */
export const ATTR_HUGGINGPLACE_METADATA = (key: string): string => `huggingplace.metadata.${key}`;
/** One key of the interaction's `user_meta_data`. Type: any attribute value. */
export const ATTR_HUGGINGPLACE_USER_METADATA = (key: string): string => `huggingplace.user_metadata.${key}`;

/** What kind of work a step is: one of `StepType`. Type: string. */
export const ATTR_HUGGINGPLACE_STEP_TYPE = 'huggingplace.step.type';
/** What went into a step. Type: string. */
export const ATTR_HUGGINGPLACE_STEP_INPUT = 'huggingplace.step.input';
/** What came out of a step. Type: string. */
export const ATTR_HUGGINGPLACE_STEP_OUTPUT = 'huggingplace.step.output';

/** `false`: the interaction is not sent. Type: boolean. */
export const ATTR_HUGGINGPLACE_EXPORT = 'huggingplace.export';
/** `false`: the interaction is sent without prompt, answer, texts of steps and error message. Type: boolean. */
export const ATTR_HUGGINGPLACE_CAPTURE_CONTENT = 'huggingplace.capture_content';

/** Event: a verdict on the interaction. Attributes: `likes`, `dislikes`, `score` (numbers), `comment`, `evaluation` (strings). */
export const EVENT_HUGGINGPLACE_FEEDBACK = 'huggingplace.feedback';

// OpenTelemetry's own names come first wherever there is one. They are for this package alone: applications have them from
// `@opentelemetry/semantic-conventions` (session and user as of 1.45; the GenAI conventions as of 0.1 have no package).

export const ATTR_SESSION_ID = 'session.id';
export const ATTR_USER_ID = 'user.id';
export const ATTR_USER_ROLES = 'user.roles';
export const ATTR_GEN_AI_REQUEST_MODEL = 'gen_ai.request.model';
export const ATTR_GEN_AI_USAGE_INPUT_TOKENS = 'gen_ai.usage.input_tokens';
export const ATTR_GEN_AI_USAGE_OUTPUT_TOKENS = 'gen_ai.usage.output_tokens';
export const ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS = 'gen_ai.usage.cache_read.input_tokens';
export const ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS = 'gen_ai.usage.reasoning.output_tokens';
