/** What became of one attempt, as data: the one place that decides what may be tried again (wire contract, section 1). */
import { createErrorFromResponse, HuggingPlaceSDKError, NetworkError } from './errors.ts';
import { describe } from './option-reader.ts';
import { retryAfterMs } from './retry.ts';

export type Outcome =
  | { readonly type: 'stored' }
  /** Nobody will ever take these bytes. */
  | { readonly type: 'rejected'; readonly error: HuggingPlaceSDKError }
  /** Worth one more attempt with shortened content. */
  | { readonly type: 'too_large'; readonly error: HuggingPlaceSDKError }
  /** Key and organisation are not taken; the bytes may be, with others. */
  | { readonly type: 'unauthorised'; readonly error: HuggingPlaceSDKError }
  | {
      readonly type: 'failed';
      readonly error: HuggingPlaceSDKError;
      /** `backend`: it is down or overloaded, whatever was sent. `unclear`: it broke on this request, which may be the request's own doing. */
      readonly fault: 'backend' | 'unclear';
      /** No request before this many milliseconds have passed. */
      readonly waitMs?: number;
    };

/** What is read of an answer. */
export interface Answer {
  readonly status: number;
  readonly retryAfter?: string | undefined;
  readonly date?: string | undefined;
  /** What the backend said about its failure, safe to show. */
  readonly message: string;
}

export function outcomeOfAnswer({ status, retryAfter, date, message }: Answer, wallMs: number): Outcome {
  if (status >= 200 && status < 300) return { type: 'stored' };
  const error = createErrorFromResponse(status, message);
  switch (error.code) {
    case 'AUTH_ERROR':
      return { type: 'unauthorised', error };
    case 'RATE_LIMIT_ERROR':
    case 'SERVER_ERROR': {
      const fault = status === 500 ? 'unclear' : 'backend';
      if (retryAfter === undefined) return { type: 'failed', error, fault };
      return { type: 'failed', error, fault: 'backend', waitMs: retryAfterMs(retryAfter, date, wallMs) };
    }
    default:
      return { type: status === 413 ? 'too_large' : 'rejected', error };
  }
}

/** The HTTP statuses that have this outcome: the same table as data, for the exit worker, which has no code of ours. */
export function statusesWithOutcome(type: Outcome['type']): number[] {
  const statuses = Array.from({ length: 500 }, (_, index) => 100 + index);
  return statuses.filter((status) => outcomeOfAnswer({ status, message: '' }, 0).type === type);
}

/** The connection was there and broke, or what came over it was no HTTP. */
const BROKEN_CONNECTION =
  /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_.+|HPE_.+|HTTPParserError)$/;

/** The peer could not prove who it is, or spoke no TLS (Node's own, OpenSSL's and X.509 codes). */
const NOT_TRUSTED =
  /^(ERR_TLS_.+|ERR_SSL_.+|EPROTO|CERT_.+|CRL_.+|.+_CERT|SELF_SIGNED_.+|UNABLE_TO_.+|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|.+_IN_CHAIN|.+_LEAF_SIGNATURE)$/;

/** A wrong certificate is mended by people: no reason to knock more often. */
const NOT_TRUSTED_WAIT_MS = 30_000;

/** @param origin of the backend, without credentials */
export function outcomeOfNoAnswer(cause: unknown, origin: string): Outcome {
  const code = codeOf(cause);
  const error = new NetworkError(`no answer from ${origin} (${code})`, { cause: withoutContent(cause) });
  if (BROKEN_CONNECTION.test(code)) return { type: 'failed', error, fault: 'unclear' };
  if (NOT_TRUSTED.test(code)) return { type: 'failed', error, fault: 'backend', waitMs: NOT_TRUSTED_WAIT_MS };
  return { type: 'failed', error, fault: 'backend' };
}

/** `ECONNREFUSED`, `TimeoutError` …: the code of an error, else its name. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** undici's parser errors carry the bytes that could not be parsed, and a backend may echo what it was sent. */
function withoutContent(cause: unknown): unknown {
  return cause instanceof Error && 'data' in cause ? new Error(codeOf(cause)) : cause;
}

/** Whether a transport of the user's own gave what it promised: nothing but its `fault` decides how a failure is tried again. */
export function isOutcome(value: unknown): value is Outcome {
  const { type, error } = Object(value) as { readonly type?: unknown; readonly error?: unknown };
  if (type === 'stored') return true;
  return (
    ['rejected', 'too_large', 'unauthorised', 'failed'].includes(String(type)) && error instanceof HuggingPlaceSDKError
  );
}

export function unexpectedOutcome(value: unknown): Outcome {
  const { type } = Object(value) as { readonly type?: unknown };
  const got =
    type === undefined ? describe(value, true) : `type ${describe(type, false)} without an error of this package`;
  const error = new NetworkError(
    `the transport: expected { type: "stored" }, or a type ("failed", "rejected", …) and an error (a HuggingPlaceSDKError), got ${got}`,
  );
  return { type: 'failed', error, fault: 'backend' };
}
