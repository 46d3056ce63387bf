/**
 * Messages in the shapes in which providers and frameworks write them, turned into ours. A vocabulary says in which attribute a message
 * stands; what a message looks like comes from the provider's API and is the same in many of them, so it is known here, once:
 * OpenTelemetry GenAI, OpenAI chat and Responses items, Anthropic, Gemini contents, Bedrock Converse, Vercel AI SDK prompts, LangChain, Genkit.
 */
import type { Message, Part, Role } from '../interaction/reading.ts';
import { asText, isObject, type JsonObject, jsonOrText, property } from './attributes.ts';
import { isKnownPart, MAX_DEPTH, readPart, readParts, textOf } from './message-parts.ts';
import { CLIENT_CALLS, CLIENT_RESULTS, readToolCalls, resultText } from './tool-parts.ts';

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
    return readList(items, role, depth);
  }
  if (isObject(given)) return readMessage(given, role, depth + 1);
  const text = asText(given);
  return text === undefined ? [] : [textMessage(role, text)];
}

function readList(items: readonly unknown[], role: Role, depth: number): readonly Message[] {
  const called = new Set<string>();
  return items.flatMap((item) => {
    // Langfuse's LangChain handler puts the tool's name in the place of the role.
    const word = asText(property(item, 'role'));
    const isResult = word !== undefined && roleOf(word) === undefined && called.has(word);
    const messages = readMessages(isResult ? { ...(item as JsonObject), role: 'tool' } : item, role, depth + 1);
    for (const part of messages.flatMap(({ parts }) => parts))
      if (part.type === 'tool_call' && part.name !== undefined) called.add(part.name);
    return messages;
  });
}

/** One that says whose it is, or that can only be a message of the OpenAI Responses API. */
export function isMessage(value: unknown): value is JsonObject {
  return (
    isObject(value) &&
    (messageRole(value) !== undefined ||
      (typeof property(value, 'role') === 'string' && ('content' in value || 'parts' in value)) ||
      RESPONSES_ITEMS.has(asText(property(value, 'type')) ?? '') ||
      isObject(property(value, 'kwargs')))
  );
}

const RESPONSES_ITEMS = new Set(['message', ...CLIENT_CALLS, ...CLIENT_RESULTS]);

function messageRole(message: JsonObject): Role | undefined {
  const lcClass = property(message, 'id'); // LangChain: ["langchain_core", "messages", "HumanMessage"]
  return (
    roleOf(property(message, 'role')) ??
    roleOf(property(message, '_getType')) ??
    (Array.isArray(lcClass) ? roleOf((lcClass as unknown[]).at(-1)) : undefined) ??
    ('content' in message || 'data' in message ? roleOf(property(message, 'type')) : undefined) ??
    // What some keep of a streamed turn: `{tool_calls: […]}` alone.
    (Array.isArray(property(message, 'tool_calls')) && !('role' in message) ? 'assistant' : undefined)
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
  const parts = [...readReasoning(raw), ...readParts(written, depth + 1), ...readToolCalls(raw)];
  if (toolCallId !== undefined)
    return [messageOf('tool', [{ type: 'tool_result', id: toolCallId, result: resultText(written) }])];
  if (role === 'tool' && parts.every((part) => part.type === 'text')) {
    const result = textOf(parts) ?? resultText(written);
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

/** Reasoning that stands beside the content (DeepSeek and compatible servers, LangChain). */
function readReasoning(raw: JsonObject): readonly Part[] {
  const text =
    asText(property(raw, 'reasoning_content')) ??
    asText(property(property(raw, 'additional_kwargs'), 'reasoning_content'));
  return text === undefined ? [] : [{ type: 'reasoning', text }];
}
