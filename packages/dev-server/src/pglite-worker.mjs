// PGlite in a thread of its own: its WebAssembly blocks the thread that it runs on, with a large row for as long as a second.
// It is JavaScript because a worker's file is loaded as it is, from the sources too, and Node 20 does not read TypeScript.
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { dataDir as emptyDatabase } from '@electric-sql/pglite-prepopulatedfs';

const extensions = { pg_trgm };

/** @param {string | undefined} dataDir */
async function open(dataDir) {
  // Unpacking an empty database takes a second, making one takes four.
  if (dataDir === undefined) return PGlite.create('memory://', { extensions, loadDataDir: await emptyDatabase() });
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) {
    // Made aside and moved into place: whoever is killed meanwhile leaves nothing that looks like a database.
    const draft = `${dataDir}.new`;
    await rm(draft, { recursive: true, force: true });
    const made = await PGlite.create(draft, { extensions, loadDataDir: await emptyDatabase() });
    await made.close();
    await rename(draft, dataDir);
  }
  return PGlite.create(dataDir, { extensions });
}

const opening = open(workerData.dataDir);

/** @type {Record<string, (given: any) => Promise<unknown>>} */
const requests = {
  open: async () => void (await opening),
  query: async ({ sql, parameters, expiresAt }) => {
    if (Date.now() > expiresAt) throw Object.assign(new Error('nobody waits for it any more'), { code: '57014' });
    return (await (await opening).query(sql, parameters)).rows;
  },
  execute: async ({ sql }) => void (await (await opening).exec(sql)),
  close: async () => (await opening).close(),
};

/** One after the other: PGlite would do so too, but without asking whether anybody still waits. */
let last = Promise.resolve();
parentPort?.on('message', ({ id, request, given }) => {
  last = last.then(async () => {
    try {
      parentPort?.postMessage({ id, answer: await requests[request]?.(given) });
    } catch (error) {
      // An error loses its fields on the way between threads; the SQLSTATE is what the other side decides by.
      parentPort?.postMessage({ id, error: { message: String(error?.message ?? error), code: error?.code } });
    }
  });
});
// `opening` is awaited by the first request; a refusal before that must not end the thread.
opening.catch(() => {});
