/** What the page asks the server, and what it is answered. The page's own code takes its types from here. */
import { z } from '@hono/zod-openapi';
import { parameter } from './contract.ts';

const text = parameter(z.string().max(1_000).optional());
const instant = parameter(z.iso.datetime({ offset: true }).optional()).openapi({ description: 'ISO 8601' });
const known = <T extends z.ZodType>(schema: T) => schema.nullable();
const object = z.record(z.string(), z.unknown());

/** Where the page before ended: a moment, and what tells the rows of that moment apart. */
const cursor = (rest: RegExp) =>
  parameter(
    z
      .string()
      .max(1_000)
      .refine((value) => {
        const [moment = '', ...parts] = value.split('~');
        return z.iso.datetime().safeParse(moment).success && rest.test(parts.join('~'));
      }, 'expected the `next` of the page before')
      .optional(),
  );

const filters = {
  org: text.openapi({ description: 'Default: the first organisation that the page may see' }),
  mode: parameter(z.enum(['prod', 'dev']).optional()),
  status: parameter(z.enum(['ok', 'failed']).optional()),
  model: text,
  user: text,
  session: text,
  error: text.openapi({ description: 'Type of the error' }),
  search: text,
  from: instant,
  to: instant,
};

export const filterQuery = z.object(filters);
export type FilterQuery = z.output<typeof filterQuery>;

const pageSize = parameter(z.coerce.number().int().min(1).max(200).default(50));

export const listQuery = z.object({
  ...filters,
  limit: pageSize,
  order: parameter(z.enum(['newest', 'oldest']).default('newest')),
  after: cursor(/^\d{1,15}$/),
});
export type ListQuery = z.output<typeof listQuery>;

/** A step as a list shows it: just enough to draw it. */
const stepOutline = z.object({
  name: known(z.string()),
  type: known(z.string()),
  startMs: known(z.number()),
  timeMs: known(z.number()),
  failed: z.boolean(),
});

export const interactionSummary = z
  .object({
    id: z.number(),
    createdAt: z.string(),
    mode: z.enum(['prod', 'dev']),
    messageId: z.string(),
    sessionId: known(z.string()),
    user: known(z.string()),
    model: known(z.string()),
    /** The first characters. */
    prompt: z.string(),
    answer: z.string(),
    tokens: known(z.number()),
    inputTokens: known(z.number()),
    outputTokens: known(z.number()),
    responseTimeMs: known(z.number()),
    failed: z.boolean(),
    errorType: known(z.string()),
    stepCount: z.number(),
    /** At most 24. */
    steps: z.array(stepOutline),
  })
  .openapi('InteractionSummary');
export type InteractionSummary = z.output<typeof interactionSummary>;

export const interactionList = z
  .object({ interactions: z.array(interactionSummary), next: known(z.string()) })
  .openapi('InteractionList');
export type InteractionList = z.output<typeof interactionList>;

export const sessionSummary = z
  .object({
    sessionId: z.string(),
    interactions: z.number(),
    failed: z.number(),
    tokens: known(z.number()),
    user: known(z.string()),
    firstPrompt: z.string(),
    firstAt: z.string(),
    lastAt: z.string(),
  })
  .openapi('SessionSummary');
export type SessionSummary = z.output<typeof sessionSummary>;

export const sessionQuery = z.object({
  org: filters.org,
  mode: filters.mode,
  search: text,
  limit: pageSize,
  after: cursor(/./),
});
export const sessionList = z
  .object({ sessions: z.array(sessionSummary), next: known(z.string()) })
  .openapi('SessionList');
export type SessionList = z.output<typeof sessionList>;

export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];
export const dashboardQuery = z.object({
  org: filters.org,
  mode: filters.mode,
  range: parameter(z.enum(RANGES).default('24h')),
});

const percentiles = z.object({ p50: known(z.number()), p95: known(z.number()), p99: known(z.number()) });

export const dashboard = z
  .object({
    from: z.string(),
    to: z.string(),
    bucketSeconds: z.number(),
    totals: z.object({
      interactions: z.number(),
      failed: z.number(),
      tokens: z.number(),
      users: z.number(),
      sessions: z.number(),
      responseTimeMs: percentiles,
    }),
    /** Only buckets in which there was something. */
    timeline: z.array(
      z.object({ at: z.string(), interactions: z.number(), failed: z.number(), responseTimeMs: percentiles }),
    ),
    models: z.array(
      z.object({
        model: known(z.string()),
        interactions: z.number(),
        failed: z.number(),
        tokens: z.number(),
        inputTokens: z.number(),
        outputTokens: z.number(),
        meanResponseTimeMs: known(z.number()),
      }),
    ),
    errors: z.array(z.object({ type: z.string(), interactions: z.number() })),
    alerts: z.array(
      z.object({
        metric: z.string(),
        threshold: z.number(),
        windowSeconds: z.number(),
        value: z.number(),
        since: z.string(),
      }),
    ),
  })
  .openapi('Dashboard');
export type Dashboard = z.output<typeof dashboard>;

export const exportQuery = z.object({ ...filters, format: parameter(z.enum(['json', 'csv']).default('json')) });

export const pageSession = z.object({ organisations: z.array(z.string()).min(1) }).openapi('PageSession');
export type PageSession = z.output<typeof pageSession>;
export const signInRequest = z.object({ apiKey: z.string().min(1).max(1_000) });

export const interaction = interactionSummary
  .omit({ prompt: true, answer: true, steps: true, stepCount: true })
  .extend({
    prompt: z.string(),
    answer: z.string(),
    secondModel: known(z.string()),
    responseTime: known(z.string()),
    userRoles: z.array(z.string()),
    customerOrganisation: known(z.string()),
    fileName: known(z.string()),
    mappingTable: known(z.string()),
    metaData: object,
    userMetaData: object,
    steps: z.array(object),
  })
  .openapi('InteractionDetails');
export type Interaction = z.output<typeof interaction>;
