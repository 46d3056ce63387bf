/**
 * What a provider's response says beside its messages. Like the messages, its shape is the provider's and not the vocabulary's: OpenAI chat and
 * Responses, Anthropic, Gemini, and LangChain's result, which wraps any of them.
 */
import { asText, isObject, jsonOrText, property } from './attributes.ts';
import { readUsage, type ReportedUsage } from './usage.ts';

export interface ProviderResponse {
  readonly model?: string | undefined;
  readonly id?: string | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  readonly usage?: ReportedUsage | undefined;
  readonly previousResponseId?: string | undefined;
}

/** @param value the response, also as JSON; anything else gives nothing */
export function readProviderResponse(value: unknown): ProviderResponse {
  const response = jsonOrText(value);
  if (!isObject(response)) return {};
  const generation = langChainGeneration(response);
  const message = langChainMessage(response, generation);
  const metadata = property(message, 'response_metadata');
  // LangChain, streamed: OpenAI's chunks keep it beside the message, Anthropic's among the additional arguments.
  const beside = [property(generation, 'generationInfo'), property(message, 'additional_kwargs')];
  const choices = [property(response, 'choices'), property(response, 'candidates')].find((list) =>
    Array.isArray(list),
  ) as readonly unknown[] | undefined;
  const reasons = [
    ...[metadata, ...beside].flatMap((given) => [property(given, 'finish_reason'), property(given, 'stop_reason')]),
    property(response, 'stop_reason'),
    property(response, 'stopReason'),
  ]
    .concat((choices ?? []).flatMap((choice) => [property(choice, 'finish_reason'), property(choice, 'finishReason')]))
    .flatMap((reason) => asText(reason) ?? []);
  const first = (...values: readonly unknown[]): string | undefined =>
    values.map(asText).find((text) => text !== undefined);
  return {
    model: first(
      ...[metadata, ...beside].flatMap((given) => [property(given, 'model_name'), property(given, 'model')]),
      property(response, 'model'),
      property(response, 'modelVersion'),
    ),
    // LangChain's own id, where the provider gave none, names a run.
    id: first(
      ...[property(message, 'id')].filter((id) => !/^run-/.test(asText(id) ?? '')),
      property(response, 'id'),
      property(response, 'responseId'),
    ),
    finishReasons: reasons.length > 0 ? [...new Set(reasons)] : undefined,
    usage: ['usage_metadata', 'usage', 'usageMetadata']
      .flatMap((key) => readUsage(property(message, key)) ?? readUsage(property(response, key)) ?? [])
      .at(0),
    previousResponseId: asText(property(response, 'previous_response_id')),
  };
}

/** LangChain: `{generations: [[{message, generationInfo}]]}`. */
function langChainGeneration(response: unknown): unknown {
  let inner = property(response, 'generations');
  while (Array.isArray(inner)) inner = (inner as readonly unknown[])[0];
  return inner;
}

/** The generation's, or the response is the message itself: `{lc, kwargs}`. */
function langChainMessage(response: unknown, generation: unknown): unknown {
  const message = property(generation, 'message') ?? response;
  return property(message, 'kwargs') ?? (message === response ? undefined : message);
}
