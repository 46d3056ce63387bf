/** Session id and user id across services, in W3C baggage. */
import { createContextKey, diag, propagation } from '@opentelemetry/api';
import type { Baggage, Context } from '@opentelemetry/api';
import { ATTR_SESSION_ID, ATTR_USER_ID } from './attributes.ts';

/**
 * Of all baggage together, encoded. OpenTelemetry's propagator silently drops an entry of more, and all beyond twice as much
 * (https://www.w3.org/TR/baggage/#limits); servers refuse requests whose headers reach 8 to 16 kB.
 */
const MAX_BAGGAGE_BYTES = 4096;

/** Whether the sessions around the running code asked for it. */
const PASSES_ON_KEY = createContextKey('huggingplace.baggage');
let hasWarned = false;

/** Replaces the ids in the baggage by `ids`, where `passesOn` or a session around asks for it. What does not fit is left out. */
export function withIdsInBaggage(
  context: Context,
  ids: { readonly sessionId?: string; readonly userId?: string },
  passesOn = context.getValue(PASSES_ON_KEY) as boolean | undefined,
): Context {
  if (passesOn === undefined) return context;
  let baggage = (propagation.getBaggage(context) ?? propagation.createBaggage()).removeEntries(
    ATTR_SESSION_ID,
    ATTR_USER_ID,
  );
  if (passesOn) {
    let extended = baggage;
    if (ids.sessionId) extended = extended.setEntry(ATTR_SESSION_ID, { value: ids.sessionId });
    if (ids.userId) extended = extended.setEntry(ATTR_USER_ID, { value: ids.userId });
    if (fits(extended)) baggage = extended;
    else if (!hasWarned) {
      hasWarned = true;
      diag.warn('@huggingplace/tracing: no room for session.id and user.id in W3C baggage');
    }
  }
  return propagation.setBaggage(context.setValue(PASSES_ON_KEY, passesOn), baggage);
}

function fits(baggage: Baggage): boolean {
  try {
    const entries = baggage.getAllEntries().map(([name, { value }]) => name + value);
    return encodeURIComponent(entries.join()).length <= MAX_BAGGAGE_BYTES;
  } catch {
    return false; // half a surrogate pair has no encoding, and the propagator would throw into the application's request
  }
}

/** What a calling service passed on. */
export function idsInBaggage(context: Context): {
  readonly sessionId: string | undefined;
  readonly user: { readonly id: string | undefined };
} {
  const value = (name: string) => propagation.getBaggage(context)?.getEntry(name)?.value;
  return { sessionId: value(ATTR_SESSION_ID), user: { id: value(ATTR_USER_ID) } };
}
