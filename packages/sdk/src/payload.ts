/** The HuggingPlace backend's JSON for one interaction (wire contract, section 1: `POST /v2/chatgpt/store_generated_response`). */

/** Any value that JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type Mode = 'prod' | 'dev';

/** One step of an interaction. Keys beyond the contract's are stored as they come; ours are those below. */
export interface StepPayload {
  /** A tool's, an agent's or a marked step's name; else the span's. */
  step_name: string;
  step_type?: 'llm' | 'agent' | 'tool' | 'retrieval' | 'embedding' | 'reranker' | 'guardrail' | 'step';
  status: 'completed' | 'failed';
  /** Only on a step that never ended. */
  incomplete?: true;
  /** Only on a failed step. */
  error_message?: string;
  /** Duration in milliseconds. */
  time_ms?: number;
  /** Milliseconds from the start of the interaction to the start of the step. */
  start_ms?: number;
  /** The duration as text, `"0 min 2.50 sec"`. */
  responseTime?: string;
  span_id?: string;
  /** The nearest step, or the root, above it. */
  parent_span_id?: string;
  /** What went in: the last user message, a tool's arguments, a query. */
  userQuestion?: string;
  /** What came out: the answer, a tool's result, documents. */
  promptResponse?: string;
  llmModel?: string;
  /** `inputTokens + outputTokens`, or a known total. */
  token?: number;
  inputTokens?: number;
  outputTokens?: number;
  [key: string]: JsonValue | undefined;
}

/** One interaction as the wire takes it. `org_id` is added by delivery, from the credentials that it is sent with. */
export interface InteractionPayload {
  /** What the user asked; `''` when unknown. */
  user_prompt: string;
  /** What the model answered; `''` when unknown. */
  ai_response: string;
  mode: Mode;
  /** Groups interactions into a conversation. */
  session_id?: string;
  /** Identifies this interaction: a retry carries the same one. */
  message_id?: string;
  /** The user's id. */
  user_uuid?: string;
  user_roles?: string[];
  /** The customer's organisation (not the account's, which is `org_id`). */
  org_uuid?: string;
  /** The model that answered. */
  llm_model?: string;
  /** A second model, where two took part. */
  llm_model2?: string;
  /** Input and output tokens of the interaction's model calls. */
  token_count?: number;
  /** `"0 min 2.50 sec"`: minutes, then seconds with two decimals. */
  response_time?: string | number;
  /** A document that the question was about. */
  file_name?: string;
  /** A table name of the customer's. */
  mapping_table?: string;
  metaData?: { [key: string]: JsonValue };
  user_meta_data?: { [key: string]: JsonValue };
  /** The steps, oldest first. */
  step_data?: StepPayload[];
}

/** An interaction with the account that it belongs to: the body of the POST. */
export interface StoreRequest extends InteractionPayload {
  org_id: string | number;
}
