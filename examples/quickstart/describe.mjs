// An interaction as text: what was said, whose it is, what it cost, and its steps on a time line.

const BAR_WIDTH = 30;

/** @param row of `chat`, joined with its row of `prompt_details` */
export function describe(row) {
  const { username = '', email = '', ...more } = row.user_meta_data;
  const user = [
    row.user_uuid,
    username,
    email,
    ...row.user_roles,
    ...Object.entries(more).map((entry) => entry.join(' ')),
  ];
  const facts = {
    question: row.user_prompt,
    answer: row.ai_response,
    session: row.session_id,
    user: user.filter(Boolean).join(' · '),
    model: row.llm_model,
    tokens: `${row.token_count} (${row.input_tokens} in, ${row.output_tokens} out)`,
    time: row.response_time,
  };
  const lines = Object.entries(facts).map(([name, value]) => `  ${name.padEnd(10)}${value}`);
  return ['', ...lines, '', ...row.step_data.map((step) => describeStep(step, row.response_time_ms)), ''].join('\n');
}

function describeStep(step, totalMs) {
  const start = Math.min(Math.floor((step.start_ms / totalMs) * BAR_WIDTH), BAR_WIDTH - 1);
  const length = Math.max(Math.round((step.time_ms / totalMs) * BAR_WIDTH), 1);
  const bar = (' '.repeat(start) + '█'.repeat(length)).slice(0, BAR_WIDTH).padEnd(BAR_WIDTH);
  const time = `${Math.round(step.time_ms)} ms`.padStart(8);
  const tokens = step.token === undefined ? '' : `  ${step.token} tokens`;
  return `  ${step.step_type.padEnd(10)}${step.step_name.padEnd(18)}│${bar}│${time}${tokens}`;
}
