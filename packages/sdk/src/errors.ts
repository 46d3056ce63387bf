/** The errors that this package throws: one class for each row of the wire contract's table of failures. */

export type ErrorCode =
  'VALIDATION_ERROR' | 'AUTH_ERROR' | 'RATE_LIMIT_ERROR' | 'SERVER_ERROR' | 'NETWORK_ERROR' | 'UNKNOWN_ERROR';

export interface ErrorDetails {
  /** HTTP status of the answer; absent where there was none. */
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** Every error of this package. Its message and cause never hold a key, a prompt or an answer. */
export class HuggingPlaceSDKError extends Error {
  override readonly name: string = 'HuggingPlaceSDKError';
  readonly code: ErrorCode = 'UNKNOWN_ERROR';
  /** Whether the same bytes may be taken later. */
  readonly retryable: boolean = false;
  /** HTTP status of the answer; `undefined` where there was none. */
  readonly status: number | undefined;

  constructor(message = 'HuggingPlace SDK error', { status, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
  }

  /** For logs that are JSON, which would say nothing of an error's message. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, retryable, status } = this;
    return { name, code, message, retryable, ...(status !== undefined && { status }) };
  }
}

/** A wrong option or field, or a body that the backend refuses (400, 413, 422). */
export class ValidationError extends HuggingPlaceSDKError {
  override readonly name = 'ValidationError';
  override readonly code = 'VALIDATION_ERROR';

  constructor(message = 'Validation failed', details: ErrorDetails = {}) {
    super(message, details);
  }
}

/** The backend does not know the key, or the key may not write to this organisation (401, 403). */
export class AuthenticationError extends HuggingPlaceSDKError {
  override readonly name = 'AuthenticationError';
  override readonly code = 'AUTH_ERROR';

  constructor(message = 'Authentication failed', details: ErrorDetails = {}) {
    super(message, details);
  }
}

/** Too many requests (429). */
export class RateLimitError extends HuggingPlaceSDKError {
  override readonly name = 'RateLimitError';
  override readonly code = 'RATE_LIMIT_ERROR';
  override readonly retryable = true;

  constructor(message = 'Rate limit exceeded', details: ErrorDetails = {}) {
    super(message, details);
  }
}

/** The backend failed (500, 502, 503, 504). */
export class ServerError extends HuggingPlaceSDKError {
  override readonly name = 'ServerError';
  override readonly code = 'SERVER_ERROR';
  override readonly retryable = true;

  constructor(message = 'Server error occurred', details: ErrorDetails = {}) {
    super(message, details);
  }
}

/** No answer: refused, reset, timed out, not found, not trusted. */
export class NetworkError extends HuggingPlaceSDKError {
  override readonly name = 'NetworkError';
  override readonly code = 'NETWORK_ERROR';
  override readonly retryable = true;

  constructor(message = 'Network error occurred', details: ErrorDetails = {}) {
    super(message, details);
  }
}

/** The error for an HTTP status, by the contract's table. */
export function createErrorFromResponse(status: number, message: string): HuggingPlaceSDKError {
  switch (status) {
    case 400:
    case 413:
    case 422:
      return new ValidationError(message, { status });
    case 401:
    case 403:
      return new AuthenticationError(message, { status });
    case 429:
      return new RateLimitError(message, { status });
    case 500:
    case 502:
    case 503:
    case 504:
      return new ServerError(message, { status });
    default:
      return new HuggingPlaceSDKError(message, { status });
  }
}
