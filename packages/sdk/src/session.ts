/** A conversation: its id and defaults go into every interaction that is logged through it. */
import type { AnswerStream } from './answer-stream.ts';
import { firstSpelling, mergedObject } from './log-fields.ts';
import type { LogOptions, StepOptions } from './log-options.ts';
import type { HuggingPlace, LoggedStream, LogReceipt } from './huggingplace.ts';
import { stepAsInteraction } from './step-interaction.ts';

/** Defaults of a session, in any spelling. */
export type SessionDefaults = Pick<
  LogOptions,
  'metaData' | 'metadata' | 'user_meta_data' | 'userMetadata' | 'userMetaData' | 'user_metadata'
>;

export interface SessionInfo {
  readonly sessionId: string;
  readonly defaultMetadata: Readonly<Record<string, unknown>>;
  readonly defaultUserMetaData: Readonly<Record<string, unknown>>;
}

export class Session {
  readonly sessionId: string;
  readonly #huggingplace: HuggingPlace;
  #metadata: Readonly<Record<string, unknown>>;
  #userMetadata: Readonly<Record<string, unknown>>;

  /** As `huggingplace.startSession(sessionId, defaults)`. */
  constructor(huggingplace: HuggingPlace, sessionId: string, defaults: SessionDefaults = {}) {
    this.#huggingplace = huggingplace;
    this.sessionId = sessionId;
    this.#metadata = mergedObject(defaults, 'metaData') ?? {};
    this.#userMetadata = mergedObject(defaults, 'user_meta_data') ?? {};
  }

  /** As `HuggingPlace.log`. A session id, `metaData` and `user_meta_data` given here win over the session's. */
  log(options: LogOptions): Promise<LogReceipt> {
    return this.#huggingplace.log(this.#withDefaults(options));
  }

  /** As `HuggingPlace.logStep`. */
  logStep(step: StepOptions): Promise<LogReceipt> {
    const isStep = typeof step === 'object' && (step as unknown) !== null;
    return isStep ? this.log(stepAsInteraction(step)) : this.#huggingplace.logStep(step); // which refuses it
  }

  /** As `HuggingPlace.logWithTiming`. */
  async logWithTiming<T>(userPrompt: string, callModel: () => T | Promise<T>, options: LogOptions = {}): Promise<T> {
    return await this.#huggingplace.logWithTiming(userPrompt, callModel, this.#withDefaults(options));
  }

  /** As `HuggingPlace.logStream`. */
  logStream<T extends AnswerStream>(options: LogOptions, stream: T): LoggedStream<T> {
    return this.#huggingplace.logStream(this.#withDefaults(options), stream);
  }

  /** Adds to the defaults, for what is logged from now on. */
  updateDefaults(metadata?: Readonly<Record<string, unknown>>, userMetaData?: Readonly<Record<string, unknown>>): void {
    this.#metadata = { ...this.#metadata, ...metadata };
    this.#userMetadata = { ...this.#userMetadata, ...userMetaData };
  }

  getSessionInfo(): SessionInfo {
    return {
      sessionId: this.sessionId,
      defaultMetadata: { ...this.#metadata },
      defaultUserMetaData: { ...this.#userMetadata },
    };
  }

  /** What is no object is left for `log` to refuse. */
  #withDefaults(options: LogOptions): LogOptions {
    if (typeof options !== 'object' || (options as unknown) === null) return options;
    return {
      ...options,
      ...(firstSpelling(options, 'session_id') === undefined && { session_id: this.sessionId }),
      metaData: { ...this.#metadata, ...mergedObject(options, 'metaData') },
      user_meta_data: { ...this.#userMetadata, ...mergedObject(options, 'user_meta_data') },
    };
  }
}
