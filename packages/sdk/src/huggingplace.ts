/** The client that applications call by hand: a drop-in for the SDK that exists today. */
import { randomUUID } from 'node:crypto';
import type { DeliveryStats } from './account.ts';
import { isAnswerStream, listenTo, type AnswerStream } from './answer-stream.ts';
import { answerText } from './answer-text.ts';
import { AwaitedPromise } from './awaited-promise.ts';
import { boundPayload } from './bounds.ts';
import { systemClock } from './clock.ts';
import { Destination, type DestinationParts } from './destination.ts';
import { HuggingPlaceSDKError, ValidationError } from './errors.ts';
import {
  configOf,
  resolveHuggingPlaceOptions,
  type HuggingPlaceConfig,
  type HuggingPlaceOptions,
} from './huggingplace-options.ts';
import { errorOfDrop } from './log-error.ts';
import { firstSpelling, misspelt, readLogFields, type LogFields } from './log-fields.ts';
import type { LogOptions, StepOptions } from './log-options.ts';
import { errorFields, merged, withTiming } from './log-timing.ts';
import { maskPayload } from './mask.ts';
import { describe } from './option-reader.ts';
import { Notices } from './notices.ts';
import type { InteractionPayload } from './payload.ts';
import { Session, type SessionDefaults } from './session.ts';
import { stepAsInteraction } from './step-interaction.ts';
import { StreamLog } from './stream-log.ts';
import { traceFlow, type TraceFlowOptions } from './trace-flow.ts';
import { traceLLM, type TraceLLMOptions } from './trace-llm.ts';
import { requireFunction, traceStep, type TraceStepOptions } from './trace-step.ts';

/** What became of an interaction. */
export interface LogReceipt {
  /** The one given, or the one it was given. */
  readonly messageId: string;
  /** Answered with a 2xx; on disk, from where it is delivered; or left alone, for `enabled` is `false`. */
  readonly status: 'stored' | 'spooled' | 'disabled';
}

/** What became of one interaction of a batch. */
export type LogOutcome =
  | LogReceipt
  | { readonly status: 'failed'; readonly messageId: string | undefined; readonly error: HuggingPlaceSDKError };

export interface LogBatchOptions {
  /** Interactions under way at a time, from 1 to 1,024. Default 32. */
  readonly concurrency?: number | undefined;
}

/** A stream to read in the place of the given one, and what becomes of its interaction. */
export interface LoggedStream<T> {
  readonly stream: T;
  /** Settles when the stream has been read, or given up, and its interaction is stored; rejects as `log()` does. Nobody has to wait for it. */
  readonly logged: Promise<LogReceipt>;
}

export class HuggingPlace {
  readonly #parts: DestinationParts;
  readonly #notices: Notices;
  #given: HuggingPlaceOptions;
  #destination: Destination;
  /** Of earlier configurations, until what they took is settled. */
  readonly #retiring = new Set<Destination>();
  #retired: readonly DeliveryStats[] = [];

  /**
   * Starts nothing: the first interaction does.
   *
   * @param parts for tests: a clock and chance
   * @throws ValidationError naming the option, what was expected and what was given
   */
  constructor(options: HuggingPlaceOptions = {}, parts: Partial<DestinationParts> = {}) {
    this.#parts = { clock: systemClock, random: Math.random, ...parts };
    this.#notices = new Notices(this.#parts.clock);
    this.#given = { ...options };
    this.#destination = new Destination(resolveHuggingPlaceOptions(options, process.env), this.#parts);
  }

  /**
   * Stores one interaction. Resolves once the backend has it, or, with `spoolDirectory`, once it is on disk.
   *
   * Nobody has to wait: an interaction that is not stored is counted in `stats()` and said through `diag`, and ends no application. The
   * process is kept alive for it only where somebody waits.
   *
   * @throws ValidationError where a field is wrong, or the backend refuses the interaction (400, 413, 422)
   * @throws AuthenticationError where the backend refuses the key (401, 403)
   * @throws RateLimitError | ServerError | NetworkError where it was not stored within `totalTimeoutMs`: it is dropped then, and not sent later
   * @throws HuggingPlaceSDKError where it was dropped for another reason
   */
  log(options: LogOptions): Promise<LogReceipt> {
    return this.#told(() => this.#store(this.#read(options, 'log()')));
  }

  /** Stores a lone step as an interaction of its own. Throws as `log` does. */
  logStep(step: StepOptions): Promise<LogReceipt> {
    return this.#told(() => this.#store(this.#read(stepAsInteraction(step), 'logStep()')));
  }

  /**
   * Stores many, so many at a time, and says of each what became of it, in their order. Rejects only where the iterable itself fails.
   *
   * @throws ValidationError where `concurrency` is wrong
   */
  async logBatch(
    interactions: Iterable<LogOptions> | AsyncIterable<LogOptions>,
    { concurrency = 32 }: LogBatchOptions = {},
  ): Promise<LogOutcome[]> {
    if (!Number.isSafeInteger(concurrency) || concurrency < 1 || concurrency > 1_024)
      throw new ValidationError(
        `huggingplace: logBatch(): concurrency: expected a whole number from 1 to 1024, got ${String(concurrency)}`,
      );
    const isIterable = Symbol.iterator in Object(interactions) || Symbol.asyncIterator in Object(interactions);
    if (!isIterable || typeof interactions === 'string')
      throw new ValidationError(
        `huggingplace: logBatch(): expected a list of interactions, or another iterable, got ${describe(interactions, true)}`,
      );
    const iterator =
      Symbol.asyncIterator in interactions ? interactions[Symbol.asyncIterator]() : interactions[Symbol.iterator]();
    const outcomes: LogOutcome[] = [];
    let count = 0;
    const lane = async () => {
      for (;;) {
        const index = count++;
        const next = await iterator.next();
        if (next.done === true) return;
        outcomes[index] = await this.#outcomeOf(next.value);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    return outcomes;
  }

  /**
   * Calls the model and stores the interaction with the time that it took; resolves with what the model gave once that is stored. A failure
   * of the model is stored too, and thrown on as it came. A failure to store is not thrown, for the answer would be lost with it: it is
   * counted in `stats()` and said through `diag`. Where the model gives a stream, that is as with `logStream`.
   *
   * @throws ValidationError where a field is wrong; the model is not called then
   */
  async logWithTiming<T>(userPrompt: string, callModel: () => T | Promise<T>, options: LogOptions = {}): Promise<T> {
    const given = { user_prompt: userPrompt, ...options };
    requireFunction({ callModel }, 'logWithTiming()', 'callModel');
    readLogFields(given, 'logWithTiming()');
    const { clock } = this.#parts;
    const startMs = clock.monotonicMs();
    let answer: T;
    try {
      answer = await callModel();
    } catch (error) {
      await this.#logQuietly(merged(given, withTiming(errorFields(error), clock.monotonicMs() - startMs)));
      throw error;
    }
    if (isAnswerStream(answer)) return this.#logStream(() => given, answer, startMs).stream;
    const known = withTiming({ ai_response: answerText(answer) }, clock.monotonicMs() - startMs);
    const missing = (['ai_response', 'response_time'] as const).filter(
      (field) => firstSpelling(given, field) === undefined,
    );
    const added = Object.fromEntries(missing.map((field) => [field, known[field]]));
    await this.#logQuietly(merged(given, { ...added, metaData: known.metaData }));
    return answer;
  }

  /**
   * Stores the interaction of an answer that is streamed, when the stream has been read: its text, the time to the first of it
   * (`metaData.time_to_first_token_ms`) and to the end. The pieces pass as they come, when they are asked for. What its reader leaves unread
   * is marked `incomplete`; a failure is stored, and thrown on to the reader. Begins to count now.
   *
   * @param options fields; or a function that gives them, called when the stream has ended: tokens and the like are known only then
   * @throws ValidationError where a field is wrong
   */
  logStream<T extends AnswerStream>(options: LogOptions | (() => LogOptions), stream: T): LoggedStream<T> {
    if (!isAnswerStream(stream))
      throw new ValidationError('huggingplace: logStream(): expected an async iterable or a ReadableStream');
    const read = typeof options === 'function' ? options : () => options;
    if (typeof options !== 'function') readLogFields(options, 'logStream()');
    return this.#logStream(read, stream, this.#parts.clock.monotonicMs());
  }

  /**
   * Begins a conversation. Default id: a random UUID.
   *
   * @throws ValidationError where id or defaults are not as expected
   */
  startSession(sessionId?: string | number | null, defaults: SessionDefaults = {}): Session {
    const { session_id: id } = readLogFields({ ...defaults, session_id: sessionId }, 'startSession()');
    return new Session(this, id ?? randomUUID(), defaults);
  }

  /**
   * Runs a function as a step: an OpenTelemetry span of the application's own provider, and a trace record for the backend. Gives what the
   * function gives; what it throws is recorded, and thrown on.
   */
  async traceStep<T>(options: TraceStepOptions<T>): Promise<T> {
    return await traceStep(options, this.#destination);
  }

  /** The same for a model call. Where HuggingPlace's exporter is registered its span is the record, and no trace record is sent. */
  async traceLLM<T>(options: TraceLLMOptions<T>): Promise<T> {
    return await traceLLM(options, this.#destination);
  }

  /** Runs steps one after the other, each of which gets the results of those before, below one span. Gives what the last one gives. */
  async traceMultiStepFlow(options: TraceFlowOptions): Promise<unknown> {
    return await traceFlow(options, this.#destination);
  }

  /** The configuration in force, without the key. */
  getConfig(): HuggingPlaceConfig {
    return configOf(this.#destination.settings);
  }

  /**
   * Changes the configuration for what comes from now on. What is under way goes where it was sent.
   *
   * @throws ValidationError where an option is wrong; nothing has changed then
   */
  updateConfig(changes: HuggingPlaceOptions): void {
    if (typeof changes !== 'object' || (changes as unknown) === null)
      throw new ValidationError(`huggingplace: updateConfig(): expected an object, got ${describe(changes, true)}`);
    // The name of today's SDK counts as the other one, whichever was given before.
    const timeoutMs = changes.timeoutMs ?? changes.timeout;
    const given = { ...this.#given, ...changes, ...(timeoutMs !== undefined && { timeoutMs }) };
    const settings = resolveHuggingPlaceOptions(given, process.env);
    const before = this.#destination;
    this.#given = given;
    this.#destination = new Destination(settings, this.#parts);
    void this.#retire(before);
  }

  /** Whether the backend answers and knows the key. Reads, and stores nothing. Never rejects. */
  async testConnection(): Promise<boolean> {
    try {
      return await this.#destination.test();
    } catch {
      return false; // a transport of the user's own
    }
  }

  /** The account, in interactions: `seen = queued + delivered + spooled + deadLettered + Σ dropped`. Trace records are not in it. */
  stats(): DeliveryStats {
    return [...this.#retired, ...[...this.#retiring, this.#destination].map((one) => one.stats())].reduce(sumOf);
  }

  /**
   * Waits until everything that was logged or traced before is settled.
   *
   * @param timeoutMs default: `shutdownTimeoutMs`
   * @returns whether nothing of it would be lost with the process
   */
  async flush(timeoutMs: number = this.#destination.settings.shutdownTimeoutMs): Promise<boolean> {
    const results = await Promise.all([this.#destination, ...this.#retiring].map((one) => one.flush(timeoutMs)));
    return results.every(Boolean);
  }

  /** Takes nothing more, and waits as `flush` does; what is left then is counted. Streams under way are logged as they are, `incomplete`. */
  async shutdown(timeoutMs: number = this.#destination.settings.shutdownTimeoutMs): Promise<boolean> {
    this.#destination.endHeld();
    const results = await Promise.all([this.#destination, ...this.#retiring].map((one) => one.shutdown(timeoutMs)));
    return results.every(Boolean);
  }

  #read(options: LogOptions, call: string): LogFields {
    const fields = readLogFields(options, call);
    for (const { given, meant } of misspelt(options))
      this.#notices.say(
        `field ${meant}`,
        'warn',
        `${call}: ${given} is no field and is stored as it is: is ${meant} meant?`,
      );
    return fields;
  }

  /** Delivery says what it loses; what never comes so far is said here. */
  #told(work: () => Promise<LogReceipt>): Promise<LogReceipt> {
    const attempt = (async () => await work())();
    attempt.catch((error: unknown) => {
      if (error instanceof ValidationError && error.status === undefined)
        this.#notices.say('not logged', 'warn', `an interaction is not recorded: ${error.message}`);
    });
    return AwaitedPromise.of(attempt);
  }

  async #store(fields: LogFields): Promise<LogReceipt> {
    const destination = this.#destination;
    const { mode = 'prod', mask } = destination.settings;
    const messageId = fields.message_id ?? randomUUID();
    const whole: InteractionPayload = { ...fields, message_id: messageId, mode };
    const bounded = boundPayload(whole, destination.settings);
    const payload = mask === undefined ? bounded : maskPayload(bounded, mask);
    const settlement = await destination.deliver(payload);
    if (settlement.type !== 'dropped') return { messageId, status: settlement.type };
    if (settlement.reason === 'disabled') return { messageId, status: 'disabled' };
    throw errorOfDrop(settlement, payload);
  }

  async #outcomeOf(options: LogOptions): Promise<LogOutcome> {
    let messageId: string | undefined;
    try {
      const fields = this.#read(options, 'logBatch()');
      messageId = fields.message_id ?? randomUUID();
      return await this.#store({ ...fields, message_id: messageId });
    } catch (error) {
      if (error instanceof HuggingPlaceSDKError) return { status: 'failed', messageId, error };
      return {
        status: 'failed',
        messageId,
        error: new HuggingPlaceSDKError('huggingplace: internal error', { cause: error }),
      };
    }
  }

  async #logQuietly(options: LogOptions): Promise<void> {
    try {
      await this.log(options);
    } catch {
      // Delivery has counted and said it: what the model gave, or threw, counts for more.
    }
  }

  #logStream<T extends AnswerStream>(read: () => LogOptions, stream: T, startMs: number): LoggedStream<T> {
    const { clock } = this.#parts;
    const destination = this.#destination;
    const { maxFieldChars } = destination.settings;
    let finish: (receipt: Promise<LogReceipt>) => void = () => undefined;
    const logged = this.#told(() => new Promise<LogReceipt>((resolve) => (finish = resolve)));
    const log = new StreamLog(clock, startMs, maxFieldChars, (known) => {
      // At once: at the end of the process nothing waits for a promise.
      const store = async () => await this.#store(this.#read(merged(this.#givenAtEnd(read), known), 'logStream()'));
      finish(store());
      release();
    });
    const release = destination.hold(() => log.cancelled());
    return { stream: listenTo(stream, log), logged };
  }

  /** The answer has been given: it is recorded, whatever is wrong with the rest. */
  #givenAtEnd(read: () => LogOptions): LogOptions {
    try {
      return read();
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      const message = `logStream(): the function that gives the fields threw an error (${name}); the answer is recorded without them`;
      this.#notices.say('fields', 'error', message);
      return {};
    }
  }

  async #retire(destination: Destination): Promise<void> {
    this.#retiring.add(destination);
    // By then whoever waited for something has been told.
    await destination.shutdown(destination.settings.totalTimeoutMs);
    this.#retiring.delete(destination);
    this.#retired = [[...this.#retired, destination.stats()].reduce(sumOf)];
  }
}

function sumOf(a: DeliveryStats, b: DeliveryStats): DeliveryStats {
  const dropped: Partial<Record<string, number>> = { ...a.dropped };
  for (const [reason, count] of Object.entries(b.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
  return {
    seen: a.seen + b.seen,
    queued: a.queued + b.queued,
    delivered: a.delivered + b.delivered,
    spooled: a.spooled + b.spooled,
    deadLettered: a.deadLettered + b.deadLettered,
    dropped,
  };
}
