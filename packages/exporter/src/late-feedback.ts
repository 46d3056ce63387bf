/**
 * Feedback that comes when `@huggingplace/tracing` no longer holds its interaction open: into the record while that is here, else through the contract's
 * feedback call (section 1) where the option `feedbackPath` is set. Never a second interaction.
 */
import { backoffMs, Client, type Credentials, type Delivery } from 'huggingplace-sdk/internal';
import type { Clock } from './clock.ts';
import type { Settings } from './options.ts';
import { FEEDBACK, feedbackIn } from './payload/feedback.ts';
import type { SentRecord } from './pipeline.ts';
import type { Attributes, LogEvent } from './span.ts';

/** What became of it; `FeedbackOutcome` of `@huggingplace/tracing`, which is not imported. */
export type LateFeedbackOutcome =
  | { readonly status: 'recorded' | 'delivered' }
  | {
      readonly status: 'refused';
      readonly reason: 'empty' | 'no_exporter' | 'not_configured' | 'unknown_message' | 'rejected' | 'failed';
      readonly message?: string;
    };

export interface LateFeedbackParts {
  readonly settings: Settings;
  readonly delivery: Pick<Delivery, 'flush' | 'stats'>;
  readonly clock: Clock;
  /** Adds it to an interaction that has not left; false where none of that id is here. */
  readonly addTo: (messageId: string, event: LogEvent) => boolean;
}

/** Where `recordFeedback` looks. Of several registrations the last one answers. */
const SINK = Symbol.for('huggingplace.feedback');
const MAX_TRIES = 10;
/** At a time. */
const MAX_PENDING = 1_000;
/** Some 200 bytes each: 2 MB. */
const MAX_SENT = 10_000;

export class LateFeedback {
  readonly #parts: LateFeedbackParts;
  /** The latest records that have left: whose they are, and whether texts may be said of them. */
  readonly #sent = new Map<string, SentRecord>();
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #pending = 0;

  constructor(parts: LateFeedbackParts) {
    this.#parts = parts;
  }

  /** From now on, feedback comes here. */
  open(): void {
    Reflect.set(globalThis, SINK, this.#take);
  }

  /** Kept only where feedback can follow. */
  noteSent(record: SentRecord): void {
    if (this.#parts.settings.feedbackPath === undefined) return;
    this.#sent.set(record.messageId, record);
    if (this.#sent.size > MAX_SENT)
      for (const oldest of this.#sent.keys()) {
        this.#sent.delete(oldest);
        break;
      }
  }

  /** What is under way is refused as failed. */
  async close(): Promise<void> {
    if (Reflect.get(globalThis, SINK) === this.#take) Reflect.deleteProperty(globalThis, SINK);
    this.#closing.abort();
    await this.#client?.close();
  }

  readonly #take = async (given: unknown): Promise<LateFeedbackOutcome> => {
    const { settings, addTo } = this.#parts;
    const { messageId, ...attributes } = Object(given) as Attributes;
    const isEmpty = feedbackIn(attributes, true).size === 0;
    if (typeof messageId !== 'string' || messageId === '' || isEmpty) return refused('empty');
    if (this.#closing.signal.aborted) return refused('no_exporter');
    if (addTo(messageId, { name: FEEDBACK, body: undefined, attributes })) return { status: 'recorded' };
    if (settings.feedbackPath === undefined) return refused('not_configured');
    if (this.#pending >= MAX_PENDING) return refused('failed');
    this.#pending += 1;
    try {
      return await this.#send(messageId, attributes, settings.feedbackPath);
    } finally {
      this.#pending -= 1;
    }
  };

  async #send(messageId: string, attributes: Attributes, path: string): Promise<LateFeedbackOutcome> {
    const { settings, delivery } = this.#parts;
    const { credentials = settings.credentials, capturesContent = settings.captureContent } =
      this.#sent.get(messageId) ?? {};
    if (credentials === undefined) return refused('not_configured');
    const fields = this.#masked(Object.fromEntries(feedbackIn(attributes, capturesContent)));
    // A comment alone, of an interaction whose texts are kept back.
    if (Object.keys(fields).length === 0) return refused('empty');
    // The record that it is about may still be waiting to be sent.
    if (delivery.stats().queued > 0) await delivery.flush(settings.shutdownTimeoutMs);
    this.#client ??= new Client({ ...settings, path });
    return this.#post(Buffer.from(JSON.stringify({ message_id: messageId, ...fields })), credentials, this.#client);
  }

  #masked(fields: Record<string, unknown>): Record<string, unknown> {
    const { mask } = this.#parts.settings;
    const { comment, ...rest } = fields;
    if (mask === undefined || typeof comment !== 'string') return fields;
    try {
      return { ...rest, comment: mask(comment, 'metaData.comment') };
    } catch {
      return rest;
    }
  }

  async #post(body: Uint8Array, credentials: Credentials, client: Client): Promise<LateFeedbackOutcome> {
    for (let failures = 1; ; failures++) {
      const outcome = await client.store(body, credentials, this.#closing.signal);
      if (outcome.type === 'stored') return { status: 'delivered' };
      const { status, message } = outcome.error;
      if (outcome.type !== 'failed') return refused(status === 404 ? 'unknown_message' : 'rejected', message);
      if (failures === MAX_TRIES || this.#closing.signal.aborted) return refused('failed', message);
      await this.#wait(Math.max(outcome.waitMs ?? 0, backoffMs(failures, Math.random())));
    }
  }

  /** Shorter when it is closed meanwhile. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#closing;
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#parts.clock.after(ms, done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }
}

const refused = (
  reason: Extract<LateFeedbackOutcome, { status: 'refused' }>['reason'],
  message?: string,
): LateFeedbackOutcome => ({ status: 'refused', reason, ...(message !== undefined && { message }) });
