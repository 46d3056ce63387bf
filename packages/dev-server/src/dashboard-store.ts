/** The dashboard's figures, and the SQL that keeps up with what they are worked out of. */
import { z } from '@hono/zod-openapi';
import type { Database } from './database.ts';
import { type Fact, Facts } from './facts.ts';
import { figuresOf } from './figures.ts';
import type { Dashboard, Range } from './page-contract.ts';

/** How far back a range goes, and how it is cut: some sixty bars each. */
const RANGES: Record<Range, { seconds: number; bucketSeconds: number }> = {
  '15m': { seconds: 900, bucketSeconds: 15 },
  '1h': { seconds: 3_600, bucketSeconds: 60 },
  '6h': { seconds: 21_600, bucketSeconds: 300 },
  '24h': { seconds: 86_400, bucketSeconds: 1_800 },
  '7d': { seconds: 604_800, bucketSeconds: 10_800 },
  '30d': { seconds: 2_592_000, bucketSeconds: 43_200 },
};

/** Some 60 bytes each. With more, the figures cover the newest ones. */
const MAX_FACTS = 1_000_000;
/** Read in pieces: others want to ask the database in between. */
const READ_AT_ONCE = 10_000;
/** No statement goes on for longer: what had a lower id than a row of that age is there, or never will be. */
const SETTLED_SECONDS = 15;

const fact = z.object({
  id: z.number(),
  at: z.number(),
  isSettled: z.boolean(),
  mode: z.string(),
  model: z.string().nullable(),
  user: z.string().nullable(),
  session: z.string().nullable(),
  errorType: z.string().nullable(),
  failed: z.boolean(),
  tokens: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  responseTimeMs: z.number().nullable(),
}) satisfies z.ZodType<Fact>;
const factRows = z.array(fact);

export class DashboardStore {
  readonly #database: Pick<Database, 'query'>;
  readonly #organisations = new Map<string, RecentFacts>();

  constructor(database: Pick<Database, 'query'>) {
    this.#database = database;
  }

  async figures(orgId: string, mode: string | undefined, range: Range, now: Date): Promise<Omit<Dashboard, 'alerts'>> {
    const { seconds, bucketSeconds } = RANGES[range];
    const recent = this.#recent(orgId);
    await recent.catchUp();
    const from = Math.max(now.getTime() - seconds * 1_000, recent.completeSinceMs);
    return {
      ...{ from: new Date(from).toISOString(), to: now.toISOString(), bucketSeconds },
      ...figuresOf(recent.facts, { from, bucketSeconds, mode }),
    };
  }

  /** Reads what is new, so that whoever opens the dashboard after a busy hour need not wait for it. */
  async catchUp(orgIds: Iterable<string>): Promise<void> {
    for (const orgId of orgIds) await this.#recent(orgId).catchUp();
  }

  #recent(orgId: string): RecentFacts {
    let recent = this.#organisations.get(orgId);
    if (!recent) this.#organisations.set(orgId, (recent = new RecentFacts(this.#database, orgId)));
    return recent;
  }
}

/** An organisation's interactions. What is read of one never changes: each is read once, but for the last seconds', in the order of their ids. */
class RecentFacts {
  facts = new Facts();
  /** Whether older ones were left out, and since when none was. */
  completeSinceMs = -Infinity;
  readonly #database: Pick<Database, 'query'>;
  readonly #orgId: string;
  #settled = { length: 0, id: 0 };
  #reading: Promise<void> = Promise.resolve();

  constructor(database: Pick<Database, 'query'>, orgId: string) {
    this.#database = database;
    this.#orgId = orgId;
  }

  /** Whatever was stored before the call is there afterwards. */
  catchUp(): Promise<void> {
    const reading = this.#reading.then(() => this.#read());
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  async #read(): Promise<void> {
    if (this.#settled.length === 0 || this.facts.length > MAX_FACTS) await this.#begin();
    this.facts.truncate(this.#settled.length);
    let { id } = this.#settled;
    for (let hasMore = true; hasMore;) {
      const rows = factRows.parse(
        await this.#database.query(
          `SELECT id, (extract(epoch FROM created) * 1000)::float8 AS at, created < now() - make_interval(secs => ${SETTLED_SECONDS}) AS "isSettled",
             mode, llm_model AS model, user_uuid AS "user", session_id AS session, error_type AS "errorType", failed, token_count AS tokens,
             input_tokens AS "inputTokens", output_tokens AS "outputTokens", response_time_ms AS "responseTimeMs"
           FROM chat JOIN prompt_details ON chat_id = id
           WHERE org_id = $1 AND id > $2::bigint
           ORDER BY id LIMIT ${READ_AT_ONCE}`,
          [this.#orgId, id],
        ),
      );
      for (const row of rows) {
        this.facts.append(row);
        if (row.isSettled) this.#settled = { length: this.facts.length, id: row.id };
      }
      id = rows.at(-1)?.id ?? id;
      hasMore = rows.length === READ_AT_ONCE;
    }
  }

  /** From the first one on, or from the newest that there is room for. */
  async #begin(): Promise<void> {
    const [oldest] = z.array(z.object({ id: z.number(), at: z.number() })).parse(
      await this.#database.query(
        `SELECT id, (extract(epoch FROM created) * 1000)::float8 AS at FROM chat WHERE org_id = $1
         ORDER BY id DESC OFFSET ${MAX_FACTS / 2} LIMIT 1`,
        [this.#orgId],
      ),
    );
    this.facts = new Facts();
    this.completeSinceMs = oldest?.at ?? -Infinity;
    this.#settled = { length: 0, id: oldest?.id ?? 0 };
  }
}
