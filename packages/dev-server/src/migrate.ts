/** Brings a database to the present schema: each file of `schema/` once, in order, each in a transaction of its own. */
import { readFile, readdir } from 'node:fs/promises';
import type { Database } from './database.ts';

const SCHEMA = new URL('./schema/', import.meta.url);

export async function migrate(database: Database): Promise<void> {
  // `IF NOT EXISTS` alone fails where two servers start at once.
  await database.execute(
    `SELECT pg_advisory_xact_lock(hashtext('schema_migration'));
     CREATE TABLE IF NOT EXISTS schema_migration (name text PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())`,
  );
  const files = (await readdir(SCHEMA)).filter((name) => name.endsWith('.sql')).sort();
  for (const name of files) {
    if (await isApplied(database, name)) continue;
    const sql = await readFile(new URL(name, SCHEMA), 'utf8');
    try {
      // The name goes in first: a second server that starts at the same time waits here, and then fails as a whole.
      // A change to all rows of a large database takes longer than a statement may.
      await database.execute(
        `SET LOCAL statement_timeout = 0; INSERT INTO schema_migration (name) VALUES ('${name}');\n${sql}`,
      );
    } catch (error) {
      if (!(await isApplied(database, name))) throw error;
    }
  }
}

const isApplied = async (database: Database, name: string): Promise<boolean> =>
  (await database.query('SELECT 1 FROM schema_migration WHERE name = $1', [name])).length > 0;
