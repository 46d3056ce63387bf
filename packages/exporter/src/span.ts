/** The little of a span that this package needs, from any OpenTelemetry SDK or from OTLP. */

/** Seconds and nanoseconds since the Unix epoch, as OpenTelemetry SDKs keep time. A number would lose nanoseconds, and with them the order of spans. */
export type HrTime = readonly [seconds: number, nanoseconds: number];

/**
 * Attribute keys and values come from outside. Values may be anything: SDK 3 and OTLP allow objects and mixed lists.
 * Keys are looked up, never unfolded into objects: a key may be `__proto__`.
 */
export type Attributes = Readonly<Record<string, unknown>>;

export interface SpanEvent {
  readonly name: string;
  readonly time: HrTime;
  readonly attributes: Attributes;
}

/** A GenAI log record: some instrumentations put the content only there. It belongs to the span whose id it carries. */
export interface LogEvent {
  /** `eventName`, else the attribute `event.name` (before Logs API 0.55). */
  readonly name: string;
  readonly body: unknown;
  readonly attributes: Attributes;
}

/** OpenTelemetry's numbers (`SpanKind` of `@opentelemetry/api`; OTLP's are one higher). */
export const SPAN_KIND = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const;
/** `SpanStatusCode` of `@opentelemetry/api`. */
export const STATUS = { unset: 0, ok: 1, error: 2 } as const;

/** A span as the road sees it. It is read, never written. */
export interface EndedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** `undefined`: the SDK does not say (1.x, behind an exporter). */
  readonly parentIsRemote: boolean | undefined;
  readonly name: string;
  readonly kind: number;
  readonly startTime: HrTime;
  /** `undefined`: it never ended. */
  readonly endTime: HrTime | undefined;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly logs: readonly LogEvent[];
  readonly status: { readonly code: number; readonly message?: string | undefined };
  readonly scope: { readonly name: string; readonly version?: string | undefined };
  readonly resource: Attributes;
  /** What the SDK's limits took from its attributes and events. */
  readonly droppedAttributesCount: number;
  /** `false`: recorded, but left out by the sampler. */
  readonly isSampled?: boolean | undefined;
}

/** Milliseconds from `from` to `to`. */
export const elapsedMs = (from: HrTime, to: HrTime): number => (to[0] - from[0]) * 1000 + (to[1] - from[1]) / 1e6;

/** Negative where `a` comes first. */
export const compareTimes = (a: HrTime, b: HrTime): number => a[0] - b[0] || a[1] - b[1];
