/** How long to wait before the next attempt. */

/** The first wait is at most this, each further one at most twice the one before. */
const FIRST_BACKOFF_MS = 500;
/** Short, for it is also how long a backend that is back may go unnoticed; one probe each 5 s harms nobody. */
const MAX_BACKOFF_MS = 5_000;

const MIN_RETRY_AFTER_MS = 1_000;
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/**
 * Exponential backoff with full jitter: processes that failed together do not come back together.
 *
 * @param failures how many attempts failed in a row, from 1
 * @param random from 0 to 1
 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}

/**
 * Milliseconds that a `Retry-After` header asks for, in seconds or as an HTTP date (RFC 9110, section 10.2.3), between a second and an
 * hour. What can't be read asks for a second: the backend wanted a wait.
 *
 * @param date the answer's own `Date` header: a date is meant by the clock of the one who wrote it
 * @param wallMs our clock, where there is no `Date` header
 */
export function retryAfterMs(retryAfter: string, date: string | undefined, wallMs: number): number {
  const text = retryAfter.trim();
  if (/^\d+$/.test(text)) return clamp(Number(text) * 1000);
  // RFC 9110, section 5.6.7: every form of an HTTP date begins with a day's name; `Date.parse` alone takes `-1` for a year.
  const until = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : NaN;
  const from = Date.parse(date ?? '');
  return Number.isNaN(until) ? MIN_RETRY_AFTER_MS : clamp(until - (Number.isNaN(from) ? wallMs : from));
}

const clamp = (milliseconds: number) => Math.min(Math.max(milliseconds, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS);
