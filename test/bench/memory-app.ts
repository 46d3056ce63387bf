/** One measurement of `memory-growth.ts`, in a process of its own. */
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

const [way, seconds = '60'] = process.argv.slice(2);
const PER_SECOND = 10_000;
/** A request with four calls. */
const SPANS = 5;
const TICK_MS = 20;

const message = (role: string, content: string): string =>
  JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);
const answer = 'because '.repeat(40);
// Nothing listens on port 1.
const options = { apiKey: 'key', orgId: 7, baseUrl: 'http://127.0.0.1:1', exitTimeoutMs: 0, shutdownTimeoutMs: 0 };
const hp = way === 'with us' ? huggingPlace(options) : undefined;
const tracer = new BasicTracerProvider({ spanProcessors: [...(hp?.spanProcessors ?? [])] }).getTracer('bench');

let made = 0;
function request(): void {
  const root = tracer.startSpan('POST /ask');
  for (let i = 1; i < SPANS; i += 1) {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.input.messages': message('user', `why ${made}?`),
      'gen_ai.output.messages': message('assistant', answer),
    };
    tracer.startSpan('chat gpt-5', { attributes }, trace.setSpan(ROOT_CONTEXT, root)).end();
  }
  root.end();
  made += SPANS;
}

/** As many as are due by now, and no more than the event loop has time for. */
async function work(forMs: number): Promise<number> {
  const startMs = performance.now();
  const before = made;
  let peak = 0;
  for (let ms = 0; ms < forMs; ms = performance.now() - startMs) {
    const due = Math.min((ms / 1_000) * PER_SECOND - (made - before), (2 * PER_SECOND * TICK_MS) / 1_000);
    for (let i = 0; i < due; i += SPANS) request();
    peak = Math.max(peak, process.memoryUsage.rss());
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  return peak;
}

await work(1_000);
const base = process.memoryUsage.rss();
const before = made;
const peak = await work(Number(seconds) * 1_000);
const rate = Math.round((made - before) / Number(seconds));
const { seen, queued, open, dropped } = hp?.stats() ?? { seen: 0, queued: 0, open: 0, dropped: {} };
console.log(
  `grew by ${Math.round((peak - base) / 2 ** 20)} MiB, ${rate} spans/s; ${JSON.stringify({ seen, queued, open, dropped })}`,
);
process.exit();
