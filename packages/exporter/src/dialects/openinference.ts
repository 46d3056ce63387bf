/**
 * OpenInference (Arize): semantic conventions 2.7 of JavaScript and 0.1.32 of Python, as its instrumentations write them, and as its span processors
 * add them to spans of the Vercel AI SDK and of OpenTelemetry GenAI.
 * https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
 *
 * What was said stands twice: flattened, an attribute a leaf, and as the provider's own request and response in `input.value` and `output.value`.
 */
import type { MemberKind, Reading, Usage } from '../interaction/reading.ts';
import { elapsedMs, type Attributes, type EndedSpan } from '../span.ts';
import { asCount, asText, asTexts, attributesBelow, isObject, parseJson, property, toText } from './attributes.ts';
import { openJson } from './cut-json.ts';
import type { Dialect } from './dialect.ts';
import { documentsText, readToolOutput } from './input-output.ts';
import { applicationMetadata, identityIn } from './metadata.ts';
import { readConversation, textsIn } from './openinference-conversation.ts';
import { recorded } from './openinference-flattened.ts';
import { type ProviderResponse, readProviderResponse } from './provider-response.ts';
import { normaliseUsage, readUsage, type ReportedUsage } from './usage.ts';

const SPAN_KIND = 'openinference.span.kind';
const TEXT_PLAIN = 'text/plain';

const MODEL = 'llm.model_name';
const REQUEST_MODELS = ['llm.request.model_name', 'embedding.model_name', 'reranker.model_name'] as const;
const RESPONSE_MODEL = 'llm.response.model_name';
const INVOCATION_PARAMETERS = 'llm.invocation_parameters';
const SYSTEM = 'llm.system';
const PROVIDER = ['llm.provider', SYSTEM] as const;
/** The latter is Bedrock's. */
const FINISH_REASON = ['llm.finish_reason', 'llm.stop_reason'] as const;
const FIRST_TOKEN_EVENT = 'First Token Stream Event';

const TOKENS = {
  input: 'llm.token_count.prompt',
  output: 'llm.token_count.completion',
  total: 'llm.token_count.total',
  cacheRead: 'llm.token_count.prompt_details.cache_read',
  cacheWrite: 'llm.token_count.prompt_details.cache_write',
  reasoning: 'llm.token_count.completion_details.reasoning',
} as const;

/** A usage object with one of these counts cached tokens apart from the input. */
const CACHE_APART = [
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cacheReadInputTokens',
  'cacheReadInputTokenCount',
] as const;

const METADATA = 'metadata';
const TAGS = 'tag.tags';

const AGENT_NAME = ['agent.name', 'graph.node.name'] as const;
const TOOL_NAME = 'tool.name';
/** The latter is what the span processors write. */
const TOOL_CALL_ID = ['tool.id', 'tool_call.id'] as const;
const TOOL_PARAMETERS = 'tool.parameters';
const QUERY = 'reranker.query';
const DOCUMENTS = ['retrieval.documents', 'reranker.output_documents'] as const;
const EMBEDDINGS = 'embedding.embeddings';

/** An evaluator, and whatever later versions add, is a step. */
const KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>([
  ['LLM', 'llm'],
  ['AGENT', 'agent'],
  ['CHAIN', 'chain'],
  ['PROMPT', 'chain'],
  ['TOOL', 'tool'],
  ['RETRIEVER', 'retrieval'],
  ['EMBEDDING', 'embedding'],
  ['RERANKER', 'reranker'],
  ['GUARDRAIL', 'guardrail'],
]);

export const openInference: Dialect = {
  name: 'OpenInference',

  kindOf({ attributes }) {
    const word = asText(attributes[SPAN_KIND]);
    if (word === undefined) return undefined;
    const kind = KINDS.get(word.toUpperCase()) ?? 'step';
    // Every InvokeModel of Bedrock is marked LLM.
    return kind === 'llm' && /embed/i.test(asText(attributes[MODEL]) ?? '') ? 'embedding' : kind;
  },

  read(span) {
    const { attributes } = span;
    const request = openValue(attributes, 'input');
    const response = openValue(attributes, 'output');
    const metadata = openMetadata(attributes);
    const kind = openInference.kindOf(span);
    const call = kind === 'llm' || kind === 'embedding' ? readCall(request.value, response.value) : {};
    const { sessionId, userId, tags } = identityIn(metadata);
    const provider = asText(first(attributes, PROVIDER)) ?? asText(metadata.get('ls_provider'));
    return {
      malformed: request.isCut || response.isCut || undefined,
      ...readWork(kind, attributes, request.value, response.value),
      ...readModels(attributes, call),
      provider,
      usage: readTokens(attributes, call, provider),
      finishReasons: asTexts(first(attributes, FINISH_REASON)) ?? call.finishReasons,
      responseId: call.id,
      previousResponseId: call.previousResponseId,
      timeToFirstTokenMs: timeToFirstToken(span),
      sessionId: sessionId ?? call.conversationId,
      userId,
      tags: asTexts(attributes[TAGS]) ?? tags,
      metadata: applicationMetadata(metadata),
      error: call.error,
    };
  },
};

const first = (attributes: Attributes, keys: readonly string[]): unknown =>
  keys.map((key) => recorded(attributes[key])).find((value) => value !== undefined && value !== null && value !== '');

/** `input.value` or `output.value`, opened: plain text as it is, JSON as its value, as far as it goes. */
function openValue(attributes: Attributes, side: 'input' | 'output'): ReturnType<typeof openJson> {
  const given = recorded(attributes[`${side}.value`]);
  return attributes[`${side}.mime_type`] === TEXT_PLAIN ? { value: given, isCut: false } : openJson(given);
}

/** What went in and came out, in the fields that the span's kind has for it. */
function readWork(
  kind: MemberKind | undefined,
  attributes: Attributes,
  request: unknown,
  response: unknown,
): Partial<Reading> {
  switch (kind) {
    case 'tool': {
      // LangChain: `{output: ToolMessage}`.
      const { id, result } = readToolOutput(property(response, 'output') ?? response);
      return {
        name: asText(attributes[TOOL_NAME]),
        toolCallId: asText(first(attributes, TOOL_CALL_ID)) ?? id,
        inputText: valueText(attributes, 'input') ?? toText(recorded(attributes[TOOL_PARAMETERS])),
        outputText: id === undefined ? valueText(attributes, 'output') : result,
      };
    }
    case 'retrieval':
    case 'reranker':
      return {
        inputText: asText(attributes[QUERY]) ?? valueText(attributes, 'input'),
        // LangChain: `{documents: […]}`.
        outputText: documentsIn(attributes) ?? documentsText(property(response, 'documents') ?? response),
      };
    case 'embedding':
      return {
        inputText:
          (textsIn(attributes, EMBEDDINGS, 'embedding.text').join('\n') || undefined) ?? valueText(attributes, 'input'),
      };
    case 'guardrail':
    case 'step':
      return { inputText: valueText(attributes, 'input'), outputText: valueText(attributes, 'output') };
    case 'agent':
      return { name: asText(first(attributes, AGENT_NAME)), ...readConversation(attributes, request, response) };
    default:
      return readConversation(attributes, request, response);
  }
}

/** As it stands there: what a tool was given and gave back may be cut, and is text all the same. */
const valueText = (attributes: Attributes, side: 'input' | 'output'): string | undefined =>
  toText(recorded(attributes[`${side}.value`]));

const documentsIn = (attributes: Attributes): string | undefined =>
  DOCUMENTS.map((list) => textsIn(attributes, list, 'document.content').join('\n')).find((text) => text !== '');

/** What the provider's own request and response of a model call say. Of a tool or a chain they are the application's, and may hold anything. */
interface Call extends ProviderResponse {
  readonly requestModel?: string | undefined;
  readonly conversationId?: string | undefined;
  readonly error?: Reading['error'];
  /** The numbers of a provider that counts cached tokens apart from the input. */
  readonly usageWithCacheApart?: ReportedUsage | undefined;
}

function readCall(request: unknown, given: unknown): Call {
  // OpenAI Agents, chat: a list of responses.
  const response = Array.isArray(given) ? (given as readonly unknown[]).at(-1) : given;
  const said = readProviderResponse(response);
  const conversation = property(request, 'conversation');
  return {
    ...said,
    requestModel: asText(property(request, 'model')) ?? asText(property(request, 'modelId')),
    // Titan and Llama count beside the answer.
    usage: said.usage ?? readUsage(response),
    previousResponseId: asText(property(request, 'previous_response_id')) ?? said.previousResponseId,
    // OpenAI Responses: the conversation that the provider keeps.
    conversationId: asText(property(conversation, 'id') ?? conversation),
    error: readError(property(response, 'error')),
    usageWithCacheApart: usageWithCacheApart(response),
  };
}

/** A response can be an error itself (OpenAI Responses, `status: "failed"`). */
function readError(error: unknown): Reading['error'] {
  const message = asText(property(error, 'message'));
  return message === undefined
    ? undefined
    : { message, type: asText(property(error, 'code')) ?? asText(property(error, 'type')) };
}

/** Anthropic, Bedrock; also as LangChain keeps it. */
const usageWithCacheApart = (response: unknown): ReportedUsage | undefined =>
  readUsage(
    [property(response, 'usage'), property(property(response, 'llmOutput'), 'usage')].find(
      (given) =>
        // Beside OpenAI's name for the input (LiteLLM) they are a part of it.
        property(given, 'prompt_tokens') === undefined && CACHE_APART.some((key) => property(given, key) !== undefined),
    ),
  );

/** `llm.model_name` is the requested model while a call runs, and then the responded one, unless it was streamed. */
function readModels(attributes: Attributes, call: Call): Pick<Reading, 'requestModel' | 'responseModel'> {
  const named = asText(attributes[MODEL]);
  const parameters = parseJson(recorded(attributes[INVOCATION_PARAMETERS]));
  const requested =
    asText(first(attributes, REQUEST_MODELS)) ??
    call.requestModel ??
    asText(property(parameters, 'model') ?? property(parameters, 'model_name'));
  // Bedrock's is the requested one, shortened.
  const isResponded = named !== undefined && requested !== undefined && !requested.includes(named);
  return {
    requestModel: requested ?? named,
    responseModel: asText(attributes[RESPONSE_MODEL]) ?? call.model ?? (isResponded ? named : undefined),
  };
}

function readTokens(attributes: Attributes, call: Call, provider: string | undefined): Usage | undefined {
  const counted: ReportedUsage = Object.fromEntries(
    Object.entries(TOKENS).map(([name, key]) => [name, asCount(attributes[key])]),
  );
  const apart = call.usageWithCacheApart;
  const usage: ReportedUsage = { ...apart, ...known(call.usage ?? {}), ...known(counted) };
  return normaliseUsage(
    {
      ...usage,
      // Some instrumentations add cached tokens in, others hand on the provider's number.
      inputExcludesCache: usage.input !== undefined && usage.input === apart?.input,
    },
    [provider, asText(attributes[SYSTEM])].join(' '),
  );
}

const known = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** One JSON text; the span processors write a key an attribute instead, and measurements of the AI SDK among them. */
function openMetadata(attributes: Attributes): ReadonlyMap<string, unknown> {
  const given = openJson(recorded(attributes[METADATA])).value;
  const flat = [...attributesBelow(attributes, `${METADATA}.`)].filter(([key]) => !key.startsWith('ai.'));
  return new Map([...flat, ...(isObject(given) ? Object.entries(given) : [])]);
}

function timeToFirstToken({ startTime, events }: EndedSpan): number | undefined {
  const event = events.find(({ name }) => name === FIRST_TOKEN_EVENT);
  return event === undefined ? undefined : Math.max(0, elapsedMs(startTime, event.time));
}
