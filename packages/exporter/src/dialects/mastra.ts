/**
 * Mastra 1.x (`@mastra/otel-bridge`, `@mastra/otel-exporter`): `mastra.*`, for what OpenTelemetry has no names for. What those name, models,
 * tokens, tools and the messages of model calls, stands in theirs (`otel-genai.ts`).
 * https://mastra.ai/reference/observability/tracing/spans
 *
 * An agent's run holds a generation, which holds steps, inferences and chunks. The bridge makes the generation the model call (`chat`), with the
 * sums of its steps; the exporter, since it knows inferences, each of those.
 */
import type { MemberKind, Reading } from '../interaction/reading.ts';
import { type Attributes, elapsedMs, type EndedSpan } from '../span.ts';
import { asText, asTexts, attributesBelow, property, someOf, toText } from './attributes.ts';
import { openJson } from './cut-json.ts';
import type { Dialect } from './dialect.ts';
import { readInput, readOutput } from './input-output.ts';
import { messageOf } from './messages.ts';
import { readToolCalls } from './tool-parts.ts';
import { applicationMetadata, identityIn } from './metadata.ts';

const SPAN_TYPE = 'mastra.span.type';
const OPERATION = 'gen_ai.operation.name';
const PROVIDER = 'gen_ai.provider.name';
/** Which of a provider's APIs stands behind it, as the AI SDK says it: `openai.chat`. What the convention names (`aws.bedrock`) stays. */
const API = /\.(?:chat|responses|completion|messages)$/;
/** When the first chunk came, ISO 8601. */
const COMPLETION_START_TIME = 'mastra.completion_start_time';
const TAGS = 'mastra.tags';

/** What the application hands over as tracing metadata; every span of a run repeats it, and Mastra adds to it. */
const METADATA = 'mastra.metadata.';
/** Who a memory belongs to: the user, in Mastra's words. */
const RESOURCE_ID = 'resourceId';
const OWN_METADATA: ReadonlySet<string> = new Set([RESOURCE_ID, 'runId', 'resumed', 'resumedFromSpanId']);

/** By type of span. What is not known here (`workflow_step`, `processor_run`, `memory_operation`, …) is a step. */
const KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>(
  Object.entries({
    agent: 'agent_run',
    llm: 'model_generation llm_generation model_inference',
    chain:
      'model_step model_chunk llm_chunk workflow_run workflow_conditional workflow_conditional_eval workflow_parallel workflow_loop workflow_sleep workflow_wait_event',
    tool: 'tool_call mcp_tool_call client_tool_call provider_tool_call',
    embedding: 'rag_embedding',
  } satisfies Partial<Record<MemberKind, string>>).flatMap(([kind, types]) =>
    types.split(' ').map((type) => [type, kind as MemberKind] as const),
  ),
);

export const mastra: Dialect = {
  name: 'Mastra',

  kindOf({ attributes }) {
    const type = typeOf(attributes);
    if (type === undefined) return undefined;
    const kind = KINDS.get(type) ?? 'step';
    // Of generation and inference, the call says that it is one (`chat`); the other is a part of it, or a frame around it.
    return kind === 'llm' && attributes[OPERATION] === type ? 'chain' : kind;
  },

  read(span) {
    const { attributes } = span;
    const given = attributesBelow(attributes, METADATA);
    const identity = identityIn(given);
    return {
      ...readWork(span),
      provider: asText(attributes[PROVIDER])?.replace(API, ''),
      timeToFirstTokenMs: timeToFirstToken(span),
      ...identity,
      userId: identity.userId ?? asText(given.get(RESOURCE_ID)),
      tags: asTexts(attributes[TAGS]) ?? identity.tags,
      metadata: isPartOfCall(attributes)
        ? undefined
        : applicationMetadata([...given].filter(([key]) => !OWN_METADATA.has(key))),
    };
  },
};

function typeOf(attributes: Attributes): string | undefined {
  const type = attributes[SPAN_TYPE];
  return typeof type === 'string' ? type.toLowerCase() : undefined;
}

/** There Mastra adds what the provider answered: headers, bodies, ids. */
const isPartOfCall = (attributes: Attributes): boolean => /^(?:model|llm)_/.test(typeOf(attributes) ?? '');

/** What went in and came out, in the fields that the span's kind has for it. */
function readWork(span: EndedSpan): Omit<Reading, 'kind'> {
  const type = typeOf(span.attributes) ?? '';
  const sent = openJson(span.attributes[`mastra.${type}.input`]);
  const result = openJson(span.attributes[`mastra.${type}.output`]);
  const malformed = sent.isCut || result.isCut || undefined;
  switch (mastra.kindOf(span)) {
    case 'llm':
    case 'agent':
    case 'chain':
      return {
        malformed,
        input: someOf(readInput(sent.value)),
        output: readResult(result.value),
      };
    default:
      return { malformed, inputText: toText(sent.value), outputText: toText(result.value) };
  }
}

/** `{ text, object, toolCalls, files }` of an agent or a model; of a workflow whatever it returns. */
function readResult(result: unknown): Reading['output'] {
  const text = property(result, 'text');
  if (typeof text !== 'string') return someOf(readOutput(result));
  const answer = text || toText(property(result, 'object'));
  return [
    messageOf('assistant', [
      ...(answer ? [{ type: 'text', text: answer } as const] : []),
      ...readToolCalls({ toolCalls: property(result, 'toolCalls') }),
    ]),
  ];
}

function timeToFirstToken({ attributes, startTime }: EndedSpan): number | undefined {
  const at = Date.parse(asText(attributes[COMPLETION_START_TIME]) ?? '');
  // Whole milliseconds, so that the first chunk may seem to come before the start.
  return Number.isNaN(at) ? undefined : Math.max(0, elapsedMs(startTime, [Math.floor(at / 1000), (at % 1000) * 1e6]));
}
