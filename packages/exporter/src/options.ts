/** The exporter's options: what the user gave and the environment, resolved once into complete, frozen settings. */
import type { Context } from '@opentelemetry/api';
import type { InteractionPayload } from 'huggingplace-sdk';
import {
  type Credentials,
  type DeliveryOptions,
  type DeliverySettings,
  type Environment,
  type Mask,
  OptionReader,
  resolveDeliveryOptions,
} from 'huggingplace-sdk/internal';
import { Diagnostics } from './diagnostics.ts';
import type { InteractionRoot } from './interaction/group.ts';
import type { Waits } from './interaction/completion.ts';
import type { EndedSpan } from './span.ts';

/** Every option may be left out, `undefined` or `''`: all three mean unset. A wrong value throws a `ValidationError` at construction. */
export interface HuggingPlaceOptions extends DeliveryOptions {
  /** `false`: prompts, answers, system prompts and texts of steps are left out. Environment: `HUGGINGPLACE_CAPTURE_CONTENT`. Default `true`. */
  captureContent?: boolean | undefined;
  /**
   * Sees every text of the finished payload that is content and gives what may leave; `where` is its path (`step_data[2].userQuestion`). Where it throws,
   * the text is dropped and the record kept.
   */
  mask?: ((text: string, where: string) => string) | undefined;
  /** `false` for a record that is not to be sent: it is counted `filtered`. One that throws keeps the record. */
  filter?: ((payload: InteractionPayload) => boolean) | undefined;
  /** Which account a record goes to; asked once, with the interaction's first span and the context in which it started. `undefined`: the default one. */
  routing?: ((span: EndedSpan, context: Context | undefined) => Credentials | undefined) | undefined;
  /**
   * Where feedback goes that comes after its record has left: a path below `baseUrl`, as `/v2/chatgpt/feedback`. Environment: `HUGGINGPLACE_FEEDBACK_PATH`.
   * Default: none, such feedback is refused.
   */
  feedbackPath?: string | undefined;
  /** Goes into every `metaData`. */
  metadata?: Readonly<Record<string, unknown>> | undefined;
  /** What makes an interaction, beside marks (docs/mapping.md). Default `'request'`. */
  interactionRoot?: InteractionRoot | undefined;
  /** Takes spans that were recorded, but left out by the sampler. Default `false`: they are counted `unsampled`. */
  includeUnsampled?: boolean | undefined;
  /** Milliseconds that a model call which asked for a tool waits for the call that continues it, where nothing holds both. Default 30,000. */
  toolLoopWaitMs?: number | undefined;
  /** Milliseconds after which an interaction below a span that stays open (a worker's main span) counts as complete. Default 30,000. */
  idleMs?: number | undefined;
  /** Milliseconds that `HuggingPlaceSpanExporter` waits for spans that come after their root. Default 500. */
  stragglerMs?: number | undefined;
  /** Milliseconds without a start or end among its members after which an interaction with an open member goes out `incomplete`. Default 600,000. */
  openMemberWaitMs?: number | undefined;
  /** Spans held at a time; the oldest interaction then goes out `incomplete`. Default 20,000. */
  maxOpenSpans?: number | undefined;
  /** Bytes held by open interactions. Default 64 MiB. */
  maxOpenBytes?: number | undefined;
  /** Spans of one interaction that become steps; of further ones tokens and errors still count. Default 10,000. */
  maxSpansPerInteraction?: number | undefined;
  /** UTF-16 units of a text field; of a text in a step 65,536 at most. Default 1,048,576. */
  maxFieldChars?: number | undefined;
  /** Bytes of a payload. Default 4 MiB. */
  maxPayloadBytes?: number | undefined;
}

/** Complete settings. Frozen. */
export interface Settings extends DeliverySettings {
  readonly captureContent: boolean;
  readonly mask: Mask | undefined;
  readonly filter: ((payload: InteractionPayload) => boolean) | undefined;
  readonly routing: ((span: EndedSpan, context: unknown) => Credentials | undefined) | undefined;
  readonly feedbackPath: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly interactionRoot: InteractionRoot;
  readonly includeUnsampled: boolean;
  readonly waits: Waits;
  readonly maxOpenSpans: number;
  readonly maxOpenBytes: number;
  readonly maxSpansPerInteraction: number;
  readonly maxFieldChars: number;
  readonly maxPayloadBytes: number;
  /** Variables of the environment that would make `NodeSDK` export, were it not given span processors. */
  readonly exporterVariables: readonly string[];
  /** The sampler that the environment asks for and that leaves spans out, as it stands there. */
  readonly sampler: string | undefined;
  /** How many characters the SDK keeps of an attribute's text, as the environment asks for. */
  readonly attributeValueLengthLimit: number | undefined;
  /** What is wrong in the environment, one sentence a variable. */
  readonly warnings: readonly string[];
  readonly diagnostics: Diagnostics;
}

const MIB = 1024 * 1024;
const MAX = Number.MAX_SAFE_INTEGER;
/** Node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function resolveOptions(given: HuggingPlaceOptions, env: Environment): Settings {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const options = new OptionReader(given, env, warn);
  const count = (name: keyof HuggingPlaceOptions, byDefault: number, min = 1, max = MAX): number =>
    options.integer(name, { min, max }) ?? byDefault;
  const wait = (name: keyof HuggingPlaceOptions, byDefault: number): number => count(name, byDefault, 0, MAX_TIMER_MS);
  return Object.freeze({
    ...resolveDeliveryOptions(given, env, warn),
    captureContent: options.flag('captureContent', { variable: 'HUGGINGPLACE_CAPTURE_CONTENT' }) ?? true,
    mask: options.callback('mask'),
    filter: options.callback('filter'),
    routing: options.callback('routing') as Settings['routing'],
    feedbackPath: readFeedbackPath(options),
    metadata: readMetadata(options),
    interactionRoot: readInteractionRoot(options),
    includeUnsampled: options.flag('includeUnsampled') ?? false,
    waits: Object.freeze({
      toolLoopWaitMs: wait('toolLoopWaitMs', 30_000),
      idleMs: wait('idleMs', 30_000),
      stragglerMs: wait('stragglerMs', 500),
      openMemberWaitMs: wait('openMemberWaitMs', 600_000),
    }),
    maxOpenSpans: count('maxOpenSpans', 20_000),
    maxOpenBytes: count('maxOpenBytes', 64 * MIB),
    maxSpansPerInteraction: count('maxSpansPerInteraction', 10_000),
    maxFieldChars: count('maxFieldChars', MIB),
    maxPayloadBytes: count('maxPayloadBytes', 4 * MIB, 1_000),
    exporterVariables: EXPORTER_VARIABLES.filter((name) => (env[name] ?? '') !== ''),
    sampler: readSampler(env),
    attributeValueLengthLimit: readAttributeValueLengthLimit(env),
    warnings,
    diagnostics: new Diagnostics(),
  });
}

const EXPORTER_VARIABLES = [
  'OTEL_TRACES_EXPORTER',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_LOGS_EXPORTER',
  'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
];

/** Without a share from 0 to 1 in its argument a ratio sampler takes all, as the SDK has it. */
function readSampler(env: Environment): string | undefined {
  const sampler = env['OTEL_TRACES_SAMPLER']?.trim() ?? '';
  if (['', 'always_on', 'parentbased_always_on'].includes(sampler)) return undefined;
  if (!sampler.endsWith('traceidratio')) return `OTEL_TRACES_SAMPLER=${sampler}`;
  const share = Number.parseFloat(env['OTEL_TRACES_SAMPLER_ARG'] ?? '');
  return share >= 0 && share < 1 ? `OTEL_TRACES_SAMPLER=${sampler} with OTEL_TRACES_SAMPLER_ARG=${share}` : undefined;
}

/** The variable of spans comes before that of all signals, as the SDK has it. A limit in code (`spanLimits`) can't be seen from here. */
function readAttributeValueLengthLimit(env: Environment): number | undefined {
  const limit = ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT']
    .map((name) => env[name]?.trim() ?? '')
    .find((value) => value !== '');
  const chars = Number(limit);
  return Number.isSafeInteger(chars) && chars > 0 ? chars : undefined;
}

const readFeedbackPath = (options: OptionReader<HuggingPlaceOptions>): string | undefined =>
  options.read('feedbackPath', {
    expected: 'a path that begins with a slash, without query and fragment',
    parse: (value) => (typeof value === 'string' && /^\/[^\s?#\\]*$/.test(value) ? value : undefined),
    variable: 'HUGGINGPLACE_FEEDBACK_PATH',
  });

const readMetadata = (options: OptionReader<HuggingPlaceOptions>): Readonly<Record<string, unknown>> =>
  options.read('metadata', {
    expected: 'an object',
    parse: (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined),
  }) ?? {};

const readInteractionRoot = (options: OptionReader<HuggingPlaceOptions>): InteractionRoot =>
  options.read<InteractionRoot>('interactionRoot', {
    expected: '"request", "genai", "model-call", "trace" or a function',
    parse: (value) => {
      if (typeof value === 'function') return value as (span: EndedSpan) => boolean;
      return value === 'request' || value === 'genai' || value === 'model-call' || value === 'trace'
        ? value
        : undefined;
    },
  }) ?? 'request';
