// An application that loses its process in one way or another: node app.mjs '{"ends": "exit", "count": 100, …}'.
// One line on stdout for each fact: `done <n>` (so many interactions are complete), and its account as JSON.
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { loadSdk } from '../recordings/sdk.mjs';

const app = isMainThread ? JSON.parse(process.argv[2]) : workerData;
const say = (line) => writeSync(1, `${line}\n`);

let handed = 0;
// Asked directly before a record is handed to delivery. `stats()` can't tell: what it has seen includes what other processes left.
const filter = () => ++handed > 0;

const sdk = await loadSdk(app.sdk);

/** Spans' ways out of this process. */
const exits = {
  async processor() {
    const { huggingPlace } = await import('@huggingplace/opentelemetry-exporter');
    const hp = huggingPlace({ ...app.options, filter });
    return { spanProcessors: hp.spanProcessors, hp };
  },
  async exporter() {
    const { HuggingPlaceSpanExporter } = await import('@huggingplace/opentelemetry-exporter');
    const hp = new HuggingPlaceSpanExporter({ ...app.options, filter });
    return { spanProcessors: [sdk.makeBatchProcessor(hp)], hp };
  },
  /** Two copies of the package, each registered for itself. */
  async twice() {
    const { huggingPlace: copy } = createRequire(import.meta.url)('@huggingplace/opentelemetry-exporter');
    const first = await exits.processor();
    return { ...first, spanProcessors: [...first.spanProcessors, ...copy(app.options).spanProcessors] };
  },
  /** OpenTelemetry's own exporter, as its documentation sets it up. */
  async otlp() {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
    const url = `${process.env.HUGGINGPLACE_BASE_URL}/v1/traces`;
    return { spanProcessors: [sdk.makeBatchProcessor(new OTLPTraceExporter({ url }))] };
  },
};

const { spanProcessors, hp } = await exits[app.way ?? 'processor']();
const provider = sdk.makeTracerProvider(spanProcessors)({ resource: {} });
const tracer = provider.getTracer('faults');
const flush = async () => {
  await provider.forceFlush().catch(() => undefined);
  if (app.flushesExporter !== false) await hp?.forceFlush();
};

const messages = (role, content) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);
const answer = messages('assistant', 'x'.repeat(app.answerChars ?? 100));
let made = 0;
function interact() {
  const attributes = {
    'huggingplace.message_id': `${app.prefix ?? ''}${made++}`,
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.input.messages': messages('user', `question ${made}`),
    'gen_ai.output.messages': answer,
  };
  tracer.startSpan('chat gpt-5', { attributes }).end();
}

const account = () => hp && say(JSON.stringify(hp.stats()));

/** Complete, and handed to delivery: on disk where there is a spool. */
async function handedOver() {
  if (hp !== undefined) {
    do await turn();
    while (handed < made);
    await turn();
  }
  say(`done ${made}`);
}

const killed = () => process.kill(process.pid, 'SIGKILL');

const ends = {
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('the application fails');
  },
  reject: () => void Promise.reject(new Error('the application fails')),
  end: () => undefined,
  abort: () => process.abort(),
  signal: async () => {
    if (app.handler) {
      process.on('SIGTERM', async () => {
        await provider.shutdown().catch(() => undefined);
        account();
        process.exit(7);
      });
    }
    say('ready');
    await sleep(30_000, undefined, { ref: true });
  },
  flush: async () => {
    await flush();
    account();
    killed();
  },
  /** As a serverless platform does it: the answer goes out, and what was handed to `waitUntil` is awaited before the process is frozen. */
  waitUntil: async () => {
    const waited = [];
    const waitUntil = (promise) => waited.push(promise);
    waitUntil(flush());
    await Promise.all(waited);
    account();
    killed();
  },
  /** The same, where the platform is one that we know: nobody calls anything. */
  platform: async () => {
    await Promise.all(platform.waited);
    account();
    killed();
  },
  /** Works on until somebody kills it. */
  kill: async () => {
    for (let turns = 0; ; turns++) {
      for (let i = 0; i < 5; i++) interact();
      await handedOver();
      if (turns === 0) say('ready');
      await sleep(1);
    }
  },
  /** Lives for so long, and shuts down in order. */
  live: async () => {
    const untilMs = Date.now() + app.forMs;
    while (Date.now() < untilMs) {
      await sleep(100);
      await flush();
    }
    await provider.shutdown().catch(() => undefined);
    account();
  },
};

const platform = { waited: [] };
if (app.ends === 'platform') {
  const waitUntil = (promise) => void platform.waited.push(promise);
  globalThis[Symbol.for('@vercel/request-context')] = { get: () => ({ waitUntil }) };
}

if (app.inWorker && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: app });
  worker.on('exit', (code) => (process.exitCode = code));
} else {
  for (let i = 0; i < (app.count ?? 0); i++) interact();
  if (app.handOver) await handedOver();
  if (['exit', 'throw', 'reject', 'end'].includes(app.ends)) process.on('exit', account);
  await ends[app.ends]();
}
