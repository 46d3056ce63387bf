/** What the server is told, and what it makes of it. */
import { z } from 'zod';
import { type AlertRule, alertRule, DEFAULT_RULES } from './alerts.ts';
import { parseFaults } from './faults.ts';
import { isLoopback } from './guard.ts';
import type { ReceivedRequest } from './recording.ts';
import type { Webhook } from './webhooks.ts';

export interface DevServerOptions {
  /** Default: 0, a free one. */
  port?: number;
  /** The address to listen on. Default: `127.0.0.1`, which no other machine can reach. */
  host?: string;
  /** Further names that this server goes by: a request with another `Host` is refused. */
  allowedHosts?: readonly string[];
  /** Where the embedded database keeps its files. Default: nowhere, the rows live in memory until `close()`. */
  dataDir?: string;
  /** A PostgreSQL server, `postgres://user:password@host/database`, instead of the embedded database. */
  databaseUrl?: string;
  /** Default: `hp_local`; it has to be given when other machines can reach the server. */
  apiKey?: string;
  /** The organisation that `apiKey` belongs to. Default: `local`. */
  orgId?: string;
  /** More keys, each with its organisation. */
  organisations?: Readonly<Record<string, string>>;
  /** A larger body is answered 413. Default: 8 MiB. */
  maxBodyBytes?: number;
  /** More POSTs at once are answered 429. Default: 1,000. */
  maxInFlight?: number;
  /** An answer that takes longer is 503. Default: 10,000. */
  answerTimeoutMs?: number;
  /** How long a client may take to send its headers, and its whole request. Defaults: 10,000 and 30,000. */
  headersTimeoutMs?: number;
  requestTimeoutMs?: number;
  /** Failures on purpose: `503:0.3,429:0.1,hang:0.05,reset:0.05,lost:0.05`, each with its share of requests. Default: none. */
  fail?: string;
  /** How long each answer is held back, in milliseconds: so long, or between two numbers. Default: 0. */
  latencyMs?: number | readonly [least: number, most: number];
  /** Told each request to the contract's addresses, with its body and what it was answered. */
  onReceived?: (request: ReceivedRequest) => void;
  /** Default: an error rate above 5 %, and so on (alerts.ts). */
  alertRules?: readonly AlertRule[];
  /** Who is told when a rule begins or ceases to hold. Default: nobody. */
  webhooks?: readonly Webhook[];
  /** Told what went wrong in the server, never what a request said. Default: silence. */
  onError?: (error: unknown) => void;
  /** The clock, in milliseconds. Default: `Date.now`. */
  now?: () => number;
  /** Chance, for faults: 0 ≤ n < 1. Default: `Math.random`. */
  random?: () => number;
}

export const DEFAULT_API_KEY = 'hp_local';
const DEFAULT_ORG_ID = 'local';

const milliseconds = z.number().min(0).max(3_600_000);
const callback = <T>() => z.custom<T>((value) => typeof value === 'function', 'expected a function');

const settings = z
  .strictObject({
    port: z.int().min(0).max(65_535).default(0),
    host: z.string().min(1).default('127.0.0.1'),
    allowedHosts: z.array(z.string().min(1)).default([]),
    dataDir: z.string().min(1).optional(),
    databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    apiKey: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces')
      .default(DEFAULT_API_KEY),
    orgId: z.string().min(1).max(512).default(DEFAULT_ORG_ID),
    organisations: z.record(z.string().min(1), z.string().min(1).max(512)).default({}),
    maxBodyBytes: z
      .int()
      .min(1)
      .default(8 * 1024 * 1024),
    maxInFlight: z.int().min(1).default(1_000),
    answerTimeoutMs: milliseconds.default(10_000),
    headersTimeoutMs: milliseconds.default(10_000),
    requestTimeoutMs: milliseconds.default(30_000),
    fail: z
      .string()
      .default('')
      .transform((text, context) => {
        try {
          return parseFaults(text);
        } catch (error) {
          context.addIssue(String(error));
          return z.NEVER;
        }
      }),
    latencyMs: z
      .union([milliseconds.transform((one) => [one, one] as const), z.tuple([milliseconds, milliseconds]).readonly()])
      .default([0, 0]),
    onReceived: callback<(request: ReceivedRequest) => void>().optional(),
    alertRules: z.array(alertRule).readonly().default(DEFAULT_RULES),
    webhooks: z.array(z.object({ url: z.url({ protocol: /^https?$/ }), secret: z.string().min(8) })).default([]),
    onError: callback<(error: unknown) => void>().default(() => () => undefined),
    now: callback<() => number>().default(() => Date.now),
    random: callback<() => number>().default(() => Math.random),
  })
  .refine(({ host, apiKey }) => isLoopback(host) || apiKey !== DEFAULT_API_KEY, {
    path: ['apiKey'],
    error: 'expected a key of your own, for other machines can reach this host and everybody knows the default one',
  });
export type Settings = z.output<typeof settings>;

/** @throws naming the option, what was expected and what was given. */
export function resolveOptions(options: DevServerOptions): Settings {
  const parsed = settings.safeParse(options);
  if (!parsed.success) throw new TypeError(`@huggingplace/dev-server: ${z.prettifyError(parsed.error)}`);
  return Object.freeze(parsed.data);
}
