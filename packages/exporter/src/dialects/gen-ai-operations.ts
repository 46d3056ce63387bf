/**
 * What kind of work an operation of OpenTelemetry GenAI is (`gen_ai.operation.name`, conventions 1.27 to 0.1.0 and the values that frameworks
 * add): known once, for several vocabularies put the operation beside words of their own.
 */
import type { MemberKind } from '../interaction/reading.ts';
import type { Attributes } from '../span.ts';
import { asCount, asText } from './attributes.ts';

const OPERATION = 'gen_ai.operation.name';
const REQUEST_MODEL = 'gen_ai.request.model';
/** The second until 1.27. */
const OUTPUT_TOKENS = ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'] as const;
const OUTPUTS = ['gen_ai.output.messages', 'gen_ai.completion'] as const;
const PROVIDERS = ['gen_ai.provider.name', 'gen_ai.system'] as const;

const KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>(
  Object.entries({
    // The first two are Semantic Kernel's, the last three were Sentry's.
    llm: 'chat.completions text.completions chat generate_content text_completion completion generation model llm messages responses completions',
    agent: 'invoke_agent agent',
    chain: 'invoke_workflow workflow chain flow agent_step model_step model_generation model_inference',
    tool: 'execute_tool tool tool_call mcp_tool_call',
    retrieval: 'retrieval retriever',
    embedding: 'embeddings embedding embedder',
    reranker: 'rerank reranker',
    guardrail: 'run_guardrail guardrail guardrail.run guardrail.guard',
  } satisfies Partial<Record<MemberKind, string>>).flatMap(([kind, operations]) =>
    operations.split(' ').map((operation) => [operation, kind as MemberKind] as const),
  ),
);

/**
 * The kind of the span's operation, `undefined` where it names none. Creating an agent runs none, so it is a step, as is every operation that
 * is not known here and does not answer: the conventions gain some each quarter.
 */
export function kindOfOperation(attributes: Attributes): MemberKind | undefined {
  const operation = asText(attributes[OPERATION])?.toLowerCase();
  if (operation === undefined) return undefined;
  return orEmbedding(KINDS.get(operation) ?? (hasAnswered(attributes) ? 'llm' : 'step'), attributes);
}

/** Only a model that was asked has an answer, or counts its tokens. */
const hasAnswered = (attributes: Attributes): boolean =>
  asText(attributes[REQUEST_MODEL]) !== undefined &&
  (OUTPUT_TOKENS.some((key) => (asCount(attributes[key]) ?? 0) > 0) ||
    OUTPUTS.some((key) => (attributes[key] ?? '') !== ''));

/** The kind of a span that names a model or its provider, but no operation. */
export function kindOfModel(attributes: Attributes): MemberKind | undefined {
  const isCall = [REQUEST_MODEL, ...PROVIDERS].some((key) => asText(attributes[key]) !== undefined);
  return isCall ? orEmbedding('llm', attributes) : undefined;
}

/** Some instrumentations call every request a completion (Bedrock's InvokeModel): the model tells. */
export const orEmbedding = (kind: MemberKind, attributes: Attributes): MemberKind =>
  kind === 'llm' && /embed/i.test(asText(attributes[REQUEST_MODEL]) ?? '') ? 'embedding' : kind;
