/** What `log()` takes: every field in the wire's spelling and in camelCase. */

type Text = string | null | undefined;
/** A number counts as its digits. */
type Id = string | number | null | undefined;
/** An interface will do. */
type FreeObject = object | null | undefined;

/**
 * One interaction. Every field may be left out, `undefined` or `null`; where several spellings of one are given, the first that is not
 * empty counts, and of objects the keys are merged. Further keys are sent as they come, but for `org_id` and `mode`, which come from the
 * configuration. The object is never changed.
 */
export interface LogOptions {
  /** What the user asked. */
  readonly user_prompt?: Text;
  /** As `user_prompt`. */
  readonly userPrompt?: Text;
  /** What the model answered. */
  readonly ai_response?: Text;
  /** As `ai_response`. */
  readonly response?: Text;
  /** As `ai_response`. */
  readonly aiResponse?: Text;
  /** Groups interactions into a conversation. */
  readonly session_id?: Id;
  /** As `session_id`. */
  readonly sessionId?: Id;
  /** Identifies the interaction: the backend takes a second one of the same id for a retry. Default: a random UUID. */
  readonly message_id?: Id;
  /** As `message_id`. */
  readonly messageId?: Id;
  /** The user's id. */
  readonly user_uuid?: Id;
  /** As `user_uuid`. */
  readonly userUuid?: Id;
  /** As `user_uuid`. */
  readonly userId?: Id;
  /** The user's roles; a lone text counts as a list of one. */
  readonly user_roles?: readonly (string | number)[] | Text;
  /** As `user_roles`. */
  readonly userRoles?: readonly (string | number)[] | Text;
  /** The customer's organisation (not the account's, which is `orgId` of the configuration). */
  readonly org_uuid?: Id;
  /** As `org_uuid`. */
  readonly orgUuid?: Id;
  /** The model that answered. */
  readonly llm_model?: Text;
  /** As `llm_model`. */
  readonly llmModel?: Text;
  /** A second model, where two took part. */
  readonly llm_model2?: Text;
  /** As `llm_model2`. */
  readonly llmModel2?: Text;
  /** Input and output tokens, at least 0. */
  readonly token_count?: number | null | undefined;
  /** As `token_count`. */
  readonly tokenCount?: number | null | undefined;
  /** As text `"0 min 2.50 sec"`, sent as it is; or a number of milliseconds, sent as that text. */
  readonly response_time?: string | number | null | undefined;
  /** As `response_time`. */
  readonly responseTime?: string | number | null | undefined;
  /** A document that the question was about. */
  readonly file_name?: Text;
  /** As `file_name`. */
  readonly fileName?: Text;
  /** A table name of the customer's. */
  readonly mapping_table?: Text;
  /** As `mapping_table`. */
  readonly mappingTable?: Text;
  /** Free; what JSON can't say is left out. */
  readonly metaData?: FreeObject;
  /** As `metaData`. */
  readonly metadata?: FreeObject;
  /** About the user, free. */
  readonly user_meta_data?: FreeObject;
  /** As `user_meta_data`. */
  readonly userMetadata?: FreeObject;
  /** As `user_meta_data`. */
  readonly userMetaData?: FreeObject;
  /** As `user_meta_data`. */
  readonly user_metadata?: FreeObject;
  /** The steps, oldest first. */
  readonly step_data?: readonly StepOptions[] | null | undefined;
  /** As `step_data`. */
  readonly stepData?: readonly StepOptions[] | null | undefined;
  readonly [key: string]: unknown;
}

/** One step of an interaction. Further keys are stored as they come. */
export interface StepOptions {
  readonly step_name?: Text;
  /** As `step_name`. */
  readonly stepName?: Text;
  readonly status?: 'completed' | 'failed' | (string & {}) | null | undefined;
  /** Milliseconds. */
  readonly time_ms?: number | null | undefined;
  /** As `time_ms`. */
  readonly timeMs?: number | null | undefined;
  /** What went in. */
  readonly userQuestion?: Text;
  /** As `userQuestion`. */
  readonly user_question?: Text;
  /** What came out. */
  readonly promptResponse?: Text;
  /** As `promptResponse`. */
  readonly prompt_response?: Text;
  readonly llmModel?: Text;
  /** As `llmModel`. */
  readonly llm_model?: Text;
  /** Input and output tokens. */
  readonly token?: number | null | undefined;
  readonly inputTokens?: number | null | undefined;
  /** As `inputTokens`. */
  readonly input_tokens?: number | null | undefined;
  readonly outputTokens?: number | null | undefined;
  /** As `outputTokens`. */
  readonly output_tokens?: number | null | undefined;
  /** As text `"0 min 2.50 sec"`, or a number. */
  readonly responseTime?: string | number | null | undefined;
  /** As `responseTime`. */
  readonly response_time?: string | number | null | undefined;
  readonly [key: string]: unknown;
}
