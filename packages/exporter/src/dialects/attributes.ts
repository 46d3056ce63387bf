/** Attribute values, looked at before they are believed: a value of a wrong type is absent, and never throws. */
import type { Attributes } from '../span.ts';

/** An object that came from outside: JSON, a log body, a structured attribute. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own properties only: a key may be called `constructor`. */
export const property = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** A text that says something; empty is unknown. Numbers are taken as their text (ids arrive so). */
export const asText = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value || undefined
    : typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : undefined;

/** A count: finite and not negative; also as decimal text, for some vocabularies write numbers so. */
export function asCount(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && value.trim() !== ''
      ? Number(value)
      : typeof value === 'bigint'
        ? Number(value)
        : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** Texts of a list, or of a JSON list, or a lone text. */
export function asTexts(value: unknown): readonly string[] | undefined {
  const list = typeof value === 'string' && value.startsWith('[') ? parseJson(value) : value;
  const texts = (Array.isArray(list) ? (list as unknown[]) : [list]).flatMap((item) => asText(item) ?? []);
  return texts.length > 0 ? texts : undefined;
}

/** A list that holds something; an empty one says nothing. */
export const someOf = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

/** The value of a JSON text; a value that is no text as it is; `undefined` where the text is no JSON. */
export function parseJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/** JSON of an object or a list as its value, any other text as itself: vocabularies put both into one attribute. */
export function jsonOrText(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[[{]/.test(value) ? (parseJson(value) ?? value) : value;
}

/**
 * True of what was JSON and can't be opened, for a limit of the SDK cut it.
 * @param opened what `jsonOrText` made of it; ordinary text that begins with a bracket does not look so
 */
export const isCutJson = (opened: unknown): boolean =>
  typeof opened === 'string' && /^\s*(?:\{\s*"|\[\s*[{["])/.test(opened);

/** A text that stands JSON-encoded, with its quotes, as itself; any other text as it is. */
export function unquoted(value: unknown): string | undefined {
  const parsed = typeof value === 'string' && value.startsWith('"') ? parseJson(value) : undefined;
  return typeof parsed === 'string' ? parsed : toText(value);
}

/** Base64, also as data URL. No prose runs so long without a space; shorter ones may be ids. */
const BASE64 = /^(?:data:[^,]{0,200},)?[\w+/=-]{1024,}$/;

/**
 * How a value is shown as text: text as itself, anything else as JSON in which images and files are named by their size; `undefined` where there
 * is nothing to show.
 */
export function toText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'string' && BASE64.test(inner)) return `[data ${Math.ceil((inner.length * 3) / 4096)} kB]`;
      return typeof inner === 'bigint' ? inner.toString() : inner;
    });
  } catch {
    return undefined; // a cycle, a `toJSON` that throws, or deeper than the stack
  }
}

/** The items of a list that was flattened, `list.0.role`, `list.0.content`, in the order of their indices, each by the rest of its keys. */
export function itemsOf(
  entries: Iterable<readonly [string, unknown]>,
  list: string,
): readonly ReadonlyMap<string, unknown>[] {
  const items = new Map<number, Map<string, unknown>>();
  for (const [key, value] of entries) {
    if (!key.startsWith(list)) continue;
    const [, index, rest] = /^\.(\d{1,6})\.(.+)$/.exec(key.slice(list.length)) ?? [];
    if (index === undefined || rest === undefined) continue;
    const item = items.get(Number(index)) ?? new Map<string, unknown>();
    items.set(Number(index), item.set(rest, value));
  }
  return [...items].sort(([a], [b]) => a - b).map(([, item]) => item);
}

/** The attributes below `prefix`, by the rest of their key, in a map: keys are attacker-controlled. */
export function attributesBelow(attributes: Attributes, prefix: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const key of Object.keys(attributes))
    if (key.startsWith(prefix) && key.length > prefix.length) found.set(key.slice(prefix.length), attributes[key]);
  return found;
}
