/** Listens to a stream while its reader reads: every piece passes as it came, when it is asked for and not before. */

/** What an LLM SDK gives while the model still speaks. */
export type AnswerStream = AsyncIterable<unknown> | ReadableStream<unknown>;

/** Told what passes, once each stream has begun to be read. None of its methods may throw. */
export interface StreamListener {
  piece(piece: unknown): void;
  /** It was read to its end. */
  ended(): void;
  /** Its reader stopped early. */
  cancelled(): void;
  failed(error: unknown): void;
}

/** What can not be looked at is none. */
export function isAnswerStream(value: unknown): value is AnswerStream {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return value instanceof ReadableStream || isMethod(value, Symbol.asyncIterator);
  } catch {
    return false;
  }
}

const isMethod = (object: object, name: PropertyKey): boolean => typeof Reflect.get(object, name) === 'function';

/**
 * An iterable is given back itself: it keeps its class and its other members, for its iterators alone are listened to. A `ReadableStream`,
 * which can be read in more ways, is given back as another one of the same pieces.
 */
export function listenTo<T extends AnswerStream>(stream: T, listener: StreamListener): T {
  // In each case what comes out can be read as what went in.
  if (stream instanceof ReadableStream) return relay(stream, listener) as AnswerStream as T;
  const iterable: AsyncIterable<unknown> = stream as Exclude<T, ReadableStream>;
  // OpenAI's and Anthropic's streams make all their iterators with a method of this name; Node's have one that means something else.
  const makesAll = isMethod(iterable, 'iterator') && !isMethod(iterable, 'pipe');
  const name = makesAll ? 'iterator' : Symbol.asyncIterator;
  const begin = Reflect.get(iterable, name) as () => AsyncIterator<unknown>;
  const value = (): AsyncIterableIterator<unknown> => listened(begin.call(iterable), listener);
  const isReplaced = Reflect.defineProperty(iterable, name, { configurable: true, writable: true, value });
  return isReplaced ? stream : ({ [Symbol.asyncIterator]: value } as AnswerStream as T);
}

function listened(iterator: AsyncIterator<unknown>, listener: StreamListener): AsyncIterableIterator<unknown> {
  return {
    async next(...given) {
      try {
        const result = await iterator.next(...given);
        if (result.done === true) listener.ended();
        else listener.piece(result.value);
        return result;
      } catch (error) {
        listener.failed(error);
        throw error;
      }
    },
    async return(value?: unknown) {
      listener.cancelled();
      return (await iterator.return?.(value)) ?? { done: true, value };
    },
    async throw(error) {
      listener.failed(error);
      if (iterator.throw === undefined) throw error;
      return await iterator.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function relay(stream: ReadableStream<unknown>, listener: StreamListener): ReadableStream<unknown> {
  const reader = stream.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            listener.ended();
            controller.close();
          } else {
            listener.piece(value);
            controller.enqueue(value);
          }
        } catch (error) {
          listener.failed(error);
          controller.error(error);
        }
      },
      cancel(reason) {
        listener.cancelled();
        return reader.cancel(reason);
      },
    },
    // Nothing is read before its reader asks.
    { highWaterMark: 0 },
  );
}
