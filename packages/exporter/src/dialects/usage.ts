/**
 * Token counts as they are reported, brought to one meaning: input includes cached, output includes reasoning tokens
 * (OpenTelemetry GenAI 0.1.0, `gen_ai.usage.*`). Providers and instrumentations differ; the sum that many give beside the parts tells which way.
 */
import type { Usage } from '../interaction/reading.ts';
import { asCount, isObject, property } from './attributes.ts';

export interface ReportedUsage {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly total?: number | undefined;
  /** Read from a cache. */
  readonly cacheRead?: number | undefined;
  /** Written to a cache (Anthropic, Bedrock). */
  readonly cacheWrite?: number | undefined;
  readonly reasoning?: number | undefined;
  /** Known of the dialect: cached tokens are not in `input`. */
  readonly inputExcludesCache?: boolean | undefined;
  /** Known of the dialect: reasoning tokens are not in `output`. */
  readonly outputExcludesReasoning?: boolean | undefined;
}

/** `undefined` where nothing is known. */
export function normaliseUsage(reported: ReportedUsage, provider?: string): Usage | undefined {
  const { total, cacheRead, cacheWrite, reasoning } = reported;
  let { input, output } = reported;
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0);
  const isGoogle = provider !== undefined && /google|gemini|vertex|gcp/i.test(provider);
  const excludesCache = provider !== undefined && /anthropic|bedrock/i.test(provider);

  // A part can't be more than the whole: then it was counted apart.
  if (input !== undefined && (reported.inputExcludesCache === true || cached > input)) input += cached;
  if (reported.outputExcludesReasoning === true && output !== undefined) output += reasoning ?? 0;
  if (total !== undefined && input !== undefined && output !== undefined) {
    // What the sum holds and its parts do not was left out of one of them.
    const missing = total - input - output;
    if (missing > 0) {
      if (missing === reasoning) output += missing;
      else if (missing === cacheRead || missing === cached) input += missing;
      else if (reasoning !== undefined && missing === cached + reasoning) {
        input += cached;
        output += reasoning;
      } else if (isGoogle) output += missing;
      else if (excludesCache) input += missing;
    }
  }
  const usage: Usage = {
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(total !== undefined && { total }),
    ...(cacheRead !== undefined && { cachedInput: cacheRead }),
    ...(reasoning !== undefined && { reasoning }),
  };
  return Object.keys(usage).length > 0 ? usage : undefined;
}

const COUNTS = {
  input: [
    'input_tokens',
    'prompt_tokens',
    'inputTokens',
    'promptTokens',
    'promptTokenCount',
    'prompt_token_count',
    'inputTextTokenCount', // Titan
    'input',
  ],
  output: [
    'output_tokens',
    'completion_tokens',
    'outputTokens',
    'completionTokens',
    'candidatesTokenCount',
    'candidates_token_count',
    'generation_token_count', // Llama
    'output',
  ],
  total: ['total_tokens', 'totalTokens', 'totalTokenCount', 'total_token_count', 'total'],
  cacheRead: [
    'cache_read_input_tokens',
    'cacheReadInputTokens',
    'cacheReadInputTokenCount', // Nova
    'cachedInputTokens',
    'cachedContentTokenCount',
    'cached_content_token_count',
    'cachedContentTokens',
    'cachedPromptTokens',
    'cached_tokens',
    'cachedTokens',
  ],
  cacheWrite: [
    'cache_creation_input_tokens',
    'cacheWriteInputTokens',
    'cacheCreationInputTokens',
    'cacheWriteInputTokenCount', // Nova
  ],
  reasoning: ['reasoning_tokens', 'reasoningTokens', 'thoughtsTokenCount', 'thoughts_token_count', 'thoughtsTokens'],
} as const;
/** Where the parts of a count stand: OpenAI chat, OpenAI Responses, LangChain. */
const DETAILS = [
  'prompt_tokens_details',
  'completion_tokens_details',
  'input_tokens_details',
  'output_tokens_details',
  'input_token_details',
  'output_token_details',
];
const DETAIL_COUNTS = {
  cacheRead: /(?:^|_)cache_read$|^cached_tokens$/, // LangSmith: also `priority_cache_read`, by service tier
  cacheWrite: /(?:^|_)cache_creation$/,
  reasoning: /(?:^|_)reasoning(?:_tokens)?$/,
} as const;

/** A usage object as providers, their SDKs and frameworks write it, by the names of any of them; `undefined` where nothing in it is a count. */
export function readUsage(value: unknown): ReportedUsage | undefined {
  if (!isObject(value)) return undefined;
  const count = (name: keyof typeof COUNTS): number | undefined =>
    COUNTS[name].map((key) => asCount(property(value, key))).find((found) => found !== undefined);
  const details = DETAILS.flatMap((key) => Object.entries(property(value, key) ?? {}));
  const detail = (name: keyof typeof DETAIL_COUNTS): number | undefined =>
    details
      .map(([key, found]) => (DETAIL_COUNTS[name].test(key) ? asCount(found) : undefined))
      .find((found) => found !== undefined);
  // Gemini counts what its own tools added to the prompt apart from it.
  const toolUse =
    asCount(property(value, 'toolUsePromptTokenCount')) ?? asCount(property(value, 'tool_use_prompt_token_count')) ?? 0;
  const input = count('input');
  const reported = {
    input: input === undefined ? undefined : input + toolUse,
    output: count('output'),
    total: count('total'),
    cacheRead: count('cacheRead') ?? detail('cacheRead'),
    cacheWrite: count('cacheWrite') ?? detail('cacheWrite'),
    reasoning: count('reasoning') ?? detail('reasoning'),
  };
  return Object.values(reported).some((found) => found !== undefined) ? reported : undefined;
}
