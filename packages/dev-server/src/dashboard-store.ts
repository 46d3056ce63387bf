/** All SQL of the dashboard: figures over a stretch of time. */
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

const PERCENTILES = 'percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY response_time_ms)';
const asPercentiles = `jsonb_build_object('p50', percentiles[1], 'p95', percentiles[2], 'p99', percentiles[3]) AS "responseTimeMs"`;

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
    const source = `FROM chat JOIN prompt_details ON chat_id = id WHERE ${where}`;
    const bucket = `date_bin(make_interval(secs => ${parameter(bucketSeconds)}), created, 'epoch'::timestamptz)`;

    const [totals, timeline, models, errors] = await Promise.all([
      this.#database.query(
        `SELECT interactions, failed, tokens, users, sessions, ${asPercentiles} FROM (
           SELECT count(*) AS interactions, count(*) FILTER (WHERE failed) AS failed, coalesce(sum(token_count), 0) AS tokens,
             count(DISTINCT user_uuid) AS users, count(DISTINCT session_id) AS sessions, ${PERCENTILES} AS percentiles ${source}
         ) AS figures`,
        parameters.slice(0, -1),
      ),
      this.#database.query(
        `SELECT ${iso('bucket')} AS at, interactions, failed, ${asPercentiles} FROM (
           SELECT ${bucket} AS bucket, count(*) AS interactions, count(*) FILTER (WHERE failed) AS failed, ${PERCENTILES} AS percentiles
           ${source} GROUP BY bucket
         ) AS buckets ORDER BY bucket`,
        parameters,
      ),
      this.#database.query(
        `SELECT llm_model AS model, count(*) AS interactions, count(*) FILTER (WHERE failed) AS failed, coalesce(sum(token_count), 0) AS tokens,
           coalesce(sum(input_tokens), 0) AS "inputTokens", coalesce(sum(output_tokens), 0) AS "outputTokens",
           percentile_cont(0.5) WITHIN GROUP (ORDER BY response_time_ms) AS "responseTimeMs"
         ${source} GROUP BY llm_model ORDER BY tokens DESC, interactions DESC LIMIT ${MAX_MODELS}`,
        parameters.slice(0, -1),
      ),
      this.#database.query(
        `SELECT error_type AS type, count(*) AS interactions ${source} AND failed
         GROUP BY error_type ORDER BY interactions DESC, error_type COLLATE "C" LIMIT ${MAX_ERROR_TYPES}`,
        parameters.slice(0, -1),
      ),
    ]);
    return figures.parse({ from, to, bucketSeconds, totals: totals[0], timeline, models, errors });
  }
}

const figures = dashboard.omit({ alerts: true });
