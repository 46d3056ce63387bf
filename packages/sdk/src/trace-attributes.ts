/** Attributes of the spans that the tracing calls make, in the words that HuggingPlace's exporter reads. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { toJsonValue } from './json.ts';

type Values = Readonly<Record<string, unknown>>;

/** Of a text in a step. */
const MAX_TEXT_CHARS = 65_536;

/** Each value that an attribute can hold, under a prefix; objects as their JSON. */
export function attributesOf(values: Values | undefined, prefix = ''): Attributes {
  const entries: [string, AttributeValue][] = [];
  for (const [key, value] of Object.entries(values ?? {})) {
    if (value === undefined || value === null || typeof value === 'function') continue;
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    entries.push([prefix + key, isPlain ? value : textOf(value)]);
  }
  return Object.fromEntries(entries);
}

/** Who it was for: the names of today's callers, as the conventions' attributes. */
export function identityAttributes(user: Values | undefined, further: Values): Attributes {
  const { userId, id, user_uuid: userUuid, email, ...others } = user ?? {};
  return {
    ...attributesOf({ 'user.id': userId ?? id ?? userUuid, 'user.email': email }),
    ...attributesOf(others, 'huggingplace.user_metadata.'),
    ...attributesOf({ 'session.id': further['sessionId'] ?? further['session_id'] }),
  };
}

/** A text as itself, else its JSON; cut. */
export function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(toJsonValue(value) ?? null);
  return text.length <= MAX_TEXT_CHARS ? text : `${text.slice(0, MAX_TEXT_CHARS).toWellFormed()}…`;
}
