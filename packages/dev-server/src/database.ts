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
