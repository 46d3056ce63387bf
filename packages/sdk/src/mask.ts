/** Masking of everything that leaves: the user's function sees every text of the finished payload that is content (design, section 4). */
import type { InteractionPayload, JsonValue } from './payload.ts';

/** Gives the text that may leave. `where` is its path: `user_prompt`, `step_data[2].userQuestion`, `metaData.tags[0]`. */
export type Mask = (text: string, where: string) => string;

/** What stands for a text whose masking failed: the content is dropped, the record is not. */
const FAILED = '[masking failed]';

/** Not content: ids (but for those that may be a person's: `session_id`, `user_uuid`), models, times, and words of ours. */
const NOT_CONTENT = new Set([
  ...['message_id', 'org_uuid', 'llm_model', 'llm_model2', 'mode', 'response_time'],
  ...[
    'metaData.trace_id',
    'metaData.span_id',
    'metaData.response_ids',
    'metaData.finish_reasons',
    'metaData.provider',
    'metaData.service',
    'metaData.environment',
  ],
]);
const NOT_CONTENT_OF_STEP = new Set([
  'step_name',
  'step_type',
  'status',
  'responseTime',
  'span_id',
  'parent_span_id',
  'llmModel',
]);

/** A masked copy. */
export function maskPayload(payload: InteractionPayload, mask: Mask): InteractionPayload {
  const safe: Mask = (text, where) => {
    try {
      const masked: unknown = mask(text, where);
      return typeof masked === 'string' ? masked : FAILED;
    } catch {
      return FAILED;
    }
  };
  return Object.fromEntries(
    Object.entries(payload).map(([key, value]) => [
      key,
      NOT_CONTENT.has(key) ? value : maskValue(value as JsonValue, key, safe),
    ]),
  ) as unknown as InteractionPayload;
}

function maskValue(value: JsonValue, where: string, mask: Mask): JsonValue {
  if (isNotContent(where)) return value;
  if (typeof value === 'string') return mask(value, where);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item, i) => maskValue(item, `${where}[${i}]`, mask));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, maskValue(inner, `${where}.${key}`, mask)]),
  );
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

function isNotContent(where: string): boolean {
  const step = /^step_data\[\d+\]\.([^.[]+)$/.exec(where)?.[1];
  return step === undefined ? NOT_CONTENT.has(where) : NOT_CONTENT_OF_STEP.has(step);
}
