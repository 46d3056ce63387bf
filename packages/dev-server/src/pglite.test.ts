/** The embedded database has no limit of its own on how long a statement takes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openPglite } from './pglite.ts';

const TIMEOUT_MS = 300;
/** Some seconds of work, or hours of it. */
const slow = (rows: string): string => `SELECT count(*) AS n FROM generate_series(1, ${rows}) AS a WHERE a % 7 = 1`;

it('gives up a statement that takes too long, and those behind it never begin', async () => {
  const database = await openPglite(undefined, TIMEOUT_MS);
  await database.execute('CREATE TABLE kept (id int)');
  const [first, behind] = await Promise.allSettled([
    database.query(slow('3000000')),
    database.query('INSERT INTO kept VALUES (1)'),
  ]);
  expect([first.status, behind.status]).toEqual(['rejected', 'rejected']);
  expect(first).toHaveProperty('reason.message', 'the database took too long');
  // Behind both, without a limit of its own.
  await database.execute('INSERT INTO kept VALUES (2)');
  expect(await database.query('SELECT id FROM kept')).toEqual([{ id: 2 }]);
  await database.close();
});

it('is started anew, with its rows, where a statement would go on for ever', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dev-server-pglite-'));
  const database = await openPglite(path.join(folder, 'postgres'), TIMEOUT_MS);
  await database.execute('CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)');
  await expect(database.query(slow('1e12::bigint'))).rejects.toThrow('took too long');
  // The new thread may take longer to open than one statement may.
  await expect
    .poll(() => database.query('SELECT id FROM kept').catch(() => []), { timeout: 20_000 })
    .toEqual([{ id: 1 }]);
  await database.close();
  await rm(folder, { recursive: true, force: true });
});
