/**
 * Token counts as they are reported, brought to one meaning: input includes cached, output includes reasoning tokens
 * (OpenTelemetry GenAI 0.1.0, `gen_ai.usage.*`). Providers and instrumentations differ; the sum that many give beside the parts tells which way.
 */
import type { Usage } from '../interaction/reading.ts';

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

  if (reported.inputExcludesCache === true && input !== undefined) input += cached;
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
