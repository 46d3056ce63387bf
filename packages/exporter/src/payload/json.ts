/** Values that came from outside, as JSON that every database takes: finite numbers, well-formed text without NUL, bounded depth, no prototype touched. */
import type { JsonValue } from 'huggingplace-sdk';

/** Deeper than any metadata that means something; a recursive walk of hostile depth would end the stack. */
const MAX_DEPTH = 32;

/** A lone surrogate or a NUL makes PostgreSQL refuse the whole row. */
export const storableText = (text: string): string =>
  (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();

/** `undefined`: nothing that JSON can say. */
export function toJsonValue(value: unknown, depth = 0): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
      return storableText(value);
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= MAX_DEPTH) return '[too deep]';
      if (Array.isArray(value)) return (value as unknown[]).map((item) => toJsonValue(item, depth + 1) ?? null);
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
      return objectOf(Object.entries(value), depth);
    default:
      return undefined;
  }
}

/** `fromEntries` makes own properties of whatever keys come, `__proto__` too. */
const objectOf = (entries: readonly (readonly [string, unknown])[], depth: number): JsonValue =>
  Object.fromEntries(
    entries.flatMap(([key, inner]) => {
      const value = toJsonValue(inner, depth + 1);
      return value === undefined ? [] : [[storableText(key), value] as const];
    }),
  );
