// The sales of a shop, for questions: PostgreSQL (PGlite) that a model's SQL may read, for a limited time.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A fault of the SQL, in words that the model which wrote it understands. */
export class SqlError extends Error {
  name = 'SqlError';
}

export class SalesDatabase {
  #worker;
  #timeoutMs;
  /** The thread runs one query at a time, so that the time of each is its own. */
  #last = Promise.resolve();

  /**
   * Ready to be asked.
   * @param {{ timeoutMs: number }} options the time of one query
   */
  static async open({ timeoutMs }) {
    const database = new SalesDatabase(timeoutMs);
    await database.#worker;
    return database;
  }

  /** Private: see `open`. */
  constructor(timeoutMs) {
    this.#timeoutMs = timeoutMs;
    this.#worker = openWorker();
  }

  /**
   * @param {string} sql
   * @returns {Promise<object[]>} at most 100 rows
   * @throws {SqlError} where it is no SELECT, is wrong, reads what it may not, or takes too long
   */
  query(sql) {
    const rows = this.#last.then(() => this.#run(sql));
    this.#last = rows.catch(() => {});
    return rows;
  }

  async close() {
    await (await this.#worker).terminate();
  }

  async #run(sql) {
    const worker = await this.#worker;
    worker.postMessage(sql);
    // PGlite does not know `statement_timeout`; a PostgreSQL server does, and needs no thread here.
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const [{ rows, problem }] = await once(worker, 'message', { signal }).catch(async (error) => {
      await worker.terminate();
      this.#worker = openWorker();
      throw signal.aborted ? new SqlError(`it took longer than ${this.#timeoutMs} ms`) : error;
    });
    if (problem !== undefined) throw new SqlError(problem);
    return rows;
  }
}

async function openWorker() {
  // What the process was started with (`--import`) is not the thread's.
  const worker = new Worker(new URL('sales-worker.mjs', import.meta.url), { execArgv: [] });
  // It says that it is ready: making the data takes longer than a query may.
  await once(worker, 'message');
  return worker;
}
