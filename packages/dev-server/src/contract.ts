/** The HuggingPlace wire contract as schemas: they check requests, type the handlers, and make the OpenAPI description. */
import { z } from '@hono/zod-openapi';
import { MAX_DEPTH, storable } from './storable.ts';

/** Ids are indexed, and an index entry of PostgreSQL holds at most 2,704 bytes. */
const MAX_ID_CHARS = 512;
const MAX_NAME_CHARS = 4_096;

const id = z.string().max(MAX_ID_CHARS);
const name = z.string().max(MAX_NAME_CHARS);
/** Larger ones are no counts, and a few of them add up to more than a `double precision` holds. */
const count = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);
const object = z.record(z.string(), z.unknown());
const mode = z.enum(['prod', 'dev']);
const evaluation = z.enum(['REVIEW', 'APPROVED', 'REJECTED']);

/** `null` counts as absent: today's clients send it for what they do not know. */
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const numberOrText = z.union([z.number(), z.string()]);

const step = z.looseObject({
  step_name: optional(z.string()).openapi({
    description: "A tool's, an agent's or a marked step's name; else the span's",
  }),
  status: optional(z.enum(['completed', 'failed'])),
  time_ms: optional(z.number()).openapi({ description: 'Duration in milliseconds' }),
  start_ms: optional(z.number()).openapi({ description: 'Milliseconds from the start of the interaction' }),
  span_id: optional(z.string()),
  parent_span_id: optional(z.string()),
  userQuestion: optional(z.string()),
  promptResponse: optional(z.string()),
  llmModel: optional(z.string()),
  token: optional(numberOrText),
  inputTokens: optional(numberOrText),
  outputTokens: optional(numberOrText),
  responseTime: optional(numberOrText),
});

export const storeRequest = z
  .object({
    org_id: z
      .union([z.string().min(1), z.number()])
      .transform(String)
      .openapi({ type: ['string', 'number'], description: 'The organisation that the API key belongs to' }),
    mode: optional(mode).transform((given) => given ?? 'prod'),
    user_prompt: optional(z.string()).transform((text) => text ?? ''),
    ai_response: optional(z.string()).transform((text) => text ?? ''),
    session_id: optional(id),
    message_id: optional(id.min(1)).openapi({
      description: 'Identifies this interaction: a second POST of it changes nothing',
    }),
    user_uuid: optional(id),
    user_roles: optional(z.union([z.array(name), name.transform((role) => [role])])).transform((roles) => roles ?? []),
    org_uuid: optional(id),
    llm_model: optional(id),
    llm_model2: optional(id),
    token_count: optional(count),
    response_time: optional(z.union([z.string().max(MAX_ID_CHARS), z.number()])).openapi({
      type: ['string', 'number'],
      description: 'As text "0 min 2.50 sec"; a number counts as milliseconds',
    }),
    file_name: optional(name),
    mapping_table: optional(name),
    metaData: optional(object).transform((metaData) => metaData ?? {}),
    user_meta_data: optional(object).transform((metaData) => metaData ?? {}),
    step_data: optional(z.array(step)).transform((steps) => steps ?? []),
  })
  .openapi('Interaction');
export type StoredInteraction = z.output<typeof storeRequest>;

export const feedbackRequest = z
  .object({
    message_id: id.min(1),
    mode: optional(mode).openapi({ description: 'Default: `prod` where it has this message id, else `dev`' }),
    likes: optional(z.number()),
    dislikes: optional(z.number()),
    score: optional(z.number()),
    comment: optional(z.string()),
    evaluation: optional(evaluation),
  })
  .refine(
    ({ likes, dislikes, score, comment, evaluation: verdict }) =>
      [likes, dislikes, score, comment, verdict].some((said) => said !== undefined),
    'expected at least one of likes, dislikes, score, comment, evaluation',
  )
  .openapi('Feedback');
export type Feedback = z.output<typeof feedbackRequest>;

const moment = z.iso.datetime({ offset: true }).openapi({ description: 'ISO 8601' });

export const traceRecord = z
  .object({
    traceId: id.min(1),
    spanId: id.min(1),
    parentSpanId: optional(id).transform((parent) => parent ?? '0000000000000000'),
    operation: name,
    service: optional(name),
    startTime: optional(moment),
    endTime: optional(moment),
    durationMs: optional(count),
    status: optional(z.enum(['OK', 'ERROR'])).transform((status) => status ?? 'OK'),
    attributes: optional(z.looseObject({ evaluation: optional(evaluation) })).transform(
      (attributes) => attributes ?? {},
    ),
    // Today's SDK sends an object.
    logs: optional(z.union([z.array(z.unknown()), object])).transform((logs) => logs ?? []),
    metadata: optional(object).transform((metadata) => metadata ?? {}),
    otelContext: optional(object).transform((context) => context ?? {}),
  })
  .openapi('TraceRecord');
export type TraceRecord = z.output<typeof traceRecord>;

/** More spans in one request would hold the database for longer than others should wait. */
const MAX_TRACE_BATCH = 10_000;
export const traceBatch = z.array(traceRecord).max(MAX_TRACE_BATCH);
export const traceStored = z.object({ traceId: z.string() }).openapi('TraceStored');
export const tracesStored = z.object({ count: z.number() }).openapi('TracesStored');

export const message = z.object({ message: z.string() }).openapi('Message');
export const failure = z.object({ error: z.string() }).openapi('Failure');

/** A request's body: first made storable, then checked. */
export const jsonBody = <T extends z.ZodType>(schema: T) =>
  z.preprocess((body, context) => {
    const clean = storable(body);
    if (clean) return clean.value;
    context.addIssue(`is nested deeper than ${MAX_DEPTH} levels`);
    return z.NEVER;
  }, schema);

/** A parameter of a query: empty means unset, as in a form that was sent as it stood. */
export const parameter = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema);

const MAX_FURTHER_FILTERS = 20;
const ORDERS = [
  'created',
  'createdAt',
  'id',
  'response_time',
  'token_count',
  'session_id',
  'message_id',
  'user_id',
  'user_uuid',
  'llm_model',
] as const;
const day = z.iso.date().openapi({ description: 'YYYY-MM-DD, UTC, inclusive' });

/** `GET /notebook/filtered_chat`: whatever the contract does not name is a filter, and arrives in `further`. */
export const filteredChatQuery = z
  .object({
    org: parameter(z.string().optional()).openapi({ description: "The key's own organisation, or `All`" }),
    limit: parameter(z.coerce.number().int().min(1).max(1000).default(10)),
    page: parameter(z.coerce.number().int().min(1).max(1_000_000).default(1)),
    order_by: parameter(z.enum(ORDERS).default('created')),
    order_direction: parameter(z.enum(['asc', 'desc', 'ASC', 'DESC']).default('desc')),
    search: parameter(z.string().max(1_000).optional()),
    start_date: parameter(day.optional()),
    end_date: parameter(day.optional()),
  })
  .catchall(z.string().max(MAX_NAME_CHARS))
  .transform(({ org, limit, page, order_by, order_direction, search, start_date, end_date, ...further }) => ({
    ...{ org, limit, page, order_by, search, startDate: start_date, endDate: end_date },
    ascending: order_direction.toLowerCase() === 'asc',
    further: Object.entries(further).filter(([, value]) => value !== ''),
  }))
  .refine(({ further }) => further.length <= MAX_FURTHER_FILTERS, `at most ${MAX_FURTHER_FILTERS} further filters`);
export type FilteredChatQuery = z.output<typeof filteredChatQuery>;

const known = <T extends z.ZodType>(schema: T) => schema.nullable();

const chat = z
  .object({
    id: z.number(),
    message_id: z.string(),
    session_id: known(z.string()),
    mode,
    org_id: z.string(),
    org_uuid: known(z.string()),
    user_data: z.object({ user_name: known(z.string()), user_id: known(z.string()), roles: z.array(z.string()) }),
    conversation: z.string(),
    prompt_response: z.string(),
    llm_model: known(z.string()),
    llm_model2: known(z.string()),
    token_count: known(z.number()),
    input_tokens: known(z.number()),
    output_tokens: known(z.number()),
    response_time: known(z.string()),
    response_time_ms: known(z.number()),
    file_name: known(z.string()),
    mapping_table: known(z.string()),
    metaData: object,
    user_meta_data: object,
    step_data: z.array(object),
    failed: z.boolean(),
    error_type: known(z.string()),
    createdAt: z.string(),
  })
  .openapi('Chat');

export const filteredChatAnswer = z.object({ totalChats: z.number(), chats: z.array(chat) }).openapi('Chats');
export type FilteredChatAnswer = z.output<typeof filteredChatAnswer>;
