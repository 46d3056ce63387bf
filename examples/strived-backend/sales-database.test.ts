/** What a model writes is run as if an enemy had written it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SalesDatabase, SqlError } from './sales-database.mjs';

let database: SalesDatabase;
beforeAll(async () => {
  // A busy machine is no fault of the SQL.
  database = await SalesDatabase.open({ timeoutMs: 60_000 });
});
afterAll(() => database.close());

const countSales = () => database.query('SELECT count(*) AS sales FROM sales');

it('runs a SELECT, with a semicolon in a text, a comment at its end, and a WITH before it', async () => {
  await expect(
    database.query("WITH a AS (SELECT ';' AS text) SELECT text, 9007199254740993 AS big FROM a -- all"),
  ).resolves.toEqual([{ text: ';', big: '9007199254740993' }]);
  await expect(database.query('SELECT max(sold_on) AS day, sum(quantity) AS quantity FROM sales')).resolves.toEqual([
    { day: '2025-12-31', quantity: 7200 },
  ]);
});

it.each([
  ['writes', "DELETE FROM sales WHERE region = 'North'", /^only a SELECT is run here$/],
  [
    'writes on the way',
    'WITH gone AS (DELETE FROM sales RETURNING id) SELECT id FROM gone',
    /must be at the top level/,
  ],
  ['is followed by another', 'SELECT 1; DELETE FROM sales', /syntax error/],
  [
    'leaves the place that it is given',
    'SELECT 1) AS a; DELETE FROM sales; SELECT * FROM (SELECT 1',
    /multiple commands/,
  ],
  ['ends the transaction', 'COMMIT', /^only a SELECT is run here$/],
  ['takes another role', "SELECT set_config('role', 'postgres', true)", /permission denied for function set_config/],
  ['writes by a function', 'SELECT lo_create(0)', /read-only transaction/],
  ['makes a table', 'SELECT * INTO copied FROM sales', /INTO|syntax/],
  ['reads what is not for it', 'SELECT rolpassword FROM pg_authid', /permission denied/],
  ['reads a file', "SELECT pg_read_file('/etc/passwd')", /permission denied/],
  ['is wrong', 'SELECT revenue FROM sales', /^column "revenue" does not exist$/],
  ['answers too much', "SELECT repeat('x', 100000)", /too large/],
])('refuses what %s', async (_, sql, message) => {
  const refusal = database.query(sql);
  await expect(refusal).rejects.toBeInstanceOf(SqlError);
  await expect(refusal).rejects.toThrow(message);
  await expect(countSales()).resolves.toEqual([{ sales: 2400 }]);
});

it('gives 100 rows at most', async () => {
  await expect(database.query('SELECT * FROM sales')).resolves.toHaveLength(100);
});

it('ends a statement that takes too long, and runs the next', async () => {
  const impatient = await SalesDatabase.open({ timeoutMs: 3_000 });
  const endless = impatient.query('SELECT count(*) FROM generate_series(1, 1000000000)');
  const next = impatient.query('SELECT 1 AS one');
  await expect(endless).rejects.toThrow('it took longer than 3000 ms');
  await expect(next).resolves.toEqual([{ one: 1 }]);
  await impatient.close();
});
