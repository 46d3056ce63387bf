/**
 * Parts of messages in the shapes in which providers and frameworks write them: OpenTelemetry GenAI parts, OpenAI chat and Responses content,
 * Anthropic blocks, Gemini parts, Bedrock Converse blocks, Vercel AI SDK and Genkit parts.
 */
import type { Part } from '../interaction/reading.ts';
import { asText, isObject, type JsonObject, property, toText } from './attributes.ts';
import { CALL_ID_KEYS, CLIENT_CALLS, CLIENT_RESULTS, toolCall, toolResult } from './tool-parts.ts';

/** Real messages nest three or four levels deep; deeper is hostile, and is shown as a marker. */
export const MAX_DEPTH = 12;

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

export function isKnownPart(value: JsonObject): boolean {
  const type = property(value, 'type');
  if (typeof type === 'string')
    return [TEXT_TYPES, REASONING_TYPES, CALL_TYPES, RESULT_TYPES, MEDIA_TYPES].some((types) => types.has(type));
  return UNTYPED_PART_KEYS.some((key) => property(value, key) !== undefined);
}

/** What a part of a type carries. A call and its result have an id: without, it is the description of a tool. */
const CARRIED: readonly (readonly [types: ReadonlySet<string>, keys: readonly string[]])[] = [
  [TEXT_TYPES, ['text', 'content', 'refusal', 'value']],
  [REASONING_TYPES, ['text', 'content', 'thinking', 'reasoning', 'summary', 'data']],
  [new Set([...CALL_TYPES, ...RESULT_TYPES]), CALL_ID_KEYS],
  [
    MEDIA_TYPES,
    'source image_url image input_audio audio video file file_id file_data data url uri mime_type media_type mediaType'.split(
      ' ',
    ),
  ],
];

/** An application's own objects may have a `type`, a `text` or an `image` too; a part has no other keys than its own. */
export function isPartAndNothingElse(value: unknown): boolean {
  if (!isObject(value)) return false;
  const type = property(value, 'type');
  if (typeof type === 'string')
    return CARRIED.some(([types, keys]) => types.has(type) && keys.some((key) => property(value, key) !== undefined));
  const [key, ...others] = Object.keys(value);
  return others.length === 0 && UNTYPED_PART_KEYS.some((known) => known === key);
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

export function readPart(raw: JsonObject, depth: number): Part | undefined {
  const type = property(raw, 'type');
  if (typeof type === 'string') {
    if (TEXT_TYPES.has(type))
      return textPart(
        ['text', 'content', 'refusal', 'value'].map((key) => property(raw, key)).find((text) => text !== undefined),
      );
    if (REASONING_TYPES.has(type)) return { type: 'reasoning', text: reasoningText(raw) };
    if (CALL_TYPES.has(type))
      return toolCall(isObject(property(raw, type)) ? { ...raw, ...(property(raw, type) as JsonObject) } : raw);
    // Anthropic names what the provider has run: `web_search_tool_result`, `code_execution_tool_result`, …
    if (RESULT_TYPES.has(type) || type.endsWith('_tool_result')) return toolResult(raw);
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
