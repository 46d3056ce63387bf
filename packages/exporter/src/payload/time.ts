/** Durations as numbers and as the contract's text. */
import type { HrTime } from '../span.ts';
import { elapsedMs } from '../span.ts';

/** Milliseconds, never negative: clocks run backwards. Rounded to a microsecond, which is what clocks give. */
export const durationMs = (from: HrTime, to: HrTime | undefined): number =>
  to === undefined ? 0 : Math.max(0, Math.round(elapsedMs(from, to) * 1000) / 1000);

/** `"0 min 2.50 sec"`: minutes, then seconds with two decimals. */
export function responseTimeText(ms: number): string {
  const hundredths = Math.round(ms / 10);
  const minutes = Math.floor(hundredths / 6000);
  return `${minutes} min ${((hundredths - minutes * 6000) / 100).toFixed(2)} sec`;
}
