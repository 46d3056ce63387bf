/**
 * OpenTelemetry GenAI, from semantic conventions 1.27 (`gen_ai.system`, `prompt_tokens`) to the conventions' own repository at 0.1.0, with the
 * names that widely used instrumentations add to it. https://github.com/open-telemetry/semantic-conventions-genai
 *
 * Last in the table: many vocabularies write these names beside their own.
 */
import type { MemberKind, Message, Reading } from '../interaction/reading.ts';
import type { Attributes, EndedSpan } from '../span.ts';
import { asCount, asText, jsonOrText, toText } from './attributes.ts';
import type { Dialect } from './dialect.ts';
import { attributesWithDetails, contentEvents, readContent } from './gen-ai-content.ts';
import { resultText } from './messages.ts';
import { normaliseUsage } from './usage.ts';

const OPERATION = 'gen_ai.operation.name';
const REQUEST_MODEL = 'gen_ai.request.model';
/** `gen_ai.system` until 1.36. */
const PROVIDER = ['gen_ai.provider.name', 'gen_ai.system'] as const;
/** Seconds; the latter is what Vercel's AI SDK 7 writes, the third is of the metrics' vocabulary. */
const TIME_TO_FIRST_TOKEN = [
  'gen_ai.response.time_to_first_chunk',
  'gen_ai.server.time_to_first_token',
  'gen_ai.client.operation.time_to_first_chunk',
] as const;
const EXCEPTION_EVENT = 'gen_ai.client.operation.exception';

const AGENT_NAME = 'gen_ai.agent.name';
/** `gen_ai.agent.name` since 0.1.0. */
const WORKFLOW_NAME = 'gen_ai.workflow.name';
const TOOL_NAME = 'gen_ai.tool.name';
const TOOL_CALL_ID = 'gen_ai.tool.call.id';
/** The second is what Sentry's SDKs write, the third Pydantic AI's. */
const TOOL_ARGUMENTS = ['gen_ai.tool.call.arguments', 'gen_ai.tool.input', 'tool_arguments'] as const;
const TOOL_RESULT = ['gen_ai.tool.call.result', 'gen_ai.tool.output', 'tool_response'] as const;
const QUERY = 'gen_ai.retrieval.query.text';
const DOCUMENTS = 'gen_ai.retrieval.documents';

const INPUT_TOKENS = ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'] as const;
const OUTPUT_TOKENS = ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'] as const;
const TOTAL_TOKENS = 'gen_ai.usage.total_tokens';
const CACHE_READ_TOKENS = [
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.cache_read_input_tokens',
  'gen_ai.usage.cached_input_tokens',
  'gen_ai.usage.input_tokens.cached',
] as const;
/** `cache_creation` until 0.1.0. */
const CACHE_WRITE_TOKENS = [
  'gen_ai.usage.cache_write.input_tokens',
  'gen_ai.usage.cache_creation.input_tokens',
  'gen_ai.usage.cache_creation_input_tokens',
  'gen_ai.usage.cache_write_input_tokens',
] as const;
const REASONING_TOKENS = [
  'gen_ai.usage.reasoning.output_tokens',
  'gen_ai.usage.reasoning_tokens',
  'gen_ai.usage.output_tokens.reasoning',
] as const;

/** By operation. Creating an agent runs none, so it is a step, as is every operation that is not known here. */
const KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>(
  Object.entries({
    llm: 'chat generate_content text_completion completion generation model llm',
    agent: 'invoke_agent agent',
    chain: 'invoke_workflow workflow chain flow agent_step model_step model_generation model_inference',
    tool: 'execute_tool tool tool_call mcp_tool_call',
    retrieval: 'retrieval retriever',
    embedding: 'embeddings embedding embedder',
    reranker: 'rerank reranker',
    guardrail: 'run_guardrail guardrail',
  } satisfies Partial<Record<MemberKind, string>>).flatMap(([kind, operations]) =>
    operations.split(' ').map((operation) => [operation, kind as MemberKind] as const),
  ),
);

/** Say that a span without an operation is GenAI work, though not which. Identity (`gen_ai.conversation.id`, `gen_ai.agent.*`) says nothing: applications set it on spans of their own. */
const SIGNS = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.response.model',
  'gen_ai.response.id',
  INPUT_TOKENS[0],
  OUTPUT_TOKENS[0],
  TOTAL_TOKENS,
] as const;

/** Values of `gen_ai.system` that 1.37 renamed. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['az.ai.inference', 'azure.ai.inference'],
  ['az.ai.openai', 'azure.ai.openai'],
  ['gemini', 'gcp.gemini'],
  ['vertex_ai', 'gcp.vertex_ai'],
  ['xai', 'x_ai'],
]);

export const otelGenAi: Dialect = {
  name: 'OpenTelemetry GenAI',

  kindOf({ attributes }) {
    const operation = asText(attributes[OPERATION]);
    if (operation !== undefined) {
      const kind = KINDS.get(operation.toLowerCase()) ?? 'step';
      return kind === 'llm' && runsEmbeddingModel(attributes) ? 'embedding' : kind;
    }
    if (first(attributes, [TOOL_NAME, TOOL_CALL_ID]) !== undefined) return 'tool';
    // Bedrock's InvokeModel, as the AWS SDK's instrumentation writes it, has no operation.
    if (first(attributes, [REQUEST_MODEL, ...PROVIDER]) !== undefined)
      return runsEmbeddingModel(attributes) ? 'embedding' : 'llm';
    return first(attributes, SIGNS) === undefined ? undefined : 'step';
  },

  read(span) {
    const attributes = attributesWithDetails(span);
    const provider = providerOf(attributes);
    return {
      ...readWork(span, attributes),
      requestModel: asText(attributes[REQUEST_MODEL]),
      responseModel: asText(attributes['gen_ai.response.model']),
      provider,
      usage: readUsage(attributes, provider),
      responseId: asText(attributes['gen_ai.response.id']),
      previousResponseId: asText(attributes['gen_ai.request.previous_response.id']),
      timeToFirstTokenMs: milliseconds(asCount(first(attributes, TIME_TO_FIRST_TOKEN))),
      error: readError(span),
    };
  },
};

const first = (attributes: Attributes, keys: readonly string[]): unknown =>
  keys.map((key) => attributes[key]).find((value) => value !== undefined && value !== null && value !== '');

const runsEmbeddingModel = (attributes: Attributes): boolean => /embed/i.test(asText(attributes[REQUEST_MODEL]) ?? '');

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

function providerOf(attributes: Attributes): string | undefined {
  const name = asText(first(attributes, PROVIDER));
  return name === undefined ? undefined : (PROVIDERS.get(name) ?? name);
}

/** What went in and came out, in the fields that the span's kind has for it. */
function readWork(span: EndedSpan, attributes: Attributes): Omit<Reading, 'kind'> {
  const content = readContent(span, attributes);
  switch (otelGenAi.kindOf(span)) {
    case 'tool':
      return {
        name: asText(attributes[TOOL_NAME]),
        toolCallId: asText(attributes[TOOL_CALL_ID]),
        inputText: toText(first(attributes, TOOL_ARGUMENTS)) ?? argumentsIn(content.input),
        outputText: resultText(jsonOrText(first(attributes, TOOL_RESULT))) ?? resultIn(content.output),
      };
    case 'retrieval':
    case 'reranker':
      return {
        inputText: asText(attributes[QUERY]) ?? textIn(content.input),
        outputText: toText(attributes[DOCUMENTS]) ?? textIn(content.output),
      };
    case 'embedding':
      return {};
    case 'guardrail':
    case 'step':
      return {
        inputText: toText(first(attributes, TOOL_ARGUMENTS)) ?? textIn(content.input),
        outputText: toText(first(attributes, TOOL_RESULT)) ?? textIn(content.output),
      };
    case 'agent':
    case 'chain':
      return { name: asText(first(attributes, [AGENT_NAME, WORKFLOW_NAME])), ...content };
    default:
      return content;
  }
}

const partsIn = (messages: readonly Message[] = []) => messages.flatMap(({ parts }) => parts);
const textIn = (messages: readonly Message[] | undefined): string | undefined =>
  partsIn(messages)
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('\n') || undefined;
const argumentsIn = (messages: readonly Message[] | undefined): string | undefined =>
  partsIn(messages).find((part) => part.type === 'tool_call')?.arguments;
const resultIn = (messages: readonly Message[] | undefined): string | undefined =>
  partsIn(messages).find((part) => part.type === 'tool_result')?.result;

const readUsage = (attributes: Attributes, provider: string | undefined): Reading['usage'] =>
  normaliseUsage(
    {
      input: firstCount(attributes, INPUT_TOKENS),
      output: firstCount(attributes, OUTPUT_TOKENS),
      total: asCount(attributes[TOTAL_TOKENS]),
      cacheRead: firstCount(attributes, CACHE_READ_TOKENS),
      cacheWrite: firstCount(attributes, CACHE_WRITE_TOKENS),
      reasoning: firstCount(attributes, REASONING_TOKENS),
    },
    provider,
  );

const firstCount = (attributes: Attributes, keys: readonly string[]): number | undefined =>
  keys.map((key) => asCount(attributes[key])).find((count) => count !== undefined);

/** `error.type` is set on operations that failed, and on no other. */
function readError(span: EndedSpan): Reading['error'] {
  const exception = contentEvents(span)
    .flat()
    .find(({ name }) => name === EXCEPTION_EVENT)?.fields;
  const type = asText(span.attributes['error.type']) ?? asText(exception?.['exception.type']);
  const message = asText(exception?.['exception.message']);
  return type === undefined && message === undefined ? undefined : { message, type };
}
