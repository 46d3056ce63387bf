/** From what became of an interaction to the error that its caller gets: the one place where an outcome is turned into something to throw. */
import type { DropReason } from './account.ts';
import type { Settlement } from './awaited.ts';
import { createErrorFromResponse, HuggingPlaceSDKError, NetworkError, ValidationError } from './errors.ts';
import type { InteractionPayload } from './payload.ts';
import { withoutContent } from './said-without-content.ts';

type Dropped = Extract<Settlement, { type: 'dropped' }>;

/** Why the interaction is gone, where its last attempt alone does not say it. */
const EXPLANATION: Readonly<Partial<Record<DropReason, string>>> = {
  timed_out: 'it was not stored within totalTimeoutMs (HUGGINGPLACE_TOTAL_TIMEOUT_MS)',
  queue_full: 'the queue is full (maxQueueBytes)',
  too_old: 'it waited longer than maxQueueAgeMs',
  shutdown: 'shutdown() was called before it was stored',
  attempts_exhausted: 'it failed ten times while others passed',
};

export function errorOfDrop({ reason, error }: Dropped, payload: InteractionPayload): HuggingPlaceSDKError {
  if (reason === 'invalid')
    return new ValidationError('huggingplace: expected an interaction that JSON can say, got one that it can not');
  const explanation = EXPLANATION[reason];
  if (error === undefined) {
    const message = `huggingplace: the interaction is dropped: ${explanation ?? reason}`;
    return reason === 'timed_out' ? new NetworkError(`${message}; no answer came`) : new HuggingPlaceSDKError(message);
  }
  const said = withoutContent(error.message, [payload.user_prompt, payload.ai_response]);
  if (explanation === undefined && said === error.message) return error;
  const message =
    explanation === undefined
      ? said
      : `huggingplace: the interaction is dropped: ${explanation}; the last failure: ${said}`;
  // The cause of a failure without an answer is the network's own error; one with an answer has none.
  return error.status === undefined
    ? new NetworkError(message, { cause: error.cause })
    : createErrorFromResponse(error.status, message);
}
