/** All SQL of the dashboard: figures over a stretch of time. */
import { z } from '@hono/zod-openapi';
import { dashboard, type Dashboard, type Range } from './page-contract.ts';
import type { Database } from './database.ts';
import { filterConditions } from './filters.ts';
import { iso } from './page-store.ts';

/** How far back a range goes, and how it is cut: some sixty bars each. */
const RANGES: Record<Range, { seconds: number; bucketSeconds: number }> = {
  '15m': { seconds: 900, bucketSeconds: 15 },
  '1h': { seconds: 3_600, bucketSeconds: 60 },
  '6h': { seconds: 21_600, bucketSeconds: 300 },
  '24h': { seconds: 86_400, bucketSeconds: 1_800 },
  '7d': { seconds: 604_800, bucketSeconds: 10_800 },
  '30d': { seconds: 2_592_000, bucketSeconds: 43_200 },
};
const MAX_MODELS = 20;
const MAX_ERROR_TYPES = 20;

const PERCENTILES = 'percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY response_time_ms) AS percentiles';
const COUNTS =
  'count(*) AS interactions, count(*) FILTER (WHERE failed) AS failed, coalesce(sum(token_count), 0) AS tokens';
const distinct = (column: string): string =>
  `(SELECT count(*) FROM (SELECT DISTINCT ${column} FROM facts WHERE ${column} IS NOT NULL) AS different)`;

/** Each stretch is read once, and then counted in four ways. */
const FIGURES = `
  SELECT
    (SELECT to_jsonb(one) FROM (
       SELECT ${COUNTS}, ${distinct('user_uuid')} AS users, ${distinct('session_id')} AS sessions, ${PERCENTILES} FROM facts
     ) AS one) AS totals,
    (SELECT jsonb_agg(one) FROM (
       SELECT ${iso('bucket')} AS at, ${COUNTS}, ${PERCENTILES} FROM facts GROUP BY bucket ORDER BY bucket
     ) AS one) AS timeline,
    (SELECT jsonb_agg(one) FROM (
       SELECT llm_model AS model, ${COUNTS}, coalesce(sum(input_tokens), 0) AS "inputTokens", coalesce(sum(output_tokens), 0) AS "outputTokens",
         avg(response_time_ms) AS "meanResponseTimeMs"
       FROM facts GROUP BY llm_model ORDER BY tokens DESC, interactions DESC LIMIT ${MAX_MODELS}
     ) AS one) AS models,
    (SELECT jsonb_agg(one) FROM (
       SELECT error_type AS type, count(*) AS interactions FROM facts WHERE failed
       GROUP BY error_type ORDER BY interactions DESC, error_type COLLATE "C" LIMIT ${MAX_ERROR_TYPES}
     ) AS one) AS errors`;

export class DashboardStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async figures(orgId: string, mode: string | undefined, range: Range, now: Date): Promise<Omit<Dashboard, 'alerts'>> {
    const { seconds, bucketSeconds } = RANGES[range];
    const from = new Date(now.getTime() - seconds * 1_000).toISOString();
    const to = now.toISOString();
    const { where, parameters, parameter } = filterConditions(orgId, { from, further: mode ? [['mode', mode]] : [] });
    const rows = await this.#database.query(
      `WITH facts AS MATERIALIZED (
         SELECT date_bin(make_interval(secs => ${parameter(bucketSeconds)}), created, 'epoch'::timestamptz) AS bucket, llm_model, user_uuid,
           session_id, token_count, input_tokens, output_tokens, response_time_ms, failed, error_type
         FROM chat JOIN prompt_details ON chat_id = id WHERE ${where}
       ) ${FIGURES}`,
      parameters,
    );
    return figures.parse({ from, to, bucketSeconds, ...rows[0] });
  }
}

const percentiles = z.array(z.number().nullable()).nullable();
const asPercentiles = (list: z.output<typeof percentiles>) => ({
  p50: list?.[0] ?? null,
  p95: list?.[1] ?? null,
  p99: list?.[2] ?? null,
});
const listed = <T extends z.ZodType>(schema: T) =>
  z
    .array(schema)
    .nullable()
    .transform((list) => list ?? []);

/** What the database answers, made into what the page is answered. */
const figures = dashboard.omit({ alerts: true }).extend({
  totals: dashboard.shape.totals
    .omit({ responseTimeMs: true })
    .extend({ percentiles })
    .transform(({ percentiles: list, ...rest }) => ({ ...rest, responseTimeMs: asPercentiles(list) })),
  timeline: listed(
    dashboard.shape.timeline.element
      .omit({ responseTimeMs: true })
      .extend({ percentiles })
      .transform(({ percentiles: list, ...rest }) => ({ ...rest, responseTimeMs: asPercentiles(list) })),
  ),
  models: listed(dashboard.shape.models.element),
  errors: listed(dashboard.shape.errors.element),
});
