import { describe, expect, it } from 'vitest';
import { AuthenticationError, HuggingPlaceSDKError, NetworkError, RateLimitError, ValidationError } from './errors.ts';
import { errorOfDrop } from './log-error.ts';
import type { InteractionPayload } from './payload.ts';

const PAYLOAD: InteractionPayload = { user_prompt: 'canary prompt, a long one', ai_response: '', mode: 'prod' };

describe('the error of an interaction that was dropped', () => {
  it('is that of the refusal itself', () => {
    const error = new AuthenticationError('HTTP 401: unknown key', { status: 401 });
    expect(errorOfDrop({ type: 'dropped', reason: 'unauthorised', error }, PAYLOAD)).toBe(error);
  });

  it('is of the class of the last failure, and says both why it is gone and what failed', () => {
    const cause = new Error('ECONNREFUSED');
    const network = new NetworkError('no answer from https://a.example (ECONNREFUSED)', { cause });
    const error = errorOfDrop({ type: 'dropped', reason: 'timed_out', error: network }, PAYLOAD);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', retryable: true, cause });
    expect(error.message).toMatch(
      /not stored within totalTimeoutMs .+; the last failure: no answer from .+ECONNREFUSED/,
    );

    const limited = new RateLimitError('HTTP 429: slow down', { status: 429 });
    expect(errorOfDrop({ type: 'dropped', reason: 'queue_full', error: limited }, PAYLOAD)).toMatchObject({
      name: 'RateLimitError',
      status: 429,
      message: expect.stringMatching(/the queue is full \(maxQueueBytes\); the last failure: HTTP 429/) as string,
    });
  });

  it('is a network error where no answer came in time, and the plain one where nothing was tried', () => {
    const unanswered = errorOfDrop({ type: 'dropped', reason: 'timed_out' }, PAYLOAD);
    expect(unanswered).toBeInstanceOf(NetworkError);
    expect(unanswered.message).toContain('no answer came');
    const shutDown = errorOfDrop({ type: 'dropped', reason: 'shutdown' }, PAYLOAD);
    expect(shutDown).toMatchObject({ name: 'HuggingPlaceSDKError', code: 'UNKNOWN_ERROR', retryable: false });
    expect(shutDown).toBeInstanceOf(HuggingPlaceSDKError);
    expect(errorOfDrop({ type: 'dropped', reason: 'spool_error' }, PAYLOAD).message).toContain('spool_error');
    expect(errorOfDrop({ type: 'dropped', reason: 'invalid' }, PAYLOAD)).toBeInstanceOf(ValidationError);
  });

  it('does not repeat what the backend repeats of the content', () => {
    const error = new ValidationError('HTTP 422: bad: canary prompt, a long one', { status: 422 });
    const said = errorOfDrop({ type: 'dropped', reason: 'rejected', error }, PAYLOAD);
    expect(said).toMatchObject({ name: 'ValidationError', status: 422 });
    expect(said.message).not.toContain('canary');
  });
});
