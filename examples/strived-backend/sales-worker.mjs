// The thread of the sales database: it runs what a model wrote, and answers with rows or with the reason why not.
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { PGlite, types } from '@electric-sql/pglite';
import { dataDir as emptyDatabase } from '@electric-sql/pglite-prepopulatedfs';

const MAX_ROWS = 100;
/** As JSON: the rows go into a prompt. */
const MAX_RESULT_CHARS = 64 * 1024;

const database = await PGlite.create({
  // Unpacking an empty database takes a third of the time of making one.
  loadDataDir: await emptyDatabase(),
  parsers: {
    // A number of JavaScript's is exact up to 2^53.
    [types.INT8]: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text),
    [types.DATE]: (text) => text,
  },
});
await database.exec(await readFile(new URL('sales.sql', import.meta.url), 'utf8'));

/**
 * As a part of this query a statement can only be a SELECT; as a parameterised query it can't be two; the role reads one table and changes no
 * setting (sales.sql); the transaction writes nothing.
 */
function query(sql) {
  // Without this PostgreSQL refuses it, too, but in words that don't say what is wanted.
  if (!/^\s*(SELECT|WITH)\b/i.test(sql)) throw new Error('only a SELECT is run here');
  return database.transaction(async (transaction) => {
    await transaction.exec('SET TRANSACTION READ ONLY; SET LOCAL ROLE analyst');
    const { rows } = await transaction.query(`SELECT * FROM (${sql}\n) AS answer LIMIT ${MAX_ROWS}`);
    const json = JSON.stringify(rows);
    if (json.length > MAX_RESULT_CHARS) throw new Error('the result is too large: select less');
    return JSON.parse(json);
  });
}

parentPort.on('message', async (sql) => {
  try {
    parentPort.postMessage({ rows: await query(sql) });
  } catch (error) {
    parentPort.postMessage({ problem: error.message });
  }
});
parentPort.postMessage('ready');
