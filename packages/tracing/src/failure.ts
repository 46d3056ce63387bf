/** Anything can be thrown; a span wants an exception with a message. */
import { SpanStatusCode } from '@opentelemetry/api';
import type { Exception, Span } from '@opentelemetry/api';

/** Records what was thrown on the span, and marks it failed. */
export function recordFailure(span: Span, thrown: unknown): void {
  const exception = toException(thrown);
  span.recordException(exception);
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: typeof exception === 'string' ? exception : (exception.message ?? ''),
  });
}

function toException(thrown: unknown): Exception {
  try {
    // Errors of another realm, and objects that pass for one.
    if (typeof thrown === 'object' && thrown !== null && 'message' in thrown && typeof thrown.message === 'string') {
      return thrown as Exception & { message: string };
    }
    return String(thrown);
  } catch {
    return 'unknown error'; // a getter that throws, or an object without a text
  }
}
