/** For set-ups that take only an exporter: ended spans in batches, children before their parents. What a batch processor loses at exit, nobody can save. */
import { Connection, type Stats } from './connection.ts';
import type { HuggingPlaceOptions } from './options.ts';
import { fromReadableSpan } from './readable-span.ts';
import type { ExportResult, SdkSpan } from './sdk-types.ts';

/**
 * Fits every place that takes a `SpanExporter` of OpenTelemetry SDK 1.30, 2.x or 3.x. `export` may be called concurrently; it answers at once, for what it
 * took is kept until it is delivered or counted. After `shutdown()` it answers that it failed.
 */
export class HuggingPlaceSpanExporter {
  readonly #connection: Connection;

  /** @throws ValidationError where an option is wrong */
  constructor(options: HuggingPlaceOptions | Connection = {}) {
    this.#connection = options instanceof Connection ? options : new Connection(options, false);
  }

  export(spans: readonly SdkSpan[], resultCallback: (result: ExportResult) => void): void {
    const connection = this.#connection;
    if (connection.isShutDown) {
      const message = `Expected no spans after shutdown(), got ${spans.length}: they are not sent. Shut down last what exports.`;
      return resultCallback({ code: 1, error: new Error(message) });
    }
    connection.begin();
    if (connection.isActive)
      for (const span of spans) connection.pipeline.end((logs) => fromReadableSpan(span, logs, { hasEnded: true }));
    resultCallback({ code: 0 });
  }

  /** The account; see `Stats`. */
  stats(): Stats {
    return this.#connection.stats();
  }

  forceFlush(): Promise<void> {
    return this.#connection.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#connection.shutdown();
  }
}
