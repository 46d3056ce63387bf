/**
 * The attributes and the event that HuggingPlace reads from spans, for those who set them by hand. All are optional. They are read from an
 * interaction's root span, from the spans above it and from those below it; the outermost wins, then the earliest.
 */

/** What a span marks: one of `HUGGINGPLACE_SPAN_KIND_VALUE_*`. Type: string. */
export const ATTR_HUGGINGPLACE_SPAN_KIND = 'huggingplace.span.kind';
/** The span hands its identity down to the interactions below it, and is none itself. */
export const HUGGINGPLACE_SPAN_KIND_VALUE_SESSION = 'session';
/** The span is the root of one interaction, whatever surrounds it. */
export const HUGGINGPLACE_SPAN_KIND_VALUE_INTERACTION = 'interaction';
/** The span is a step of the interaction around it. */
export const HUGGINGPLACE_SPAN_KIND_VALUE_STEP = 'step';

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

// OpenTelemetry's own names, which come first wherever there is one (semantic conventions 1.45: session, user; GenAI conventions 0.1).

/** The conversation that an interaction belongs to. Type: string. */
export const ATTR_SESSION_ID = 'session.id';
/** The user's id. Type: string. */
export const ATTR_USER_ID = 'user.id';
/** The user's e-mail address. Type: string. */
export const ATTR_USER_EMAIL = 'user.email';
/** The user's short name or login. Type: string. */
export const ATTR_USER_NAME = 'user.name';
/** The user's full name. Type: string. */
export const ATTR_USER_FULL_NAME = 'user.full_name';
/** The user's roles. Type: string[]. */
export const ATTR_USER_ROLES = 'user.roles';
/** The model that was asked for, on a step. Type: string. */
export const ATTR_GEN_AI_REQUEST_MODEL = 'gen_ai.request.model';
/** Tokens that went in, cached ones included. Type: int. */
export const ATTR_GEN_AI_USAGE_INPUT_TOKENS = 'gen_ai.usage.input_tokens';
/** Tokens that came out, reasoning ones included. Type: int. */
export const ATTR_GEN_AI_USAGE_OUTPUT_TOKENS = 'gen_ai.usage.output_tokens';
/** Input tokens that were read from the provider's cache. Type: int. */
export const ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS = 'gen_ai.usage.cache_read.input_tokens';
/** Output tokens that the model spent on reasoning. Type: int. */
export const ATTR_GEN_AI_USAGE_REASONING_OUTPUT_TOKENS = 'gen_ai.usage.reasoning.output_tokens';
