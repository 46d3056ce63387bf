/** Token counts in `gen_ai.usage.*`, under every name that the conventions (1.27 to 0.1.0) and widely used instrumentations gave them. */
import type { Attributes } from '../span.ts';
import { asCount } from './attributes.ts';
import type { ReportedUsage } from './usage.ts';

const PREFIX = 'gen_ai.usage.';
const COUNTS = {
  /** The second until 1.27. */
  input: ['input_tokens', 'prompt_tokens'],
  output: ['output_tokens', 'completion_tokens'],
  total: ['total_tokens'],
  /** Sentry's are those that begin with the whole. */
  cacheRead: ['cache_read.input_tokens', 'cache_read_input_tokens', 'cached_input_tokens', 'input_tokens.cached'],
  /** `cache_creation` until 0.1.0. */
  cacheWrite: [
    'cache_write.input_tokens',
    'cache_creation.input_tokens',
    'cache_creation_input_tokens',
    'cache_write_input_tokens',
    'input_tokens.cache_write',
  ],
  reasoning: ['reasoning.output_tokens', 'reasoning_tokens', 'output_tokens.reasoning'],
} as const satisfies Partial<Record<keyof ReportedUsage, readonly string[]>>;

export function reportedUsage(attributes: Attributes): ReportedUsage {
  const count = (name: keyof typeof COUNTS): number | undefined =>
    COUNTS[name].map((key) => asCount(attributes[PREFIX + key])).find((found) => found !== undefined);
  return {
    input: count('input'),
    output: count('output'),
    total: count('total'),
    cacheRead: count('cacheRead'),
    cacheWrite: count('cacheWrite'),
    reasoning: count('reasoning'),
  };
}
