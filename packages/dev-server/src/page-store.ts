/** All SQL of the page: lists, conversations, one interaction, an export. */
import { z } from '@hono/zod-openapi';
import type { Database } from './database.ts';
import { filterConditions, type Filters } from './filters.ts';
import {
  type FilterQuery,
  type Interaction,
  interaction,
  type InteractionList,
  interactionSummary,
  type ListQuery,
  type SessionList,
  sessionSummary,
} from './page-contract.ts';
import { groupedBySize, idIn, idList, MAX_PAGE_BYTES, ROW_BYTES } from './row-size.ts';

export const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const FROM = 'FROM chat JOIN prompt_details ON chat_id = id';
const IDENTITY = `
  id, ${iso('created')} AS "createdAt", mode, message_id AS "messageId", session_id AS "sessionId", user_uuid AS "user",
  llm_model AS model, token_count AS tokens, input_tokens AS "inputTokens", output_tokens AS "outputTokens",
  response_time_ms AS "responseTimeMs", failed, error_type AS "errorType"`;
const EXCERPT_CHARS = 240;
/** `jsonb_typeof` first: what was stored as a step is whatever a client sent. */
const numberOf = (key: string): string =>
  `CASE WHEN jsonb_typeof(step -> '${key}') = 'number' THEN step -> '${key}' END`;
const SUMMARY = `${IDENTITY},
  left(user_prompt, ${EXCERPT_CHARS}) AS prompt, left(ai_response, ${EXCERPT_CHARS}) AS answer,
  jsonb_array_length(step_data) AS "stepCount",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', left(step ->> 'step_name', 100), 'type', step ->> 'step_type',
     'startMs', ${numberOf('start_ms')}, 'timeMs', ${numberOf('time_ms')},
     'failed', coalesce(step ->> 'status' = 'failed', false))), '[]')
   FROM (SELECT step FROM jsonb_array_elements(step_data) AS element (step) LIMIT 24) AS first_steps) AS steps`;
const DETAILS = `${IDENTITY},
  user_prompt AS prompt, ai_response AS answer, llm_model2 AS "secondModel", response_time AS "responseTime", user_roles AS "userRoles",
  org_uuid AS "customerOrganisation", file_name AS "fileName", mapping_table AS "mappingTable", metadata AS "metaData",
  user_meta_data AS "userMetaData", step_data AS steps`;

const summaries = z.array(interactionSummary);
const detailed = z.array(interaction);
const sessions = z.array(sessionSummary);
const places = z.array(z.object({ id: z.number(), createdAt: z.string(), bytes: z.number() }));
const EXPORT_BATCH = 200;

export class PageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(orgId: string, { order, after, limit, ...query }: ListQuery): Promise<InteractionList> {
    const rows = await this.#page(SUMMARY, orgId, { query, order, after, limit: limit + 1 });
    const interactions = summaries.parse(rows);
    const hasMore = interactions.length > limit;
    if (hasMore) interactions.pop();
    return { interactions, next: hasMore ? cursorOf(interactions.at(-1)) : null };
  }

  async find(orgId: string, id: number): Promise<Interaction | undefined> {
    const rows = await this.#database.query(`SELECT ${DETAILS} ${FROM} WHERE org_id = $1 AND id = $2`, [orgId, id]);
    return detailed.parse(rows)[0];
  }

  /** Everything that fits the filters, newest first, in batches of at most {@link MAX_PAGE_BYTES}: nobody holds all of it. */
  async *exported(orgId: string, query: FilterQuery): AsyncGenerator<Interaction[], void, void> {
    for (let after: string | undefined; ;) {
      const found = places.parse(
        await this.#page(`id, ${iso('created')} AS "createdAt", ${ROW_BYTES} AS bytes`, orgId, {
          ...{ query, order: 'newest', after, limit: EXPORT_BATCH },
        }),
      );
      for (const rows of groupedBySize(found, MAX_PAGE_BYTES)) {
        yield detailed.parse(
          await this.#database.query(`SELECT ${DETAILS} ${FROM} WHERE ${idIn('$1')} ORDER BY created DESC, id DESC`, [
            idList(rows),
          ]),
        );
      }
      if (found.length < EXPORT_BATCH) return;
      after = cursorOf(found.at(-1)) ?? undefined;
    }
  }

  /** Conversations, the one with the latest interaction first. A search finds those in which any interaction fits. */
  async sessions(
    orgId: string,
    query: { mode?: string | undefined; search?: string | undefined; limit: number; after?: string | undefined },
  ): Promise<SessionList> {
    const { where, parameter, parameters } = filterConditions(orgId, {
      search: query.search,
      further: pairs({ mode: query.mode }),
    });
    const [lastAt, ...id] = query.after?.split('~') ?? [];
    const after =
      lastAt === undefined
        ? ''
        : `HAVING (max(created), session_id COLLATE "C") < (${parameter(lastAt)}::timestamptz, ${parameter(id.join('~'))})`;
    const rows = await this.#database.query(
      `WITH latest AS (
         SELECT session_id, max(created) AS last_at FROM chat WHERE ${where} AND session_id IS NOT NULL
         GROUP BY session_id ${after} ORDER BY last_at DESC, session_id COLLATE "C" DESC LIMIT ${parameter(query.limit + 1)}
       )
       SELECT latest.session_id AS "sessionId", ${iso('last_at')} AS "lastAt", ${iso('first_at')} AS "firstAt", interactions, failed, tokens,
         opening.user_prompt AS "firstPrompt", opening.user_uuid AS "user"
       FROM latest
       CROSS JOIN LATERAL (
         SELECT count(*) AS interactions, count(*) FILTER (WHERE failed) AS failed, sum(token_count) AS tokens, min(created) AS first_at
         ${FROM} WHERE org_id = $1 AND session_id = latest.session_id
       ) AS whole
       CROSS JOIN LATERAL (
         SELECT left(user_prompt, ${EXCERPT_CHARS}) AS user_prompt, user_uuid
         FROM chat WHERE org_id = $1 AND session_id = latest.session_id ORDER BY created, id LIMIT 1
       ) AS opening
       ORDER BY last_at DESC, latest.session_id COLLATE "C" DESC`,
      parameters,
    );
    const found = sessions.parse(rows);
    const hasMore = found.length > query.limit;
    if (hasMore) found.pop();
    const last = found.at(-1);
    return { sessions: found, next: hasMore && last ? `${last.lastAt}~${last.sessionId}` : null };
  }

  #page(
    columns: string,
    orgId: string,
    page: { query: FilterQuery; order: 'newest' | 'oldest'; after: string | undefined; limit: number },
  ) {
    const { where, parameter, parameters } = filterConditions(orgId, filtersOf(page.query));
    const [sign, direction] = page.order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC'];
    const [createdAt, id] = page.after?.split('~') ?? [];
    const after =
      createdAt === undefined || id === undefined
        ? ''
        : ` AND (created, id) ${sign} (${parameter(createdAt)}::timestamptz, ${parameter(id)}::bigint)`;
    return this.#database.query(
      `SELECT ${columns} ${FROM} WHERE ${where}${after} ORDER BY created ${direction}, id ${direction} LIMIT ${parameter(page.limit)}`,
      parameters,
    );
  }
}

/** Where a page ends: rows that arrive meanwhile move nothing. */
const cursorOf = (last: { createdAt: string; id: number } | undefined): string | null =>
  last ? `${last.createdAt}~${last.id}` : null;

/** The page's filters by the names of the contract. */
export const filtersOf = (query: FilterQuery): Filters => ({
  search: query.search,
  from: query.from,
  to: query.to,
  further: pairs({
    mode: query.mode,
    failed: query.status && String(query.status === 'failed'),
    llm_model: query.model,
    user_uuid: query.user,
    session_id: query.session,
    error_type: query.error,
  }),
});

const pairs = (given: Record<string, string | undefined>): [string, string][] =>
  Object.entries(given).filter((pair): pair is [string, string] => !!pair[1]);
