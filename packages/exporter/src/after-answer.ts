/** Serverless platforms freeze the process after the answer, unless they are told what to wait for. Where one says how, it is told. */

/** Of the request that is being answered. Vercel's functions have it (`waitUntil` of `@vercel/functions` reads it there), and those who do as they do. */
const REQUEST_CONTEXT = Symbol.for('@vercel/request-context');

/** Begins the work once the caller has returned, if there is a platform that waits for it; else does nothing. Never throws. */
export function waitAfterAnswer(work: () => Promise<unknown>): void {
  const platform: unknown = Reflect.get(globalThis, REQUEST_CONTEXT);
  if (platform === undefined) return;
  try {
    const { waitUntil } = (platform as { get(): { waitUntil?: (promise: Promise<unknown>) => void } }).get();
    waitUntil?.(new Promise((resolve) => setImmediate(resolve)).then(work));
  } catch {
    // No request is being answered, or it is not what it was: the process lives on, or `forceFlush()` is awaited.
  }
}
