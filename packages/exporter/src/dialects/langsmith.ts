/**
 * LangSmith SDK 0.3 to 0.12, exporting its runs over OpenTelemetry (scope `langsmith`), and spans of an application's own that carry its names.
 * https://docs.langchain.com/langsmith/trace-with-opentelemetry
 *
 * A run is a span. Beside names of its own it writes OpenTelemetry's of 2024; of these `gen_ai.prompt` and `gen_ai.completion` are read here,
 * for they hold the run's inputs and outputs as one JSON text. Every value of its metadata is text.
 */
import type { MemberKind, Reading } from '../interaction/reading.ts';
import type { EndedSpan } from '../span.ts';
import { asText, attributesBelow, isCutJson, isObject, jsonOrText, property, toText } from './attributes.ts';
import type { Dialect } from './dialect.ts';
import { documentsText, readInput, readOutput, readToolOutput } from './input-output.ts';
import { readMessages } from './messages.ts';
import { applicationMetadata, identityIn } from './metadata.ts';
import { readProviderResponse } from './provider-response.ts';
import { normaliseUsage, readUsage } from './usage.ts';

const RUN_TYPE = 'langsmith.span.kind';
const INPUTS = 'gen_ai.prompt';
const OUTPUTS = 'gen_ai.completion';
const USAGE_METADATA = 'langsmith.usage_metadata';
/** Joined by `, `. */
const TAGS = 'langsmith.span.tags';
const METADATA = 'langsmith.metadata.';

/** Tags by which LangChain and LangGraph find their own runs again. */
const FRAMEWORK_TAG = /^(?:seq:step:|map:key:|graph:step:|branch:|langsmith:|lc_)/;

/** `gen_ai.operation.name` beside it is no help: a retriever's is `embeddings`, a prompt template's `chat`. */
const KINDS: ReadonlyMap<string, MemberKind> = new Map<string, MemberKind>([
  ['llm', 'llm'],
  ['chain', 'chain'],
  ['prompt', 'chain'],
  ['parser', 'chain'],
  ['tool', 'tool'],
  ['retriever', 'retrieval'],
  ['embedding', 'embedding'],
]);

export const langSmith: Dialect = {
  name: 'LangSmith',

  kindOf({ attributes }) {
    const type = asText(attributes[RUN_TYPE]);
    return type === undefined ? undefined : (KINDS.get(type.toLowerCase()) ?? 'step');
  },

  adds: ({ attributes }) => TAGS in attributes || Object.keys(attributes).some((key) => key.startsWith(METADATA)),

  read(span) {
    const { attributes } = span;
    const inputs = opened(attributes[INPUTS]);
    const outputs = opened(attributes[OUTPUTS]);
    const said = readProviderResponse(langSmith.kindOf(span) === 'llm' ? outputs.value : undefined);
    const metadata = attributesBelow(attributes, METADATA);
    const { sessionId, userId } = identityIn(metadata);
    const provider = asText(metadata.get('ls_provider'));
    return {
      malformed: inputs.isCut || outputs.isCut || undefined,
      ...readWork(span, inputs.value, outputs.value),
      responseModel: said.model,
      provider,
      usage: normaliseUsage(readUsage(jsonOrText(attributes[USAGE_METADATA])) ?? said.usage ?? {}, provider),
      finishReasons: said.finishReasons,
      responseId: said.id,
      previousResponseId: asText(property(inputs.value, 'previous_response_id')),
      sessionId,
      userId,
      tags: readTags(attributes[TAGS]),
      metadata: applicationMetadata(metadata),
    };
  },
};

/** Half a JSON text is nothing that anybody said. */
function opened(value: unknown): { readonly value: unknown; readonly isCut: boolean } {
  const inner = jsonOrText(value);
  const isCut = isCutJson(inner);
  return { value: isCut ? undefined : inner, isCut };
}

/** What went in and came out, in the fields that the run's type has for it. */
function readWork(span: EndedSpan, inputs: unknown, outputs: unknown): Partial<Reading> {
  const inputText = toText(lone(inputs, 'input', 'query'));
  const output = lone(outputs, 'outputs', 'output', 'documents');
  switch (langSmith.kindOf(span)) {
    case undefined: // a span of another vocabulary
      return {};
    case 'llm':
      return { input: someOf(readInput(inputs)), output: someOf(readOutput(outputs)), system: instructionsIn(inputs) };
    case 'chain':
      return { input: someOf(readInput(inputs)), output: someOf(readOutput(outputs)) };
    case 'tool': {
      const { id, result } = readToolOutput(output);
      return { name: span.name, inputText, outputText: result, toolCallId: id };
    }
    case 'retrieval':
      return { inputText, outputText: documentsText(output) };
    case 'embedding':
      return { inputText };
    default:
      return { inputText, outputText: toText(output) };
  }
}

const someOf = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

/** Inputs and outputs are objects: LangSmith wraps whatever is none, `{ input: 'Paris' }`, and LangChain always. */
function lone(value: unknown, ...keys: readonly string[]): unknown {
  const [only, ...others] = isObject(value) ? Object.keys(value) : [];
  return only !== undefined && others.length === 0 && keys.includes(only) ? property(value, only) : value;
}

/** Beside the messages: OpenAI Responses, Anthropic. */
function instructionsIn(inputs: unknown): string | undefined {
  const messages = readMessages(property(inputs, 'instructions') ?? property(inputs, 'system'), 'system');
  const texts = messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])));
  return texts.join('\n') || undefined;
}

function readTags(value: unknown): readonly string[] | undefined {
  const tags = (asText(value) ?? '').split(', ').filter((tag) => tag !== '' && !FRAMEWORK_TAG.test(tag));
  return tags.length > 0 ? tags : undefined;
}
