/**
 * Feedback that comes when `@huggingplace/tracing` no longer holds its interaction open: into the record while that is here, else through the contract's
 * feedback call (section 1) where the option `feedbackPath` is set. Never a second interaction.
 */
import type { JsonValue } from 'huggingplace-sdk';
import { backoffMs, boundPayload, Client, type Credentials, type Delivery } from 'huggingplace-sdk/internal';
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

/** Where `recordFeedback` looks, and the registrations that are asked there, whichever copy of this module is theirs. */
const SINK = Symbol.for('huggingplace.feedback');
const SINKS = Symbol.for('huggingplace.feedback_sinks');
/** From the call to the outcome: whoever waits may hold a request open, and a backend may ask for an hour. */
const MAX_WAIT_MS = 30_000;
const MAX_TRIES = 10;
/** At a time. */
const MAX_PENDING = 1_000;
/** UTF-16 units of a comment: a thousand may wait at a time. */
const MAX_COMMENT_CHARS = 65_536;
/** Some 200 bytes each: 2 MB. */
const MAX_SENT = 10_000;
const NO_CONTENT = 'a comment is content, which is not captured';

/** Of one registration. Asked as `known` it answers `undefined` where it neither holds the interaction nor has sent it. */
type Sink = (given: unknown, asked: 'known' | 'any') => Promise<LateFeedbackOutcome | undefined>;

export class LateFeedback {
  readonly #parts: LateFeedbackParts;
  /** The latest records that have left: whose they are, and whether texts may be said of them. */
  readonly #sent = new Map<string, SentRecord>();
  /** One for each that is under way: a signal that all share would have as many listeners. */
  readonly #underWay = new Set<AbortController>();
  #isClosed = false;
  #client: Client | undefined;

  constructor(parts: LateFeedbackParts) {
    this.#parts = parts;
  }

  /** From now on, feedback comes here too: to the registration that knows its interaction, where none does to the latest. */
  open(): void {
    Reflect.set(globalThis, SINKS, [...registered(), this.#take]);
    Reflect.set(globalThis, SINK, dispatch);
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

  /** What is under way is refused as failed. What comes later goes to the other registrations. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const others = registered().filter((sink) => sink !== this.#take);
    Reflect.set(globalThis, SINKS, others);
    if (others.length === 0) Reflect.deleteProperty(globalThis, SINK);
    for (const ending of this.#underWay) ending.abort();
    await this.#client?.close();
  }

  readonly #take: Sink = async (given, asked) => {
    const { settings, addTo } = this.#parts;
    const { messageId, ...attributes } = Object(given) as Attributes;
    if (typeof messageId !== 'string' || messageId === '' || feedbackIn(attributes, true).size === 0)
      return refused('empty');
    if (this.#isClosed) return refused('no_exporter');
    const says = feedbackIn(attributes, settings.captureContent).size > 0;
    if (says && addTo(messageId, { name: FEEDBACK, body: undefined, attributes })) return { status: 'recorded' };
    const { id, fields } = this.#bounded(messageId, attributes);
    if (asked === 'known' && !this.#sent.has(id)) return undefined;
    if (Object.keys(fields).length === 0) return refused('empty', NO_CONTENT);
    if (settings.feedbackPath === undefined) return refused('not_configured');
    const credentials = this.#sent.get(id)?.credentials ?? settings.credentials;
    if (credentials === undefined) return refused('not_configured');
    if (this.#underWay.size >= MAX_PENDING) return refused('failed', `${MAX_PENDING} are under way already`);

    this.#client ??= new Client({ ...settings, path: settings.feedbackPath });
    const body = Buffer.from(JSON.stringify({ message_id: id, ...fields }));
    const ending = new AbortController();
    this.#underWay.add(ending);
    const cancelDeadline = this.#parts.clock.after(MAX_WAIT_MS, () => ending.abort());
    try {
      return await this.#post(body, credentials, this.#client, ending.signal);
    } finally {
      cancelDeadline();
      this.#underWay.delete(ending);
    }
  };

  /**
   * Id and texts as they would stand in the record: without what is content where that is kept back, cut, masked. Of a record that this process has not
   * sent (it was another one, or more than `MAX_SENT` ago) nobody here knows what it said of content: the option `captureContent` decides alone.
   */
  #bounded(messageId: string, attributes: Attributes): { id: string; fields: Readonly<Record<string, unknown>> } {
    const { settings } = this.#parts;
    const limits = { ...settings, maxFieldChars: Math.min(settings.maxFieldChars, MAX_COMMENT_CHARS) };
    const bound = (said: Readonly<Record<string, JsonValue>>) =>
      boundPayload({ message_id: messageId, user_prompt: '', ai_response: '', mode: 'prod', metaData: said }, limits);
    const id = bound({}).message_id ?? messageId;
    const capturesContent = this.#sent.get(id)?.capturesContent ?? settings.captureContent;
    const { truncated: _mark, ...fields } =
      bound(Object.fromEntries(feedbackIn(attributes, capturesContent))).metaData ?? {};
    return { id, fields: this.#masked(fields) };
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

  async #post(
    body: Uint8Array,
    credentials: Credentials,
    client: Client,
    signal: AbortSignal,
  ): Promise<LateFeedbackOutcome> {
    for (let failures = 1; ; failures++) {
      const isHeld = await this.#flush();
      const outcome = await client.store(body, credentials, signal);
      if (outcome.type === 'stored') return { status: 'delivered' };
      const { status, message } = outcome.error;
      const isEarly = status === 404 && isHeld;
      if (outcome.type !== 'failed' && !isEarly)
        return refused(status === 404 ? 'unknown_message' : 'rejected', message);
      const why = isEarly ? `its record may still wait to be sent (${message})` : message;
      if (failures === MAX_TRIES) return refused('failed', why);
      const askedMs = outcome.type === 'failed' ? (outcome.waitMs ?? 0) : 0;
      await this.#wait(Math.max(askedMs, backoffMs(failures, Math.random())), signal);
      if (signal.aborted) return refused('failed', why);
    }
  }

  /** Sends what is here, for the record may be among it; whether it may still be afterwards, in the queue or in the spool. */
  async #flush(): Promise<boolean> {
    const { settings, delivery } = this.#parts;
    const { queued, spooled } = delivery.stats();
    if (queued + spooled === 0) return false;
    const after = await delivery.flush(Math.min(settings.shutdownTimeoutMs, MAX_WAIT_MS));
    // With a spool `ok` means safe on disk, without one it means sent.
    return !after.ok || (settings.spoolDirectory !== undefined && after.queued + after.spooled > 0);
  }

  /** Shorter when it is over meanwhile. */
  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
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

/** The latest last. */
function registered(): readonly Sink[] {
  const sinks: unknown = Reflect.get(globalThis, SINKS);
  return Array.isArray(sinks) ? sinks.filter((sink): sink is Sink => typeof sink === 'function') : [];
}

async function dispatch(given: unknown): Promise<LateFeedbackOutcome> {
  const latestFirst = registered().toReversed();
  for (const sink of latestFirst) {
    const outcome = await sink(given, 'known');
    if (outcome !== undefined) return outcome;
  }
  return (await latestFirst[0]?.(given, 'any')) ?? refused('no_exporter');
}

const refused = (
  reason: Extract<LateFeedbackOutcome, { status: 'refused' }>['reason'],
  message?: string,
): LateFeedbackOutcome => ({ status: 'refused', reason, ...(message !== undefined && { message }) });
