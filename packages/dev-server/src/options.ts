/** What the server is told, and what it makes of it. */
import { z } from 'zod';

export interface DevServerOptions {
  /** Default: 0, a free one. */
  port?: number;
  /** The address to listen on. Default: `127.0.0.1`, which nobody else's machine can reach. */
  host?: string;
  /** Where the embedded database keeps its files. Default: none, the rows live in memory until `close()`. */
  dataDir?: string;
  /** A PostgreSQL server, `postgres://user:password@host/database`, instead of the embedded database. */
  databaseUrl?: string;
  /** Default: `hp_local`. */
  apiKey?: string;
  /** The organisation that `apiKey` belongs to. Default: `local`. */
  orgId?: string;
  /** More keys, each with its organisation. */
  organisations?: Readonly<Record<string, string>>;
  /** A larger body is answered 413. Default: 8 MiB. */
  maxBodyBytes?: number;
  /** Told what went wrong in the server, never what a request said. Default: silence. */
  onError?: (error: unknown) => void;
}

export const DEFAULT_API_KEY = 'hp_local';
export const DEFAULT_ORG_ID = 'local';

const settings = z.strictObject({
  port: z.int().min(0).max(65_535).default(0),
  host: z.string().min(1).default('127.0.0.1'),
  dataDir: z.string().min(1).optional(),
  databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  apiKey: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces')
    .default(DEFAULT_API_KEY),
  orgId: z.string().min(1).default(DEFAULT_ORG_ID),
  organisations: z.record(z.string().min(1), z.string().min(1)).default({}),
  maxBodyBytes: z
    .int()
    .min(1)
    .default(8 * 1024 * 1024),
  onError: z.custom<(error: unknown) => void>((value) => typeof value === 'function').default(() => () => undefined),
});
export type Settings = z.output<typeof settings>;

/** @throws naming the option, what was expected and what was given. */
export function resolveOptions(options: DevServerOptions): Settings {
  const parsed = settings.safeParse(options);
  if (!parsed.success) throw new TypeError(`@huggingplace/dev-server: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
