/** Numbers and moments as people read them. */

const decimals = (digits: number) => new Intl.NumberFormat('en', { maximumFractionDigits: digits });
const whole = decimals(0);
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const count = (value: number): string => whole.format(value);

/** `1.2K` from ten thousand on. */
export const shortCount = (value: number): string => (Math.abs(value) < 10_000 ? whole : compact).format(value);

export const percent = (share: number): string => `${decimals(share > 0.99 && share < 1 ? 2 : 1).format(share * 100)}%`;

/** `840 ms`, `2.35 s`, `3 m 20 s` */
export function duration(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return '–';
  if (milliseconds < 1) return `${decimals(2).format(milliseconds)} ms`;
  if (milliseconds < 1_000) return `${whole.format(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${decimals(2).format(milliseconds / 1_000)} s`;
  const minutes = Math.floor(milliseconds / 60_000);
  return `${whole.format(minutes)} m ${whole.format((milliseconds % 60_000) / 1_000)} s`;
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

const isToday = (moment: Date): boolean => moment.toDateString() === new Date().toDateString();

/** Today's moments by their time, older ones by their day as well. */
export function moment(iso: string): string {
  const date = new Date(iso);
  return isToday(date) ? time.format(date) : `${day.format(date)}, ${shortTime.format(date)}`;
}

export const fullMoment = (iso: string): string => full.format(new Date(iso));

/** For the axis of a chart: days where a bar is hours, times where it is minutes. */
export const axisMoment = (date: Date, bucketSeconds: number): string =>
  bucketSeconds >= 10_800 ? day.format(date) : bucketSeconds < 60 ? time.format(date) : shortTime.format(date);

/** JSON as it is read, anything else as it is. */
export function pretty(text: string): string {
  if (!/^\s*[[{]/.test(text) || text.length > 200_000) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
