/** Session id and user id across services, in W3C baggage. */
import { createContextKey, diag, propagation } from '@opentelemetry/api';
import type { Baggage, Context } from '@opentelemetry/api';
import { ATTR_SESSION_ID, ATTR_USER_ID } from './attributes.ts';

/**
 * Beyond them OpenTelemetry's propagator drops entries, other people's too, and says nothing (https://www.w3.org/TR/baggage/#limits):
 * bytes of all, of one, and their number.
 */
const MAX_BAGGAGE_BYTES = 8192;
const MAX_ENTRY_BYTES = 4096;
const MAX_ENTRIES = 180;

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
    const put = (name: string, value: string | undefined) => {
      if (value === undefined) return;
      const extended = baggage.setEntry(name, { value });
      if (fits(extended)) baggage = extended;
      else if (!hasWarned) {
        hasWarned = true;
        diag.warn(
          `@huggingplace/tracing: ${name} does not fit into W3C baggage (${MAX_BAGGAGE_BYTES} bytes in all, ${MAX_ENTRY_BYTES} an entry), and is not passed on`,
        );
      }
    };
    put(ATTR_SESSION_ID, ids.sessionId);
    put(ATTR_USER_ID, ids.userId);
  }
  return propagation.setBaggage(context.setValue(PASSES_ON_KEY, passesOn), baggage);
}

function fits(baggage: Baggage): boolean {
  try {
    const sizes = baggage
      .getAllEntries()
      .map(
        ([name, { value, metadata }]) =>
          `${encodeURIComponent(name)}=${encodeURIComponent(value)};${metadata?.toString() ?? ''}`.length,
      );
    // A comma between entries.
    const bytes = sizes.reduce((sum, size) => sum + size + 1, 0);
    return sizes.length <= MAX_ENTRIES && bytes <= MAX_BAGGAGE_BYTES && Math.max(...sizes) <= MAX_ENTRY_BYTES;
  } catch {
    return false; // half a surrogate pair has no encoding, and the propagator would throw into the application's request
  }
}

/** What a calling service passed on. */
export function idsInBaggage(context: Context): {
  readonly sessionId: string | undefined;
  readonly userId: string | undefined;
} {
  const baggage = propagation.getBaggage(context);
  return { sessionId: baggage?.getEntry(ATTR_SESSION_ID)?.value, userId: baggage?.getEntry(ATTR_USER_ID)?.value };
}
