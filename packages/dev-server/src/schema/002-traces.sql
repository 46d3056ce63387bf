-- Spans of a customer's own application, as `POST /api/traces` brings them.

CREATE TABLE trace_span (
  org_id text NOT NULL,
  trace_id text NOT NULL,
  span_id text NOT NULL,
  parent_span_id text NOT NULL,
  operation text NOT NULL,
  service text,
  start_time timestamptz(3),
  end_time timestamptz(3),
  duration_ms double precision,
  status text NOT NULL CHECK (status IN ('OK', 'ERROR')),
  attributes jsonb NOT NULL,
  logs jsonb NOT NULL,
  metadata jsonb NOT NULL,
  otel_context jsonb NOT NULL,
  created timestamptz(3) NOT NULL DEFAULT now(),
  -- A retry brings the same span again.
  PRIMARY KEY (org_id, trace_id, span_id)
);
