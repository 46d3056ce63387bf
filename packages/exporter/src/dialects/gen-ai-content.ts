/**
 * Where instrumentations that follow OpenTelemetry GenAI leave the messages: in attributes of the span (conventions 1.36 on), in
 * `gen_ai.client.inference.operation.details` (1.37 on) or one event a message (1.28 to 1.36), each as span event or as log record, in
 * `gen_ai.content.*` events (1.26, 1.27), or in `gen_ai.prompt` and `gen_ai.completion` (before). Values are structured or JSON text.
 */
import type { Message, Reading, Role } from '../interaction/reading.ts';
import type { Attributes, EndedSpan } from '../span.ts';
import { asCount, asText, asTexts, isObject, type JsonObject, jsonOrText, property, someOf } from './attributes.ts';
import { openJson } from './cut-json.ts';
import { readInput, readOutput } from './input-output.ts';
import { readParts, textOf } from './message-parts.ts';
import { readMessages } from './messages.ts';
import { serialisedParts } from './serialised-content.ts';

const INPUT_MESSAGES = 'gen_ai.input.messages';
const OUTPUT_MESSAGES = 'gen_ai.output.messages';
const SYSTEM_INSTRUCTIONS = 'gen_ai.system_instructions';
const CHOICE_COUNT = 'gen_ai.request.choice.count';
const FINISH_REASONS = 'gen_ai.response.finish_reasons';
const PROMPT = 'gen_ai.prompt';
const COMPLETION = 'gen_ai.completion';

/** Sentry's, before it took over `gen_ai.input.messages`; the answer's it has kept. */
const SENTRY = {
  input: 'gen_ai.request.messages',
  text: 'gen_ai.response.text',
  toolCalls: 'gen_ai.response.tool_calls',
} as const;

/** Events whose fields are attributes of the operation. */
const DETAILS_EVENTS: ReadonlySet<string> = new Set([
  'gen_ai.client.inference.operation.details',
  'gen_ai.content.prompt',
  'gen_ai.content.completion',
]);
const ROLE_OF_EVENT: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['gen_ai.system.message', 'system'],
  ['gen_ai.user.message', 'user'],
  ['gen_ai.assistant.message', 'assistant'],
  ['gen_ai.tool.message', 'tool'],
  ['gen_ai.content.prompt', 'user'], // LiteLLM's is a message
]);
const CHOICE_EVENTS: ReadonlySet<string> = new Set(['gen_ai.choice', 'gen_ai.content.completion']);
/** Azure's SDKs put the whole body as JSON into this attribute of the span event. */
const EVENT_CONTENT = 'gen_ai.event.content';

/** A span event or a log record, with its fields wherever the version in use puts them. */
export interface ContentEvent {
  readonly name: string;
  readonly fields: JsonObject;
}

/** The span's events, and its log records. Some instrumentations write the same into both, so they are two. */
function contentEvents(span: EndedSpan): readonly [events: readonly ContentEvent[], logs: readonly ContentEvent[]] {
  return [
    span.events.map(({ name, attributes }) => ({ name, fields: fieldsOf(attributes, attributes[EVENT_CONTENT]) })),
    span.logs.map(({ name, attributes, body }) => ({ name, fields: fieldsOf(attributes, body) })),
  ];
}

function fieldsOf(attributes: Attributes, body: unknown): JsonObject {
  const opened = jsonOrText(body);
  if (isObject(opened)) return { ...attributes, ...opened, ...openedContent(property(opened, 'content')) };
  return opened === undefined || opened === null ? attributes : { ...attributes, content: opened };
}

/** What the official instrumentation of Google's SDK for Python writes where content is switched off. */
const ELIDED = '<elided>';

/** The same puts a message of Gemini's into the content: `{content: {role, parts}}`. */
function openedContent(content: unknown): JsonObject {
  if (content === ELIDED) return { content: undefined };
  const parts = property(content, 'parts');
  return Array.isArray(parts) ? { content: parts } : {};
}

/** The fields of the event of that name, be it a span event or a log record. */
export const fieldsOfEvent = (span: EndedSpan, event: string): JsonObject | undefined =>
  contentEvents(span)
    .flat()
    .find(({ name }) => name === event)?.fields;

/** The span's attributes, and what events that carry attributes of the operation add to them. */
export function attributesWithDetails(span: EndedSpan): Attributes {
  const details = contentEvents(span)
    .flat()
    .filter(({ name }) => DETAILS_EVENTS.has(name));
  return details.reduceRight<Attributes>((known, { fields }) => ({ ...fields, ...known }), span.attributes);
}

/** @param attributes of the span, with details as above */
export function readContent(
  span: EndedSpan,
  attributes: Attributes,
): Pick<Reading, 'input' | 'output' | 'system' | 'finishReasons' | 'malformed'> {
  const choiceCount = asCount(attributes[CHOICE_COUNT]) ?? 1;
  const [events, logs] = contentEvents(span).map((recorded) => readMessageEvents(recorded, choiceCount));
  const [input, output, system, prompt, completion] = [
    INPUT_MESSAGES,
    OUTPUT_MESSAGES,
    SYSTEM_INSTRUCTIONS,
    PROMPT,
    COMPLETION,
  ].map((key) => openJson(attributes[key]));
  return {
    input:
      history(readMessages(input?.value)) ??
      events?.input ??
      logs?.input ??
      history(readInput(prompt?.value)) ??
      history(readInput(attributes[SENTRY.input])),
    output:
      someOf(readMessages(firstChoice(output?.value, attributes), 'assistant')) ??
      events?.output ??
      logs?.output ??
      someOf(readOutput(completion?.value)) ??
      someOf(readChoice({ content: jsonOrText(attributes[SENTRY.text]), tool_calls: attributes[SENTRY.toolCalls] })),
    system: instructionsText(system?.value),
    finishReasons:
      asTexts(attributes[FINISH_REASONS]) ??
      events?.finishReasons ??
      logs?.finishReasons ??
      finishReasonsIn(output?.value),
    malformed: [input, output, system, prompt, completion].some((content) => content?.isCut) || undefined,
  };
}

/**
 * What was sent, `undefined` where nothing of it was recorded. Empty messages of the assistant and of tools are turns all the same (calls and
 * results that an instrumentation does not record); an empty one of the user says nothing, and is a tool's result at most.
 */
export function history(messages: readonly Message[]): readonly Message[] | undefined {
  const turns = messages.filter(({ role, parts }) => parts.length > 0 || role === 'assistant' || role === 'tool');
  return turns.some(({ parts }) => parts.length > 0) ? turns : undefined;
}

/** One event a message. With content switched off the events come all the same, with empty bodies: nothing was recorded. */
function readMessageEvents(
  events: readonly ContentEvent[],
  choiceCount: number,
): Pick<Reading, 'input' | 'output' | 'finishReasons'> {
  const all = events.filter(({ name }) => CHOICE_EVENTS.has(name));
  const isStream = choiceCount <= 1 && isStreamed(all);
  const choices = isStream ? all : all.filter(({ fields }) => isFirst(property(fields, 'index')));
  const said = choices.flatMap(({ fields }) => readChoice(fields));
  return {
    input: history(
      events.flatMap(({ name, fields }) => {
        const role = ROLE_OF_EVENT.get(name);
        if (role === undefined) return [];
        const content = serialisedParts(property(fields, 'content'));
        return readMessages({ role, ...fields, content }, role);
      }),
    ),
    output: someOf(isStream && said.length > 0 ? [inOne(said)] : said),
    finishReasons: someOf(choices.flatMap(({ fields }) => asText(property(fields, 'finish_reason')) ?? [])),
  };
}

/** Google's counts the chunks of a stream as choices, of which the last alone finishes; each of several choices does. */
const isStreamed = (choices: readonly ContentEvent[]): boolean =>
  choices.length > 1 && choices.some(({ fields }) => !asText(property(fields, 'finish_reason')));

const inOne = (messages: readonly Message[]): Message => ({
  role: 'assistant',
  parts: messages.flatMap(({ parts }) => parts),
});

/** Of several choices that were asked for, the first is the answer. */
const firstChoice = (messages: unknown, attributes: Attributes): unknown =>
  Array.isArray(messages) && (asCount(attributes[CHOICE_COUNT]) ?? 1) > 1
    ? (messages as readonly unknown[]).slice(0, 1)
    : messages;
const isFirst = (index: unknown): boolean => (asCount(index) ?? 0) === 0;

/** The answer stands in `message` (an object, JSON of parts or a text), or beside the finish reason. */
function readChoice(fields: JsonObject): readonly Message[] {
  const message = property(fields, 'message');
  const opened = jsonOrText(message);
  const said: JsonObject = isAnswer(opened) ? opened : message === undefined ? fields : { content: message };
  const isRecorded = [...SAID, 'content'].some((key) => (property(said, key) ?? null) !== null);
  const content = serialisedParts(property(said, 'content'));
  return isRecorded ? readMessages({ role: 'assistant', ...said, content }, 'assistant') : [];
}

const SAID = ['parts', 'tool_calls'] as const;

/** A message, be it empty; any other object is what was answered (structured output). */
const isAnswer = (value: unknown): value is JsonObject =>
  isObject(value) &&
  (Object.keys(value).length === 0 || [...SAID, 'role', 'content'].some((key) => property(value, key) !== undefined));

/** Until 0.1.0 each output message carries its own. */
function finishReasonsIn(messages: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
  return someOf(list.flatMap((message) => asText(property(message, 'finish_reason')) ?? []));
}

/** Instructions are parts, or a text; a part that is no text says nothing (0.1.0). */
export const instructionsText = (instructions: unknown): string | undefined => textOf(readParts(instructions));
