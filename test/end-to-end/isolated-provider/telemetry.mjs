import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { AlwaysOnSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

const hp = huggingPlace();

export const tracerProvider = new BasicTracerProvider({
  spanProcessors: hp.spanProcessors,
  // A parent of the other provider's that was not sampled decides nothing here.
  sampler: new AlwaysOnSampler(),
});

// Nothing is registered globally: the instrumentations below are all that writes here.
registerInstrumentations({
  tracerProvider,
  loggerProvider: new LoggerProvider({ processors: hp.logRecordProcessors }),
  instrumentations: [new OpenAIInstrumentation({ captureMessageContent: true })],
});
