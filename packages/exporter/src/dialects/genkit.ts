/**
 * Genkit 1.x (`genkit` on npm, scope `genkit-tracer`): `genkit:*`, with JSON of what went into an action and what came out of it.
 * https://genkit.dev/docs/local-observability
 *
 * A flow holds `generate`, which holds the model's action, the tools' and, for what follows them, a `generate` of its own.
 */
import type { MemberKind, Reading } from '../interaction/reading.ts';
import type { EndedSpan } from '../span.ts';
import { asText, attributesBelow, isObject, parseJson, property, someOf, unquoted } from './attributes.ts';
import { openJson } from './cut-json.ts';
import type { Dialect } from './dialect.ts';
import { readInput, readOutput } from './input-output.ts';
import { readParts, textOf } from './message-parts.ts';
import { messageOf, readMessages } from './messages.ts';
import { applicationMetadata, identityIn } from './metadata.ts';
import { readProviderResponse } from './provider-response.ts';
import { normaliseUsage, readUsage } from './usage.ts';

const TYPE = 'genkit:type';
const SUBTYPE = 'genkit:metadata:subtype';
const NAME = 'genkit:name';
const INPUT = 'genkit:input';
const OUTPUT = 'genkit:output';
const STATE = 'genkit:state';
/** Of a `Chat`. */
const SESSION_ID = 'genkit:sessionId';

/** What the application sets with `setCustomMetadataAttributes`; Genkit itself adds to it in the same way. */
const METADATA = 'genkit:metadata:';
const OWN_METADATA = /^(?:subtype|context|flow:.*)$/;

/** An action has a subtype, all else a type. What is not known here (`flowStep`, `evaluator`, `indexer`, …) is a step. */
const KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>(
  Object.entries({
    llm: 'model',
    agent: 'agent',
    chain: 'flow prompt executable-prompt dotprompt util helper',
    tool: 'tool tool.v2',
    retrieval: 'retriever',
    embedding: 'embedder',
    reranker: 'reranker',
  } satisfies Partial<Record<MemberKind, string>>).flatMap(([kind, types]) =>
    types.split(' ').map((type) => [type, kind as MemberKind] as const),
  ),
);

export const genkit: Dialect = {
  name: 'Genkit',

  kindOf({ attributes }) {
    const type = attributes[SUBTYPE] ?? attributes[TYPE];
    return typeof type === 'string' ? (KINDS.get(type) ?? 'step') : undefined;
  },

  read(span) {
    const { attributes } = span;
    const given = new Map([...attributesBelow(attributes, METADATA)].filter(([key]) => !OWN_METADATA.test(key)));
    const identity = identityIn(given);
    return {
      ...readWork(span),
      ...identity,
      sessionId: identity.sessionId ?? asText(attributes[SESSION_ID]),
      metadata: applicationMetadata(given),
      error: attributes[STATE] === 'error' ? {} : undefined,
    };
  },
};

/** What went in and came out, in the fields that the span's kind has for it. */
function readWork(span: EndedSpan): Omit<Reading, 'kind'> {
  const { attributes } = span;
  const name = asText(attributes[NAME]);
  const { value: sent, isCut: isInputCut } = opened(attributes[INPUT]);
  const { value: answer, isCut: isOutputCut } = opened(attributes[OUTPUT]);
  const malformed = isInputCut || isOutputCut || undefined;
  switch (genkit.kindOf(span)) {
    case 'llm':
      return { malformed, input: someOf(readInput(sent)), ...readModel(name), ...readResponse(answer, name) };
    case 'agent':
    case 'chain':
      return {
        malformed,
        name,
        input: someOf(readInput(sent)),
        ...readResponse(answer, asText(property(sent, 'model'))),
      };
    case 'retrieval':
    case 'reranker':
      return {
        malformed,
        name,
        inputText: documentText(property(sent, 'query')),
        outputText: documentsText(property(answer, 'documents')),
      };
    case 'embedding':
      return { malformed, ...readModel(name), inputText: documentsText(property(sent, 'input')) };
    default:
      return { malformed, name, inputText: unquoted(attributes[INPUT]), outputText: unquoted(attributes[OUTPUT]) };
  }
}

/** Genkit writes everything as JSON, texts too: what is none was cut by a limit of the SDK. */
function opened(json: unknown): { readonly value: unknown; readonly isCut: boolean } {
  const value = parseJson(json);
  if (value !== undefined || typeof json !== 'string') return { value, isCut: false };
  // As an item of a list that was cut, for a text is opened nowhere else.
  const list = openJson(`[${json}`).value;
  return { value: Array.isArray(list) ? (list as readonly unknown[])[0] : undefined, isCut: true };
}

/** `openai/gpt-4o-mini`: the plugin, and the model as that calls it. */
function readModel(name = ''): Pick<Reading, 'provider' | 'requestModel'> {
  const slash = name.indexOf('/');
  return { provider: name.slice(0, Math.max(slash, 0)) || undefined, requestModel: name.slice(slash + 1) || undefined };
}

/** What a model answered, which `generate` and a chat repeat; what a flow gave back is its own. */
function readResponse(answer: unknown, model = ''): Omit<Reading, 'kind'> {
  if (answer === undefined) return {};
  const candidates = property(answer, 'candidates'); // of older versions, and of Google's plugin
  const candidate = Array.isArray(candidates) ? (candidates as readonly unknown[])[0] : undefined;
  const finishReason = asText(property(answer, 'finishReason')) ?? asText(property(candidate, 'finishReason'));
  if (finishReason === undefined) return { output: someOf(readOutput(answer)) };

  const message = property(answer, 'message') ?? property(candidate, 'message');
  // The provider's own response, by the name that the plugin chose.
  const own = [property(answer, 'raw'), property(answer, 'custom')].find(
    (response) => isObject(response) && Object.keys(response).length > 0,
  );
  const { model: responseModel, id: responseId } = readProviderResponse(own);
  return {
    // A blocked answer has no message.
    output: isObject(message) ? readMessages(message, 'assistant') : [messageOf('assistant', [])],
    finishReasons: [finishReason],
    responseModel,
    responseId,
    usage: usageOf(property(answer, 'usage'), own, model),
  };
}

/** Genkit's counts, and the parts of them that only the provider's own response tells. */
function usageOf(counts: unknown, own: unknown, model: string): Reading['usage'] {
  const details = readProviderResponse(own).usage ?? {};
  const usage = readUsage(counts) ?? details;
  const total = usage.total ?? details.total;
  return normaliseUsage(
    {
      ...usage,
      total,
      cacheRead: usage.cacheRead ?? details.cacheRead,
      cacheWrite: usage.cacheWrite ?? details.cacheWrite,
      reasoning: usage.reasoning ?? details.reasoning,
      // Plugins pass on what the provider counts. Anthropic's name for cached tokens tells that they stand apart; of Google's a sum does.
      inputExcludesCache: property(property(own, 'usage'), 'cache_read_input_tokens') !== undefined,
      outputExcludesReasoning: /gemini/.test(model) && total === undefined,
    },
    model,
  );
}

/** A document is a list of parts, as a message is. */
const documentText = (document: unknown): string | undefined =>
  textOf(readParts(isObject(document) ? property(document, 'content') : document), '');
/** A line each. */
const documentsText = (documents: unknown): string | undefined =>
  Array.isArray(documents)
    ? (documents as readonly unknown[]).flatMap((document) => documentText(document) ?? []).join('\n')
    : undefined;
