/** A real SDK that keeps what it ended, for the tests of this package. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan, TracerConfig } from '@opentelemetry/sdk-trace-base';

export interface TestSdk {
  /** The ended spans, by the order of their ends. */
  readonly ended: () => ReadableSpan[];
  /** The one ended span of that name. */
  readonly span: (name: string) => ReadableSpan;
}

/** Registers it until `unregisterSdk()`. */
export function registerSdk(config: TracerConfig = {}): TestSdk {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      ...config,
      spanProcessors: [...(config.spanProcessors ?? []), new SimpleSpanProcessor(exporter)],
    }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const ended = () => exporter.getFinishedSpans();
  return {
    ended,
    span(name) {
      const [span, ...more] = ended().filter((each) => each.name === name);
      if (span === undefined || more.length > 0) {
        throw new Error(
          `expected one span "${name}" among [${ended()
            .map((each) => each.name)
            .join(', ')}]`,
        );
      }
      return span;
    },
  };
}

export function unregisterSdk(): void {
  trace.disable();
  context.disable();
}

/** Reads to the end. */
export async function drain<Piece>(stream: AsyncIterable<Piece>): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

/** Reads one piece and leaves the loop, as `break` does. */
export async function readOne<Piece>(stream: AsyncIterable<Piece>): Promise<Piece | undefined> {
  for await (const piece of stream) return piece;
  return undefined;
}
