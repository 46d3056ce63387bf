// A set-up as an application would have it, bundled for a runtime without Node.js: what it hears and gets is left in `heard`. An SDK's part is played by
// hand, for the SDK's own packages find their way without Node.js by other means than conditions.
import {
  huggingPlace,
  HuggingPlaceLogRecordProcessor,
  HuggingPlaceSpanExporter,
  redactPii,
} from '@huggingplace/opentelemetry-exporter';
import { diag, DiagLogLevel, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from '@opentelemetry/api';

const said = [];
const keep = (message) => said.push(message);
diag.setLogger({ error: keep, warn: keep, info: keep, debug: keep, verbose: keep }, DiagLogLevel.WARN);

const hp = huggingPlace({ apiKey: 'key', orgId: 'org' });
const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
for (const processor of hp.spanProcessors) {
  processor.onStart(span, ROOT_CONTEXT);
  processor.onEnd(span);
}
const results = [];
new HuggingPlaceSpanExporter().export([span], ({ code }) => results.push(code));

globalThis.heard = {
  said,
  results,
  stats: hp.stats(),
  logs: hp.logRecordProcessors.every((processor) => processor instanceof HuggingPlaceLogRecordProcessor),
  redacted: redactPii()('write to me@example.com', 'user_prompt'),
};
