/**
 * Where instrumentations that follow OpenTelemetry GenAI leave the messages: in attributes of the span (conventions 1.36 on), in
 * `gen_ai.client.inference.operation.details` (1.37 on) or one event a message (1.28 to 1.36), each as span event or as log record, in
 * `gen_ai.content.*` events (1.26, 1.27), or in `gen_ai.prompt` and `gen_ai.completion` (before). Values are structured or JSON text.
 */
import type { Message, Role } from '../interaction/reading.ts';
import type { Attributes, EndedSpan } from '../span.ts';
import { asText, asTexts, isObject, type JsonObject, jsonOrText, property } from './attributes.ts';
import { readInput, readMessages, readOutput, readParts } from './messages.ts';

const INPUT_MESSAGES = 'gen_ai.input.messages';
const OUTPUT_MESSAGES = 'gen_ai.output.messages';
const SYSTEM_INSTRUCTIONS = 'gen_ai.system_instructions';
const FINISH_REASONS = 'gen_ai.response.finish_reasons';
const PROMPT = 'gen_ai.prompt';
const COMPLETION = 'gen_ai.completion';

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
]);
const CHOICE_EVENT = 'gen_ai.choice';

/** What was said, as far as it was recorded; a field that was not is `undefined`. */
export interface Content {
  readonly input: readonly Message[] | undefined;
  readonly output: readonly Message[] | undefined;
  readonly system: string | undefined;
  readonly finishReasons: readonly string[] | undefined;
}

/** A span event or a log record: its name and its fields, wherever the version in use puts them. */
export interface ContentEvent {
  readonly name: string;
  readonly fields: JsonObject;
}

/** The span's events, then its log records. Some instrumentations write the same into both. */
export function contentEvents(span: EndedSpan): readonly (readonly ContentEvent[])[] {
  return [
    // Azure's SDKs put the whole body as JSON into one attribute of the span event.
    span.events.map(({ name, attributes }) => ({
      name,
      fields: fieldsOf(attributes, attributes['gen_ai.event.content']),
    })),
    span.logs.map(({ name, attributes, body }) => ({ name, fields: fieldsOf(attributes, body) })),
  ];
}

function fieldsOf(attributes: Attributes, body: unknown): JsonObject {
  const opened = jsonOrText(body);
  return isObject(opened)
    ? { ...attributes, ...opened }
    : opened === undefined || opened === null
      ? attributes
      : { ...attributes, content: opened };
}

/** The span's attributes, and what events that carry attributes of the operation add to them. */
export function attributesWithDetails(span: EndedSpan): Attributes {
  const details = contentEvents(span).flatMap((events) => events.filter(({ name }) => DETAILS_EVENTS.has(name)));
  return details.reduceRight<Attributes>((known, { fields }) => ({ ...fields, ...known }), span.attributes);
}

/** @param attributes with details, as above */
export function readContent(span: EndedSpan, attributes: Attributes): Content {
  const [events, logs] = contentEvents(span).map(readMessageEvents);
  const output =
    outputMessages(attributes[OUTPUT_MESSAGES]) ??
    events?.output ??
    logs?.output ??
    outputMessages(attributes[COMPLETION], readOutput);
  return {
    input:
      inputMessages(attributes[INPUT_MESSAGES]) ??
      events?.input ??
      logs?.input ??
      inputMessages(attributes[PROMPT], readInput),
    output,
    system: systemText(attributes[SYSTEM_INSTRUCTIONS]),
    finishReasons:
      asTexts(attributes[FINISH_REASONS]) ??
      events?.finishReasons ??
      logs?.finishReasons ??
      finishReasonsOf(attributes[OUTPUT_MESSAGES]),
  };
}

const inputMessages = (
  value: unknown,
  read: (value: unknown) => readonly Message[] = readMessages,
): readonly Message[] | undefined => someOf(read(value).filter(({ parts }) => parts.length > 0));

const outputMessages = (
  value: unknown,
  read: (value: unknown) => readonly Message[] = (messages) => readMessages(messages, 'assistant'),
): readonly Message[] | undefined => someOf(read(value));

const someOf = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

/** One event a message. With content switched off the events come all the same, with empty bodies: nothing was recorded. */
function readMessageEvents(events: readonly ContentEvent[]): Pick<Content, 'input' | 'output' | 'finishReasons'> {
  const choices = events.filter(({ name }) => name === CHOICE_EVENT);
  return {
    input: someOf(
      events.flatMap(({ name, fields }) => {
        const role = ROLE_OF_EVENT.get(name);
        return role === undefined
          ? []
          : readMessages({ role, ...fields }, role).filter(({ parts }) => parts.length > 0);
      }),
    ),
    output: someOf(choices.flatMap(({ fields }) => readChoice(fields))),
    finishReasons: someOf(choices.flatMap(({ fields }) => asText(property(fields, 'finish_reason')) ?? [])),
  };
}

/** The answer stands in `message` (an object, JSON parts or a text), or beside the finish reason. */
function readChoice(fields: JsonObject): readonly Message[] {
  const message = jsonOrText(property(fields, 'message'));
  const said: JsonObject = isObject(message) ? message : message === undefined ? fields : { content: message };
  const isRecorded = ['content', 'parts', 'tool_calls'].some(
    (key) => property(said, key) !== undefined && property(said, key) !== null,
  );
  return isRecorded ? readMessages({ role: 'assistant', ...said }, 'assistant') : [];
}

/** Before 0.1.0 each output message carried its own. */
function finishReasonsOf(messages: unknown): readonly string[] | undefined {
  const list = jsonOrText(messages);
  return Array.isArray(list)
    ? someOf((list as readonly unknown[]).flatMap((message) => asText(property(message, 'finish_reason')) ?? []))
    : undefined;
}

/** Instructions are parts, or a text; a part that is no text is none (0.1.0). */
function systemText(value: unknown): string | undefined {
  const text = readParts(jsonOrText(value))
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('\n');
  return text || undefined;
}
