/// <reference lib="es2024.string" />
/** JSON from outside, made fit for PostgreSQL: what it cannot hold is replaced, not refused. */

/** Deeper JSON is refused: PostgreSQL's and JavaScript's own recursion would end it with an error of theirs. */
export const MAX_DEPTH = 64;

/** `undefined`: nested deeper than {@link MAX_DEPTH}. */
export function storable(json: unknown): { value: unknown } | undefined {
  const tooDeep = new RangeError();
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return storableText(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === MAX_DEPTH) throw tooDeep;
    if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
    // `fromEntries` defines each key: none of them, whatever its name, reaches a prototype.
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableKey(key), clean(item, depth + 1)]));
  };
  try {
    return { value: clean(json, 0) };
  } catch (error) {
    if (error === tooDeep) return undefined;
    throw error;
  }
}

/** PostgreSQL has no NUL in text, and no lone surrogates in JSON: both become U+FFFD. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** `__proto__` would be lost in the next object that somebody fills key by key. */
const storableKey = (key: string): string => (key === '__proto__' ? '[__proto__]' : storableText(key));
