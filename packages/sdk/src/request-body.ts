/** The bytes of a request that stores an interaction. */
import type { Sendable } from './backlog.ts';
import type { Credentials } from './options.ts';
import type { InteractionPayload, StoreRequest } from './payload.ts';

/** A shorter form of a payload; `undefined`: it can't be shortened. */
export type Shorten = (payload: InteractionPayload) => InteractionPayload | undefined;

const encoder = new TextEncoder();

/** `undefined`: it can't be written as JSON (a cycle, a `toJSON` or a getter that throws). */
export function requestBody(payload: InteractionPayload, { orgId }: Credentials): Uint8Array | undefined {
  try {
    return encoder.encode(JSON.stringify({ ...payload, org_id: orgId } satisfies StoreRequest));
  } catch {
    return undefined;
  }
}

/** `undefined`: it can't be shortened. */
export function shortenedBody({ body, credentials }: Sendable, shorten: Shorten | undefined): Uint8Array | undefined {
  try {
    // `requestBody` wrote it.
    const payload = JSON.parse(Buffer.from(body).toString()) as StoreRequest;
    const shorter = shorten?.(payload);
    return shorter && requestBody(shorter, credentials);
  } catch {
    return undefined;
  }
}
