// A row as a reader sees it: what was said, whose it is, what it cost, and its steps.
import assert from 'node:assert/strict';

/** @param row of `chat`, joined with its row of `prompt_details` */
export function summarise(row) {
  assert.equal(row.failed, false, 'nothing failed');
  for (const mark of ['incomplete', 'truncated', 'content_missing']) assert.equal(row.metadata[mark], undefined, mark);
  assert.ok(row.response_time_ms > 0, 'time has passed');
  assert.equal(row.token_count, row.input_tokens + row.output_tokens);
  for (const step of row.step_data) assert.equal(step.status, 'completed', step.step_name);
  return {
    session: row.session_id,
    user: { id: row.user_uuid, roles: row.user_roles, ...row.user_meta_data },
    question: row.user_prompt,
    answer: row.ai_response,
    model: row.llm_model,
    tokens: { input: row.input_tokens, output: row.output_tokens },
    steps: row.step_data.map(({ step_type, step_name }) => `${step_type} ${step_name}`),
  };
}
