/** Durations. */
import type { HrTime } from '../span.ts';
import { elapsedMs } from '../span.ts';

/** Milliseconds, never negative: clocks run backwards. Rounded to a microsecond, which is what clocks give. */
export const durationMs = (from: HrTime, to: HrTime | undefined): number =>
  to === undefined ? 0 : Math.max(0, Math.round(elapsedMs(from, to) * 1000) / 1000);
