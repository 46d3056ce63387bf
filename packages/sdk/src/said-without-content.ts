/** What the backend says about a failure may repeat what it was sent, and that is never logged. */
import type { StoreRequest } from './payload.ts';

/** So much of a text at its beginning is enough to know it again. */
const TELLING_CHARS = 16;

/** @param message as `Client` cleans it: white space is one space, the key is gone */
export function saidWithoutContent(message: string, body: Uint8Array): string {
  // Delivery wrote it, but from whatever it was given.
  const { user_prompt, ai_response } = JSON.parse(Buffer.from(body).toString()) as Partial<
    Record<keyof StoreRequest, unknown>
  >;
  return withoutContent(message, [user_prompt, ai_response]);
}

/** @param contents what must not be said; what is no text counts as none */
export function withoutContent(message: string, contents: readonly unknown[]): string {
  const isRepeated = contents.some((text) => {
    if (typeof text !== 'string') return false;
    const beginning = text.replace(/\s+/g, ' ').trim().slice(0, TELLING_CHARS);
    return beginning !== '' && message.includes(beginning);
  });
  return isRepeated ? `${/^HTTP \d+/.exec(message)?.[0] ?? 'a message'}, which repeats what was sent` : message;
}
