/** All SQL about traces. */
import type { TraceRecord } from './contract.ts';
import type { Database } from './database.ts';

export class TraceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All of them or none; a span that is there already stays as it is. */
  async store(orgId: string, records: readonly TraceRecord[]): Promise<void> {
    await this.#database.query(
      `INSERT INTO trace_span (org_id, trace_id, span_id, parent_span_id, operation, service, start_time, end_time, duration_ms,
         status, attributes, logs, metadata, otel_context)
       SELECT $1, "traceId", "spanId", "parentSpanId", operation, service, "startTime", "endTime", "durationMs",
         status, attributes, logs, metadata, "otelContext"
       FROM jsonb_to_recordset($2::jsonb) AS record ("traceId" text, "spanId" text, "parentSpanId" text, operation text, service text,
         "startTime" timestamptz, "endTime" timestamptz, "durationMs" float8, status text, attributes jsonb, logs jsonb, metadata jsonb,
         "otelContext" jsonb)
       ON CONFLICT DO NOTHING`,
      [orgId, JSON.stringify(records)],
    );
  }
}
