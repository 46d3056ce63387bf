/**
 * An application with tracing, in front of a real backend: a real OpenTelemetry SDK, our span processor and log record processor or our exporter
 * behind a real batch processor, and a clock that the test moves.
 */
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  type Sampler,
  type SpanLimits,
} from '@opentelemetry/sdk-trace-base';
import { Backend } from '../../../sdk/src/testing/backend.ts';
import { Connection, type Stats } from '../connection.ts';
import { HuggingPlaceSpanExporter } from '../exporter.ts';
import { HuggingPlaceLogRecordProcessor } from '../log-processor.ts';
import type { HuggingPlaceOptions } from '../options.ts';
import { HuggingPlaceSpanProcessor } from '../span-processor.ts';
import { ManualClock } from './manual-clock.ts';
import type { SpanTree } from './span-tree.ts';

/**
 * How spans reach the road. `at once`: everything happens before the event loop runs, or in one batch; `slowly`: it runs after each start and end, or
 * each span is a batch. What a record says does not depend on it.
 */
export const PROCESSOR = ['processor at once', 'processor slowly'] as const;
export const EXPORTER = ['exporter at once', 'exporter slowly'] as const;
export const ALL_WAYS = [...PROCESSOR, ...EXPORTER] as const;
/** For what has nothing to do with when spans come. */
export const BOTH_WAYS = ['processor at once', 'exporter at once'] as const;
export type Way = (typeof ALL_WAYS)[number];

/** A payload as it arrived; keys that a test asks for are looked at by its matchers. */
export interface Received {
  readonly user_prompt: string;
  readonly ai_response: string;
  readonly message_id: string;
  readonly session_id?: string;
  readonly metaData: Readonly<Record<string, unknown>>;
  readonly step_data?: readonly Readonly<Record<string, unknown>>[];
  readonly [field: string]: unknown;
}

export interface ApplicationOptions extends HuggingPlaceOptions {
  readonly resource?: Readonly<Record<string, string>>;
  readonly spanLimits?: SpanLimits;
  readonly sampler?: Sampler;
}

type LogBody = Parameters<ReturnType<LoggerProvider['getLogger']>['emit']>[0]['body'];

/** 2026-09-21; what matters is that it is the same in every run. */
const EPOCH_SECONDS = 1_790_000_000;

/** Waits that end within so long of each other may be looked at together. */
const TIMER_SLACK_MS = 10;

/** Each sends to an organisation of its own: ports come again, and what a process has sent to one it does not send again. */
let applications = 0;

export async function startApplication(way: Way, options: ApplicationOptions = {}): Promise<Application> {
  applications += 1;
  return new Application(way, { orgId: `org-${applications}`, ...options }, await Backend.start());
}

/** What the trees become, played one after another. */
export async function recordsOf(
  way: Way,
  trees: readonly SpanTree[],
  options?: ApplicationOptions,
): Promise<readonly Received[]> {
  await using app = await startApplication(way, options);
  await app.play(...trees);
  return await app.records();
}

/** What the tree becomes, which is one record. */
export async function recordOf(way: Way, tree: SpanTree, options?: ApplicationOptions): Promise<Received> {
  await using app = await startApplication(way, options);
  await app.play(tree);
  return await app.record();
}

/** A span that has started. */
export interface Running {
  readonly span: Span;
  readonly context: Context;
  readonly tree: SpanTree;
}

export class Application implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly #ids = new CountingIds();
  readonly #isSlow: boolean;
  readonly #seesStarts: boolean;
  readonly #stragglerMs: number;
  readonly #backend: Backend;
  readonly #connection: Connection;
  readonly #processor: HuggingPlaceSpanProcessor | BatchSpanProcessor;
  readonly #tracers: BasicTracerProvider;
  readonly #loggers: LoggerProvider;
  readonly #byName = new Map<string, Span>();

  constructor(way: Way, { resource = {}, spanLimits = {}, sampler, ...options }: ApplicationOptions, backend: Backend) {
    this.#isSlow = way.endsWith('slowly');
    this.#seesStarts = way.startsWith('processor');
    this.#stragglerMs = options.stragglerMs ?? 500;
    this.#backend = backend;
    this.#connection = new Connection(
      // One connection, so that payloads arrive in the order in which they leave.
      { apiKey: 'key', baseUrl: backend.url, concurrency: 1, exitTimeoutMs: 0, ...options },
      this.#seesStarts,
      this.clock,
    );
    this.#processor = this.#seesStarts
      ? new HuggingPlaceSpanProcessor(this.#connection)
      : new BatchSpanProcessor(new HuggingPlaceSpanExporter(this.#connection), { maxQueueSize: 1_000_000 });
    this.#tracers = new BasicTracerProvider({
      idGenerator: this.#ids,
      resource: resourceFromAttributes(resource),
      spanLimits,
      ...(sampler !== undefined && { sampler }),
      spanProcessors: [this.#processor],
    });
    this.#loggers = new LoggerProvider({ processors: [new HuggingPlaceLogRecordProcessor(this.#connection)] });
  }

  /** A whole tree, or one after another. Children run one after another too. */
  async play(...trees: readonly SpanTree[]): Promise<void> {
    for (const tree of trees) await this.#play(tree, ROOT_CONTEXT);
  }

  async playBelow(parent: Running | Context, ...trees: readonly SpanTree[]): Promise<void> {
    for (const tree of trees) await this.#play(tree, 'span' in parent ? parent.context : parent);
  }

  async #play(tree: SpanTree, context: Context): Promise<void> {
    // Not by recursion: trees are as deep as a test wants them.
    const path: { readonly running: Running; next: number }[] = [{ running: await this.start(tree, context), next: 0 }];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const child = at.running.tree.children[at.next];
      at.next += 1;
      if (child !== undefined) path.push({ running: await this.start(child, at.running), next: 0 });
      else {
        path.pop();
        this.clock.pass(at.running.tree.ms ?? (at.running.tree.children.length > 0 ? 0 : 10));
        await this.end(at.running);
      }
    }
  }

  /** Starts the span alone, now; its children are not played. */
  async start(tree: SpanTree, parent: Running | Context = ROOT_CONTEXT): Promise<Running> {
    const above = 'span' in parent ? parent.context : parent;
    this.#ids.next = tree.ids;
    const context = parentContextOf(tree, above);
    const span = this.#tracers.getTracer(tree.scope ?? 'test').startSpan(
      tree.name,
      {
        startTime: this.#now(),
        ...(tree.kind !== undefined && { kind: tree.kind }),
        ...(tree.links !== undefined && { links: [...tree.links] }),
        attributes: tree.saysAtEnd === true ? { ...tree.attributesAtStart } : tree.attributes,
      },
      context,
    );
    this.#byName.set(tree.name, span);
    if (this.#isSlow) await this.#settle();
    return { span, context: trace.setSpan(above, span), tree };
  }

  async end({ span, tree }: Running): Promise<void> {
    if (tree.saysAtEnd === true) span.setAttributes(tree.attributes);
    for (const { name, attributes } of tree.events ?? []) span.addEvent(name, attributes, this.#now());
    if (tree.status !== undefined) span.setStatus(tree.status);
    span.end(this.#now());
    if (this.#isSlow) await this.#settle();
  }

  /** A log event of the instrumentation that recorded the span. */
  log({ context }: Running, eventName: string, body: LogBody, attributes: Attributes = {}): void {
    this.#loggers.getLogger('test').emit({ eventName, body, attributes, context });
  }

  /** Time passes, and what waits may leave. */
  async pass(ms: number): Promise<void> {
    await this.#settle();
    this.clock.advance(ms);
  }

  /** What has left by now, in the order in which it left. */
  async leftByNow(): Promise<readonly Received[]> {
    await this.#settle();
    while (this.stats.queued > 0) await new Promise((resolve) => setImmediate(resolve));
    return this.#backend.bodies as unknown as readonly Received[];
  }

  /** What has left by itself (behind the exporter, after it has waited for stragglers), in the order of its first spans. */
  async records(): Promise<readonly Received[]> {
    if (!this.#seesStarts) await this.pass(this.#stragglerMs + TIMER_SLACK_MS);
    return (await this.leftByNow()).toSorted((a, b) => (a.message_id < b.message_id ? -1 : 1));
  }

  /** The only one. */
  async record(): Promise<Received> {
    const records = await this.records();
    if (records.length !== 1 || records[0] === undefined) throw new Error(`Expected one record, got ${records.length}`);
    return records[0];
  }

  /** Ends it as the SDK's `shutdown()` does, and gives all that has left. */
  async shutDown(): Promise<readonly Received[]> {
    await this.#tracers.shutdown();
    return this.#backend.bodies as unknown as readonly Received[];
  }

  async forceFlush(): Promise<readonly Received[]> {
    await this.#tracers.forceFlush();
    await this.#connection.forceFlush();
    return this.leftByNow();
  }

  get stats(): Stats {
    return this.#connection.stats();
  }

  /** Whether a span of that name has started. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The id of the span of that name, the last one where there are several. */
  spanId(name: string): string {
    return this.#span(name).spanContext().spanId;
  }

  /** What a record has as its id where that span gives it. */
  messageId(name: string): string {
    const { traceId, spanId } = this.#span(name).spanContext();
    return `${traceId}-${spanId}`;
  }

  #span(name: string): Span {
    const span = this.#byName.get(name);
    if (span === undefined)
      throw new Error(`Expected a span named ${name}, got ${[...this.#byName.keys()].join(', ')}`);
    return span;
  }

  #now(): [number, number] {
    const ms = this.clock.nowMs();
    return [EPOCH_SECONDS + Math.floor(ms / 1000), (ms % 1000) * 1e6];
  }

  async #settle(): Promise<void> {
    if (!this.#seesStarts) await this.#processor.forceFlush();
    this.clock.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tracers.shutdown();
    await this.#backend.stop();
  }
}

const ELSEWHERE: SpanContext = { traceId: 'f'.repeat(32), spanId: 'f'.repeat(16), traceFlags: TraceFlags.SAMPLED };

/** The context in which a tree starts that has a parent of its own making. */
function parentContextOf({ ids, isParentRemote }: SpanTree, above: Context): Context {
  if (ids?.parentSpanId !== undefined)
    return trace.setSpanContext(above, { ...ELSEWHERE, traceId: ids.traceId, spanId: ids.parentSpanId });
  if (isParentRemote !== true) return above;
  return trace.setSpanContext(above, { ...(trace.getSpanContext(above) ?? ELSEWHERE), isRemote: true });
}

/** Ids in order of starts, so that a failing test says the same each time. */
class CountingIds implements IdGenerator {
  /** Of the next span, where they are said. */
  next: SpanTree['ids'];
  #last = 0;

  generateTraceId(): string {
    return this.next?.traceId ?? this.#count().padStart(32, '0');
  }

  generateSpanId(): string {
    return this.next?.spanId ?? this.#count().padStart(16, '0');
  }

  #count(): string {
    this.#last += 1;
    return this.#last.toString(16);
  }
}
