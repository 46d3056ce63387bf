/** Anything can be thrown; a span wants an exception with a message. */
import { SpanStatusCode } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { member } from './override.ts';

/** Records what was thrown on the span, and marks it failed. */
export function recordFailure(span: Span, thrown: unknown): void {
  const exception = toException(thrown);
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
}

function toException(thrown: unknown): Error | { message: string } {
  try {
    // An error, be it of another realm or class, is known by its message.
    return typeof member(thrown, 'message') === 'string' ? (thrown as Error) : { message: String(thrown) };
  } catch {
    return { message: 'unknown error' }; // an object without a text
  }
}
