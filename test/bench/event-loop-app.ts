/** One measurement of `event-loop-block.ts`, in a process of its own: prints its longest turn as JSON. */
import { huggingPlace, type HuggingPlaceOptions } from '@huggingplace/opentelemetry-exporter';
import { type Attributes, context, ROOT_CONTEXT, type Span, trace, type Tracer } from '@opentelemetry/api';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { LoopTurns } from './loop-turns.ts';

const job = JSON.parse(process.argv[2] ?? '') as {
  scenario: 'fan' | 'chain' | 'tree' | 'prompt';
  /** `undefined`: without us. */
  options?: HuggingPlaceOptions;
  baseUrl: string;
};

const SPANS = 100_000;
/** Of the application's own work before it lets the event loop run: what it does to itself is small. */
const PER_TURN = 50;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const messages = (role: string, content: string): string =>
  JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);
const call = (prompt = messages('user', 'why?')): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-5',
  'gen_ai.input.messages': prompt,
  'gen_ai.output.messages': messages('assistant', 'because'),
  'gen_ai.usage.input_tokens': 3,
  'gen_ai.usage.output_tokens': 1,
});
const TOOL: Attributes = {
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': 'search',
  'gen_ai.tool.call.result': 'found',
};
const AGENT: Attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'helper' };

const below = (tracer: Tracer, parent: Span, name: string, attributes: Attributes): Span =>
  tracer.startSpan(name, { attributes }, trace.setSpan(ROOT_CONTEXT, parent));

const scenarios = {
  async fan(tracer: Tracer): Promise<void> {
    const root = tracer.startSpan('POST /ask');
    for (let i = 0; i < SPANS; i += 1) {
      below(tracer, root, 'chat', call()).end();
      if (i % PER_TURN === 0) await turn();
    }
    root.end();
  },
  async chain(tracer: Tracer): Promise<void> {
    const spans = [tracer.startSpan('POST /ask')];
    for (let i = 0; i < SPANS; i += 1) {
      spans.push(below(tracer, spans[i]!, i % 2 === 0 ? 'chat' : 'step', i % 2 === 0 ? call() : {}));
      if (i % PER_TURN === 0) await turn();
    }
    for (let i = SPANS; i >= 0; i -= 1) {
      spans[i]!.end();
      if (i % PER_TURN === 0) await turn();
    }
  },
  async tree(tracer: Tracer): Promise<void> {
    const root = tracer.startSpan('POST /ask');
    for (let i = 0; i < SPANS / 5; i += 1) {
      const agent = below(tracer, root, 'invoke_agent', AGENT);
      for (const attributes of [call(), TOOL, TOOL, call()]) below(tracer, agent, 'step', attributes).end();
      agent.end();
      if (i % (PER_TURN / 5) === 0) await turn();
    }
    root.end();
  },
  async prompt(tracer: Tracer): Promise<void> {
    const attributes = call(
      messages('user', 'The quick brown fox "jumps" over the lazy dog, größer als je.\n'.repeat(160_000)),
    );
    await turn();
    await turn();
    turns.restart();
    for (let i = 0; i < 3; i += 1) {
      tracer.startSpan('chat', { attributes }).end();
      await turn();
    }
  },
};

const hp =
  job.options === undefined
    ? undefined
    : huggingPlace({ apiKey: 'key', orgId: 7, baseUrl: job.baseUrl, exitTimeoutMs: 0, ...job.options });
const processors: readonly SpanProcessor[] = hp?.spanProcessors ?? [];
const tracer = new BasicTracerProvider({ spanProcessors: [...processors] }).getTracer('bench');

// Compiled, connected: the first record is not what is measured.
for (let i = 0; i < 200; i += 1) tracer.startSpan('chat', { attributes: call() }).end();
await settled();
const turns = new LoopTurns();
await context.with(ROOT_CONTEXT, () => scenarios[job.scenario](tracer));
await settled();
console.log(JSON.stringify(turns.stop()));

/** Everything that has ended is delivered: without `forceFlush`, which does at once what is left. */
async function settled(): Promise<void> {
  await turn();
  const isDone = (): boolean => {
    const { open, queued, seen } = hp?.stats() ?? { open: 0, queued: 0, seen: 1 };
    return open === 0 && queued === 0 && seen > 0;
  };
  for (let quiet = 0; quiet < 5; quiet = isDone() ? quiet + 1 : 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
