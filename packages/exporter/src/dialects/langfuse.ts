/**
 * Langfuse SDK 4 and 5 for JavaScript (scope `langfuse-sdk`), 3 for Python, and spans of an application's own that carry its names.
 * https://langfuse.com/integrations/native/opentelemetry#property-mapping
 *
 * An observation is a span. What holds for the whole trace (`langfuse.trace.*`) stands on the root in 4, and on every span in 5, whose span
 * processor also puts it on the spans of other instrumentations.
 */
import type { MemberKind, Reading } from '../interaction/reading.ts';
import type { EndedSpan } from '../span.ts';
import {
  asCount,
  asText,
  asTexts,
  attributesBelow,
  isCutJson,
  isObject,
  jsonOrText,
  toText,
  unquoted,
} from './attributes.ts';
import type { Dialect } from './dialect.ts';
import { documentsText, readInput, readOutput, readToolOutput } from './input-output.ts';
import { applicationMetadata, identityIn } from './metadata.ts';
import { normaliseUsage, readUsage } from './usage.ts';

const TYPE = 'langfuse.observation.type';
const INPUT = 'langfuse.observation.input';
const OUTPUT = 'langfuse.observation.output';
const LEVEL = 'langfuse.observation.level';
const STATUS_MESSAGE = 'langfuse.observation.status_message';

const MODEL = 'langfuse.observation.model.name';
const USAGE_DETAILS = 'langfuse.observation.usage_details';
/** An ISO 8601 date, in quotes. */
const COMPLETION_START_TIME = 'langfuse.observation.completion_start_time';
/** Of the Responses API: `observeOpenAI` keeps what is no message among the metadata. */
const INSTRUCTIONS = 'langfuse.observation.metadata.instructions';

const TRACE = {
  input: 'langfuse.trace.input',
  output: 'langfuse.trace.output',
  tags: 'langfuse.trace.tags',
  metadata: 'langfuse.trace.metadata.',
} as const;
/** As documented before `session.id` and `user.id`. */
const SESSION_ID = 'langfuse.session.id';
const USER_ID = 'langfuse.user.id';

/** An event, an evaluator, and whatever later versions add, is a step. */
const KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>([
  ['generation', 'llm'],
  ['agent', 'agent'],
  ['span', 'chain'],
  ['chain', 'chain'],
  ['tool', 'tool'],
  ['retriever', 'retrieval'],
  ['embedding', 'embedding'],
  ['guardrail', 'guardrail'],
]);

export const langfuse: Dialect = {
  name: 'Langfuse',

  kindOf({ attributes }) {
    const type = asText(attributes[TYPE]);
    const model = asText(attributes[MODEL]);
    // Without a type, a model makes a generation; `observeOpenAI` makes one of every call of the client.
    const kind = type === undefined ? model && 'llm' : (KINDS.get(type.toLowerCase()) ?? 'step');
    return kind === 'llm' && /embed/i.test(model ?? '') ? 'embedding' : kind || undefined;
  },

  adds: ({ attributes }) =>
    TRACE.tags in attributes || Object.keys(attributes).some((key) => key.startsWith(TRACE.metadata)),

  read(span) {
    const { attributes } = span;
    const metadata = attributesBelow(attributes, TRACE.metadata);
    const own = identityIn(metadata);
    return {
      malformed: [INPUT, OUTPUT, USAGE_DETAILS].some((key) => isCutJson(jsonOrText(attributes[key]))) || undefined,
      ...readWork(span),
      requestModel: asText(attributes[MODEL]),
      usage: usageOf(attributes[USAGE_DETAILS]),
      timeToFirstTokenMs: timeToFirstToken(span),
      sessionId: asText(attributes[SESSION_ID]) ?? own.sessionId,
      userId: asText(attributes[USER_ID]) ?? own.userId,
      tags: asTexts(attributes[TRACE.tags]) ?? own.tags,
      metadata: applicationMetadata(metadata),
      error: attributes[LEVEL] === 'ERROR' ? { message: asText(attributes[STATUS_MESSAGE]) } : undefined,
    };
  },
};

/** What went in and came out, in the fields that the span's kind has for it. */
function readWork(span: EndedSpan): Partial<Reading> {
  const { attributes, name } = span;
  const inputText = toText(attributes[INPUT]);
  switch (langfuse.kindOf(span)) {
    case undefined: // only what holds for the trace
      return {};
    case 'llm':
      return {
        input: someOf(readInput(opened(attributes[INPUT]))),
        output: someOf(readOutput(opened(attributes[OUTPUT]))),
        system: asText(attributes[INSTRUCTIONS]),
      };
    case 'chain':
    case 'agent':
      // What the application says of the whole trace is meant to stand for what its outermost function was called with.
      return {
        name,
        input: someOf(readInput(opened(attributes[TRACE.input] ?? attributes[INPUT]))),
        output: someOf(readOutput(opened(attributes[TRACE.output] ?? attributes[OUTPUT]))),
      };
    case 'tool': {
      const { id, result } = readToolOutput(attributes[OUTPUT]);
      return { name, inputText, outputText: result, toolCallId: id };
    }
    case 'retrieval':
      return { inputText, outputText: documentsText(attributes[OUTPUT]) };
    case 'embedding':
      return { inputText };
    default:
      return { inputText, outputText: toText(attributes[OUTPUT]) };
  }
}

/** Half a request is no text that anybody said. */
const opened = (value: unknown): unknown => (isCutJson(jsonOrText(value)) ? undefined : value);

const someOf = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

/**
 * Every key is a kind of token of its own: cached and reasoning tokens are taken out of `input` and `output` by Langfuse's own wrappers, and not
 * by applications that copy a provider's counts. Which it was the sum tells; without one, Langfuse itself adds all keys up.
 */
function usageOf(value: unknown): Reading['usage'] {
  const details = jsonOrText(value);
  if (!isObject(details)) return undefined;
  const counts = (pattern: RegExp): readonly number[] =>
    Object.entries(details).flatMap(([key, count]) => (pattern.test(key) ? (asCount(count) ?? []) : []));
  const sum = (numbers: readonly (number | undefined)[]): number | undefined => {
    const known = numbers.filter((number) => number !== undefined);
    return known.length > 0 ? known.reduce((a, b) => a + b) : undefined;
  };
  const reported = readUsage(details) ?? {};
  const isWhole = reported.total !== undefined && sum([reported.input, reported.output]) === reported.total;
  return normaliseUsage({
    total: reported.total,
    input: isWhole ? reported.input : sum([reported.input, ...counts(/^(?:input_(?!tokens)|cache_)/)]),
    output: isWhole ? reported.output : sum([reported.output, ...counts(/^output_(?!tokens)/)]),
    cacheRead: reported.cacheRead ?? counts(/^input_.*cache(?!.*(?:creat|writ))/).at(0),
    reasoning: reported.reasoning ?? counts(/^output_.*reasoning/).at(0),
  });
}

function timeToFirstToken({ attributes, startTime: [seconds, nanoseconds] }: EndedSpan): number | undefined {
  const firstTokenAt = Date.parse(unquoted(attributes[COMPLETION_START_TIME]) ?? '');
  return asCount(firstTokenAt - (seconds * 1000 + nanoseconds / 1e6));
}
