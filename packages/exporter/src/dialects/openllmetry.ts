/**
 * OpenLLMetry (Traceloop) 0.5 to 0.27, JavaScript and Python: scopes `@traceloop/instrumentation-*` and `@traceloop/node-server-sdk`. Until 0.22
 * it had names of its own, some of which OpenTelemetry took over and changed; now it writes OpenTelemetry GenAI, which `otel-genai.ts` reads,
 * beside the entities (workflow, task, agent, tool) and association properties of its SDK.
 * https://www.traceloop.com/docs/openllmetry/contributing/semantic-conventions
 */
import type { MemberKind, Message, Part, Reading } from '../interaction/reading.ts';
import type { Attributes, EndedSpan } from '../span.ts';
import { asCount, asText, attributesBelow, itemsOf, property, someOf, toText, unquoted } from './attributes.ts';
import { openJson, parseCutJson } from './cut-json.ts';
import type { Dialect } from './dialect.ts';
import { history } from './gen-ai-content.ts';
import { kindOfModel, kindOfOperation, orEmbedding } from './gen-ai-operations.ts';
import { reportedUsage } from './gen-ai-usage.ts';
import { documentsText, readInput, readOutput, readToolOutput } from './input-output.ts';
import { readParts, textOf } from './message-parts.ts';
import { readMessages, roleOf } from './messages.ts';
import { applicationMetadata, identityIn } from './metadata.ts';
import { serialisedMessages, serialisedParts } from './serialised-content.ts';
import { normaliseUsage } from './usage.ts';

const SCOPE = '@traceloop/';
const SPAN_KIND = 'traceloop.span.kind';
const ENTITY_NAME = 'traceloop.entity.name';
const ENTITY_INPUT = 'traceloop.entity.input';
const ENTITY_OUTPUT = 'traceloop.entity.output';
const ASSOCIATION_PROPERTIES = 'traceloop.association.properties.';
/** What makes a span of no other kind a step. */
const WORDS = ['traceloop.', 'gen_ai.prompt.', 'gen_ai.completion.'] as const;

const REQUEST_TYPE = 'llm.request.type';
const TOTAL_TOKENS = 'llm.usage.total_tokens';
const SYSTEM = 'gen_ai.system';
const PROVIDER = 'gen_ai.provider.name';
const INPUT_MESSAGES = 'gen_ai.input.messages';
const OUTPUT_MESSAGES = 'gen_ai.output.messages';
const PROMPT = 'gen_ai.prompt';
const COMPLETION = 'gen_ai.completion';
const VECTOR_RESULT_EVENT = 'db.query.result';
const VECTOR_RESULT_DOCUMENT = 'db.query.result.document';
const GUARDRAIL_INPUT = 'gen_ai.guardrail.input';
const GUARDRAIL_OUTPUT = 'gen_ai.guardrail.output';

/** By `traceloop.span.kind`. A task is a step that the user marked; a session is the connection of an MCP client. */
const ENTITY_KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>([
  ['workflow', 'chain'],
  ['session', 'chain'],
  ['task', 'step'],
  ['agent', 'agent'],
  ['tool', 'tool'],
]);
const REQUEST_KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>([
  ['chat', 'llm'],
  ['completion', 'llm'],
  ['embedding', 'embedding'],
  ['rerank', 'reranker'],
]);
/** Values of `gen_ai.system` that are not OpenTelemetry's; both Google APIs were `Google`. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['Anthropic', 'anthropic'],
  ['AWS', 'aws.bedrock'],
  ['Azure', 'azure.ai.openai'],
  ['Cohere', 'cohere'],
  ['Google', 'gcp.gen_ai'],
  ['Groq', 'groq'],
  ['MistralAI', 'mistral_ai'],
  ['OpenAI', 'openai'],
  ['Watsonx', 'ibm.watsonx.ai'],
]);

export const openLlmetry: Dialect = {
  name: 'OpenLLMetry',

  kindOf(span) {
    const { attributes } = span;
    if (!isOpenLlmetry(span)) return undefined;
    const entity = asText(attributes[SPAN_KIND]);
    const request = asText(attributes[REQUEST_TYPE]);
    return (
      kindOfOperation(attributes) ??
      (entity === undefined ? undefined : (ENTITY_KINDS.get(entity) ?? 'step')) ??
      (request === undefined ? undefined : orEmbedding(REQUEST_KINDS.get(request) ?? 'step', attributes)) ??
      kindOfModel(attributes) ??
      kindOfOther(span)
    );
  },

  /** The SDK's processor marks every span below a workflow. */
  adds: ({ attributes }) => Object.keys(attributes).some((key) => key.startsWith(ASSOCIATION_PROPERTIES)),

  read(span) {
    const { attributes } = span;
    const properties = attributesBelow(attributes, ASSOCIATION_PROPERTIES);
    return { ...readWork(span), ...identityIn(properties), metadata: applicationMetadata(properties) };
  },
};

const SIGNS = [
  ...[SPAN_KIND, ENTITY_NAME, ENTITY_INPUT, ENTITY_OUTPUT, REQUEST_TYPE],
  ...[PROMPT, COMPLETION].flatMap((key) => [`${key}.0.role`, `${key}.0.content`]),
];

function isOpenLlmetry({ scope, attributes }: EndedSpan): boolean {
  return scope.name.startsWith(SCOPE) || SIGNS.some((key) => key in attributes);
}

/** Spans of the SDK and of MCP that name no kind. Without a word of the vocabulary, a span of these scopes is a database's. */
function kindOfOther({ attributes, events }: EndedSpan): MemberKind | undefined {
  if (!Object.keys(attributes).some((key) => WORDS.some((word) => key.startsWith(word)))) return undefined;
  return events.some(({ name }) => name === VECTOR_RESULT_EVENT) ? 'retrieval' : 'step';
}

/** What went in and came out, in the fields that a reading has for the span's kind. */
function readWork(span: EndedSpan): Omit<Reading, 'kind'> {
  const { attributes } = span;
  switch (openLlmetry.kindOf(span)) {
    case undefined: // a span of another vocabulary
      return {};
    case 'llm':
      return { ...readCall(span), ...readUsage(span) };
    case 'embedding':
      return readUsage(span);
    case 'chain':
    case 'agent':
      return { name: asText(attributes[ENTITY_NAME]), ...readEntity(attributes) };
    case 'tool':
      return readTool(attributes);
    case 'reranker':
      return { inputText: textOf(flattenedMessages(attributes, PROMPT).flatMap(({ parts }) => parts)) };
    case 'retrieval': {
      const results = span.events.filter(({ name }) => name === VECTOR_RESULT_EVENT);
      return { outputText: documentsText(results.map((result) => result.attributes[VECTOR_RESULT_DOCUMENT])) };
    }
    case 'guardrail':
      return { inputText: asText(attributes[GUARDRAIL_INPUT]), outputText: asText(attributes[GUARDRAIL_OUTPUT]) };
    default:
      return {
        inputText: textOfInputs(entityInputs(attributes).values),
        outputText: entityOutput(attributes).text,
        ...(SPAN_KIND in attributes && readEntity(attributes)),
      };
  }
}

function readCall(span: EndedSpan): Omit<Reading, 'kind'> {
  const { attributes } = span;
  const reason = asText(attributes[`${COMPLETION}.0.finish_reason`]);
  const isWhole = !endsBeforeQuestion(span);
  return {
    input: history(isWhole ? flattenedMessages(attributes, PROMPT) : []) ?? history(serialisedInput(span)),
    output: someOf(flattenedMessages(attributes, COMPLETION).slice(0, 1)), // The others are further choices.
    finishReasons: reason === undefined ? (losesToolCalls(span) ? [] : undefined) : [reason],
  };
}

/** Of OpenAI's Responses API only texts are kept: an answer of tool calls is one empty text, and has stopped like any other. That reason says nothing. */
function losesToolCalls({ attributes, scope }: EndedSpan): boolean {
  if (!scope.name.endsWith('instrumentation-openai')) return false;
  const { value } = openJson(attributes[OUTPUT_MESSAGES]);
  const [message, ...others] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  return (
    others.length === 0 &&
    property(message, 'finish_reason') === 'stop' &&
    readParts(property(message, 'parts')).every(isEmptyText)
  );
}

const isEmptyText = (part: Part): boolean => part.type === 'text' && part.text === '';

/** A long history beyond the SDK's number of attributes: what stands last in it is not what was said last. */
function endsBeforeQuestion({ attributes, droppedAttributesCount }: EndedSpan): boolean {
  const last = droppedAttributesCount > 0 ? itemsOf(Object.entries(attributes), PROMPT).at(-1) : undefined;
  return (
    last !== undefined && ((!last.has('content') && !last.has('user')) || roleOf(last.get('role')) === 'assistant')
  );
}

function readUsage({ attributes, scope }: EndedSpan): Pick<Reading, 'provider' | 'usage'> {
  const system = asText(attributes[SYSTEM]) ?? '';
  const usage = reportedUsage(attributes);
  const total = usage.total ?? asCount(attributes[TOTAL_TOKENS]);
  return {
    provider: PROVIDERS.get(system),
    usage: normaliseUsage(
      { ...usage, total, inputExcludesCache: passesAnthropicUsage(scope) },
      asText(attributes[PROVIDER]) ?? system,
    ),
  };
}

/** Until 0.27 `input_tokens` is Anthropic's own, cached tokens apart; from the next version on they are in it. */
const passesAnthropicUsage = ({ name, version }: EndedSpan['scope']): boolean =>
  name === `${SCOPE}instrumentation-anthropic` && /^0\.(?:\d|1\d|2[0-7])\./.test(version ?? '');

/** Flattened: `gen_ai.prompt.0.role`, `gen_ai.prompt.0.tool_calls.0.name`. */
function flattenedMessages(attributes: Attributes, list: string): readonly Message[] {
  return itemsOf(Object.entries(attributes), list).flatMap((fields) => {
    const calls = itemsOf(fields, 'tool_calls').map((call) => Object.fromEntries(call));
    const name = fields.get('function_call.name'); // until 0.11.2, of the first call alone
    if (name !== undefined) calls.push({ name, arguments: fields.get('function_call.arguments') });
    const written = fields.get('content') ?? fields.get('user'); // Cohere's
    // A turn of tool calls alone has no content, which was serialised.
    const content = written === 'null' && (calls.length > 0 || list === PROMPT) ? '' : written;
    if (content === undefined && calls.length === 0) return [];
    const role = fields.get('role') ?? (list === PROMPT ? 'user' : 'assistant');
    return readMessages({
      role,
      content: serialisedParts(content),
      tool_calls: calls,
      tool_call_id: fields.get('tool_call_id'),
    });
  });
}

/** A message's only text may be the JSON of its content blocks (LangChain); a lone one of OpenAI's, of the whole input (Responses API). */
function serialisedInput({ attributes, scope }: EndedSpan): readonly Message[] {
  const { value } = openJson(attributes[INPUT_MESSAGES]);
  const messages = Array.isArray(value) ? readMessages(value) : [];
  const isWhole = messages.length === 1 && scope.name.endsWith('instrumentation-openai');
  return messages.flatMap((message) => opened(message, isWhole));
}

function opened(message: Message, isWhole: boolean): readonly Message[] {
  const [only, ...others] = message.parts;
  if (only?.type !== 'text' || others.length > 0 || !only.text.startsWith('[')) return [message];
  const { value, isCut } = openJson(only.text);
  const given = { role: message.role, content: isCut ? toText(value) : only.text };
  return isWhole
    ? serialisedMessages(given, message.role)
    : readMessages({ ...given, content: serialisedParts(given.content) });
}

/** Entities: the input is `{"args":[…],"kwargs":{…}}` of the wrapped function, MCP's `{"tool_name","arguments"}`, or LangChain's own. */
function entityInputs(attributes: Attributes): { readonly values: readonly unknown[]; readonly isCut: boolean } {
  const { value, isCut } = openJson(attributes[ENTITY_INPUT]);
  const args = property(value, 'args');
  if (!Array.isArray(args))
    return { values: [property(value, 'tool_name') === undefined ? value : property(value, 'arguments')], isCut };
  const named = property(value, 'kwargs') ?? {};
  return { values: args.length > 0 ? args : Object.keys(named).length > 0 ? [named] : [], isCut };
}

const textOfInputs = (values: readonly unknown[]): string | undefined => toText(values.length > 1 ? values : values[0]);

/** The output is JSON-encoded, a text too. */
function entityOutput(attributes: Attributes): { readonly text: string | undefined; readonly isCut: boolean } {
  const written = attributes[ENTITY_OUTPUT];
  const text = unquoted(written);
  const isCutText = text !== undefined && text === written && text.startsWith('"');
  return isCutText ? { text: asText(parseCutJson(text)) ?? text, isCut: true } : { text, isCut: openJson(text).isCut };
}

/** Of several arguments the first that can be a question is it. */
function readEntity(attributes: Attributes): Pick<Reading, 'input' | 'output' | 'malformed'> {
  const inputs = entityInputs(attributes);
  const output = entityOutput(attributes);
  return {
    input: inputs.values.map((value) => readInput(value)).find((messages) => messages.length > 0),
    output: someOf(readOutput(openJson(output.text).value)),
    malformed: inputs.isCut || output.isCut || undefined,
  };
}

/** LangChain's tools are called by their class; the name that the model used is in the message that they give back. */
function readTool(attributes: Attributes): Omit<Reading, 'kind'> {
  const inputs = entityInputs(attributes);
  const { text, isCut } = entityOutput(attributes);
  const output = openJson(text).value;
  const message = property(output, 'kwargs');
  const { id, result } = readToolOutput(property(output, 'result') ?? text);
  return {
    name: asText(property(message, 'name')) ?? asText(attributes[ENTITY_NAME]),
    inputText: textOfInputs(inputs.values),
    outputText: result,
    toolCallId: id,
    error: property(message, 'status') === 'error' ? { message: result } : undefined,
    malformed: inputs.isCut || isCut || undefined,
  };
}
