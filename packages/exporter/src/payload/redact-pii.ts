/** A ready-made mask: personal data and secrets that have a form of their own become `[email]`, `[phone]`, `[card]`, `[iban]`, `[ip]`, `[secret]`. */
import type { Mask } from 'huggingplace-sdk/internal';
import { PII_DETECTORS, type PiiDetector } from './pii-detectors.ts';

/** Whole fields that are identity: without them the records of one conversation or one user would fall apart. */
const IDENTITY = new Set(['session_id', 'user_uuid']);

/**
 * For the option `mask`. E-mail addresses, telephone numbers, payment cards, IBANs, IP addresses, API keys, tokens and passwords are replaced by
 * the name of what they are; `session_id` and `user_uuid` are left alone. Names, postal addresses and whatever else only its meaning tells stay.
 */
export const redactPii = (): Mask => (text, where) => (IDENTITY.has(where) ? text : PII_DETECTORS.reduce(redact, text));

function redact(text: string, { placeholder, sign, pattern, measure }: PiiDetector): string {
  if (sign?.test(text) === false) return text;
  let redacted = '';
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const kept = match.groups?.['kept']?.length ?? 0;
    const start = match.index + kept;
    const found = match[0].length - kept;
    const length = measure === undefined ? found : measure(text, start, found);
    if (length === 0 || start < from) continue;
    redacted += text.slice(from, start) + placeholder;
    from = start + length;
  }
  return from === 0 ? text : redacted + text.slice(from);
}
