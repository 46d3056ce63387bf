/**
 * Delivers while the process ends: its event loop has stopped for good, but a worker started now has one of its own, and this thread can
 * wait for it.
 */
import { Worker } from 'node:worker_threads';
import { STORE_PATH, storeHeaders } from './client.ts';
import { EXIT_WORKER_SOURCE } from './exit-worker-source.ts';
import type { Credentials, DeliverySettings } from './options.ts';
import { outcomeOfAnswer, statusesWithOutcome, type Outcome } from './outcome.ts';

type ExitSettings = Pick<DeliverySettings, 'baseUrl' | 'proxy' | 'ca' | 'concurrency' | 'timeoutMs'> & {
  /** Default: where interactions go. */
  readonly path?: string | undefined;
};

export interface ExitPost {
  readonly body: Uint8Array;
  readonly credentials: Credentials;
}

/**
 * Blocks for at most `timeoutMs`. Gives the outcome of each post in their order, `undefined` where there was no final one in time; an empty
 * list where no worker can be started (permission model, no threads left).
 */
export function storeInWorker(
  posts: readonly ExitPost[],
  settings: ExitSettings,
  timeoutMs: number,
): (Outcome | undefined)[] {
  const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const statuses = new Uint16Array(new SharedArrayBuffer(Uint16Array.BYTES_PER_ELEMENT * posts.length));
  const { baseUrl, path = STORE_PATH, proxy, ca, concurrency, timeoutMs: attemptTimeoutMs } = settings;
  const job = {
    url: baseUrl + path,
    posts: posts.map(({ body, credentials }) => ({ body, headers: storeHeaders(credentials) })),
    proxy: proxy && { url: proxy.url, authorization: proxy.authorization },
    ca,
    concurrency,
    attemptTimeoutMs,
    retryable: statusesWithOutcome('failed'),
    unauthorised: statusesWithOutcome('unauthorised'),
    done: done.buffer,
    statuses: statuses.buffer,
  };
  try {
    const worker = new Worker(EXIT_WORKER_SOURCE, {
      eval: true,
      name: 'huggingplace-exit',
      workerData: job,
      // Neither the application's `--require` and loaders nor its NODE_OPTIONS run again in there.
      execArgv: [],
      env: {},
      // What a worker prints goes through the event loop of this thread.
      stdout: true,
      stderr: true,
    });
    worker.on('error', () => undefined);
    worker.unref();
    Atomics.wait(done, 0, 0, timeoutMs);
    void worker.terminate();
  } catch {
    return [];
  }
  return Array.from(statuses, (status) =>
    status === 0 ? undefined : outcomeOfAnswer({ status, message: `HTTP ${status}` }, 0),
  );
}
