/** JSON that an SDK's attribute length limit cut: what stood before the cut is worth more than a text of brackets. */
import { isCutJson, jsonOrText, parseJson } from './attributes.ts';

/** JSON of an object or a list as its value, as far as it goes where it was cut; a text that is none as it is. */
export function openJson(value: unknown): { readonly value: unknown; readonly isCut: boolean } {
  const inner = jsonOrText(value);
  const isCut = typeof inner === 'string' && isCutJson(inner);
  return { value: isCut ? parseCutJson(inner) : inner, isCut };
}

/**
 * The value of a JSON text as far as it goes: open texts, lists and objects are closed, a key without its value is dropped.
 * `undefined` where even that is no JSON.
 */
export function parseCutJson(text: string): unknown {
  const { closed, wholeEnd } = closeOpen(text);
  return parseJson(closed) ?? parseJson(closeOpen(text.slice(0, wholeEnd)).closed);
}

/** @returns the text with all closed that was open in it, and where the last value ended of which more may not have followed */
function closeOpen(text: string): { readonly closed: string; readonly wholeEnd: number } {
  const closers: string[] = [];
  let isInText = false;
  let wholeEnd = 0;
  let end = text.length;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isInText) {
      if (char === '\\') {
        const length = text[at + 1] === 'u' ? 6 : 2;
        if (at + length > text.length) end = at;
        at += length - 1;
      } else if (char === '"') isInText = false;
    } else if (char === '"') isInText = true;
    else if (char === '{' || char === '[') closers.push(char === '{' ? '}' : ']');
    else if (char === ',') wholeEnd = at;
    else if (char === '}' || char === ']') {
      closers.pop();
      wholeEnd = at + 1;
    }
  }
  return { closed: text.slice(0, end) + (isInText ? '"' : '') + closers.reverse().join(''), wholeEnd };
}
