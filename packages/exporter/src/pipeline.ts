/** The road: a span ends → it is read (dialects) → interactions are assembled → translated → delivered. */
import type { InteractionPayload } from 'huggingplace-sdk';
import { boundPayload, type Credentials, type Delivery, maskPayload } from 'huggingplace-sdk/internal';
import type { Clock } from './clock.ts';
import { kindOf, readSpan } from './dialects/index.ts';
import { Hints } from './hints.ts';
import { Assembler, type Urgency } from './interaction/assembler.ts';
import type { Started, View } from './interaction/held-span.ts';
import type { Interaction } from './interaction/interaction.ts';
import type { Settings } from './options.ts';
import { capturesContentOf, isOptedOut, toPayload } from './payload/translate.ts';
import { isRecentlySent } from './recent-records.ts';
import type { LogEvent } from './span.ts';

/** The longest that assembly and translation hold up the event loop at a time. */
const SLICE_MS = 4;
/** Waits are looked at no more often than this. */
const MIN_TIMER_MS = 10;

/** What feedback that comes later has to know of a record. */
export interface SentRecord {
  readonly messageId: string;
  readonly credentials: Credentials;
  readonly capturesContent: boolean;
}

export interface PipelineParts {
  readonly settings: Settings;
  readonly delivery: Delivery;
  readonly clock: Clock;
  /** Whether starts are seen, or only spans that have ended. */
  readonly seesStarts: boolean;
  readonly onSent?: ((record: SentRecord) => void) | undefined;
}

export class Pipeline {
  readonly #settings: Settings;
  readonly #delivery: Delivery;
  readonly #clock: Clock;
  readonly #assembler: Assembler;
  readonly #hints: Hints;
  readonly #onSent: PipelineParts['onSent'];
  #work: Generator<undefined, void> | undefined;
  #isScheduled = false;
  #cancelTimer: (() => void) | undefined;
  #timerAtMs = Infinity;
  #late = 0;
  #ignored = 0;
  #malformed = 0;

  constructor({ settings, delivery, clock, seesStarts, onSent }: PipelineParts) {
    this.#onSent = onSent;
    this.#settings = settings;
    this.#delivery = delivery;
    this.#clock = clock;
    this.#hints = new Hints(settings);
    this.#assembler = new Assembler({
      reader: { kindOf, read: readSpan },
      interactionRoot: settings.interactionRoot,
      waits: { ...settings.waits, stragglerMs: seesStarts ? 0 : settings.waits.stragglerMs },
      seesStarts,
      maxOpenSpans: settings.maxOpenSpans,
      maxOpenBytes: settings.maxOpenBytes,
      maxSpansPerInteraction: settings.maxSpansPerInteraction,
      emit: (interaction) => this.#send(interaction),
      watch: (group, nowMs) => this.#hints.noteGroup(group, nowMs),
      count: (what, spans) => {
        if (what === 'overloaded') this.#delivery.drop('overloaded', spans);
        else if (what === 'late') this.#late += spans;
        else this.#ignored += spans;
      },
    });
  }

  get stats(): { readonly open: number; readonly late: number; readonly ignored: number; readonly malformed: number } {
    return { open: this.#assembler.open, late: this.#late, ignored: this.#ignored, malformed: this.#malformed };
  }

  start(view: View, started: Omit<Started, 'atMs'>): void {
    this.#assembler.start(view, { ...started, atMs: this.#clock.nowMs() });
    if (this.#assembler.nextDeadlineMs < this.#timerAtMs) this.#setTimer();
  }

  end(view: View): void {
    const nowMs = this.#clock.nowMs();
    this.#assembler.end(view, nowMs);
    this.#hints.noteEnd(view, nowMs);
    this.#schedule();
  }

  log(traceId: string, spanId: string, event: LogEvent): void {
    this.#assembler.log(traceId, spanId, event);
  }

  /** Adds to what is said of an interaction that has not left; false where none of that id is here. */
  addTo(messageId: string, event: LogEvent): boolean {
    return this.#assembler.addTo(messageId, event);
  }

  /** Does at once what is left to do. */
  drain(urgency: Urgency): void {
    if (urgency === 'shutdown') this.#hints.noteSampler();
    while (this.#work !== undefined && !this.#isDone(this.#work));
    this.#work = undefined;
    const work = this.#assembler.advance(this.#clock.nowMs(), urgency);
    while (!this.#isDone(work));
    this.#setTimer();
  }

  /** Goes on by one piece. Nobody could catch an error here: it would end the application's process. */
  #isDone(work: Generator<undefined, void>): boolean {
    try {
      return work.next().done === true;
    } catch (error) {
      this.#warnOfError(error);
      return true;
    }
  }

  /** An error of ours. Its message may hold content. */
  #warnOfError(error: unknown): void {
    const name = error instanceof Error ? error.name : typeof error;
    this.#settings.diagnostics.warnOnce('internal', `internal error (${name}): please report it`);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.soon(() => {
      this.#isScheduled = false;
      this.#runSlice();
    });
  }

  #runSlice(): void {
    const endMs = this.#clock.nowMs() + SLICE_MS;
    this.#work ??= this.#assembler.advance(this.#clock.nowMs());
    do {
      if (this.#isDone(this.#work)) {
        this.#work = undefined;
        break;
      }
    } while (this.#clock.nowMs() < endMs);
    if (this.#work !== undefined || this.#assembler.hasWork) this.#schedule();
    else this.#setTimer();
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAtMs = this.#assembler.nextDeadlineMs;
    if (this.#timerAtMs === Infinity) return;
    this.#cancelTimer = this.#clock.after(Math.max(MIN_TIMER_MS, this.#timerAtMs - this.#clock.nowMs()), () =>
      this.#schedule(),
    );
  }

  *#send(interaction: Interaction): Generator<undefined, void> {
    try {
      yield* this.#translateAndEnqueue(interaction);
    } catch (error) {
      this.#warnOfError(error);
      this.#delivery.drop('invalid');
    }
  }

  *#translateAndEnqueue(interaction: Interaction): Generator<undefined, void> {
    const { filter, mask, includeUnsampled, baseUrl } = this.#settings;
    this.#malformed += interaction.members.filter(({ reading }) => reading.malformed === true).length;
    if (!includeUnsampled && isUnsampled(interaction)) {
      this.#hints.noteUnsampled();
      return this.#delivery.drop('unsampled');
    }
    if (isOptedOut(interaction)) return this.#delivery.drop('opted_out');
    const credentials = this.#credentialsOf(interaction);
    if (credentials === undefined) return this.#delivery.drop('no_credentials');
    const whole = yield* toPayload(interaction, this.#settings);
    this.#hints.noteRecord(interaction, whole);
    yield;
    const payload = boundPayload(whole, this.#settings);
    yield;
    if (
      isRecentlySent(
        `${baseUrl} ${credentials.orgId} ${payload.message_id ?? ''} ${interaction.calls[0]?.span.spanId ?? ''}`,
      )
    ) {
      return this.#delivery.drop('duplicate');
    }
    if (filter !== undefined && !this.#passes(filter, payload)) return this.#delivery.drop('filtered');
    this.#delivery.enqueue(mask === undefined ? payload : maskPayload(payload, mask), credentials);
    this.#onSent?.({
      messageId: payload.message_id ?? '',
      credentials,
      capturesContent: capturesContentOf(interaction, this.#settings),
    });
  }

  #passes(filter: (payload: InteractionPayload) => boolean, payload: InteractionPayload): boolean {
    try {
      return filter(payload);
    } catch {
      this.#settings.diagnostics.warnOnce('filter', 'the filter option threw an error; the record is kept');
      return true;
    }
  }

  #credentialsOf({ root, members, context }: Interaction): Credentials | undefined {
    const { routing, credentials, diagnostics } = this.#settings;
    const first = root ?? members[0]?.span;
    if (routing === undefined || first === undefined) return credentials;
    try {
      return routing(first, context) ?? credentials;
    } catch {
      diagnostics.warnOnce('routing', 'the routing option threw an error; the record goes to the default organisation');
      return credentials;
    }
  }
}

const isUnsampled = ({ root, members }: Interaction): boolean => (root ?? members[0]?.span)?.isSampled === false;
