/** The HuggingPlace backend's JSON for one span (wire contract, section 2: `POST /api/traces/batch`). */
import type { JsonValue } from './payload.ts';

export type Evaluation = 'REVIEW' | 'APPROVED' | 'REJECTED';

/** Where they go, many at a time. */
export const BATCH_PATH = '/api/traces/batch';

/** `parentSpanId` of a span without a parent. */
export const NO_PARENT = '0000000000000000';

export interface TraceRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly operation: string;
  readonly service: string;
  /** ISO 8601. */
  readonly startTime: string;
  readonly endTime: string;
  readonly durationMs: number;
  readonly status: 'OK' | 'ERROR';
  readonly attributes: { readonly [key: string]: JsonValue };
  readonly logs: readonly JsonValue[];
  readonly metadata: { readonly [key: string]: JsonValue };
  /** The OpenTelemetry span of the same work; absent where no SDK is registered. */
  readonly otelContext?: { readonly otelTraceId: string; readonly otelSpanId: string };
}
