/**
 * The little of OpenTelemetry's SDK that is used here, as structural types: one build works with SDK 1.30, 2.x and 3.x, and none of them is
 * installed by it. Where the versions differ, both forms are optional.
 */
import type { SpanContext } from '@opentelemetry/api';

type Time = [number, number];
type Values = Readonly<Record<string, unknown>>;

/** `ReadableSpan`. */
export interface SdkSpan {
  readonly name: string;
  readonly kind: number;
  spanContext(): SpanContext;
  /** SDK 1.x. */
  readonly parentSpanId?: string | undefined;
  /** SDK 2.x and later. */
  readonly parentSpanContext?: SpanContext | undefined;
  readonly startTime: Time;
  readonly endTime: Time;
  readonly attributes: Values;
  readonly events: readonly { readonly name: string; readonly time: Time; readonly attributes?: Values | undefined }[];
  readonly status: { readonly code: number; readonly message?: string | undefined };
  readonly resource: SdkResource;
  /** SDK 1.x. */
  readonly instrumentationLibrary?: { readonly name: string; readonly version?: string | undefined } | undefined;
  /** SDK 2.x and later. */
  readonly instrumentationScope?: { readonly name: string; readonly version?: string | undefined } | undefined;
  readonly droppedAttributesCount?: number | undefined;
  /** Half of the vocabularies keep messages in events. */
  readonly droppedEventsCount?: number | undefined;
}

/** `Resource`. */
export interface SdkResource {
  readonly attributes: Values;
  readonly asyncAttributesPending?: boolean | undefined;
  /** SDK 2.x and later. */
  getRawAttributes?(): readonly (readonly [string, unknown])[];
}

/** `SdkLogRecord` (`LogRecord` beside SDK 1.x). */
export interface SdkLogRecord {
  readonly spanContext?: SpanContext | undefined;
  readonly eventName?: string | undefined;
  readonly body?: unknown;
  readonly attributes: Values;
}

/** `ExportResult` of `@opentelemetry/core`; code 0 is success, 1 failure. */
export interface ExportResult {
  readonly code: 0 | 1;
  readonly error?: Error;
}
