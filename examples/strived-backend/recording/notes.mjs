// What stages 1 and 2 write down while a question is answered. In stage 3 this is what OpenTelemetry's spans are.
import { AsyncLocalStorage } from 'node:async_hooks';

/** The notes on the question that the running code is about. */
const current = new AsyncLocalStorage();

/** @param store gets the facts, the steps, and what came of it: the `answer` or the `error`. It throws nothing. */
export async function noteInteraction(facts, work, store) {
  const startMs = performance.now();
  const steps = [];
  const { result, error } = await current.run(steps, work).then(
    (result) => ({ result }),
    (error) => ({ error }),
  );
  await store({
    ...facts,
    answer: result?.answer,
    error,
    steps,
    ...sumUp(steps),
    elapsedMs: performance.now() - startMs,
  });
  if (error) throw error;
  return result;
}

export async function noteStep(
  { name, type = 'step', input, ...facts },
  work,
  describe = (result) => ({ promptResponse: asText(result) }),
) {
  const step = { step_name: name, step_type: type, userQuestion: input, ...facts };
  // In the order in which they begin.
  current.getStore().push(step);
  const startMs = performance.now();
  try {
    const result = await work();
    Object.assign(step, { status: 'completed', ...describe(result) });
    return result;
  } catch (error) {
    Object.assign(step, { status: 'failed', error_message: error.message });
    throw error;
  } finally {
    step.time_ms = performance.now() - startMs;
  }
}

export const noteModelCall = ({ model, messages }, work) =>
  noteStep(
    {
      name: `chat ${model}`,
      type: 'llm',
      input: messages.findLast(({ role }) => role === 'user').content,
      // Until it is known which one answers.
      llmModel: model,
    },
    work,
    ({ choices, model, usage }) => ({
      promptResponse: choices[0].message.content,
      llmModel: model,
      inputTokens: usage.prompt_tokens,
      outputTokens: usage.completion_tokens,
      token: usage.total_tokens,
    }),
  );

const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

function sumUp(steps) {
  const calls = steps.filter(({ step_type }) => step_type === 'llm');
  // Tokens that nobody counted are unknown, which is not 0.
  const sum = (key) => {
    const known = calls.flatMap((call) => call[key] ?? []);
    return known.length === 0 ? undefined : known.reduce((a, b) => a + b);
  };
  return {
    model: calls.at(-1)?.llmModel,
    tokens: sum('token'),
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
  };
}
