/** A ready-made mask: personal data and secrets of a known form, in any text, become `[email]`, `[phone]`, `[card]`, `[iban]`, `[ip]`, `[secret]`. */
import type { Mask } from './mask.ts';
import { PII_DETECTORS, type PiiDetector } from './pii-detectors.ts';

/** Whole fields that are identity: without them records of one conversation or user would fall apart. */
const IDENTITY = new Set(['session_id', 'user_uuid']);

/**
 * For the option `mask`: e-mail addresses, telephone numbers, payment cards, IBANs, IPv4 and IPv6 addresses, API keys, tokens and passwords are
 * replaced by what they are; `session_id` and `user_uuid` stay. Names, postal addresses and whatever else has no form of its own stay too.
 */
export function redactPii(): Mask {
  return (text, where) => (IDENTITY.has(where) ? text : PII_DETECTORS.reduce(replaceAll, text));
}

function replaceAll(text: string, { placeholder, sign, pattern, measure }: PiiDetector): string {
  if (!sign.test(text)) return text;
  let replaced = '';
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const [whole, kept = ''] = match;
    const start = match.index + kept.length;
    const length = measure?.(text, start) ?? whole.length - kept.length;
    if (start < from || length === 0) continue;
    replaced += text.slice(from, start) + placeholder;
    from = start + length;
  }
  return from === 0 ? text : replaced + text.slice(from);
}
