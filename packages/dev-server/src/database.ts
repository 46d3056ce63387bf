/** The one interface to PostgreSQL, embedded or real: the SQL above it is the same. */

export type Row = Record<string, unknown>;

export interface Database {
  /** One statement; values go in as parameters only. `bigint` comes back as a number, `timestamptz` as a `Date`, `jsonb` parsed. */
  query(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Several statements without parameters, as one transaction. */
  execute(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** The database cannot be reached now: whoever asked may ask again (`503` with `Retry-After`). */
export class DatabaseUnavailableError extends Error {
  override name = 'DatabaseUnavailableError';
}

/** The database answers, but not to this in time. */
export class DatabaseTimeoutError extends DatabaseUnavailableError {
  override name = 'DatabaseTimeoutError';
}

/** The SQLSTATE of a sum that is beyond its type: on reading, what is stored is at fault. */
export const isOverflow = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '22003';

/** SQLSTATE classes in which a value is at fault (22: data exception, 54: beyond a limit of PostgreSQL's), so whoever sent it. */
export const isDataError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(22|54)/.test(error.code);
