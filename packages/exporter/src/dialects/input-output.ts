/** What went into a chain, an agent, a tool or a retrieval, and what came out: whatever holds it, the messages or the text in it. */
import type { Message } from '../interaction/reading.ts';
import { isObject, type JsonObject, jsonOrText, property, toText } from './attributes.ts';
import { isKnownPart, MAX_DEPTH } from './message-parts.ts';
import { isMessage, readMessages, textMessage } from './messages.ts';
import { resultText } from './tool-parts.ts';

const INPUT_KEYS = [
  'messages',
  'contents',
  'input',
  'prompt',
  'prompts',
  'question',
  'query',
  'message',
  'text',
  'chat_history',
  'args',
] as const;
const OUTPUT_KEYS = [
  'choices',
  'generations',
  'candidates',
  'output',
  'messages',
  'outputs',
  'message',
  'text',
  'content',
  'answer',
  'response',
  'result',
] as const;

/**
 * What went into a chain, an agent or a call: text, messages, or an object that holds them somewhere. Empty where nothing in it is a question.
 */
export function readInput(value: unknown, depth = 0): readonly Message[] {
  const given = jsonOrText(value);
  if (depth > MAX_DEPTH || given === undefined || given === null) return [];
  if (Array.isArray(given) && areArguments(given)) return firstQuestion(given, depth);
  if (!isObject(given) || isMessage(given)) return readMessages(given, 'user', depth);
  const key = INPUT_KEYS.find(
    (candidate) => property(given, candidate) !== undefined && property(given, candidate) !== null,
  );
  if (key !== undefined) return readInput(given[key], depth + 1);
  if (isPartAlone(given)) return readMessages([given], 'user', depth);
  const values = Object.values(given).filter((item) => typeof item === 'string' && item !== '');
  return values.length === 1 ? [textMessage('user', values[0] as string)] : [];
}

/** A list of which some item is neither text nor message nor part: what a wrapped function was called with, options and all. */
const areArguments = (list: readonly unknown[]): boolean =>
  !list.some(isMessage) && list.some((item) => isObject(item) && !isKnownPart(item));

function firstQuestion(list: readonly unknown[], depth: number): readonly Message[] {
  for (const item of list) {
    const messages = readInput(item, depth + 1);
    if (messages.length > 0) return messages;
  }
  return [];
}

/**
 * What came out of a chain, an agent or a call. Any object in which no message can be found is the answer itself, as JSON text
 * (structured output).
 */
export function readOutput(value: unknown, depth = 0): readonly Message[] {
  const given = jsonOrText(value);
  if (depth > MAX_DEPTH || given === undefined || given === null) return [];
  if (Array.isArray(given)) {
    const list = given as readonly unknown[];
    // Beside messages stands what is none (a provider's own web search): no answer of its own.
    const items = list.some(isMessage)
      ? list
      : list.flatMap((item): readonly unknown[] => (holdsMessages(item) ? readOutput(item, depth + 1) : [item]));
    return lastAnswer(readMessages(items, 'assistant', depth + 1));
  }
  if (!isObject(given)) return readMessages(given, 'assistant', depth);
  if (isMessage(given)) return readMessages(given, 'assistant', depth);
  const key = OUTPUT_KEYS.find(
    (candidate) => property(given, candidate) !== undefined && property(given, candidate) !== null,
  );
  if (
    key !== undefined &&
    (isObject(given[key]) ||
      Array.isArray(given[key]) ||
      Object.keys(given).length === 1 ||
      key === 'text' ||
      key === 'content' ||
      key === 'output')
  ) {
    return readOutput(given[key], depth + 1);
  }
  if (isPartAlone(given)) return readMessages([given], 'assistant', depth);
  const text = toText(value);
  return text === undefined ? [] : [textMessage('assistant', text)];
}

/** An application's own object may have an `image` or `data` too. */
const isPartAlone = (value: JsonObject): boolean =>
  isKnownPart(value) && (typeof property(value, 'type') === 'string' || Object.keys(value).length === 1);

/** A list within a list (LangChain's generations), or an object that is itself neither message nor part. */
const holdsMessages = (value: unknown): boolean =>
  Array.isArray(value) ||
  (isObject(value) && !isMessage(value) && (isObject(property(value, 'message')) || !isKnownPart(value)));

/** Of a conversation that came out, only what the last turn says is the answer: everything after the last message that is not the assistant's. */
function lastAnswer(messages: readonly Message[]): readonly Message[] {
  const index = messages.findLastIndex((message) => message.role !== 'assistant');
  return index < 0 ? messages : messages.slice(index + 1);
}

/** What a tool span keeps as its result: any value, or the tool message that a framework made of it (LangChain), which also knows the call. */
export function readToolOutput(value: unknown): {
  readonly id?: string | undefined;
  readonly result?: string | undefined;
} {
  const given = jsonOrText(value);
  const parts = isMessage(given) ? readMessages(given, 'tool').flatMap((message) => message.parts) : [];
  return parts.find((part) => part.type === 'tool_result') ?? { result: resultText(value) };
}

/** What a retrieval found: the text of each document, a line each; a document of an unknown shape as JSON. */
export function documentsText(value: unknown): string | undefined {
  const given = jsonOrText(value);
  if (!Array.isArray(given)) return toText(value);
  const texts = (given as readonly unknown[]).map((document) => {
    const inner = property(document, 'kwargs') ?? document; // LangChain, serialised
    const key = ['page_content', 'pageContent', 'content', 'text'].find(
      (name) => typeof property(inner, name) === 'string',
    );
    return toText(key === undefined ? document : property(inner, key)) ?? '';
  });
  return texts.join('\n');
}
