/** All SQL about interactions: storing them, and reading them back by the contract. */
import { randomUUID } from 'node:crypto';
import {
  type Feedback,
  type FilteredChatAnswer,
  filteredChatAnswer,
  type FilteredChatQuery,
  type StoredInteraction,
} from './contract.ts';
import type { Database } from './database.ts';
import { derive } from './derived.ts';
import { filterConditions } from './filters.ts';
import { idIn, idList, MAX_PAGE_BYTES, ROW_BYTES, sized } from './row-size.ts';

export interface StoreResult {
  /** `false`: an interaction with this message id was there already, and has not been changed. */
  isNew: boolean;
  failed: boolean;
}

/** The interactions of a page are together larger than {@link MAX_PAGE_BYTES}: an answer of `400`. */
export class PageTooLargeError extends Error {
  override name = 'PageTooLargeError';

  constructor(rows: number, bytes: number) {
    const fitting = Math.max(1, Math.floor((rows * MAX_PAGE_BYTES) / bytes));
    super(
      `limit: these ${rows} interactions have ${bytes} bytes, at most ${MAX_PAGE_BYTES} fit: ask for fewer (limit=${fitting})`,
    );
  }
}

export class InteractionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Both rows or none. */
  async store(interaction: StoredInteraction): Promise<StoreResult> {
    const messageId = interaction.message_id ?? randomUUID();
    const derived = derive({ ...interaction, message_id: messageId });
    const [row] = await this.#database.query(
      `WITH stored AS (
         INSERT INTO chat (org_id, mode, message_id, session_id, user_uuid, user_roles, org_uuid, user_prompt, ai_response,
           llm_model, llm_model2, file_name, mapping_table, user_meta_data, search_text, filter_terms)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15,
           filter_terms($23::jsonb, $14::jsonb))
         ON CONFLICT (org_id, mode, message_id) DO NOTHING
         RETURNING id
       ), detailed AS (
         INSERT INTO prompt_details (chat_id, token_count, input_tokens, output_tokens, response_time, response_time_ms,
           failed, error_type, metadata, step_data)
         SELECT id, $16::float8, $17::float8, $18::float8, $19, $20::float8, $21::boolean, $22, $23::jsonb, $24::jsonb FROM stored
       )
       SELECT id FROM stored`,
      [
        interaction.org_id,
        interaction.mode,
        messageId,
        interaction.session_id,
        interaction.user_uuid,
        JSON.stringify(interaction.user_roles),
        interaction.org_uuid,
        interaction.user_prompt,
        interaction.ai_response,
        interaction.llm_model,
        interaction.llm_model2,
        interaction.file_name,
        interaction.mapping_table,
        JSON.stringify(interaction.user_meta_data),
        derived.searchText,
        interaction.token_count,
        derived.inputTokens,
        derived.outputTokens,
        interaction.response_time === undefined ? undefined : String(interaction.response_time),
        derived.responseTimeMs,
        derived.failed,
        derived.errorType,
        JSON.stringify(interaction.metaData),
        JSON.stringify(interaction.step_data),
      ],
    );
    return { isNew: row !== undefined, failed: derived.failed };
  }

  /** Merged into the metadata of the interaction, without a mode the one of `prod` before that of `dev`. `false`: there is none with this message id. */
  async addFeedback(orgId: string, { message_id, mode, ...feedback }: Feedback): Promise<boolean> {
    const updated = await this.#database.query(
      `WITH updated AS (
         UPDATE prompt_details SET metadata = metadata || $3::jsonb
         WHERE chat_id = (
           SELECT id FROM chat WHERE org_id = $1 AND message_id = $2 AND mode = coalesce($4, mode)
           ORDER BY mode = 'prod' DESC LIMIT 1
         )
         RETURNING chat_id, metadata
       )
       UPDATE chat SET filter_terms = filter_terms(metadata, user_meta_data) FROM updated WHERE id = chat_id RETURNING id`,
      [orgId, message_id, JSON.stringify(feedback), mode],
    );
    return updated.length > 0;
  }

  /** One page of an organisation's interactions, and how many there are in all. */
  async filteredChat(orgId: string, query: FilteredChatQuery): Promise<FilteredChatAnswer> {
    const { where, parameters, parameter } = filterConditions(orgId, query);
    // Outer, though each has its details: what no filter looks at, the database need not read to count.
    const from = `FROM chat LEFT JOIN prompt_details ON chat_id = id WHERE ${where}`;
    const [counted] = await this.#database.query(`SELECT count(*) AS total ${from}`, [...parameters]);
    const column = ORDER_COLUMNS[query.order_by];
    // An index serves an order only if it has the same place for NULL: it is named where there may be one.
    const nulls = NEVER_NULL.has(column) ? '' : ' NULLS LAST';
    const order = `${column} ${query.ascending ? 'ASC' : 'DESC'}${nulls}, id DESC`;
    // The page is found by narrow rows; only those on it are read whole.
    const page = sized.parse(
      await this.#database.query(
        `SELECT id, ${ROW_BYTES} AS bytes FROM chat JOIN prompt_details ON chat_id = id WHERE id IN (
           SELECT id ${from} ORDER BY ${order} LIMIT ${parameter(query.limit)} OFFSET ${parameter((query.page - 1) * query.limit)}
         )`,
        parameters,
      ),
    );
    const bytes = page.reduce((sum, row) => sum + row.bytes, 0);
    if (page.length > 1 && bytes > MAX_PAGE_BYTES) throw new PageTooLargeError(page.length, bytes);
    const chats = await this.#database.query(
      `SELECT ${COLUMNS} FROM chat JOIN prompt_details ON chat_id = id WHERE ${idIn('$1')} ORDER BY ${order}`,
      [idList(page)],
    );
    return filteredChatAnswer.parse({ totalChats: counted?.['total'], chats });
  }
}

/** The columns that a caller may sort by; texts by code point, so that every locale gives the same order. */
const ORDER_COLUMNS: Record<FilteredChatQuery['order_by'], string> = {
  created: 'created',
  createdAt: 'created',
  id: 'id',
  response_time: 'response_time_ms',
  token_count: 'token_count',
  session_id: 'session_id COLLATE "C"',
  message_id: 'message_id COLLATE "C"',
  user_id: 'user_uuid COLLATE "C"',
  user_uuid: 'user_uuid COLLATE "C"',
  llm_model: 'llm_model COLLATE "C"',
};

const NEVER_NULL = new Set(['created', 'id']);

const COLUMNS = `
  id, message_id, session_id, mode, org_id, org_uuid,
  jsonb_build_object('user_name', coalesce(user_meta_data ->> 'username', user_meta_data ->> 'name',
    user_meta_data ->> 'email', user_uuid), 'user_id', user_uuid, 'roles', user_roles) AS user_data,
  user_prompt AS conversation, ai_response AS prompt_response, llm_model, llm_model2, token_count, input_tokens, output_tokens,
  response_time, response_time_ms, file_name, mapping_table, metadata AS "metaData", user_meta_data, step_data, failed, error_type,
  to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt"`;
