// The OpenTelemetry SDK that a recording is replayed through: 1.30, 2.x or 3.x, as installed in a folder.

import { importFrom } from './replay.mjs';

export async function loadSdk(from) {
  const api = await importFrom(from, '@opentelemetry/api');
  const resources = await importFrom(from, '@opentelemetry/resources');
  const logs = await importFrom(from, '@opentelemetry/sdk-logs');
  // SDK 3 has no sdk-trace-base; SDK 2 has both.
  const trace = await importFrom(from, '@opentelemetry/sdk-trace-base').catch(() =>
    importFrom(from, '@opentelemetry/sdk-trace'),
  );

  const resourceOf = (attributes) =>
    resources.resourceFromAttributes?.(attributes) ?? new resources.Resource(attributes);
  const TracerProvider = trace.BasicTracerProvider ?? trace.TracerProvider;
  return {
    api,
    /** SDK 1.30: spans do not say that their parent is remote; its log SDK drops event names, and attributes that are lists of objects. */
    isOld: !resources.resourceFromAttributes,
    makeTracerProvider:
      (spanProcessors) =>
      ({ idGenerator, resource }) =>
        new TracerProvider({
          idGenerator,
          spanProcessors,
          resource: resourceOf(resource),
          mergeResourceWithDefaults: false,
        }),
    makeLoggerProvider(processors) {
      const provider = new logs.LoggerProvider({ processors }); // the one beside SDK 1.30 takes them one by one
      if (this.isOld) for (const p of processors) provider.addLogRecordProcessor(p);
      return provider;
    },
    // SDK 3 takes the exporter as one of the options.
    makeBatchProcessor: (exporter, options) =>
      trace.TracerProvider
        ? new trace.BatchSpanProcessor({ exporter, ...options })
        : new trace.BatchSpanProcessor(exporter, options),
  };
}
