/** How values become the text of an attribute, within a bound. */
import { isObject } from './override.ts';

/**
 * Limits of one text in characters, as the exporter has them (`maxFieldChars`; steps are smaller). One more is kept, so that the exporter
 * still sees that something was too long, and marks the record `truncated`.
 */
export const MAX_FIELD_CHARS = 1_048_576;
export const MAX_STEP_CHARS = 65_536;

/**
 * Text as itself, anything else as JSON; `undefined` where there is nothing to show. With `plainOnly`, of an instance of a class only the
 * name is shown: what an application merely passes around (clients, requests) may hold keys.
 */
export function toText(value: unknown, maxChars: number, plainOnly = false): string | undefined {
  if (value === undefined || value === null) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- neither an object nor a function comes so far
  if (!isObject(value) && typeof value !== 'function') return String(value).slice(0, maxChars + 1);
  // Bytes, and with `plainOnly` instances of classes other than dates, by their name: before `toJSON`, which makes a number of each byte of a Buffer.
  const shown = (item: unknown): unknown =>
    isObject(item) &&
    (ArrayBuffer.isView(item) || (plainOnly && ![undefined, Object, Array, Date].includes(item.constructor as never)))
      ? `[${item.constructor.name}]`
      : item;
  // What is left of the bound: a value is walked no further than its text is kept. Nothing counts more than it takes, so what was cut is too long.
  let left = maxChars;
  try {
    const json = JSON.stringify(
      shown(value) === value ? value : undefined,
      function (this: unknown, key, inner: unknown) {
        left -= Array.isArray(this) ? 1 : key.length + 1;
        if (left < 0) return undefined;
        if (typeof inner === 'bigint') return String(inner);
        if (typeof inner === 'string') {
          const text = inner.slice(0, left + 1);
          left -= text.length;
          return text;
        }
        if (!isObject(inner)) return inner;
        const copy = (Array.isArray(inner) ? inner.slice(0, left + 1) : { ...inner }) as Record<string, unknown>;
        for (const name in copy) copy[name] = shown(copy[name]);
        return copy;
      },
    ) as string | undefined;
    return json?.slice(0, maxChars + 1);
  } catch {
    return undefined; // a cycle, a `toJSON` that throws, or deeper than the stack: content is not worth a failing application
  }
}
