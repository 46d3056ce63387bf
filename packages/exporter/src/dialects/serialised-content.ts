/**
 * Content that an instrumentation wrote as one JSON text. Only dialects that do so read it here: everywhere else a text is what somebody said, be it
 * JSON.
 */
import type { Message, Role } from '../interaction/reading.ts';
import { type JsonObject, parseJson, property } from './attributes.ts';
import { isPartAndNothingElse } from './message-parts.ts';
import { isMessage, readMessages } from './messages.ts';

/** The list of parts in a text, or what was given: an application's own list is a text like any other. */
export function serialisedParts(content: unknown): unknown {
  const list = listIn(content);
  return list?.every(isPartAndNothingElse) ? list : content;
}

/**
 * The messages in a text that holds a whole input (Responses API), or the one message.
 * @param role of what does not say whose it is
 */
export function serialisedMessages(message: JsonObject, role: Role): readonly Message[] {
  const content = property(message, 'content');
  const list = listIn(content);
  return list?.every(isMessage)
    ? readMessages(list, role)
    : readMessages({ ...message, content: serialisedParts(content) }, role);
}

function listIn(text: unknown): readonly unknown[] | undefined {
  const list = typeof text === 'string' && /^\s*\[\s*\{/.test(text) ? parseJson(text) : undefined;
  return Array.isArray(list) ? (list as readonly unknown[]) : undefined;
}
