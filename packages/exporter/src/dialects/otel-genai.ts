/**
 * OpenTelemetry GenAI, from semantic conventions 1.27 (`gen_ai.system`, `prompt_tokens`) to the conventions' own repository at 0.1.0, with the
 * names that widely used instrumentations add to it. https://github.com/open-telemetry/semantic-conventions-genai
 *
 * Last in the table: many vocabularies write these names beside their own.
 */
import type { Message, Reading } from '../interaction/reading.ts';
import type { Attributes, EndedSpan } from '../span.ts';
import { asCount, asText, jsonOrText, toText } from './attributes.ts';
import type { Dialect } from './dialect.ts';
import { attributesWithDetails, fieldsOfEvent, readContent } from './gen-ai-content.ts';
import { kindOfModel, kindOfOperation } from './gen-ai-operations.ts';
import { reportedUsage } from './gen-ai-usage.ts';
import { documentsText } from './input-output.ts';
import { textOf } from './message-parts.ts';
import { resultText } from './tool-parts.ts';
import { normaliseUsage } from './usage.ts';

const REQUEST_MODEL = 'gen_ai.request.model';
const RESPONSE_MODEL = 'gen_ai.response.model';
const RESPONSE_ID = 'gen_ai.response.id';
const PREVIOUS_RESPONSE_ID = 'gen_ai.request.previous_response.id';
/** `gen_ai.system` until 1.36. */
const PROVIDER = ['gen_ai.provider.name', 'gen_ai.system'] as const;
/** In seconds. The second is Vercel's (AI SDK 7). */
const TIME_TO_FIRST_CHUNK = ['gen_ai.response.time_to_first_chunk', 'gen_ai.client.operation.time_to_first_chunk'];
const ERROR_TYPE = 'error.type';
const EXCEPTION_EVENT = 'gen_ai.client.operation.exception';

/** The second until 0.1.0. */
const AGENT_NAME = ['gen_ai.agent.name', 'gen_ai.workflow.name'] as const;
const TOOL_NAME = 'gen_ai.tool.name';
/** What the convention calls the span of a tool. */
const TOOL_SPAN_NAME = /^execute_tool (.+)$/s;
const TOOL_CALL_ID = 'gen_ai.tool.call.id';
/** The second is Sentry's, the third Pydantic AI's. */
const TOOL_ARGUMENTS = ['gen_ai.tool.call.arguments', 'gen_ai.tool.input', 'tool_arguments'] as const;
const TOOL_RESULT = ['gen_ai.tool.call.result', 'gen_ai.tool.output', 'tool_response'] as const;
const QUERY = ['gen_ai.retrieval.query.text', 'gen_ai.memory.query.text'] as const;
const DOCUMENTS = ['gen_ai.retrieval.documents', 'gen_ai.memory.records'] as const;

/**
 * They say that a span without operation and model is GenAI work, though not which. Identity (`gen_ai.conversation.id`, `gen_ai.agent.*`)
 * does not: applications and SDKs set it on spans of any kind.
 */
const SIGNS = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  RESPONSE_MODEL,
  RESPONSE_ID,
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
    const kind = kindOfOperation(attributes);
    if (kind !== undefined) return kind;
    if (first(attributes, [TOOL_NAME, TOOL_CALL_ID]) !== undefined) return 'tool';
    return kindOfModel(attributes) ?? (first(attributes, SIGNS) === undefined ? undefined : 'step');
  },

  read(span) {
    const attributes = attributesWithDetails(span);
    const provider = providerOf(attributes);
    return {
      ...readWork(span, attributes),
      requestModel: asText(attributes[REQUEST_MODEL]),
      responseModel: asText(attributes[RESPONSE_MODEL]),
      provider,
      usage: normaliseUsage(reportedUsage(attributes), provider),
      responseId: asText(attributes[RESPONSE_ID]),
      previousResponseId: asText(attributes[PREVIOUS_RESPONSE_ID]),
      timeToFirstTokenMs: milliseconds(asCount(first(attributes, TIME_TO_FIRST_CHUNK))),
      error: readError(span),
    };
  },
};

const first = (attributes: Attributes, keys: readonly string[]): unknown =>
  keys.map((key) => attributes[key]).find((value) => value !== undefined && value !== null && value !== '');

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

function providerOf(attributes: Attributes): string | undefined {
  const name = asText(first(attributes, PROVIDER));
  return name === undefined ? undefined : (PROVIDERS.get(name) ?? name);
}

/** What went in and came out, in the fields that a reading has for the span's kind. */
function readWork(span: EndedSpan, attributes: Attributes): Omit<Reading, 'kind'> {
  const { malformed, ...content } = readContent(span, attributes);
  const argumentsText = toText(first(attributes, TOOL_ARGUMENTS));
  const resultingText = resultText(jsonOrText(first(attributes, TOOL_RESULT)));
  switch (otelGenAi.kindOf(span)) {
    case 'llm':
      return { ...content, malformed };
    case 'agent':
    case 'chain':
      return { name: asText(first(attributes, AGENT_NAME)), ...content, malformed };
    case 'tool':
      return {
        name: asText(attributes[TOOL_NAME]) ?? TOOL_SPAN_NAME.exec(span.name)?.[1],
        toolCallId: asText(attributes[TOOL_CALL_ID]),
        inputText: argumentsText ?? textIn(content.input),
        outputText: resultingText ?? textIn(content.output),
        malformed,
      };
    case 'embedding':
      return {};
    default:
      return {
        inputText: asText(first(attributes, QUERY)) ?? argumentsText ?? textIn(content.input),
        outputText: documentsText(first(attributes, DOCUMENTS)) ?? resultingText ?? textIn(content.output),
        malformed,
      };
  }
}

/** Messages of what is no conversation, as one text: of a tool's span they hold its call and its result. */
function textIn(messages: readonly Message[] = []): string | undefined {
  const parts = messages.flatMap((message) => message.parts);
  const call = parts.find((part) => part.type === 'tool_call');
  const result = parts.find((part) => part.type === 'tool_result');
  return call?.arguments ?? result?.result ?? textOf(parts);
}

/** `error.type` is set on operations that failed, and on no other (1.27 on); the exception event is of 1.39 on. */
function readError(span: EndedSpan): Reading['error'] {
  const exception = fieldsOfEvent(span, EXCEPTION_EVENT);
  const type = asText(span.attributes[ERROR_TYPE]) ?? asText(exception?.['exception.type']);
  const message = asText(exception?.['exception.message']);
  return type === undefined && message === undefined ? undefined : { message, type };
}
