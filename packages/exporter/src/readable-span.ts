/** An SDK's span, of any version, as the road sees it. References are kept, nothing is copied and nothing written. */
import { TraceFlags } from '@opentelemetry/api';
import type { SdkResource, SdkSpan } from './sdk-types.ts';
import type { Attributes, EndedSpan, LogEvent } from './span.ts';

export interface SpanState {
  /** From the context in which it started: SDK 1.x keeps no more of a parent than its id. */
  readonly parentIsRemote?: boolean | undefined;
  readonly hasEnded: boolean;
}

export function fromReadableSpan(
  span: SdkSpan,
  logs: readonly LogEvent[],
  { parentIsRemote, hasEnded }: SpanState,
): EndedSpan {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    parentSpanId: (parent?.spanId ?? span.parentSpanId) || undefined,
    parentIsRemote: parent === undefined ? parentIsRemote : parent.isRemote === true,
    name: span.name,
    kind: span.kind,
    startTime: span.startTime,
    endTime: hasEnded ? span.endTime : undefined,
    attributes: span.attributes,
    events: span.events.map((event) => ({ name: event.name, time: event.time, attributes: event.attributes ?? {} })),
    logs,
    status: span.status,
    scope: span.instrumentationScope ?? span.instrumentationLibrary ?? { name: '' },
    // Looked at late, and by few: what detectors find out about the machine comes after the first spans.
    get resource() {
      return resourceAttributes(span.resource);
    },
    droppedAttributesCount: (span.droppedAttributesCount ?? 0) + (span.droppedEventsCount ?? 0),
    isSampled: (context.traceFlags & TraceFlags.SAMPLED) !== 0,
  };
}

/** Without those that are still being found out: SDK 2.x says an error through `diag` whenever `attributes` is read before they are there. */
function resourceAttributes(resource: SdkResource): Attributes {
  if (resource.asyncAttributesPending !== true || resource.getRawAttributes === undefined) return resource.attributes;
  const known = resource.getRawAttributes().filter(([, value]) => !(value instanceof Promise));
  // The first of several values counts, as it does in the SDK.
  return Object.fromEntries(known.reverse());
}
