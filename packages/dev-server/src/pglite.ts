/** The embedded database: PGlite in a worker thread, spoken to by messages. */
import { Worker } from 'node:worker_threads';
import { type Database, DatabaseUnavailableError, type Row } from './database.ts';

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

interface Reply {
  id: number;
  answer?: unknown;
  error?: { message: string; code?: string };
}

/** @param dataDir where the rows are kept; `undefined` keeps them in memory, until `close()`. */
export async function openPglite(dataDir: string | undefined): Promise<Database> {
  const worker = new Worker(new URL('./pglite-worker.mjs', import.meta.url), { workerData: { dataDir }, execArgv: [] });
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let gone: Error | undefined;

  worker.on('message', ({ id, answer, error }: Reply) => {
    const request = pending.get(id);
    pending.delete(id);
    if (error) request?.reject(Object.assign(new Error(error.message), { code: error.code }));
    else request?.resolve(answer);
  });
  const fail = (reason: string): void => {
    gone = new DatabaseUnavailableError(`the embedded database has stopped: ${reason}`);
    for (const request of pending.values()) request.reject(gone);
    pending.clear();
  };
  worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => fail(`its thread ended (${code})`));

  const ask = (request: 'open' | 'query' | 'execute' | 'close', ...given: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (gone) {
        reject(gone);
        return;
      }
      const id = nextId++;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, request, given });
    });

  await ask('open').catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  return {
    // The rows were made by PGlite on the other side of our own message.
    query: async (sql, parameters = []) => (await ask('query', sql, parameters)) as Row[],
    execute: async (sql) => {
      await ask('execute', sql);
    },
    close: async () => {
      if (!gone) await ask('close').catch(() => undefined);
      await worker.terminate();
    },
  };
}
