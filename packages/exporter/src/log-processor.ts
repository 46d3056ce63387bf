/** GenAI log events → pipeline: some instrumentations put prompts and answers only there. Each is joined to its span by the span's id. */
import type { Connection } from './connection.ts';
import type { SdkLogRecord } from './sdk-types.ts';

/** Fits `logRecordProcessors` of OpenTelemetry's logs SDK 0.57, 0.2xx and 3.x. */
export class HuggingPlaceLogRecordProcessor {
  readonly #connection: Connection;

  /** Made by `huggingPlace()`: events and spans have to meet. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  onEmit(record: SdkLogRecord): void {
    const { spanContext, attributes, body } = record;
    const name = record.eventName ?? attributes['event.name'];
    if (
      spanContext === undefined ||
      typeof name !== 'string' ||
      !/^(?:gen_ai|huggingplace)\./.test(name) ||
      !this.#connection.isActive
    )
      return;
    this.#connection.pipeline.log(spanContext.traceId, spanContext.spanId, { name, body, attributes });
  }

  forceFlush(): Promise<void> {
    return this.#connection.forceFlush();
  }

  /** Only flushes: the providers are shut down one by one, in either order, and spans may still end after the logs' is. */
  shutdown(): Promise<void> {
    return this.#connection.forceFlush();
  }
}
