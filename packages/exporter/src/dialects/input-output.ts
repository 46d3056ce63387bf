/** What went into a chain, an agent, a tool or a retrieval, and what came out: whatever holds it, the messages or the text in it. */
import type { Message } from '../interaction/reading.ts';
import { isObject, type JsonObject, jsonOrText, property, toText } from './attributes.ts';
import { isKnownPart, isPartAndNothingElse, MAX_DEPTH } from './message-parts.ts';
import { isMessage, readMessages, roleOf, textMessage } from './messages.ts';
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
 * What came out of a chain, an agent or a call. Any object or list in which no message can be found is the answer itself, as JSON text (structured
 * output), and so is a conversation in a text: a model wrote it.
 */
export function readOutput(value: unknown, depth = 0): readonly Message[] {
  const given = depth === 0 ? jsonOrText(value) : value;
  if (depth > MAX_DEPTH || given === undefined || given === null) return [];
  if (Array.isArray(given)) return readOutputs(given as readonly unknown[], value, depth);
  if (!isObject(given)) return typeof given === 'string' ? said(given) : readMessages(given, 'assistant', depth);
  if (isMessage(given)) return readMessages(given, 'assistant', depth);
  const key = OUTPUT_KEYS.find(
    (candidate) => property(given, candidate) !== undefined && property(given, candidate) !== null,
  );
  if (key !== undefined && isHeld(given, key)) {
    const held = given[key];
    return CHOICES.has(key) && Array.isArray(held)
      ? lastAnswer((held as readonly unknown[]).flat(MAX_DEPTH).flatMap((choice) => readOutput(choice, depth + 1)))
      : readOutput(held, depth + 1);
  }
  if (isPartAlone(given)) return readMessages([given], 'assistant', depth);
  return said(toText(value));
}

const said = (text: string | undefined): readonly Message[] => (text ? [textMessage('assistant', text)] : []);

function readOutputs(list: readonly unknown[], written: unknown, depth: number): readonly Message[] {
  if (list.some(isMessage)) {
    if (typeof written === 'string' && list.some((item) => roleOf(property(item, 'role')) === 'user'))
      return said(written);
    // Beside messages stands what is none (a provider's own web search): no answer of its own.
    return lastAnswer(readMessages(list, 'assistant', depth + 1));
  }
  if (list.some((item) => holdsMessages(item))) return lastAnswer(list.flatMap((item) => readOutput(item, depth + 1)));
  return list.every((item) => typeof item === 'string' || isPartAndNothingElse(item))
    ? readMessages(list, 'assistant', depth + 1)
    : said(toText(list));
}

/** True where the answer stands below that key: beside it there is nothing of the application's own. */
function isHeld(given: JsonObject, key: (typeof OUTPUT_KEYS)[number]): boolean {
  const held = given[key];
  const others = Object.keys(given).filter((other) => other !== key);
  if (CHOICES.has(key) && !(Array.isArray(held) && held.every((item) => typeof item === 'object'))) return false;
  if (others.length === 0 || holdsMessages(held)) return true;
  const isText = typeof held !== 'object' && !['text', 'content', 'output'].includes(key);
  return !isText && others.every((other) => ENVELOPE.has(other.toLowerCase().replace(/[^a-z]/g, '')));
}

/** Lists of answers, each an object. */
const CHOICES: ReadonlySet<string> = new Set(['choices', 'generations', 'candidates']);

/** What frameworks and providers put beside an answer, in any spelling. */
const ENVELOPE = new Set(
  `usage totalusage usagemetadata metrics finishreason stopreason stopsequence files toolcalls toolresults role id type index object created model
  modelversion responseid responsemetadata providermetadata additionalkwargs annotations citations logprobs sources warnings steps refusal
  sessionid latencyms generationinfo llmoutput run`.split(/\s+/),
);

/** A list of messages, or an object that is itself neither message nor part, and has some. */
function holdsMessages(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return (value as readonly unknown[]).some((item) => holdsMessages(item, depth + 1));
  if (!isObject(value)) return false;
  if (isMessage(value)) return true;
  return OUTPUT_KEYS.some((key) => {
    const held = property(value, key);
    return typeof held === 'object' && holdsMessages(held, depth + 1);
  });
}

/** An application's own object may have an `image` or `data` too. */
const isPartAlone = (value: JsonObject): boolean =>
  isKnownPart(value) && (typeof property(value, 'type') === 'string' || Object.keys(value).length === 1);

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
