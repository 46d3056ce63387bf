// What this example claims, as assertions on the rows: a run that shows less ends with an error.
import assert from 'node:assert/strict';

/** The stand-in's answers and prices are known, those of OpenAI are not. */
export function checkRows(rows, { isStandIn }) {
  assert.equal(rows.length, 2, 'two questions are two interactions');
  const [withTool, streamed] = rows;
  for (const row of rows) {
    assert.equal(row.session_id, 'session-7f3a');
    assert.equal(row.user_uuid, 'user-42');
    assert.deepEqual(row.user_roles, ['customer']);
    assert.deepEqual(row.user_meta_data, { email: 'ada@example.com', plan: 'pro' });
    assert.equal(row.failed, false);
    assert.ok(row.ai_response.length > 0, 'there is an answer');
    assert.ok(row.response_time_ms > 0, 'time has passed');
    assert.equal(row.token_count, row.input_tokens + row.output_tokens);
  }
  assert.match(withTool.user_prompt, /order 1042/);
  assert.match(streamed.user_prompt, /parcel/);
  assert.deepEqual(stepTypes(withTool), ['retrieval', 'llm', 'tool', 'llm']);
  assert.deepEqual(stepTypes(streamed), ['retrieval', 'llm']);
  if (!isStandIn) return;
  assert.match(withTool.ai_response, /Order 1042 was delivered/);
  assert.match(streamed.ai_response, /We do: returns are free/);
  assert.deepEqual([withTool.input_tokens, withTool.output_tokens], [274, 43]);
  assert.deepEqual([streamed.input_tokens, streamed.output_tokens], [63, 12]);
}

const stepTypes = (row) => row.step_data.map((step) => step.step_type);
