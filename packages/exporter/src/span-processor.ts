/** Spans' starts and ends → pipeline. The documented way: it knows without timers when an interaction is complete, and delivers at exit. */
import { type Context, createContextKey, trace } from '@opentelemetry/api';
import { waitAfterAnswer } from './after-answer.ts';
import { Connection } from './connection.ts';
import { readIdentity } from './interaction/identity.ts';
import type { HuggingPlaceOptions } from './options.ts';
import { fromReadableSpan } from './readable-span.ts';
import type { SdkSpan } from './sdk-types.ts';
import { noteSetUp } from './set-up.ts';
import { SPAN_KIND } from './span.ts';

/** Registered by name, so that `@huggingplace/tracing` shares it without an import (record.md, section 6). */
const IDENTITY = createContextKey('huggingplace.identity');

/** Fits `spanProcessors` of OpenTelemetry SDK 1.30, 2.x and 3.x. */
export class HuggingPlaceSpanProcessor {
  readonly #connection: Connection;

  /** @throws ValidationError where an option is wrong */
  constructor(options: HuggingPlaceOptions | Connection = {}) {
    this.#connection = options instanceof Connection ? options : new Connection(options, true);
  }

  onStart(span: SdkSpan, parentContext: Context): void {
    const connection = this.#connection;
    connection.begin();
    noteSetUp(span, connection.settings);
    if (!connection.isActive) return;
    const parentIsRemote = trace.getSpanContext(parentContext)?.isRemote === true;
    connection.pipeline.start((logs) => fromReadableSpan(span, logs, { parentIsRemote, hasEnded: false }), {
      identity: readIdentity(parentContext.getValue(IDENTITY)),
      context: connection.settings.routing === undefined ? undefined : parentContext,
    });
  }

  onEnd(span: SdkSpan): void {
    const connection = this.#connection;
    if (!connection.isActive) return;
    connection.pipeline.end((logs) => fromReadableSpan(span, logs, { hasEnded: true }));
    if (isLocalRoot(span)) waitAfterAnswer(() => connection.forceFlush());
  }

  forceFlush(): Promise<void> {
    return this.#connection.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#connection.shutdown();
  }
}

/** SDK 1.x does not say whether a parent is remote; what answers a request is called from elsewhere. */
const isLocalRoot = ({ kind, parentSpanId, parentSpanContext }: SdkSpan): boolean =>
  parentSpanContext === undefined
    ? parentSpanId === undefined || kind === SPAN_KIND.server
    : parentSpanContext.isRemote === true;
