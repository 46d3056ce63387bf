/** `traceLLM`: a model call, as a span in the words of OpenTelemetry's GenAI conventions (semantic conventions 1.37). */
import type { Attributes } from '@opentelemetry/api';
import { answerText } from './answer-text.ts';
import { attributesOf, identityAttributes, textOf } from './trace-attributes.ts';
import type { Evaluation } from './trace-record.ts';
import { requireFunction } from './trace-step.ts';
import { runTraced, type TraceSink } from './traced-span.ts';

type FreeObject = Readonly<Record<string, unknown>> | undefined;

/** Further keys go into the record's attributes, logs and metadata. */
export interface TraceLLMOptions<T = unknown> {
  readonly prompt: string;
  /**
   * Calls the model. Of what it gives `responseText`, `finishReason`, `inputTokens` and `outputTokens` are read; a text, or an answer of a
   * common LLM SDK, will do for the text.
   */
  readonly llmFunction: () => T | Promise<T>;
  /** Default: that of the surrounding step or span, else a new one. */
  readonly traceId?: string | undefined;
  /** Default: the surrounding step or span, else none. */
  readonly parentSpanId?: string | undefined;
  /** Default `REVIEW`. */
  readonly evaluationStatus?: Evaluation | undefined;
  readonly user?: FreeObject;
  readonly org?: FreeObject;
  /** `model`, `provider`, `temperature`, `maxTokens`, and whatever else. */
  readonly llmMetadata?: FreeObject;
  readonly previousSteps?: readonly unknown[] | null | undefined;
  readonly customMetadata?: FreeObject;
  readonly [key: string]: unknown;
}

export async function traceLLM<T>(options: TraceLLMOptions<T>, sink: TraceSink): Promise<T> {
  requireFunction(options, 'traceLLM()', 'llmFunction');
  const { prompt, llmFunction, traceId, parentSpanId, evaluationStatus: evaluation = 'REVIEW', ...described } = options;
  const { user, org, llmMetadata, previousSteps, customMetadata, ...further } = described;
  return await runTraced(
    {
      name: 'LLM Call',
      traceId,
      parentSpanId,
      isInteraction: true,
      run: llmFunction,
      attributes: () => ({
        'gen_ai.operation.name': 'chat',
        'gen_ai.input.messages': messages('user', textOf(prompt)),
        ...requestAttributes(llmMetadata),
        ...identityAttributes(user, further),
        ...attributesOf({ evaluation, tags: further['tags'], ...customMetadata }, 'huggingplace.metadata.'),
      }),
      resultAttributes,
      content: () => ({
        attributes: { 'prompt.text': prompt, evaluation, ...llmMetadata, ...further },
        log: { prompt, previousSteps, evaluation, ...llmMetadata, ...further },
        metadata: { userMetadata: user, orgData: org, llmData: llmMetadata, ...customMetadata, ...further },
      }),
    },
    sink,
  );
}

const messages = (role: 'user' | 'assistant', content: string, finishReason?: string): string =>
  JSON.stringify([
    { role, parts: [{ type: 'text', content }], ...(finishReason !== undefined && { finish_reason: finishReason }) },
  ]);

function requestAttributes(llmMetadata: FreeObject): Attributes {
  const { model, provider, temperature, maxTokens } = llmMetadata ?? {};
  return attributesOf({
    'gen_ai.request.model': model,
    'gen_ai.provider.name': provider,
    'gen_ai.request.temperature': temperature,
    'gen_ai.request.max_tokens': maxTokens,
  });
}

function resultAttributes(result: unknown): Attributes {
  const { finishReason, inputTokens, outputTokens } = Object(result) as Readonly<Record<string, unknown>>;
  const finish = typeof finishReason === 'string' ? finishReason : undefined;
  return {
    'gen_ai.output.messages': messages('assistant', textOf(answerText(result)), finish),
    ...(finish !== undefined && { 'gen_ai.response.finish_reasons': [finish] }),
    ...attributesOf({ 'gen_ai.usage.input_tokens': inputTokens, 'gen_ai.usage.output_tokens': outputTokens }),
  };
}
