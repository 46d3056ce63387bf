/** A PostgreSQL server, by its address. */
import pg from 'pg';
import { type Database, DatabaseTimeoutError, DatabaseUnavailableError } from './database.ts';

/** A statement of ours takes milliseconds; one that takes this long is somebody's attempt to keep the server busy. */
const STATEMENT_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Ids and counts stay below 2^53 for longer than a disk lasts: they are numbers, as in the embedded database. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** SQLSTATE classes in which the server, not the statement, is at fault: connection, conflict, resources, intervention (and time). */
const UNAVAILABLE = /^(08|40|53|57)/;

/** `statement_timeout` ended it. */
const QUERY_CANCELED = '57014';

/** What the rest of the server is told of an error. */
function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof pg.DatabaseError) {
    if (error.code === QUERY_CANCELED) return new DatabaseTimeoutError('the database took too long', { cause: error });
    if (!UNAVAILABLE.test(error.code ?? '')) return error;
  }
  // Without a SQLSTATE it comes from the socket or the pool (`ECONNREFUSED`, "Connection terminated", a time-out).
  return new DatabaseUnavailableError('the database cannot be reached', { cause: error });
}

export async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'huggingplace-dev-server',
    types,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);

  const run = async <Answer>(statement: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await statement();
    } catch (error) {
      throw translated(error);
    }
  };
  const database: Database = {
    query: (sql, parameters = []) =>
      run(async () => (await pool.query<Record<string, unknown>>(sql, [...parameters])).rows),
    execute: (sql) =>
      run(async () => {
        await pool.query(sql);
      }),
    close: () => pool.end(),
  };
  try {
    await database.query('SELECT 1');
  } catch (error) {
    await pool.end();
    throw error;
  }
  return database;
}
