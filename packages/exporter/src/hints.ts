/** What is said once to explain silence, or records that hold less than they could: each cause once a registration, without content and keys. */
import type { InteractionPayload } from 'huggingplace-sdk';
import { contentSwitchOf } from './content-switches.ts';
import { kindOf } from './dialects/index.ts';
import type { Group } from './interaction/group.ts';
import type { View } from './interaction/held-span.ts';
import type { Interaction, Member } from './interaction/interaction.ts';
import { markOf } from './interaction/user-attributes.ts';
import type { Settings } from './options.ts';
import { hasCutText } from './payload/cut-text.ts';
import { elapsedMs } from './span.ts';

/** So many spans, for so long, and none of GenAI: before, a process may just not have come to its first model call. */
const MIN_SPANS = 100;
const MIN_SILENCE_MS = 30_000;
/** An ordinary root open for so long with so many calls in one interaction is a job rather than a request. */
const LONG_ROOT_MS = 180_000;
const MANY_CALLS = 20;

export class Hints {
  readonly #settings: Pick<Settings, 'diagnostics' | 'sampler' | 'captureContent' | 'attributeValueLengthLimit'>;
  #spans = 0;
  #firstEndMs: number | undefined;
  #isGenAiAwaited = true;

  constructor(settings: Pick<Settings, 'diagnostics' | 'sampler' | 'captureContent' | 'attributeValueLengthLimit'>) {
    this.#settings = settings;
  }

  /** Before the first span, and where none ever comes at the end. */
  noteSampler(): void {
    const { sampler } = this.#settings;
    if (sampler !== undefined)
      this.#warnOnce(
        'sampler',
        `${sampler} leaves spans out, and interactions with them: OTEL_TRACES_SAMPLER=parentbased_always_on records all`,
      );
  }

  /** A span has ended; after the first of GenAI none is looked at any more. */
  noteEnd(view: View, nowMs: number): void {
    if (!this.#isGenAiAwaited) return;
    if (this.#firstEndMs === undefined) {
      this.#firstEndMs = nowMs;
      this.noteSampler();
    }
    this.#spans += 1;
    const span = view([]);
    if (kindOf(span) !== undefined || markOf(span) !== undefined) this.#isGenAiAwaited = false;
    else if (this.#spans >= MIN_SPANS && nowMs - this.#firstEndMs >= MIN_SILENCE_MS) {
      this.#isGenAiAwaited = false;
      this.#warnOnce(
        'no GenAI',
        `${this.#spans} spans came and none is of a model call. If this process makes some: does the instrumentation support the installed version of its library (its package names the range)? Is the SDK started before that library is imported (--import for ES modules, --require for CommonJS)? Is the library bundled, where no instrumentation sees it?`,
      );
    }
  }

  /** A group that has not left yet, as often as it is looked at. */
  noteGroup({ calls, isMarked, territory: { root } }: Group, nowMs: number): void {
    if (isMarked || calls.length < MANY_CALLS || kindOf(root.span) !== undefined) return;
    const { startTime, endTime } = root.span;
    const openMs = endTime === undefined ? nowMs - root.startedAtMs : elapsedMs(startTime, endTime);
    if (openMs >= LONG_ROOT_MS)
      this.#warnOnce(
        'long root',
        `a span that is no model call has been open for ${Math.floor(openMs / 60_000)} minutes with ${calls.length} model calls below it, which make one interaction. If they belong to several: mark each (startActiveInteraction of @huggingplace/tracing, or the attribute huggingplace.span.kind = "interaction"), or set interactionRoot to "genai" or "model-call"`,
      );
  }

  noteUnsampled(): void {
    this.#warnOnce(
      'unsampled',
      'interactions that the sampler left out are not sent (counted unsampled); includeUnsampled: true takes those that were recorded',
    );
  }

  /** A record is about to leave. */
  noteRecord({ members, calls }: Interaction, { metaData }: InteractionPayload): void {
    if (members.some(({ span }) => span.droppedAttributesCount > 0))
      this.#warnOnce(
        'dropped',
        'the SDK dropped attributes or events of model calls (their records are marked truncated): raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT and OTEL_SPAN_EVENT_COUNT_LIMIT (128 by default; spanLimits)',
      );
    if (members.some(({ reading }) => reading.malformed === true))
      this.#warnOnce(
        'cut',
        'JSON in attributes of model calls is cut and read as far as it goes (their records are marked truncated): raise or unset OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT (spanLimits.attributeValueLengthLimit), or the limit of the instrumentation itself',
      );
    const { attributeValueLengthLimit } = this.#settings;
    if (members.some(({ span }) => hasCutText(span, attributeValueLengthLimit)))
      this.#warnOnce(
        'cut text',
        `texts in attributes of model calls end at ${attributeValueLengthLimit} characters (their records are marked truncated): raise or unset OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT and OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`,
      );
    if (metaData?.['content_missing'] !== true || !this.#settings.captureContent) return;
    const silent = calls.find(isSilent);
    if (silent === undefined) return;
    const howTo = contentSwitchOf(silent.span);
    this.#warnOnce(
      `content, ${howTo}`,
      `model calls recorded by ${silent.span.scope.name || 'an instrumentation without a name'} come without prompt or answer (their records are marked content_missing): ${howTo}`,
    );
  }

  #warnOnce(cause: string, message: string): void {
    this.#settings.diagnostics.warnOnce(`hint: ${cause}`, message);
  }
}

/** A call's prompt is known when it starts, and its answer when it says why it finished: streams that are broken off are no sign, nor are limits. */
const isSilent = ({ span, reading }: Member): boolean =>
  span.droppedAttributesCount === 0 &&
  span.endTime !== undefined &&
  (reading.input === undefined || (reading.output === undefined && reading.finishReasons !== undefined));
