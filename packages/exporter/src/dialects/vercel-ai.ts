/**
 * Vercel AI SDK 4, 5, 6 and 7 (`ai` on npm). Until 7 its `experimental_telemetry` writes `ai.*`, and so does `LegacyOpenTelemetry` of
 * `@ai-sdk/otel` for 7; `OpenTelemetry` of that package writes OpenTelemetry's names (`otel-genai.ts`) with a few of `ai.*` beside them.
 * https://ai-sdk.dev/docs/ai-sdk-core/telemetry
 *
 * A call is two spans, an outer one (`ai.generateText`) and an inner one for each request to the provider (`ai.generateText.doGenerate`).
 */
import type { MemberKind, Message, Part, Reading } from '../interaction/reading.ts';
import type { Attributes } from '../span.ts';
import { asCount, asText, attributesBelow, isObject, jsonOrText, property, someOf, unquoted } from './attributes.ts';
import { openJson } from './cut-json.ts';
import type { Dialect } from './dialect.ts';
import { readInput } from './input-output.ts';
import { readParts, textOf } from './message-parts.ts';
import { messageOf, readMessages, textMessage } from './messages.ts';
import { readToolCalls } from './tool-parts.ts';
import { applicationMetadata, identityIn } from './metadata.ts';
import { normaliseUsage, readUsage, type ReportedUsage } from './usage.ts';

const OPERATION_ID = 'ai.operationId';
const PROVIDER = 'ai.model.provider';

/** Of the outer span: `{ system, prompt | messages }`; of the inner one: the whole history. */
const PROMPT = 'ai.prompt';
const PROMPT_MESSAGES = 'ai.prompt.messages';
const RESPONSE = {
  text: 'ai.response.text',
  object: 'ai.response.object',
  reasoning: 'ai.response.reasoning',
  toolCalls: 'ai.response.toolCalls',
  files: 'ai.response.files',
} as const;
const PROVIDER_METADATA = 'ai.response.providerMetadata';

const TOOL = { name: 'ai.toolCall.name', callId: 'ai.toolCall.id' } as const;
/** JSON, or a list of JSON texts: of a tool, an embedding, a reranker. */
const INPUT_TEXT = ['ai.toolCall.args', 'ai.value', 'ai.values', 'ai.documents'] as const;
const OUTPUT_TEXT = ['ai.toolCall.result', 'ai.ranking'] as const;

/** Milliseconds; the second is what `streamObject` writes. */
const TIME_TO_FIRST_TOKEN = ['ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk'] as const;

/** The former until 5, which still has them for text; an embedding has one sum. */
const INPUT_TOKENS = ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens'] as const;
const OUTPUT_TOKENS = ['ai.usage.outputTokens', 'ai.usage.completionTokens'] as const;
const TOTAL_TOKENS = 'ai.usage.totalTokens';
const CACHE_READ_TOKENS = ['ai.usage.cachedInputTokens', 'ai.usage.inputTokenDetails.cacheReadTokens'] as const;
const CACHE_WRITE_TOKENS = ['ai.usage.inputTokenDetails.cacheWriteTokens'] as const;
const REASONING_TOKENS = ['ai.usage.reasoningTokens', 'ai.usage.outputTokenDetails.reasoningTokens'] as const;
/** Written since 6, of objects not always: `noCacheTokens`, `textTokens`. */
const PARTS = ['ai.usage.inputTokenDetails.noCacheTokens', 'ai.usage.outputTokenDetails.textTokens'] as const;
/** `ai/6.0.145`; since 5, and of streams never. */
const USER_AGENT = 'ai.request.headers.user-agent';

const FUNCTION_ID = 'ai.telemetry.functionId';
/** What the application hands over: until 6 metadata, since 7 the runtime context that it includes. */
const METADATA = 'ai.telemetry.metadata.';
const CONTEXT = 'ai.settings.context.';
/** What 7 writes beside OpenTelemetry's names, when it is told to. */
const SUPPLEMENTS = [CONTEXT, 'ai.usage.'] as const;

export const vercelAi: Dialect = {
  name: 'Vercel AI SDK',

  kindOf({ attributes }) {
    const operation = attributes[OPERATION_ID];
    return typeof operation === 'string' ? kindOfOperation(operation) : undefined;
  },

  adds: ({ attributes }) => Object.keys(attributes).some((key) => SUPPLEMENTS.some((prefix) => key.startsWith(prefix))),

  read({ attributes }) {
    const prompt = openJson(attributes[PROMPT]);
    const history = openJson(attributes[PROMPT_MESSAGES]);
    const finishReason = asText(attributes['ai.response.finishReason']);
    const given = new Map([...attributesBelow(attributes, METADATA), ...attributesBelow(attributes, CONTEXT)]);
    return {
      malformed: prompt.isCut || history.isCut || undefined,
      name: asText(attributes[TOOL.name]),
      toolCallId: asText(attributes[TOOL.callId]),
      input: someOf(history.value === undefined ? readPrompt(prompt.value) : readMessages(history.value)),
      output: readResponse(attributes),
      system: readSystem(property(prompt.value, 'system')),
      inputText: firstText(attributes, INPUT_TEXT),
      outputText: firstText(attributes, OUTPUT_TEXT),
      requestModel: asText(attributes['ai.model.id']),
      responseModel: asText(attributes['ai.response.model']),
      // Which of its APIs stands behind it: `openai.responses`.
      provider: asText(attributes[PROVIDER])?.split('.')[0],
      usage: usageOf(attributes),
      finishReasons: finishReason === undefined ? undefined : [finishReason],
      responseId: asText(attributes['ai.response.id']),
      timeToFirstTokenMs: firstCount(attributes, TIME_TO_FIRST_TOKEN),
      ...identityIn(given),
      metadata: applicationMetadata([['functionId', asText(attributes[FUNCTION_ID])], ...given]),
    };
  },
};

/** `ai.generateText.doGenerate` is the call, whatever the function; all other spans of a function are around it. */
function kindOfOperation(operation: string): MemberKind {
  if (operation === 'ai.toolCall') return 'tool';
  switch (/\.do(Generate|Stream|Embed|Rerank)$/.exec(operation)?.[1]) {
    case 'Generate':
    case 'Stream':
      return 'llm';
    case 'Embed':
      return 'embedding';
    case 'Rerank':
      return 'reranker';
    default:
      return 'chain';
  }
}

function readPrompt(prompt: unknown): readonly Message[] {
  if (!isObject(prompt)) return readInput(prompt);
  const question = property(prompt, 'prompt');
  return [
    ...readMessages(property(prompt, 'messages')),
    // As text it is the user's own, be it JSON.
    ...(typeof question === 'string' ? [textMessage('user', question)] : readMessages(question)),
  ];
}

/** Text, or since 6 a message or several. */
const readSystem = (system: unknown): string | undefined =>
  typeof system === 'string' ? asText(system) : textOf(readMessages(system, 'system').flatMap(({ parts }) => parts));

function readResponse(attributes: Attributes): Reading['output'] {
  const { text, object, reasoning, toolCalls, files } = RESPONSE;
  if (Object.values(RESPONSE).every((key) => attributes[key] === undefined)) return undefined;
  const part = (type: 'text' | 'reasoning', value: string | undefined): readonly Part[] =>
    value ? [{ type, text: value }] : [];
  return [
    messageOf('assistant', [
      ...part('reasoning', asText(attributes[reasoning])),
      ...part('text', asText(attributes[text])),
      ...part('text', unquoted(attributes[object])), // of structured output, whose text is not written
      ...readToolCalls({ toolCalls: attributes[toolCalls] }),
      ...readParts(jsonOrText(attributes[files])),
    ]),
  ];
}

const firstText = (attributes: Attributes, keys: readonly string[]): string | undefined =>
  keys.map((key) => linesOf(attributes[key])).find((text) => text !== undefined);

/** Items of a list stand a line each. */
const linesOf = (value: unknown): string | undefined =>
  Array.isArray(value)
    ? (value as readonly unknown[]).flatMap((item) => unquoted(item) ?? []).join('\n')
    : unquoted(value);

const firstCount = (attributes: Attributes, keys: readonly string[]): number | undefined =>
  keys.map((key) => asCount(attributes[key])).find((count) => count !== undefined);

function usageOf(attributes: Attributes): Reading['usage'] {
  const provider = asText(attributes[PROVIDER]) ?? '';
  const details = readProviderDetails(attributes[PROVIDER_METADATA]);
  const input = firstCount(attributes, INPUT_TOKENS);
  const total = asCount(attributes[TOTAL_TOKENS]) ?? details.total;
  const isAsProviderCounts = !includesParts(attributes) && (details.input === undefined || details.input === input);
  return normaliseUsage(
    {
      input,
      output: firstCount(attributes, OUTPUT_TOKENS),
      total,
      cacheRead: firstCount(attributes, CACHE_READ_TOKENS) ?? details.cacheRead,
      cacheWrite: firstCount(attributes, CACHE_WRITE_TOKENS) ?? details.cacheWrite,
      reasoning: firstCount(attributes, REASONING_TOKENS) ?? details.reasoning,
      inputExcludesCache: isAsProviderCounts && /anthropic|bedrock/.test(provider),
      // Where there is a sum, that tells.
      outputExcludesReasoning: isAsProviderCounts && provider.startsWith('google') && total === undefined,
    },
    provider,
  );
}

/** Since 6 input and output include cached and reasoning tokens, whatever the provider; until 5 they are what the provider counts. */
const includesParts = (attributes: Attributes): boolean =>
  firstCount(attributes, PARTS) !== undefined ||
  Number(/(?:^| )ai\/(\d{1,3})\./.exec(asText(attributes[USER_AGENT]) ?? '')?.[1] ?? 0) >= 6;

/** Counts that only the provider's own answer holds, below its name: `{ openai: { reasoningTokens } }`, `{ google: { usageMetadata } }`. */
function readProviderDetails(metadata: unknown): Pick<ReportedUsage, DetailedCount> {
  const providers = jsonOrText(metadata);
  const usages = (isObject(providers) ? Object.values(providers) : [])
    .flatMap((own) => [own, property(own, 'usage'), property(own, 'usageMetadata')])
    .flatMap((usage) => readUsage(usage) ?? []);
  const first = (count: DetailedCount): number | undefined =>
    usages.map((usage) => usage[count]).find((value) => value !== undefined);
  return {
    input: first('input'),
    total: first('total'),
    cacheRead: first('cacheRead'),
    cacheWrite: first('cacheWrite'),
    reasoning: first('reasoning'),
  };
}
type DetailedCount = 'input' | 'total' | 'cacheRead' | 'cacheWrite' | 'reasoning';
