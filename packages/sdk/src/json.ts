/** Values that came from outside, as JSON that every database takes: finite numbers, well-formed text without NUL, bounded depth, no prototype touched. */
import type { JsonValue } from './payload.ts';

/** Deeper than any metadata that means something; a recursive walk of hostile depth would end the stack. */
const MAX_DEPTH = 32;
/** Values in one: structures may be huge, or go in circles with more than one way round. */
const MAX_VALUES = 10_000;
const TOO_LARGE = '[too large]';

/** A lone surrogate or a NUL makes PostgreSQL refuse the whole row. */
export const storableText = (text: string): string =>
  (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();

/** `undefined`: nothing that JSON can say. Applications hand in what they like: what can't be read (a getter that throws) says nothing. */
export const toJsonValue = (value: unknown): JsonValue | undefined => convert(value, 0, { left: MAX_VALUES });

interface Budget {
  left: number;
}

function convert(value: unknown, depth: number, budget: Budget): JsonValue | undefined {
  budget.left -= 1;
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
      if (depth >= MAX_DEPTH || budget.left <= 0) return TOO_LARGE;
      try {
        return convertObject(value, depth, budget);
      } catch {
        return undefined;
      }
    default:
      return undefined;
  }
}

function convertObject(value: object, depth: number, budget: Budget): JsonValue | undefined {
  if (Array.isArray(value)) {
    const list: JsonValue[] = [];
    for (let i = 0; i < value.length; i += 1) {
      if (budget.left <= 0) return [...list, TOO_LARGE];
      list.push(convert(value[i], depth + 1, budget) ?? null);
    }
    return list;
  }
  // The keys alone of a file's bytes would take longer than its upload.
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name}]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  const entries: [string, JsonValue][] = [];
  for (const key of Object.keys(value)) {
    if (budget.left <= 0) {
      entries.push(['…', TOO_LARGE]);
      break;
    }
    const inner = convert((value as Readonly<Record<string, unknown>>)[key], depth + 1, budget);
    if (inner !== undefined) entries.push([storableText(key), inner]);
  }
  // `fromEntries` makes own properties of whatever keys come, `__proto__` too.
  return Object.fromEntries(entries);
}

/** Of one value of a trace record, as JSON. */
const MAX_BOUNDED_CHARS = 65_536;

/** As `toJsonValue`; what is too long is the beginning of its JSON, as text. */
export function boundedJson(value: unknown): JsonValue | undefined {
  const json = toJsonValue(value);
  const text = JSON.stringify(json) as string | undefined;
  return text === undefined || text.length <= MAX_BOUNDED_CHARS
    ? json
    : `${text.slice(0, MAX_BOUNDED_CHARS).toWellFormed()}…`;
}
