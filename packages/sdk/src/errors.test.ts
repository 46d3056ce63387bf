import { expect, it } from 'vitest';
import * as sdk from './index.ts';

it.each([
  [400, sdk.ValidationError, 'VALIDATION_ERROR', false],
  [413, sdk.ValidationError, 'VALIDATION_ERROR', false],
  [422, sdk.ValidationError, 'VALIDATION_ERROR', false],
  [401, sdk.AuthenticationError, 'AUTH_ERROR', false],
  [403, sdk.AuthenticationError, 'AUTH_ERROR', false],
  [429, sdk.RateLimitError, 'RATE_LIMIT_ERROR', true],
  [500, sdk.ServerError, 'SERVER_ERROR', true],
  [502, sdk.ServerError, 'SERVER_ERROR', true],
  [503, sdk.ServerError, 'SERVER_ERROR', true],
  [504, sdk.ServerError, 'SERVER_ERROR', true],
  [404, sdk.HuggingPlaceSDKError, 'UNKNOWN_ERROR', false],
  [501, sdk.HuggingPlaceSDKError, 'UNKNOWN_ERROR', false],
  [302, sdk.HuggingPlaceSDKError, 'UNKNOWN_ERROR', false],
])('HTTP %i is its own error', (status, type, code, retryable) => {
  const error = sdk.createErrorFromResponse(status, 'because');
  expect(error.constructor).toBe(type);
  expect(error).toBeInstanceOf(sdk.HuggingPlaceSDKError);
  expect(error).toMatchObject({ name: type.name, code, status, retryable, message: 'because' });
});

it('keeps the cause, and has none where there is none', () => {
  const cause = new Error('ECONNREFUSED');
  expect(new sdk.NetworkError('no answer', { cause })).toMatchObject({
    cause,
    code: 'NETWORK_ERROR',
    retryable: true,
    status: undefined,
  });
  expect('cause' in new sdk.NetworkError('no answer')).toBe(false);
});
