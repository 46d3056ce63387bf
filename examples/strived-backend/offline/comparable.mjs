/** The columns that hold what was said, by whom, to which model, and what it cost. */
const COLUMNS = [
  ...['org_id', 'mode', 'session_id', 'user_uuid', 'user_roles', 'user_meta_data', 'org_uuid'],
  ...['user_prompt', 'ai_response', 'llm_model', 'llm_model2', 'token_count', 'input_tokens', 'output_tokens'],
  ...['file_name', 'mapping_table', 'failed', 'error_type'],
];

/** What only a span knows: nobody notes it by hand. */
const OF_SPANS = [
  ...['trace_id', 'span_id', 'service', 'provider', 'response_ids', 'finish_reasons', 'system_prompt', 'tools'],
  'response_time_ms',
];

/**
 * A row without what may differ between the stages: when it came and how long it took, the ids that a database, a request or a span gets, and what only
 * spans know. All else is to be the same.
 *
 * @param row of `chat`, joined with its row of `prompt_details`
 */
export const comparable = (row) => ({
  ...Object.fromEntries(COLUMNS.map((column) => [column, row[column]])),
  metadata: without(row.metadata, OF_SPANS),
  step_data: row.step_data.map((step) =>
    without(step, ['time_ms', 'start_ms', 'responseTime', 'span_id', 'parent_span_id']),
  ),
});

const without = (object, keys) => Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
