/** What `logWithTiming` and streams add to an interaction: how long it took, and what went wrong. */
import { mergedObject } from './log-fields.ts';
import type { LogOptions } from './log-options.ts';
import { responseTimeText } from './response-time.ts';
import { describeThrown } from './thrown.ts';

export function withTiming(fields: LogOptions, durationMs: number): LogOptions {
  return {
    ...fields,
    response_time: responseTimeText(durationMs),
    metaData: { response_time_ms: Math.round(durationMs), ...fields.metaData },
  };
}

/** The fields of an interaction whose model call failed. */
export function errorFields(error: unknown): LogOptions & { readonly metaData: Readonly<Record<string, unknown>> } {
  const { message, name } = describeThrown(error);
  const errorType = name === undefined ? {} : { errorType: name };
  return { ai_response: `Error: ${message}`, metaData: { error: true, errorMessage: message, ...errorType } };
}

/** The caller's fields, and over them what is known of the answer; what both say in `metaData` is merged, and what is known counts. */
export function merged(given: LogOptions, known: LogOptions): LogOptions {
  return { ...given, ...known, metaData: { ...mergedObject(given, 'metaData'), ...known.metaData } };
}
