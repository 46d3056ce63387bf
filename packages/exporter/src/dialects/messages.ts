/**
 * Messages in the shapes in which providers and frameworks write them, turned into ours. A vocabulary says in which attribute a message
 * stands; what a message looks like comes from the provider's API and is the same in many of them, so it is known here, once:
 * OpenTelemetry GenAI parts, OpenAI chat and Responses items, Anthropic blocks, Gemini contents, Bedrock Converse blocks, Vercel AI SDK prompts,
 * LangChain messages, Genkit parts.
 */
import type { Message, Part, Role } from '../interaction/reading.ts';
import { asText, isObject, type JsonObject, jsonOrText, parseJson, property, toText } from './attributes.ts';

/** Real messages nest three or four levels deep; deeper is hostile, and is shown as a marker. */
const MAX_DEPTH = 12;

const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>(
  Object.entries({
    system: 'system developer systemmessage system_instruction',
    user: 'user human humanmessage',
    assistant: 'assistant ai aimessage aimessagechunk model chatbot agent',
    tool: 'tool function toolmessage functionmessage tool_result tool_results',
  } satisfies Record<Role, string>).flatMap(([role, words]) =>
    words.split(' ').map((word) => [word, role as Role] as const),
  ),
);

/** The role that a word means, in any vocabulary. */
export const roleOf = (word: unknown): Role | undefined =>
  typeof word === 'string' ? ROLES.get(word.toLowerCase()) : undefined;

/** A message of one text. */
export const textMessage = (role: Role, text: string): Message => ({ role, parts: [{ type: 'text', text }] });

/** A message of these parts, with the role that its parts give it. */
export function messageOf(role: Role, parts: readonly Part[]): Message {
  const onlyResults = parts.length > 0 && parts.every((part) => part.type === 'tool_result');
  return { role: onlyResults ? 'tool' : role, parts };
}

/**
 * A history: a list of messages (also as JSON, or nested as LangChain's batches are), one message, or a lone text, which is the user's.
 * @param role of what does not say whose it is
 */
export function readMessages(value: unknown, role: Role = 'user', depth = 0): readonly Message[] {
  const given = jsonOrText(value);
  if (depth > MAX_DEPTH || given === undefined || given === null) return [];
  if (Array.isArray(given)) {
    const items = given as readonly unknown[];
    if (items.length > 0 && items.every((item) => !Array.isArray(item) && !isMessage(item))) {
      const parts = readParts(items, depth + 1);
      return parts.length > 0 ? [messageOf(role, parts)] : [];
    }
    const called = new Set<string>();
    return items.flatMap((item) => {
      // Langfuse's LangChain handler puts the tool's name in the place of the role.
      const named = asText(property(item, 'role'));
      const isResult = named !== undefined && roleOf(named) === undefined && called.has(named);
      const messages = readMessages(isResult ? { ...(item as JsonObject), role: 'tool' } : item, role, depth + 1);
      for (const { parts } of messages)
        for (const part of parts) if (part.type === 'tool_call' && part.name !== undefined) called.add(part.name);
      return messages;
    });
  }
  if (isObject(given)) return readMessage(given, role, depth + 1);
  const text = asText(given);
  return text === undefined ? [] : [textMessage(role, text)];
}

/** One that says whose it is, or that can only be a message of the OpenAI Responses API. */
function isMessage(value: unknown): value is JsonObject {
  return (
    isObject(value) &&
    (messageRole(value) !== undefined ||
      RESPONSES_ITEMS.has(asText(property(value, 'type')) ?? '') ||
      isObject(property(value, 'kwargs')))
  );
}

/** Tools of the Responses API that the application runs; what the provider runs itself (web search) asks nobody for anything. */
const CLIENT_TOOLS = ['function', 'custom_tool', 'computer', 'shell', 'local_shell', 'apply_patch'] as const;
const CLIENT_CALLS = CLIENT_TOOLS.map((tool) => `${tool}_call`);
/** The latter is what the OpenAI Agents SDK calls it. */
const CLIENT_RESULTS = CLIENT_CALLS.flatMap((call) => [`${call}_output`, `${call}_result`]);
const RESPONSES_ITEMS = new Set(['message', ...CLIENT_CALLS, ...CLIENT_RESULTS]);

function messageRole(message: JsonObject): Role | undefined {
  const lcClass = property(message, 'id'); // LangChain: ["langchain_core", "messages", "HumanMessage"]
  return (
    roleOf(property(message, 'role')) ??
    roleOf(property(message, '_getType')) ??
    (Array.isArray(lcClass) ? roleOf((lcClass as unknown[]).at(-1)) : undefined) ??
    ('content' in message || 'data' in message ? roleOf(property(message, 'type')) : undefined) ??
    // What some keep of a streamed turn: `{tool_calls: […]}` alone.
    (Array.isArray(property(message, 'tool_calls')) ? 'assistant' : undefined)
  );
}

function readMessage(raw: JsonObject, fallback: Role, depth: number): readonly Message[] {
  const role = messageRole(raw) ?? fallback;
  const inner = [property(raw, 'kwargs'), property(raw, 'data'), property(raw, 'message')].find(
    (x) => isObject(x) && ('content' in x || 'parts' in x),
  );
  if (inner !== undefined && depth <= MAX_DEPTH)
    return readMessage({ role, ...(inner as JsonObject) }, role, depth + 1);

  const item = property(raw, 'type');
  if (typeof item === 'string' && (RESPONSES_ITEMS.has(item) ? item !== 'message' : saysNothingButType(raw))) {
    // An item of the Responses API that is no message: a call, a result, reasoning, or work of the provider's own, which nobody said.
    const part = isKnownPart(raw) ? readPart(raw, depth) : undefined;
    return part ? [messageOf(part.type === 'tool_call' || part.type === 'reasoning' ? 'assistant' : role, [part])] : [];
  }

  const contentKey = ['content', 'parts', 'contents', 'text'].find(
    (key) => property(raw, key) !== undefined && property(raw, key) !== null,
  );
  const written = contentKey === undefined ? undefined : raw[contentKey];
  const toolCallId = asText(property(raw, 'tool_call_id') ?? property(raw, 'toolCallId'));
  if (role === 'tool' && toolCallId !== undefined) {
    return [messageOf('tool', [{ type: 'tool_result', id: toolCallId, result: resultText(written) }])];
  }
  const list = listIn(written, depth);
  if (list?.every(isMessage)) return list.flatMap((message) => readMessages(message, role, depth + 1));
  const content = list?.every((part) => isObject(part) && isKnownPart(part)) ? list : written;
  const parts = [...readReasoning(raw), ...readParts(content, depth + 1), ...readToolCalls(raw, depth + 1)];
  if (toolCallId !== undefined)
    return [messageOf('tool', [{ type: 'tool_result', id: toolCallId, result: resultText(content) }])];
  if (role === 'tool' && parts.every((part) => part.type === 'text')) {
    const result = textOf(parts) ?? resultText(content);
    return [messageOf('tool', [{ type: 'tool_result', id: asText(property(raw, 'id')), result }])];
  }
  return [messageOf(role, withoutRepeatedCalls(parts))];
}

const saysNothingButType = (raw: JsonObject): boolean =>
  messageRole(raw) === undefined &&
  !['content', 'parts', 'contents', 'text', 'tool_call_id', 'toolCallId'].some((key) => key in raw);

/** A tool call may stand both in the content and beside it (LangChain with Anthropic). */
function withoutRepeatedCalls(parts: readonly Part[]): readonly Part[] {
  const seen = new Set<string>();
  return parts.filter((part) => {
    if (part.type !== 'tool_call' || part.id === undefined) return true;
    if (seen.has(part.id)) return false;
    seen.add(part.id);
    return true;
  });
}

/** The list in a text that is JSON of objects: some instrumentations serialise all messages or parts into one text. */
function listIn(text: unknown, depth: number): readonly unknown[] | undefined {
  const list = typeof text === 'string' && depth <= MAX_DEPTH && /^\s*\[\s*\{/.test(text) ? parseJson(text) : undefined;
  return Array.isArray(list) ? (list as readonly unknown[]) : undefined;
}

/** Reasoning that stands beside the content (DeepSeek and compatible servers, LangChain). */
function readReasoning(raw: JsonObject): readonly Part[] {
  const text =
    asText(property(raw, 'reasoning_content')) ??
    asText(property(property(raw, 'additional_kwargs'), 'reasoning_content'));
  return text === undefined ? [] : [{ type: 'reasoning', text }];
}

/** Tool calls that stand beside the content: `tool_calls` and its spellings. */
export function readToolCalls(raw: JsonObject, depth = 0): readonly Part[] {
  const extra = property(raw, 'additional_kwargs');
  const lists = [property(raw, 'tool_calls'), property(raw, 'toolCalls'), property(extra, 'tool_calls')];
  const list = lists.map(jsonOrText).find((candidate) => Array.isArray(candidate) && candidate.length > 0) as
    readonly unknown[] | undefined;
  const lone = property(raw, 'function_call');
  return (list ?? (isObject(lone) ? [lone] : [])).flatMap((call) =>
    isObject(call) && depth <= MAX_DEPTH ? toolCall(call) : [],
  );
}

/** A tool call, whatever its provider calls id, name and arguments. */
function toolCall(raw: JsonObject): Part {
  const fn = property(raw, 'function');
  const of = (...keys: readonly string[]): unknown =>
    keys.map((key) => property(raw, key) ?? property(fn, key)).find((value) => value !== undefined && value !== null);
  return {
    type: 'tool_call',
    // `call_id` before `id`: an item of the Responses API has both, and results name the former.
    id: asText(of('call_id', 'callId', 'toolCallId', 'tool_call_id', 'toolUseId', 'id', 'ref')),
    name: asText(of('name', 'toolName', 'tool_name')),
    arguments: toText(of('arguments', 'args', 'input', 'parameters', 'action')),
  };
}

function toolResult(raw: JsonObject): Part {
  const of = (...keys: readonly string[]): unknown =>
    keys.map((key) => property(raw, key)).find((value) => value !== undefined && value !== null);
  return {
    type: 'tool_result',
    id: asText(of('call_id', 'callId', 'toolCallId', 'tool_call_id', 'tool_use_id', 'toolUseId', 'id', 'ref')),
    // The convention's schema says `response`, its published example `result`.
    result: resultText(of('response', 'result', 'output', 'content')),
  };
}

/** A tool's result as text: text parts are joined, `{type: 'text' | 'json', value}` (Vercel AI SDK 5) is opened. */
export function resultText(value: unknown): string | undefined {
  const kind = property(value, 'type');
  if (kind === 'text' || kind === 'json' || kind === 'error-text' || kind === 'error-json') {
    const inner = property(value, 'value') ?? property(value, 'text');
    if (inner !== undefined) return toText(inner);
  }
  if (Array.isArray(value) && value.length > 0) {
    const texts = (value as readonly unknown[]).map((item) => property(item, 'text'));
    if (texts.every((text) => typeof text === 'string')) return texts.join('\n');
    const json = property(value[0], 'json'); // Bedrock Converse: [{json: …}]
    if (value.length === 1 && json !== undefined) return toText(json);
  }
  return toText(value);
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

const TEXT_TYPES = new Set(['text', 'input_text', 'output_text', 'text_delta', 'refusal', 'compaction']);
const REASONING_TYPES = new Set(['reasoning', 'thinking', 'redacted_thinking', 'reasoning_text', 'summary_text']);
const CALL_TYPES = new Set([
  'tool_call',
  'tool-call',
  'tool_use',
  'toolUse',
  'server_tool_call',
  'server_tool_use',
  'function',
  ...CLIENT_CALLS,
]);
const RESULT_TYPES = new Set([
  'tool_call_response',
  'tool-result',
  'tool_result',
  'toolResult',
  'server_tool_call_response',
  'tool-error',
  ...CLIENT_RESULTS,
]);
const MEDIA_TYPES = new Set([
  'image_url',
  'image',
  'input_image',
  'computer_screenshot',
  'audio',
  'input_audio',
  'video',
  'document',
  'file',
  'input_file',
  'media',
  'blob',
  'uri',
]);
/** Keys by which parts without a `type` are known (Gemini, Bedrock Converse, Genkit). */
const UNTYPED_PART_KEYS = [
  'text',
  'functionCall',
  'functionResponse',
  'function_call',
  'function_response',
  'inlineData',
  'inline_data',
  'fileData',
  'file_data',
  'toolUse',
  'toolResult',
  'toolRequest',
  'toolResponse',
  'reasoningContent',
  'reasoning',
  'image',
  'document',
  'video',
  'media',
  'data',
] as const;

function isKnownPart(value: JsonObject): boolean {
  const type = property(value, 'type');
  if (typeof type === 'string')
    return [TEXT_TYPES, REASONING_TYPES, CALL_TYPES, RESULT_TYPES, MEDIA_TYPES].some((types) => types.has(type));
  return UNTYPED_PART_KEYS.some((key) => property(value, key) !== undefined);
}

/** The text among parts, `undefined` where there is none. */
export const textOf = (parts: readonly Part[], separator = '\n'): string | undefined =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(separator) || undefined;

/** Parts: of a list, of one object, or of a text. */
export function readParts(value: unknown, depth = 0): readonly Part[] {
  if (value === undefined || value === null || value === '' || depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return (value as readonly unknown[]).flatMap((item) => readParts(item, depth + 1));
  if (isObject(value)) return [readPart(value, depth)].filter((part) => part !== undefined);
  const text = asText(value) ?? (typeof value === 'boolean' ? String(value) : undefined);
  return text === undefined ? [] : [{ type: 'text', text }];
}

function readPart(raw: JsonObject, depth: number): Part | undefined {
  const type = property(raw, 'type');
  if (typeof type === 'string') {
    if (TEXT_TYPES.has(type))
      return textPart(
        ['text', 'content', 'refusal', 'value'].map((key) => property(raw, key)).find((text) => text !== undefined),
      );
    if (REASONING_TYPES.has(type)) return { type: 'reasoning', text: reasoningText(raw) };
    if (CALL_TYPES.has(type))
      return toolCall(isObject(property(raw, type)) ? { ...raw, ...(property(raw, type) as JsonObject) } : raw);
    if (RESULT_TYPES.has(type)) return toolResult(raw);
    if (MEDIA_TYPES.has(type)) return mediaPart(raw, type);
  }
  const key =
    typeof type === 'string'
      ? undefined
      : UNTYPED_PART_KEYS.find(
          (candidate) => property(raw, candidate) !== undefined && property(raw, candidate) !== null,
        );
  const inner = key === undefined ? undefined : raw[key];
  switch (key) {
    case 'text':
      return property(raw, 'thought') === true ? { type: 'reasoning', text: asText(inner) ?? '' } : textPart(inner);
    case 'functionCall':
    case 'function_call':
    case 'toolUse':
    case 'toolRequest':
      return toolCall(isObject(inner) ? inner : {});
    case 'functionResponse':
    case 'function_response':
    case 'toolResult':
    case 'toolResponse':
      return toolResult(isObject(inner) ? inner : {});
    case 'reasoningContent':
    case 'reasoning':
      return { type: 'reasoning', text: isObject(inner) ? reasoningText(inner) : (asText(inner) ?? '') };
    case 'inlineData':
    case 'inline_data':
    case 'fileData':
    case 'file_data':
    case 'media':
      return mediaPart(isObject(inner) ? inner : raw, 'media');
    case 'image':
    case 'document':
    case 'video':
      return mediaPart(isObject(inner) ? inner : raw, key);
    case 'data': // Genkit: a structured answer
      return textPart(toText(inner));
    case undefined:
      break;
  }
  if ('content' in raw && depth <= MAX_DEPTH && typeof type !== 'string')
    return readParts(raw['content'], depth + 1)[0];
  return { type: 'media', media: typeof type === 'string' ? type : 'part' };
}

const textPart = (value: unknown): Part | undefined => {
  const text = isObject(value) ? asText(property(value, 'value')) : asText(value);
  return text === undefined ? undefined : { type: 'text', text };
};

function reasoningText(raw: JsonObject): string {
  const of = ['text', 'content', 'thinking', 'reasoning', 'summary', 'reasoningText']
    .map((key) => property(raw, key))
    .find((value) => value !== undefined && value !== null);
  return (
    asText(of) ??
    asText(property(of, 'text')) ??
    (Array.isArray(of) ? (of as readonly unknown[]).map((item) => asText(property(item, 'text')) ?? '').join('') : '')
  );
}

/** What is shown of an image, a file or a recording: its kind, its type and its size. */
function mediaPart(raw: JsonObject, type: string): Part {
  const inner = ['image_url', 'source', 'input_audio', 'file', 'image', 'audio', 'video']
    .map((key) => property(raw, key))
    .find((value) => value !== undefined);
  const of = (...keys: readonly string[]): string | undefined =>
    keys.map((key) => asText(property(raw, key)) ?? asText(property(inner, key))).find((value) => value !== undefined);
  const url = of('url', 'uri', 'file_uri', 'fileUri') ?? (typeof inner === 'string' ? inner : undefined);
  const dataUrl = url === undefined ? null : /^data:([^;,]*)[^,]*,/.exec(url.slice(0, 200));
  const mimeType = of('mime_type', 'mimeType', 'mediaType', 'media_type', 'contentType') ?? dataUrl?.[1];
  const base64 =
    of('data', 'content', 'file_data', 'bytes') ?? (dataUrl && url ? url.slice(dataUrl[0].length) : undefined);
  return {
    type: 'media',
    media: of('modality') ?? mimeType?.split('/')[0] ?? type.replace(/^input_|_url$/g, ''),
    mimeType,
    bytes: base64 === undefined ? undefined : Math.floor((base64.length * 3) / 4),
  };
}

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
