// An application that exports already, with and without us: node exporting-app.mjs <NodeSDK version> <alone | merged | spread> <option | variables>
import { createRequire } from 'node:module';
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { context, SpanKind, trace } from '@opentelemetry/api';

const [version, form, exporterBy] = process.argv.slice(2);
const name = version === '0.223' ? '@opentelemetry/sdk-node' : `sdk-node-${version}`;
// The packages that this version of NodeSDK stands on.
const require = createRequire(createRequire(import.meta.url).resolve(name));
const { NodeSDK } = await import(name);
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { BatchLogRecordProcessor } = require('@opentelemetry/sdk-logs');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { OTLPLogExporter } = require('@opentelemetry/exporter-logs-otlp-http');
const { logs } = require('@opentelemetry/api-logs');

// By variables it goes where OTEL_EXPORTER_OTLP_ENDPOINT says.
const to = (path) => (exporterBy === 'option' ? { url: process.env.COLLECTOR + path } : {});
const traceExporter = () => new OTLPTraceExporter(to('/v1/traces'));
const batchedLogs = () => {
  const exporter = new OTLPLogExporter(to('/v1/logs'));
  return new BatchLogRecordProcessor(version === '0.223' ? { exporter } : exporter);
};

const sdk = new NodeSDK(options());
sdk.start();

const tracer = trace.getTracer('application');
const root = tracer.startSpan('GET /ask', {
  kind: SpanKind.SERVER,
  attributes: { 'session.id': process.argv.slice(2).join(' ') },
});
context.with(trace.setSpan(context.active(), root), () => {
  tracer.startSpan('SELECT documents').end();
  const call = tracer.startSpan('chat gpt-5', {
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'why?' }] }]),
      'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: 'because' }] }]),
    },
  });
  call.end();
});
root.end();
tracer.startSpan('clean up').end();
logs.getLogger('application').emit({ body: 'answered' });
await sdk.shutdown();

function options() {
  switch (form) {
    case 'alone':
      return exporterBy === 'option' ? { traceExporter: traceExporter(), logRecordProcessors: [batchedLogs()] } : {};
    case 'merged': {
      const hp = huggingPlace();
      return {
        spanProcessors: [new BatchSpanProcessor(traceExporter()), ...hp.spanProcessors],
        logRecordProcessors: [batchedLogs(), ...hp.logRecordProcessors],
      };
    }
    case 'spread':
      return { ...huggingPlace() };
  }
}
