/** The embedded database: PGlite in a worker thread, spoken to by messages. */
import { Worker } from 'node:worker_threads';
import { type Database, DatabaseTimeoutError, DatabaseUnavailableError, type Row } from './database.ts';

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

interface Reply {
  id: number;
  answer?: unknown;
  error?: { message: string; code?: string };
}

/** PGlite has no `statement_timeout`. It is several times slower than a server, so it gets twice the time of one. */
const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * A statement that has had no answer for `timeoutMs` is given up; if it has not begun, it never will. One that runs for so long can only be ended with its
 * thread, and a new one is started where the rows are in a directory. In memory they would be gone with it: there it is left to end.
 *
 * @param dataDir where the rows are kept; `undefined` keeps them in memory, until `close()`.
 */
export async function openPglite(dataDir: string | undefined, timeoutMs = STATEMENT_TIMEOUT_MS): Promise<Database> {
  let thread = new DatabaseThread(dataDir);
  let isClosed = false;
  await thread.open();

  const giveUp = async (asked: DatabaseThread): Promise<void> => {
    if (dataDir === undefined || asked.runningForMs < timeoutMs) return;
    // To its end first: two at a time would spoil the files.
    await asked.end('it is started anew, because a statement took too long');
    if (isClosed) return;
    thread = new DatabaseThread(dataDir);
    // Where that fails, whoever asks it for something hears of it.
    await thread.open().catch(() => undefined);
  };
  return {
    query: async (sql, parameters = []) => {
      const asked = thread;
      let deadline: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        deadline = setTimeout(() => {
          reject(new DatabaseTimeoutError('the database took too long'));
          void giveUp(asked);
        }, timeoutMs);
      });
      const answer = asked.ask('query', { sql, parameters, expiresAt: Date.now() + timeoutMs });
      // The rows were made by PGlite on the other side of our own message.
      return (await Promise.race([answer, late]).finally(() => clearTimeout(deadline))) as Row[];
    },
    execute: async (sql) => {
      await thread.ask('execute', { sql });
    },
    close: async () => {
      isClosed = true;
      await thread.ask('close', {}).catch(() => undefined);
      await thread.end('it was closed');
    },
  };
}

class DatabaseThread {
  readonly #worker: Worker;
  /** In the order in which the thread works on them. */
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #runningSinceMs = 0;
  #isOpen = false;
  #gone: Error | undefined;

  constructor(dataDir: string | undefined) {
    this.#worker = new Worker(new URL('./pglite-worker.mjs', import.meta.url), {
      workerData: { dataDir },
      execArgv: [],
    });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => this.#fail(`its thread ended (${code})`));
  }

  /** How long the thread has been at the same request; 0 when it has none, or is still at opening its files. */
  get runningForMs(): number {
    return this.#isOpen && this.#pending.size > 0 ? performance.now() - this.#runningSinceMs : 0;
  }

  /** Asked for before anything else. */
  async open(): Promise<void> {
    try {
      await this.ask('open', {});
      this.#isOpen = true;
    } catch (error) {
      await this.#worker.terminate();
      throw error;
    }
  }

  ask(request: 'open' | 'query' | 'execute' | 'close', given: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#gone) {
        reject(this.#gone);
        return;
      }
      if (this.#pending.size === 0) this.#runningSinceMs = performance.now();
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request, given });
    });
  }

  async end(reason: string): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #settle({ id, answer, error }: Reply): void {
    const request = this.#pending.get(id);
    this.#pending.delete(id);
    this.#runningSinceMs = performance.now();
    if (error) request?.reject(Object.assign(new Error(error.message), { code: error.code }));
    else request?.resolve(answer);
  }

  #fail(reason: string): void {
    this.#gone ??= new DatabaseUnavailableError(`the embedded database has stopped: ${reason}`);
    for (const request of this.#pending.values()) request.reject(this.#gone);
    this.#pending.clear();
  }
}
