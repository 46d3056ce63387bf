/** Sessions: a conversation of several interactions, and whose it is. */
import { context } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { ATTR_HUGGINGPLACE_SPAN_KIND, HUGGINGPLACE_SPAN_KIND_VALUE_SESSION } from './attributes.ts';
import { identityOf, putIdentity, withIdentity } from './identity.ts';
import type { IdentityOptions } from './identity.ts';
import { MarkedSpan, startSpan } from './marked-span.ts';
import type { Scope, SpanHandle } from './marked-span.ts';

export interface SessionOptions extends IdentityOptions {
  readonly sessionId: string;
  /** The span's name. Default `'session'`. */
  readonly name?: string | undefined;
}

export type Session = SpanHandle;

function openSession(options: SessionOptions): MarkedSpan {
  const parent = withIdentity(context.active(), options);
  const attributes: Attributes = { [ATTR_HUGGINGPLACE_SPAN_KIND]: HUGGINGPLACE_SPAN_KIND_VALUE_SESSION };
  putIdentity(attributes, identityOf(parent));
  return new MarkedSpan(startSpan(options.name ?? 'session', attributes, parent), parent);
}

/**
 * Calls `callback` in a session: every interaction that starts in it, marked or not, gets its identity. Returns what the callback returns; the
 * session's span ends when that is there, or read where it is a stream.
 */
export function startActiveSession<Result>(options: SessionOptions, callback: (session: Session) => Result): Result {
  return openSession(options).runToEnd(callback);
}

/** A session for `using`: what belongs to it is called through `run`. */
export function startSession(options: SessionOptions): Session & Scope {
  return openSession(options);
}
