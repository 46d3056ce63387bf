/** Tool calls and results, whatever their provider calls id, name, arguments and result. */
import type { Part } from '../interaction/reading.ts';
import { asText, isObject, type JsonObject, jsonOrText, property, toText } from './attributes.ts';

/** Tools of the Responses API that the application runs; what the provider runs itself (web search) asks nobody for anything. */
const CLIENT_TOOLS = ['function', 'custom_tool', 'computer', 'shell', 'local_shell', 'apply_patch'] as const;
export const CLIENT_CALLS = CLIENT_TOOLS.map((tool) => `${tool}_call`);
/** The latter is what the OpenAI Agents SDK calls it. */
export const CLIENT_RESULTS = CLIENT_CALLS.flatMap((call) => [`${call}_output`, `${call}_result`]);

/** `call_id` before `id`: an item of the Responses API has both, and results name the former. */
export const CALL_ID_KEYS = [
  'call_id',
  'callId',
  'toolCallId',
  'tool_call_id',
  'tool_use_id',
  'toolUseId',
  'id',
  'ref',
] as const;

/** A tool call, whatever its provider calls id, name and arguments. */
export function toolCall(raw: JsonObject): Part {
  const fn = property(raw, 'function');
  const of = (...keys: readonly string[]): unknown =>
    keys.map((key) => property(raw, key) ?? property(fn, key)).find((value) => value !== undefined && value !== null);
  return {
    type: 'tool_call',
    id: asText(of(...CALL_ID_KEYS)),
    name: asText(of('name', 'toolName', 'tool_name')),
    arguments: toText(of('arguments', 'args', 'input', 'parameters', 'action')),
    ...(isProviderRun(raw) && { isProviderRun: true }),
  };
}

const isProviderRun = (raw: JsonObject): boolean =>
  ['server_tool_call', 'server_tool_use'].includes(asText(property(raw, 'type')) ?? '') ||
  property(raw, 'providerExecuted') === true;

export function toolResult(raw: JsonObject): Part {
  const of = (...keys: readonly string[]): unknown =>
    keys.map((key) => property(raw, key)).find((value) => value !== undefined && value !== null);
  return {
    type: 'tool_result',
    id: asText(of(...CALL_ID_KEYS)),
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

/** Tool calls that stand beside the content: `tool_calls` and its spellings. */
export function readToolCalls(raw: JsonObject): readonly Part[] {
  const extra = property(raw, 'additional_kwargs');
  const lists = [property(raw, 'tool_calls'), property(raw, 'toolCalls'), property(extra, 'tool_calls')];
  const list = lists.map(jsonOrText).find((candidate) => Array.isArray(candidate) && candidate.length > 0) as
    readonly unknown[] | undefined;
  const lone = property(raw, 'function_call');
  return (list ?? (isObject(lone) ? [lone] : [])).flatMap((call) => (isObject(call) ? toolCall(call) : []));
}
