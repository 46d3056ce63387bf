// What stages 1 and 2 write down while a question is answered. In stage 3 this is what OpenTelemetry's spans are.
import { AsyncLocalStorage } from 'node:async_hooks';

/** @param store gets the facts, the steps, and what came of it: the `answer` or the `error`. It throws nothing. */
export function takeNotes(store) {
  /** The steps of the question that the running code is about. */
  const current = new AsyncLocalStorage();

  async function recordInteraction(facts, work) {
    const startMs = performance.now();
    const steps = [];
    const { result, error } = await current.run(steps, work).then(
      (result) => ({ result }),
      (error) => ({ error }),
    );
    const elapsedMs = performance.now() - startMs;
    await store({ ...facts, answer: result?.answer, error, steps, ...sumUp(steps), elapsedMs });
    if (error) throw error;
    return result;
  }

  async function recordStep({ name, type = 'step', input, ...facts }, work, describe = describeResult) {
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

  function recordModelCall({ model, messages }, work) {
    const { content } = messages.findLast(({ role }) => role === 'user');
    // The model that was asked, until it is known which one answered.
    const facts = { name: `chat ${model}`, type: 'llm', input: content, llmModel: model };
    return recordStep(facts, work, describeCompletion);
  }

  return { recordInteraction, recordStep, recordModelCall };
}

const describeResult = (result) => ({ promptResponse: typeof result === 'string' ? result : JSON.stringify(result) });

const describeCompletion = ({ choices, model, usage }) => ({
  promptResponse: choices[0].message.content,
  llmModel: model,
  inputTokens: usage.prompt_tokens,
  outputTokens: usage.completion_tokens,
  token: usage.total_tokens,
});

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
