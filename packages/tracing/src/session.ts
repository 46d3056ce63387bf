/** Sessions: a conversation of several interactions, and whose it is. */
import { context } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { ATTR_HUGGINGPLACE_SPAN_KIND } from './attributes.ts';
import { idsInBaggage } from './baggage.ts';
import { identityOf, putIdentity, withIdentity } from './identity.ts';
import type { IdentityOptions } from './identity.ts';
import type { Scope, SpanHandle } from './handles.ts';
import { MarkedSpan, startSpan } from './marked-span.ts';

interface SessionDetails extends IdentityOptions {
  /** The span's name. Default `'session'`. */
  readonly name?: string | undefined;
}

export type SessionOptions =
  | (SessionDetails & {
      readonly sessionId: string;
      /**
       * `true`: session id and user id travel to the services that are called, in W3C baggage, and are taken from there where none is given here.
       * Both ends have to ask for it, for baggage goes to every host that is called, and comes from any that calls. Default `false`.
       */
      readonly baggage?: boolean | undefined;
    })
  | (SessionDetails & {
      /** The id comes with the request, in baggage. */
      readonly baggage: true;
    });

export type Session = SpanHandle;

function openSession(options: SessionOptions): MarkedSpan {
  let parent = context.active();
  if (options.baggage) parent = withIdentity(parent, idsInBaggage(parent));
  parent = withIdentity(parent, options, options.baggage);
  const attributes: Attributes = { [ATTR_HUGGINGPLACE_SPAN_KIND]: 'session' };
  putIdentity(attributes, identityOf(parent));
  return new MarkedSpan(startSpan(options.name || 'session', attributes, parent), parent, undefined);
}

/**
 * Calls `callback` in a session: every interaction that starts in it, marked or not, gets its identity. Returns what the callback returns; the
 * session's span ends when that is there, or read where it is a stream.
 */
export function startActiveSession<Result>(options: SessionOptions, callback: (session: Session) => Result): Result {
  return openSession(options).runToEnd(callback);
}

/** A session for `using`: what belongs to it is called through `run`. */
export const startSession: (options: SessionOptions) => Session & Scope = openSession;
