/**
 * OpenInference writes lists as one attribute a leaf: `llm.input_messages.0.message.contents.1.message_content.text`. Here they become lists again,
 * and messages of the shape that a provider's API gives them.
 */
import type { Message, Role } from '../interaction/reading.ts';
import type { Attributes } from '../span.ts';
import { itemsOf, type JsonObject } from './attributes.ts';
import { readMessages, roleOf } from './messages.ts';

/** What stands in place of content that was hidden (`OPENINFERENCE_HIDE_INPUTS` and the like). */
const REDACTED = '__REDACTED__';

type Fields = ReadonlyMap<string, unknown>;

/** The value, unless it was hidden. */
export const recorded = (value: unknown): unknown => (value === REDACTED ? undefined : value);

/** True where texts of the list were hidden while the list itself was not. */
export const hidesText = (attributes: Attributes, list: string): boolean =>
  Object.entries(attributes).some(
    ([key, value]) => value === REDACTED && key.startsWith(`${list}.`) && !key.endsWith('image.url'),
  );

/** @param role of a message whose own role is not recorded */
export function flattenedMessages(attributes: Attributes, list: string, role: Role): readonly Message[] {
  return readMessages(
    itemsOf(Object.entries(attributes), list).flatMap((fields) => messageOf(fields, role)),
    role,
  );
}

function messageOf(fields: Fields, fallback: Role): JsonObject | [] {
  const role = fields.get('message.role') ?? fallback;
  const text = recorded(fields.get('message.content'));
  const calls = itemsOf(fields, 'message.tool_calls').map(toolCallOf);
  const parts = itemsOf(fields, 'message.contents')
    .map(partOf)
    // A tool call stands among the parts for its place, and beside them as well.
    .filter((part) => part !== undefined && (calls.length === 0 || part['type'] !== 'tool_use'));
  if (parts.length === 0 && calls.length === 0 && [...fields.values()].includes(REDACTED)) return [];

  const callId = fields.get('message.tool_call_id');
  if (callId !== undefined) {
    const result = {
      type: 'tool_result',
      tool_use_id: callId,
      content: text ?? (parts.length > 0 ? parts : undefined),
    };
    const beside = text === undefined ? [] : parts.filter((part) => part?.['text'] !== text);
    return { role, content: [result, ...beside] };
  }
  const name = fields.get('message.function_call_name');
  return {
    role,
    // Some write a lone text twice.
    content:
      parts.length === 0
        ? text
        : parts.some((part) => part?.['text'] !== undefined)
          ? parts
          : [...(text === undefined ? [] : [{ type: 'text', text }]), ...parts],
    tool_calls: calls,
    // On a function's message it is the name of the function that answered.
    ...(name !== undefined &&
      roleOf(role) !== 'tool' && {
        function_call: { name, arguments: fields.get('message.function_call_arguments_json') },
      }),
  };
}

const toolCallOf = (fields: Fields): JsonObject => ({
  id: fields.get('tool_call.id'),
  name: fields.get('tool_call.function.name'),
  arguments: recorded(fields.get('tool_call.function.arguments')),
});

function partOf(fields: Fields): JsonObject | undefined {
  const type = fields.get('message_content.type');
  const text = fields.get('message_content.text');
  if (text === REDACTED) return undefined;
  if (type === 'tool_use') return { type, ...toolCallOf(fields) };
  return {
    type: type ?? 'text',
    ...(text !== undefined && { text }),
    ...mediaOf(fields, 'image'),
    ...mediaOf(fields, 'audio'),
  };
}

function mediaOf(fields: Fields, media: 'image' | 'audio'): JsonObject {
  const at = `message_content.${media}`;
  const url = recorded(fields.get(`${at}.${media}.url`));
  const mimeType = fields.get(`${at}.${media}.mime_type`) ?? fields.get(`${at}.media_type`);
  return url === undefined && mimeType === undefined ? {} : { [media]: { url, mime_type: mimeType } };
}
