/** Listens to a `ReadableStream`, whichever way it is read. */
import { isObject, member, overrideMethod } from './override.ts';
import type { Call } from './override.ts';
import type { StreamTap } from './stream-tap.ts';

/** They read the stream without asking for its public `getReader`. */
const READING_METHODS = ['pipeTo', 'pipeThrough', 'tee', 'values', Symbol.asyncIterator] as const;

export function observeWebStream(stream: object, tap: StreamTap): boolean {
  const cancel = (call: Call): unknown => {
    const cancelled = tap.inContext(call);
    tap.finished();
    return cancelled;
  };
  overrideMethod(stream, 'cancel', cancel);
  if (stream instanceof ReadableStream) {
    for (const name of READING_METHODS) {
      // A subclass that reads in a way of its own does so by `getReader`.
      const native = member(ReadableStream.prototype, name);
      if (typeof native !== 'function' || member(stream, name) !== native) continue;
      overrideMethod(stream, name, (call, args) =>
        // The relay can't give the stream back unread.
        args.some((options) => member(options, 'preventCancel') === true)
          ? call()
          : Reflect.apply(native, relay(stream), args),
      );
    }
  }
  return overrideMethod(stream, 'getReader', (call) => {
    const reader = call();
    if (isObject(reader)) {
      overrideMethod(reader, 'read', (read) => tap.read(read));
      overrideMethod(reader, 'cancel', cancel);
    }
    return reader;
  });
}

/** A stream of the same pieces, read by the public methods of the given one and no sooner than its own reader asks. */
function relay(stream: ReadableStream<unknown>): ReadableStream<unknown> {
  const reader = stream.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          reader.releaseLock();
        } else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
