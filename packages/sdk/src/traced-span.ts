/** Runs work below an OpenTelemetry span of the application's own provider, and makes its trace record. */
import { context, SpanStatusCode, trace, TraceFlags, type Attributes, type Span } from '@opentelemetry/api';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { version } from '../package.json' with { type: 'json' };
import { boundedJson } from './json.ts';
import type { JsonValue } from './payload.ts';
import { describeThrown } from './thrown.ts';
import { NO_PARENT, type TraceRecord } from './trace-record.ts';

/** What takes trace records. */
export interface TraceSink {
  record(record: TraceRecord): void;
}

export interface TracedWork<T> {
  readonly name: string;
  /** Of the span. */
  readonly attributes: () => Attributes;
  /** Default: that of the surrounding step, else of the active OpenTelemetry span, else a new one. */
  readonly traceId?: string | undefined;
  /** Default: the surrounding step, else the active OpenTelemetry span, else none. */
  readonly parentSpanId?: string | undefined;
  /** What is recorded where nothing is thrown. Default `OK`. */
  readonly status?: 'OK' | 'ERROR' | undefined;
  /** The span is an interaction of its own wherever HuggingPlace's exporter sees it: there is no trace record then. */
  readonly isInteraction?: boolean;
  readonly run: () => T | Promise<T>;
  /** Of the span, once the result is there. */
  readonly resultAttributes?: (result: T) => Attributes;
  /** What the trace record says. */
  readonly content: (outcome: WorkOutcome<T>) => TraceContent;
}

export type WorkOutcome<T> = { readonly result: T } | { readonly error: unknown };

export interface TraceContent {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly log: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface Position {
  readonly traceId: string;
  readonly spanId: string;
}

const SERVICE = 'huggingplace-sdk';
/** Where an application has no OpenTelemetry context manager, parents are known all the same. */
const surrounding = new AsyncLocalStorage<Position>();

/** Gives what the work gives; what it throws is recorded, and thrown on. */
export async function runTraced<T>(work: TracedWork<T>, sink: TraceSink): Promise<T> {
  const parent = surrounding.getStore() ?? activePosition();
  return await trace
    .getTracer(SERVICE, version)
    .startActiveSpan(work.name, { attributes: orElse(work.attributes, {}) }, async (span) => {
      const { traceId, spanId } = positionOf(span) ?? newPosition();
      const position = { traceId: work.traceId ?? parent?.traceId ?? traceId, spanId };
      const startMs = Date.now();
      const begin = performance.now();
      const finish = (outcome: WorkOutcome<T>) => {
        const durationMs = Math.round((performance.now() - begin) * 1000) / 1000;
        const isOfExporter = work.isInteraction === true && isSeenByExporter(span);
        span.end();
        if (isOfExporter) return;
        const status = 'error' in outcome ? 'ERROR' : (work.status ?? 'OK');
        const ids = { ...position, parentSpanId: work.parentSpanId ?? parent?.spanId ?? NO_PARENT };
        sink.record(recordOf(work, outcome, { ids, startMs, durationMs, status, span }));
      };
      let result: T;
      try {
        result = await surrounding.run(position, work.run);
      } catch (error) {
        markFailed(span, error);
        finish({ error });
        throw error;
      }
      span.setAttributes(orElse(() => work.resultAttributes?.(result) ?? {}, {}));
      if (work.status === 'ERROR') span.setStatus({ code: SpanStatusCode.ERROR });
      finish({ result });
      return result;
    });
}

interface Facts {
  readonly ids: Pick<TraceRecord, 'traceId' | 'spanId' | 'parentSpanId'>;
  readonly startMs: number;
  readonly durationMs: number;
  readonly status: TraceRecord['status'];
  readonly span: Span;
}

function recordOf<T>(work: TracedWork<T>, outcome: WorkOutcome<T>, facts: Facts): TraceRecord {
  const { ids, startMs, durationMs, status, span } = facts;
  const { attributes, log, metadata } = orElse(() => work.content(outcome), NOTHING);
  const otel = positionOf(span);
  return {
    ...ids,
    operation: work.name,
    service: SERVICE,
    startTime: new Date(startMs).toISOString(),
    endTime: new Date(startMs + durationMs).toISOString(),
    durationMs,
    status,
    attributes: jsonObject(attributes),
    logs: [
      jsonObject({
        ...log,
        ...('error' in outcome
          ? { error: describeThrown(outcome.error).message }
          : { functionResponse: outcome.result }),
      }),
    ],
    metadata: jsonObject(metadata),
    ...(otel !== undefined && { otelContext: { otelTraceId: otel.traceId, otelSpanId: otel.spanId } }),
  };
}

function markFailed(span: Span, error: unknown): void {
  const { message, name = '_OTHER' } = describeThrown(error);
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttribute('error.type', name);
}

/** Registered by the exporter of this product, with the first span that it sees (ESM and CommonJS copies share it). */
const EXPORTERS = Symbol.for('huggingplace.exporters');

function isSeenByExporter(span: Span): boolean {
  const exporters: unknown = Reflect.get(globalThis, EXPORTERS);
  const isSampled = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  return exporters instanceof Set && exporters.size > 0 && span.isRecording() && isSampled;
}

/** `undefined`: no SDK is registered. */
function positionOf(span: Span | undefined): Position | undefined {
  const spanContext = span?.spanContext();
  if (spanContext === undefined || !trace.isSpanContextValid(spanContext)) return undefined;
  return { traceId: spanContext.traceId, spanId: spanContext.spanId };
}

const activePosition = (): Position | undefined => positionOf(trace.getSpan(context.active()));

const newPosition = (): Position => ({
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
});

const NOTHING: TraceContent = { attributes: {}, log: {}, metadata: {} };

/** What the application gave may throw when it is looked at: that is told of, with less, and is no failure of its work. */
function orElse<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

function jsonObject(object: Readonly<Record<string, unknown>>): Record<string, JsonValue> {
  const entries: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(object)) {
    const json = boundedJson(value);
    if (json !== undefined) entries.push([key, json]);
  }
  return Object.fromEntries(entries);
}
