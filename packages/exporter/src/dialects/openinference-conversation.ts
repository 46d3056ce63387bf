/**
 * What was said in a model call, an agent or a chain. OpenInference writes it twice: flattened, and as the provider's own request and response. Here
 * the fuller of both is chosen.
 */
import type { Message, Reading } from '../interaction/reading.ts';
import type { Attributes } from '../span.ts';
import { asText, itemsOf, property, someOf } from './attributes.ts';
import { readInput, readOutput } from './input-output.ts';
import { readParts, textOf } from './message-parts.ts';
import { textMessage } from './messages.ts';
import { flattenedMessages, hidesText, recorded } from './openinference-flattened.ts';

const INPUT_MESSAGES = 'llm.input_messages';
const OUTPUT_MESSAGES = 'llm.output_messages';
/** Of the completions API, before chat. */
const PROMPTS = 'llm.prompts';
const CHOICES = 'llm.choices';

/** @param request and `response`: the values of `input.value` and `output.value`, opened */
export function readConversation(
  attributes: Attributes,
  request: unknown,
  response: unknown,
): Pick<Reading, 'input' | 'output' | 'system'> {
  const flattened = [
    ...flattenedMessages(attributes, INPUT_MESSAGES, 'user'),
    ...textsIn(attributes, PROMPTS, 'prompt.text').map((text) => textMessage('user', text)),
  ];
  const own = hidesText(attributes, INPUT_MESSAGES) ? [] : ownMessages(request, 'user', readInput);
  const input = fuller(flattened, own);
  const output = fuller(
    [
      ...flattenedMessages(attributes, OUTPUT_MESSAGES, 'assistant'),
      ...textsIn(attributes, CHOICES, 'completion.text').map((text) => textMessage('assistant', text)),
    ],
    hidesText(attributes, OUTPUT_MESSAGES) ? [] : ownMessages(response, 'assistant', readOutput),
  );
  return {
    input: someOf(input),
    output: someOf(output),
    system: systemIn(input) === undefined ? (systemOf(request) ?? systemIn(own) ?? systemIn(flattened)) : undefined,
  };
}

/** The texts of one field of a flattened list. */
export const textsIn = (attributes: Attributes, list: string, field: string): readonly string[] =>
  itemsOf(Object.entries(attributes), list).flatMap((item) => asText(recorded(item.get(field))) ?? []);

/** Text is what was said; only in JSON it has to be found. */
function ownMessages(
  value: unknown,
  role: 'user' | 'assistant',
  read: (value: unknown) => readonly Message[],
): readonly Message[] {
  if (typeof value !== 'string') return read(value);
  return value === '' ? [] : [textMessage(role, value)];
}

/**
 * The flattened messages, unless the provider's own say more. Flattening loses messages beyond the SDK's 128 attributes, the parts of a content
 * list and the ids of tool calls (LangChain), tool results (Bedrock) and all but the last of parallel ones (Anthropic).
 */
const fuller = (flattened: readonly Message[], own: readonly Message[]): readonly Message[] =>
  flattened.length === 0 || richness(own) > richness(flattened) ? own : flattened;

/** What is known of all parts. Instructions are left out: they stand beside the messages in the one and among them in the other. */
const richness = (messages: readonly Message[]): number =>
  messages
    .flatMap(({ role, parts }) => (role === 'system' ? [] : parts))
    .reduce((sum, part) => sum + Object.values(part).filter((value) => value !== undefined).length, 0);

const systemIn = (messages: readonly Message[]): string | undefined =>
  textOf(messages.flatMap(({ role, parts }) => (role === 'system' ? parts : [])));

/** OpenAI Responses, Anthropic, Bedrock, Gemini. */
function systemOf(request: unknown): string | undefined {
  const given = [
    property(request, 'instructions'),
    property(request, 'system'),
    property(request, 'systemInstruction'),
    property(property(request, 'config'), 'systemInstruction'),
  ].find((value) => value !== undefined && value !== null);
  return textOf(readParts(property(given, 'parts') ?? given));
}
