/**
 * Google's Agent Development Kit (`@google/adk`, and for Python, Java and Go; scope `gcp.vertex.agent`): `gcp.vertex.agent.*`, with JSON of a
 * Gemini request and response, be the model another's. Python writes snake_case. Names, counts and identity stand in OpenTelemetry's as well
 * (`otel-genai.ts`).
 * https://github.com/google/adk-js/blob/main/core/src/telemetry/tracing.ts
 *
 * `invocation` → `invoke_agent` → `call_llm` → `execute_tool`. On an error its spans are empty: only names say what they were.
 */
import type { MemberKind, Reading } from '../interaction/reading.ts';
import type { EndedSpan } from '../span.ts';
import { asText, isObject, property, someOf, toText } from './attributes.ts';
import { openJson } from './cut-json.ts';
import type { Dialect } from './dialect.ts';
import { readInput } from './input-output.ts';
import { readParts, textOf } from './message-parts.ts';
import { messageOf, readMessages } from './messages.ts';
import { normaliseUsage, readUsage } from './usage.ts';

const SCOPE = 'gcp.vertex.agent';
const REQUEST = 'gcp.vertex.agent.llm_request';
const RESPONSE = 'gcp.vertex.agent.llm_response';
const TOOL_ARGUMENTS = 'gcp.vertex.agent.tool_call_args';
const TOOL_RESPONSE = 'gcp.vertex.agent.tool_response';
const SESSION_ID = 'gcp.vertex.agent.session_id';

/** By the first word of a span's name; the rest is an agent's or a tool's. */
const KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>([
  ['invocation', 'chain'],
  ['invoke_workflow', 'chain'],
  ['invoke_node', 'chain'],
  ['invoke_agent', 'agent'],
  ['agent_run', 'agent'], // of older versions: `agent_run [name]`
  ['call_llm', 'llm'],
  ['generate_content', 'llm'],
  ['execute_tool', 'tool'],
]);
/** What stands where content is not recorded; a tool may also take or give nothing. */
const EMPTY = '{}';
/** What stands where there is nothing to be had. */
const UNAVAILABLE: ReadonlySet<unknown> = new Set(['N/A', '<not serializable>']);

export const googleAdk: Dialect = {
  name: 'Google ADK',

  kindOf({ name, scope }) {
    return scope.name === SCOPE ? (KINDS.get(name.split(' ', 1)[0] ?? '') ?? 'step') : undefined;
  },

  read(span) {
    return { ...readWork(span), sessionId: asText(span.attributes[SESSION_ID]) };
  },
};

/** What went in and came out, in the fields that the span's kind has for it. */
function readWork(span: EndedSpan): Omit<Reading, 'kind'> {
  const { attributes } = span;
  switch (googleAdk.kindOf(span)) {
    case 'llm': {
      const request = recorded(attributes[REQUEST]);
      const response = recorded(attributes[RESPONSE]);
      const malformed = request.isCut || response.isCut || undefined;
      return { malformed, ...readRequest(request.value), ...readResponse(response.value) };
    }
    case 'tool': {
      const [inputText, outputText] = [TOOL_ARGUMENTS, TOOL_RESPONSE].map((key) =>
        UNAVAILABLE.has(attributes[key]) ? undefined : toText(attributes[key]),
      );
      return inputText === EMPTY && outputText === EMPTY ? {} : { inputText, outputText };
    }
    default:
      return {};
  }
}

const recorded = (value: unknown): ReturnType<typeof openJson> => openJson(value === EMPTY ? undefined : value);

/** JavaScript writes the former, Python the latter. */
const either = (value: unknown, camelCase: string, snakeCase: string): unknown =>
  property(value, camelCase) ?? property(value, snakeCase);

/** `{ model, contents, config: { systemInstruction } }` */
function readRequest(request: unknown): Omit<Reading, 'kind'> {
  if (!isObject(request)) return {};
  const instruction = either(property(request, 'config'), 'systemInstruction', 'system_instruction');
  return {
    input: someOf(readInput(property(request, 'contents'))),
    system: textOf(readParts(isObject(instruction) ? property(instruction, 'parts') : instruction)),
    requestModel: asText(property(request, 'model')),
  };
}

/** `{ content, usageMetadata, finishReason, modelVersion, errorCode, errorMessage }` */
function readResponse(response: unknown): Omit<Reading, 'kind'> {
  if (!isObject(response)) return {};
  const content = property(response, 'content');
  const finishReason = asText(either(response, 'finishReason', 'finish_reason'));
  const errorType = asText(either(response, 'errorCode', 'error_code'));
  return {
    output: isObject(content) ? readMessages(content, 'assistant') : [messageOf('assistant', [])],
    // In lower case, as beside it in OpenTelemetry's words.
    finishReasons: finishReason === undefined ? undefined : [finishReason.toLowerCase()],
    responseModel: asText(either(response, 'modelVersion', 'model_version')),
    usage: usageOf(either(response, 'usageMetadata', 'usage_metadata')),
    error:
      errorType === undefined
        ? undefined
        : { type: errorType, message: asText(either(response, 'errorMessage', 'error_message')) },
  };
}

/** Gemini counts thoughts apart from the candidates; of another model's counts the sum tells whether they are. */
function usageOf(counts: unknown): Reading['usage'] {
  const usage = readUsage(counts) ?? {};
  return normaliseUsage({ ...usage, outputExcludesReasoning: usage.total === undefined }, SCOPE);
}
