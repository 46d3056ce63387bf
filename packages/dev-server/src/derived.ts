/** What the server works out of an interaction when it stores it, so that lists, searches and figures need not open its JSON. */
import type { StoredInteraction } from './contract.ts';

export interface Derived {
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  responseTimeMs: number | undefined;
  failed: boolean;
  errorType: string | undefined;
  searchText: string;
}

/** So much of a prompt and of an answer is searched: trigrams of a megabyte would take longer than storing it. */
const MAX_SEARCHED_CHARS = 16_384;
const MAX_ERROR_TYPE_CHARS = 200;

export function derive(interaction: StoredInteraction): Derived {
  const { metaData } = interaction;
  const failed = saysFailure(metaData['error']);
  return {
    inputTokens: finite(metaData['input_tokens']),
    outputTokens: finite(metaData['output_tokens']),
    responseTimeMs: finite(metaData['response_time_ms']) ?? milliseconds(interaction.response_time),
    failed,
    errorType: failed ? (text(metaData['errorType']) ?? 'unknown').slice(0, MAX_ERROR_TYPE_CHARS) : undefined,
    searchText: searchText(interaction),
  };
}

/** The form in which texts are searched, for both sides of the comparison. */
export const folded = (searched: string): string => searched.toLowerCase();

/** Within the bound of the contract's counts: a few numbers near 1e308 add up to more than the database holds. */
const finite = (value: unknown): number | undefined =>
  typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** An error may be given as itself: an object that says something. */
const saysFailure = (value: unknown): boolean =>
  value === true ||
  (text(value) ?? 'false') !== 'false' ||
  (typeof value === 'object' && value !== null && Object.keys(value).length > 0);

/** `"1 min 2.50 sec"` → 62,500; a number is milliseconds already. */
function milliseconds(responseTime: string | number | undefined): number | undefined {
  if (typeof responseTime !== 'string') return finite(responseTime);
  const match = /^(\d{1,9}) min (\d{1,9}(?:\.\d{1,9})?) sec$/.exec(responseTime);
  return match ? Math.round((Number(match[1]) * 60 + Number(match[2])) * 1000) : undefined;
}

function searchText(interaction: StoredInteraction): string {
  const { user_prompt, ai_response, session_id, message_id, user_uuid, llm_model, llm_model2, file_name } = interaction;
  const fields = [
    user_prompt.slice(0, MAX_SEARCHED_CHARS),
    ai_response.slice(0, MAX_SEARCHED_CHARS),
    ...[session_id, message_id, user_uuid, llm_model, llm_model2, file_name],
    text(interaction.metaData['errorMessage'])?.slice(0, MAX_SEARCHED_CHARS),
    ...interaction.step_data.slice(0, 100).map((step) => step.step_name?.slice(0, 200)),
  ];
  // A line break stands between fields, so that no match runs from one into the next. Cutting may have left half a character.
  return folded(fields.filter((field) => field !== undefined && field !== '').join('\n')).toWellFormed();
}
