// Somebody else's set-up, which registers its provider for the whole process and samples nothing of this request.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export const exporter = new InMemorySpanExporter();
const isSampling = process.argv[2] === 'sampled';
trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    ...(!isSampling && { sampler: new AlwaysOffSampler() }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  }),
);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
