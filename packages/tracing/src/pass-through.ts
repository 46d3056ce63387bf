/** What a callback returns reaches its caller as it is; the span learns when it is through. */
import { context } from '@opentelemetry/api';
import { observeStream } from './observe-stream.ts';
import { isMethod, isObject, overrideMethod } from './override.ts';
import { finishWhenCollected, isWatchable } from './watcher.ts';
import type { Watcher } from './watcher.ts';

export function passThrough<Result>(result: Result, watcher: Watcher): Result {
  if (!isObject(result)) {
    watcher.finished(result);
    return result;
  }
  // Listening to this promise itself would mark its rejection as handled. It carries no more than its value, so another one does as well.
  if (result instanceof Promise && result.constructor === Promise) return settled(result, watcher) as Result;

  const isThenable = isMethod(result, 'then') && isWatchable(result) && observeThenable(result, watcher);
  const isStream = observeStream(result, watcher);
  if (!isThenable && !isStream) watcher.finished(result);
  return result;
}

const settled = (promise: Promise<unknown>, watcher: Watcher): Promise<unknown> =>
  promise.then(
    (value) => passThrough(value, watcher),
    (error: unknown) => {
      watcher.failed(error);
      throw error;
    },
  );

/**
 * Promises that are more than one (`APIPromise` of OpenAI and Anthropic, lazy queries) stay what they are, and nothing in them starts before it is
 * asked for.
 */
function observeThenable(promise: object, watcher: Watcher): boolean {
  const inContext = (call: () => unknown): unknown => context.with(watcher.context, call);
  finishWhenCollected(promise, watcher);

  if (isMethod(promise, 'parse') && isMethod(promise, 'asResponse')) {
    // `then` calls `parse`; `withResponse` calls both, and there the parsed value is the one that reads the response.
    let isParsed = false;
    overrideMethod(promise, 'asResponse', (call) => (isParsed ? call() : passThrough(inContext(call), watcher)));
    return overrideMethod(promise, 'parse', (call) => {
      isParsed = true;
      return passThrough(inContext(call), watcher);
    });
  }
  return overrideMethod(promise, 'then', (call, [onFulfilled, onRejected]) => {
    // What the caller does next is not done in the span.
    const caller = context.active();
    const fulfilled = (value: unknown) => {
      passThrough(value, watcher);
      return isCallback(onFulfilled) ? context.with(caller, onFulfilled, undefined, value) : value;
    };
    const rejected = (error: unknown) => {
      watcher.failed(error);
      if (isCallback(onRejected)) return context.with(caller, onRejected, undefined, error);
      throw error;
    };
    return inContext(() => call([fulfilled, rejected]));
  });
}

const isCallback = (value: unknown): value is (value: unknown) => unknown => typeof value === 'function';
