/** What the backend says about a failure may repeat what it was sent, and that is never logged. */
import type { StoreRequest } from './payload.ts';

/** Shorter texts say nothing, and stand in any message by chance: `4` in a port, `no` in a sentence. */
const MIN_CONTENT_CHARS = 8;
/** Sentences of this package, which knows no content. */
const OWN_WORDS = /^(no answer from |HTTP \d+: redirects are not followed)/;
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
  if (OWN_WORDS.test(message)) return message;
  const isRepeated = contents.some((text) => {
    if (typeof text !== 'string') return false;
    const beginning = text.replace(/\s+/g, ' ').trim().slice(0, TELLING_CHARS);
    return beginning.length >= MIN_CONTENT_CHARS && message.includes(beginning);
  });
  return isRepeated ? `${/^HTTP \d+/.exec(message)?.[0] ?? 'a message'}, which repeats what was sent` : message;
}
