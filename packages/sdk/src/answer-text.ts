/** The text in what a model call gives: whole answers and pieces of streams. */
import { toJsonValue } from './json.ts';

/** What the types of pieces that add to a text end in: Responses API, OpenAI Agents, AI SDK. Reasoning and tool calls have deltas, too. */
const TEXT_DELTA = /^(response\.output_text\.|output_text_|text-)delta$/;

/** The text of an answer: a text as itself, of the common LLM SDKs' answers what the model said, of anything else its JSON. */
export function answerText(answer: unknown): string {
  if (typeof answer === 'string') return answer;
  if (answer === undefined || answer === null) return '';
  const texts = [
    at(answer, 'responseText'), // today's traceLLM
    at(answer, 'choices', '0', 'message', 'content'), // Chat Completions
    at(answer, 'output_text'), // Responses API
    at(answer, 'text'), // AI SDK
    at(answer, 'content', '0', 'text'), // Anthropic
    at(answer, 'content'), // LangChain
  ];
  const text = texts.find((candidate) => typeof candidate === 'string');
  return text ?? JSON.stringify(toJsonValue(answer) ?? '');
}

/** The text that a piece of a stream adds to the answer; `''` where it adds none. */
export function pieceText(piece: unknown): string {
  if (typeof piece === 'string') return piece;
  const type = at(piece, 'type');
  const texts = [
    at(piece, 'choices', '0', 'delta', 'content'),
    ...(typeof type === 'string' && TEXT_DELTA.test(type) ? [at(piece, 'delta'), at(piece, 'text')] : []),
    at(piece, 'delta', 'text'), // Anthropic
    at(piece, 'content'), // LangChain
  ];
  return texts.find((text) => typeof text === 'string') ?? '';
}

/** What a getter does not give is not there: a failure to look is no failure of the call. */
function at(value: unknown, ...path: readonly string[]): unknown {
  try {
    return path.reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
  } catch {
    return undefined;
  }
}
