/** A lone step as the interaction that it is sent as. */
import { ValidationError } from './errors.ts';
import { readStep } from './log-fields.ts';
import type { LogOptions, StepOptions } from './log-options.ts';
import { describe } from './option-reader.ts';

/** @throws ValidationError where it is no object */
export function stepAsInteraction(step: StepOptions): LogOptions {
  if (typeof step !== 'object' || (step as unknown) === null)
    throw new ValidationError(`huggingplace: logStep(): expected an object, got ${describe(step, true)}`);
  const { userQuestion, promptResponse, llmModel, token, responseTime } = readStep(step);
  return {
    user_prompt: userQuestion,
    ai_response: promptResponse,
    llm_model: llmModel,
    token_count: token,
    response_time: responseTime,
    step_data: [step],
  };
}
